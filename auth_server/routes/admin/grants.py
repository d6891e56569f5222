"""Connections of everybody: found and ended. What an app read or wrote stands on no page of administration (AS-119)."""

from typing import Any

from fastapi import APIRouter, Response

from auth_server.administration.grants import (
    GrantFilter,
    State,
    describe_grant,
    revoke_all,
    revoke_by_administrator,
    search_grants,
)
from auth_server.administration.listed import Window
from auth_server.administrators import AdminUser
from auth_server.client_handles import handle_of
from auth_server.grants import find_grant
from auth_server.models import Grant
from auth_server.people import id_named
from auth_server.routes.admin.act_routes import nothing_there
from auth_server.routes.admin.acts import Act, Acts, Doing, simply
from auth_server.routes.admin.list_query import PAGE_SIZE, ListQueryDep, turned
from auth_server.routes.admin.returning import said_of
from auth_server.web.page_services import PageServicesDep
from auth_server.web.signed_in_pages import admin_page
from shared.database import unit_of_work

router = APIRouter(include_in_schema=False)
HERE = "/admin/grants"
STATES = (("", "In force"), (State.ENDED.value, "Ended"), (State.ALL.value, "All"))
BY_STATE = {state.value: state for state in State}


def revoke_of_app_and_person(doing: Doing[Grant]) -> None:
    """Ends everything between this person and this app."""
    grant = doing.thing
    revoke_all(doing.session, user_id=grant.user_id or "", client_id=grant.client_id, by=doing.by)


GRANT_ACTS: Acts[Grant] = Acts(
    here=HERE,
    find=find_grant,
    called=lambda _grant: "The connection",
    kind="connection",
    by_word={
        "revoke": Act(
            "End this connection",
            simply(revoke_by_administrator),
            "The connection is ended. Within five seconds nothing it allowed works.",
            "End this connection?",
            ("The app is refused within five seconds; the person can connect it again. What it saved stays theirs.",),
            is_danger=True,
        ),
        "disconnect": Act(
            "Disconnect the app from this person",
            revoke_of_app_and_person,
            "Everything this person allowed the app is ended.",
            "End everything this person allowed this app?",
            ("Every approval of this app ends, within five seconds; the person can connect it again.",),
            is_danger=True,
        ),
    },
)


@router.get(HERE)
def grants_page(services: PageServicesDep, browser: AdminUser, query: ListQueryDep) -> Response:
    """Connections that fit the address, newest first."""
    with unit_of_work(services.engine, read_only=True) as session:
        state = BY_STATE.get(query.get("state"), State.LIVE)
        person = id_named(session, query.get("person"))
        wanted = GrantFilter(query.text, person, query.get("app"), state)
        rows = search_grants(session, Window(PAGE_SIZE + 1, query.offset), wanted)
    grants, pager = turned(rows, query)
    context: dict[str, Any] = {"grants": grants, "pager": pager, "query": query, "states": STATES}
    return admin_page(services, browser, "admin/grants.html", HERE, **context)


@router.get(f"{HERE}/{{grant_id}}")
def grant_page(grant_id: str, services: PageServicesDep, browser: AdminUser, done: str = "") -> Response:
    """One connection, and its end."""
    with unit_of_work(services.engine, read_only=True) as session:
        found = find_grant(session, grant_id)
        if found is None:
            raise nothing_there(GRANT_ACTS)
        grant = describe_grant(session, found)
    said = said_of({word: act.done for word, act in GRANT_ACTS.by_word.items()}, done)
    acts = [(word, act) for word, act in GRANT_ACTS.by_word.items() if grant.is_live]
    context: dict[str, Any] = {"grant": grant, "handle": handle_of(grant.client_id), "acts": acts, "said": said}
    return admin_page(services, browser, "admin/grant.html", HERE, **context)
