"""Draws the pages of a person's own API keys."""

from dataclasses import dataclass

from fastapi import Response

from auth_server.consent.choice import EVERYTHING
from auth_server.consent.choosable import choosable
from auth_server.consent.server_rows import own_servers
from auth_server.consent.words import permissions, tool_ticks
from auth_server.grant_sentences import AT_A_GLANCE
from auth_server.keys.api_keys import NewKey, keys_of
from auth_server.keys.key_form import EXPIRIES, OVERLAPS, KeyForm, offered_scopes
from auth_server.keys.own_keys import shown_key
from auth_server.models import ApiKey
from auth_server.sign_in.confirmation import confirmation
from auth_server.web.browser import SignedInBrowser
from auth_server.web.once_forms import new_nonce
from auth_server.web.page_services import PageServices
from auth_server.web.signed_in_pages import account_page
from shared.database import unit_of_work
from shared.scopes import Scope

KEYS = "/account/keys"


@dataclass(frozen=True)
class Problem:
    """What to mend, a sentence and the field it is about."""

    sentence: str = ""
    field: str = ""


def show_keys(
    services: PageServices, browser: SignedInBrowser, done: str = "", warning: str = "", status: int = 200
) -> Response:
    """The list: what works first, then what has ended."""
    with unit_of_work(services.engine, read_only=True) as session:
        keys = [shown_key(key, AT_A_GLANCE) for key in keys_of(session, browser.user.id)]
    live, ended = [key for key in keys if key.is_live], [key for key in keys if not key.is_live]
    return account_page(
        services, browser, "account/keys.html", KEYS, status, done=done, warning=warning, live=live, ended=ended
    )


def show_key_form(
    services: PageServices, browser: SignedInBrowser, form: KeyForm, problem: Problem, status: int = 200
) -> Response:
    """The form of a new key, with a nonce of its own."""
    offered = choosable(services, browser.user.id, offered_scopes(browser.user))
    wrong_password = problem.sentence if problem.field == "password" else ""
    return account_page(
        services,
        browser,
        "account/key_new.html",
        KEYS,
        status,
        once=new_nonce(services, browser),
        name=form.name,
        permissions=permissions(offered_scopes(browser.user), EVERYTHING, form.choice, offered),
        tools=tool_ticks(offered_scopes(browser.user), EVERYTHING, form.choice),
        servers=own_servers(
            offered.servers, form.choice.access.servers, is_ticked=Scope.GATEWAY_CALL in form.choice.scopes
        ),
        new_namespace=form.choice.new_namespace,
        may_administer=Scope.ADMIN in offered_scopes(browser.user),
        administers=Scope.ADMIN in form.choice.scopes,
        expiries=EXPIRIES,
        expiry=form.expiry,
        problem=problem,
        confirmation=confirmation(services, browser, wrong_password),
    )


def show_key(
    services: PageServices, browser: SignedInBrowser, key: ApiKey, problem: Problem, status: int = 200
) -> Response:
    """One key, and what can be done with it."""
    wrong_password = problem.sentence if problem.field == "password" else ""
    return account_page(
        services,
        browser,
        "account/key.html",
        KEYS,
        status,
        key=shown_key(key),
        overlaps=OVERLAPS,
        problem=problem,
        confirmation=confirmation(services, browser, wrong_password),
    )


def show_new_key(
    services: PageServices, browser: SignedInBrowser, made: NewKey, replaced: ApiKey | None = None
) -> Response:
    """The only page that ever has the key itself."""
    return account_page(
        services,
        browser,
        "account/key_made.html",
        KEYS,
        key=shown_key(made.key),
        secret=made.secret,
        mcp_url=services.settings.mcp_url,
        replaced=shown_key(replaced) if replaced is not None else None,
    )
