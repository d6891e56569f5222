"""People and service accounts: found and looked at. What they remember is on no page of administration (AS-119)."""

from typing import Any

from fastapi import APIRouter, Response

from auth_server.administration.grants import GrantFilter, search_grants
from auth_server.administration.listed import Window
from auth_server.administration.people_listing import Kind, describe_account, search_accounts, sign_in_ways
from auth_server.administrators import AdminUser
from auth_server.membership.invitations import open_invitations
from auth_server.models import User
from auth_server.routes.admin.act_routes import nothing_there
from auth_server.routes.admin.list_query import PAGE_SIZE, ListQueryDep, turned
from auth_server.routes.admin.person_acts import HERE, PERSON_ACTS, offered
from auth_server.routes.admin.returning import said_of
from auth_server.web.page_services import PageServicesDep
from auth_server.web.signed_in_pages import admin_page
from shared.database import unit_of_work

router = APIRouter(include_in_schema=False)
INVITED = "invited"
KINDS = (
    ("", "Everybody"),
    (Kind.ADMINISTRATORS.value, "Administrators"),
    (Kind.DISABLED.value, "Disabled"),
    (Kind.SERVICES.value, "Services"),
    (INVITED, "Invited"),
)
BY_KIND = {kind.value: kind for kind in Kind}
SAID = {word: act.done for word, act in PERSON_ACTS.by_word.items()} | {
    "withdrawn": "The invitation is withdrawn; its link is good for nothing any more.",
    "service": "The service has an account. Give it a key under API keys.",
}


@router.get(HERE)
def people_page(services: PageServicesDep, browser: AdminUser, query: ListQueryDep) -> Response:
    """Accounts that fit the address, newest first; or invitations that can still be accepted."""
    kind = query.get("kind")
    with unit_of_work(services.engine, read_only=True) as session:
        if kind == INVITED:
            context: dict[str, Any] = {"invitations": _invitations(open_invitations(session), query.text)}
        else:
            window, wanted = Window(PAGE_SIZE + 1, query.offset), BY_KIND.get(kind, Kind.ALL)
            rows = search_accounts(session, window, query.text, wanted)
            people, pager = turned(rows, query)
            context = {"people": people, "pager": pager, "invitations": None}
    said = said_of(SAID, query.get("done")).format(name="The account")
    return admin_page(services, browser, "admin/people.html", HERE, query=query, kinds=KINDS, said=said, **context)


@router.get("/admin/people/{user_id}")
def person_page(user_id: str, services: PageServicesDep, browser: AdminUser, done: str = "") -> Response:
    """One account: what is known, how it is opened, what it holds, and what can be done."""
    with unit_of_work(services.engine, read_only=True) as session:
        user = session.get(User, user_id)
        if user is None:
            raise nothing_there(PERSON_ACTS)
        account, ways = describe_account(session, user), sign_in_ways(session, user)
        grants = search_grants(session, Window(PAGE_SIZE), GrantFilter(user_id=user.id))
    said = said_of(SAID, done).format(name=account.called)
    context: dict[str, Any] = {"account": account, "ways": ways, "grants": grants, "said": said, "user": user}
    acts = [(word, PERSON_ACTS.by_word[word]) for word in offered(user)]
    return admin_page(services, browser, "admin/person.html", HERE, acts=acts, **context)


def _invitations(found: list[Any], text: str) -> list[Any]:
    return [invitation for invitation in found if text.casefold() in invitation.email]
