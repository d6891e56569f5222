"""A browser without a screen: follows redirects, fills the sign-in form and presses the consent button."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import httpx2

from examples.callback import NotConnectedError

MOST_STEPS = 10


@dataclass
class PageForm:
    """One form: where it goes and what it would send."""

    action: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    buttons: dict[str, list[str]] = field(default_factory=dict)


class FormReader(HTMLParser):
    """Collects the POST forms of a page, with the choices that are ticked already."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self.is_inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Fields outside a POST form are ignored."""
        attributes = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.is_inside = attributes.get("method", "get").lower() == "post"
            if self.is_inside:
                self.forms.append(PageForm(attributes.get("action", "")))
        elif self.is_inside and attributes.get("name"):
            self._add(tag, attributes)

    def handle_endtag(self, tag: str) -> None:
        """A form ends."""
        if tag == "form":
            self.is_inside = False

    def _add(self, tag: str, attributes: dict[str, str]) -> None:
        form, name, kind = self.forms[-1], attributes["name"], attributes.get("type", "text")
        if tag == "button" or kind == "submit":
            form.buttons.setdefault(name, []).append(attributes.get("value", ""))
        elif tag == "input" and (kind not in ("checkbox", "radio") or "checked" in attributes):
            form.fields.setdefault(name, []).append(attributes.get("value", "on"))


async def sign_in_and_approve(authorization_url: str, redirect_uri: str, email: str, password: str) -> str:
    """The URL the browser would be sent back to, with its code. Raises NotConnectedError."""
    async with httpx2.AsyncClient(timeout=30) as browser:
        answer = await browser.get(authorization_url)
        for _ in range(MOST_STEPS):
            if answer.has_redirect_location:
                target = urljoin(str(answer.url), answer.headers["location"])
                if target.startswith(redirect_uri):
                    return target
                answer = await browser.get(target)
            else:
                answer = await _answer_form(browser, answer, email, password)
    raise NotConnectedError("the pages sent us around in circles")


async def _answer_form(
    browser: httpx2.AsyncClient, page: httpx2.Response, email: str, password: str
) -> httpx2.Response:
    """Signs in on the sign-in page, presses the button that connects on the consent page.

    The consent page asks for the password too when it has no https and the person signed in for something else.
    """
    form = _form_to_answer(page)
    filled = dict(form.fields)
    if "email" in form.fields:
        if form.fields.get("email") == [email]:
            raise NotConnectedError("this e-mail address and password do not sign in")
        filled |= {"email": [email], "password": [password]}
    elif page.is_error:
        raise NotConnectedError(f"{page.url.path} answered {page.status_code} to the approval")
    else:
        filled |= {"decision": ["approve"]} | ({"password": [password]} if "password" in form.fields else {})
    parts = urlsplit(str(page.url))
    origin = f"{parts.scheme}://{parts.netloc}"
    return await browser.post(urljoin(str(page.url), form.action), data=filled, headers={"Origin": origin})


def _form_to_answer(page: httpx2.Response) -> PageForm:
    reader = FormReader()
    reader.feed(page.text)
    for form in reader.forms:
        if "password" in form.fields or "approve" in form.buttons.get("decision", []):
            return form
    raise NotConnectedError(f"{page.url.path} answered {page.status_code} and shows nothing to sign in with")
