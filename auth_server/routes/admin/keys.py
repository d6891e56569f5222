"""API keys of everybody: found, looked at, ended; and made for services and for administrators."""

from typing import Any

from fastapi import APIRouter, Response

from auth_server.administration.keys import KeyFilter, KeyState, listed_key, search_keys
from auth_server.administration.listed import Window
from auth_server.administration.reach import reach, tool_sets
from auth_server.administrators import AdminUser
from auth_server.models import ApiKey, User
from auth_server.people import id_named
from auth_server.routes.admin.act_routes import nothing_there
from auth_server.routes.admin.key_acts import HERE, KEY_ACTS, offered
from auth_server.routes.admin.list_query import PAGE_SIZE, ListQueryDep, turned
from auth_server.routes.admin.returning import said_of
from auth_server.web.page_services import PageServicesDep
from auth_server.web.signed_in_pages import admin_page
from shared.database import unit_of_work

router = APIRouter(include_in_schema=False)
STATES = (("", "In force"), (KeyState.ENDED.value, "Ended"), (KeyState.ALL.value, "All"))
BY_STATE = {state.value: state for state in KeyState}
ORIGINS = {"person": "its owner", "administrator": "an administrator", "environment": "the server's environment"}
SAID = {word: act.done for word, act in KEY_ACTS.by_word.items()}


@router.get(HERE)
def keys_page(services: PageServicesDep, browser: AdminUser, query: ListQueryDep) -> Response:
    """Keys that fit the address, newest first."""
    with unit_of_work(services.engine, read_only=True) as session:
        state = BY_STATE.get(query.get("state"), KeyState.LIVE)
        wanted = KeyFilter(query.text, id_named(session, query.get("person")), state)
        rows = search_keys(session, Window(PAGE_SIZE + 1, query.offset), wanted)
    keys, pager = turned(rows, query)
    said = said_of(SAID, query.get("done")).format(name="The key")
    context: dict[str, Any] = {"keys": keys, "pager": pager, "query": query, "states": STATES, "origins": ORIGINS}
    return admin_page(services, browser, "admin/keys.html", HERE, said=said, **context)


@router.get(f"{HERE}/{{key_id}}")
def key_page(key_id: str, services: PageServicesDep, browser: AdminUser, done: str = "") -> Response:
    """One key, without its secret."""
    with unit_of_work(services.engine, read_only=True) as session:
        found = session.get(ApiKey, key_id)
        if found is None:
            raise nothing_there(KEY_ACTS)
        owner = session.get_one(User, found.user_id)
    key = listed_key(found, owner)
    context: dict[str, Any] = {
        "key": key,
        "reach": reach(found.details),
        "tool_sets": tool_sets(found.details),
        "made_by": ORIGINS[key.origin],
        "acts": [(word, KEY_ACTS.by_word[word]) for word in offered(found, owner)],
        "said": said_of(SAID, done).format(name=key.name),
    }
    return admin_page(services, browser, "admin/key.html", HERE, **context)
