"""Draws the form that changes one grant in place."""

from dataclasses import dataclass

from fastapi import Response

from auth_server.connected_apps import connected_app
from auth_server.consent.catalog import Choosable
from auth_server.consent.choice import Choice
from auth_server.consent.choosable import choosable
from auth_server.consent.editing import AS_BEFORE, EditableGrant
from auth_server.consent.meant import later_servers
from auth_server.consent.server_rows import own_servers
from auth_server.consent.words import permissions, tool_ticks
from auth_server.grant_sentences import added_sentence
from auth_server.grants import live_grants
from auth_server.sign_in.confirmation import Confirmation
from auth_server.web.browser import SignedInBrowser
from auth_server.web.own_paths import HOME
from auth_server.web.page_services import PageServices
from auth_server.web.signed_in_pages import account_page
from shared.authorization_details import MemoryAccess
from shared.database import unit_of_work
from shared.scopes import Scope


@dataclass(frozen=True)
class EditForm:
    """The form to show: as the grant is, or again with what was chosen and the sentence that says what to mend.

    `added` is what a confirmation would allow, `confirmation` what the form brings for it.
    """

    choice: Choice | None = None
    problem: str = ""
    problem_field: str = ""
    leaves_nothing: bool = False
    added: MemoryAccess | None = None
    confirmation: Confirmation | None = None


def show_edit(
    services: PageServices, browser: SignedInBrowser, editable: EditableGrant, form: EditForm, status: int = 200
) -> Response:
    """The page, with the revision that its form was made for."""
    offered = choosable(services, browser.user.id, editable.offered)
    choice = form.choice or editable.as_it_is(offered.servers)
    lifetimes = editable.lifetimes
    with unit_of_work(services.engine, read_only=True) as session:
        app = connected_app(session, editable.client, [editable.grant])
        held = [grant for grant in live_grants(session, browser.user.id) if grant.client_id == app.client_id]
    return account_page(
        services,
        browser,
        "account/grant.html",
        HOME,
        status,
        app=app,
        has_other_approvals=len(held) > 1,
        revision=editable.grant.revision,
        **_controls(editable, choice, offered),
        new_namespace=choice.new_namespace,
        lifetimes=lifetimes,
        lifetime=choice.lifetime if choice.lifetime in lifetimes else AS_BEFORE,
        problem=form.problem,
        problem_field=form.problem_field,
        leaves_nothing=form.leaves_nothing,
        added=added_sentence(form.added) if form.added is not None else "",
        confirmation=form.confirmation,
    )


def _controls(editable: EditableGrant, choice: Choice, offered: Choosable) -> dict[str, object]:
    is_acting, later = Scope.GATEWAY_CALL in choice.scopes, later_servers(editable.grant, offered.servers)
    return {
        "permissions": permissions(editable.offered, editable.most, choice, offered),
        "tools": tool_ticks(editable.offered, editable.most, choice),
        "servers": own_servers(
            offered.servers, choice.access.servers, editable.most.servers, is_ticked=is_acting, later=later
        ),
    }
