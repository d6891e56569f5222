// Beside an address: a button that copies it. Without scripts the address is there to be selected.
if (navigator.clipboard) {
  for (const address of document.querySelectorAll(".address")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button-quiet";
    button.textContent = "Copy the address";
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(address.textContent.trim());
      button.textContent = "Copied";
    });
    address.after(button);
  }
}
