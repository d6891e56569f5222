"""The pages of signed-in people, put together."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from resource_server.gateway.acts import ServerActs
from resource_server.gateway.gateway import Gateway
from resource_server.pages import Pages, peoples_pages
from resource_server.parts import Parts
from resource_server.settings import Settings
from resource_server.usage.keeping import UseKeeping
from resource_server.web.cookies import page_cookies
from resource_server.web.entering import Entering
from resource_server.web.own_client import OwnClient
from resource_server.web.people import People
from resource_server.web.peoples_names import PeoplesNames
from resource_server.web.sign_ins import SignIns
from resource_server.web.visits import Visit, Visits
from shared.own_pages import MANAGED_PATH, MANAGED_USAGE_PATH, SIGN_OUT_PATH, SIGNED_OUT_PATH
from shared.places import ACCOUNT_PLACES, ADMIN_PLACES, places_beside


@dataclass(frozen=True)
class Site:
    """What routes of pages need: `visits` makes them, `page` draws.

    `gateway` and `keeping` know servers and calls; `acts` is where it is noted what was done; `names` say to
    administrators who people are.
    """

    settings: Settings
    visits: Visits
    gateway: Gateway
    keeping: UseKeeping
    acts: ServerActs
    names: PeoplesNames

    def page(
        self,
        visit: Visit,
        template: str,
        here: str,
        status: int = 200,
        pages: Pages | None = None,
        **context: object,
    ) -> Response:
        """A page that extends servers/layout.html; `here` is the path of its entry in the menu.

        `pages` draw it where it has another policy than the rest.
        """
        is_managed = here in (MANAGED_PATH, MANAGED_USAGE_PATH)
        places = ADMIN_PLACES if is_managed else ACCOUNT_PLACES
        return (pages or self.visits.pages).render(
            template,
            status,
            None,
            email=visit.person.email,
            manages=visit.person.manages,
            csrf_token=visit.person.csrf_token,
            area="Administration" if is_managed else "Your account",
            width="wide" if is_managed else "",
            places=places_beside(places, self.settings.issuer, is_resource_server=True),
            here=here,
            **context,
        )


def open_site(parts: Parts) -> Site:
    """From what the process holds; the keys are derived, the master key is not kept."""
    settings, master_key = parts.settings, parts.master_key
    client = OwnClient.of(settings, parts.door, master_key)
    cookies = page_cookies(settings, parts.installation)
    people = People(parts.web_sessions, client, master_key.derive("pages form tokens"))
    sign_ins = SignIns(parts.engine, master_key.derive("pages sign-ins"))
    entering = Entering(settings, cookies, sign_ins, client, people)
    names = PeoplesNames(parts.door.client)
    visits = Visits(settings, peoples_pages(settings), cookies, people, entering)
    return Site(settings, visits, parts.gateway, parts.keeping, ServerActs(parts.engine), names)


def entrance_routes(site: Site) -> list[Route]:
    """Where people come back from the authorization server, and where they leave."""
    visits = site.visits

    async def sign_out(visit: Visit) -> Response:
        await visits.people.sign_out(visit.person.session)
        return visits.leave()

    async def signed_out(_request: Request) -> Response:
        return visits.pages.render("servers/signed_out.html")

    return [
        visits.entrance(),
        visits.post(SIGN_OUT_PATH, sign_out),
        Route(SIGNED_OUT_PATH, signed_out, methods=["GET"]),
    ]
