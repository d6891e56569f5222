"""After a form: back to a page that says what was done, so that reloading it does nothing again."""

from collections.abc import Mapping
from urllib.parse import urlencode

from fastapi import Response
from fastapi.responses import RedirectResponse

from auth_server.web.page_services import PageServices
from shared.forms import Form


def back_to(services: PageServices, path: str, **said: str) -> Response:
    """A redirect to `path`; `said`, such as done="rotated", is what the page there reads again with `said_of`."""
    query = f"?{urlencode(said)}" if said else ""
    return RedirectResponse(f"{services.paths.to(path)}{query}", 303)


def said_of(sentences: Mapping[str, str], done: str) -> str:
    """The sentence for the word in the address; a link from elsewhere can make a page say nothing else."""
    return sentences.get(done, "")


def names_it(form: Form, name: str) -> bool:
    """Whether the field `named` of a grave form (templates/components/grave.html) holds the name."""
    return " ".join(form.one("named").split()).casefold() == " ".join(name.split()).casefold()
