"""How often tools are called, how long they take, and how much they answer: by server, tool, person and app."""
