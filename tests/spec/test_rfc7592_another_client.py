"""RFC 7592 §2.2: a client that becomes another one loses what people allowed it; smaller changes keep it."""

from typing import Any

import pytest

from auth_server.models import Client
from auth_server.trust.client_administration import trust_client
from auth_server.trust.rules import RegistrationMode, set_registration_mode
from tests.auth_harness import CALLBACK, AuthHarness, RegisteredClient, error_of
from tests.spec.client_configuration import configuring, replacing

SAME_PLACE, ELSEWHERE = "http://localhost:9999/other", "https://elsewhere.example/callback"


@pytest.mark.parametrize(
    "changes",
    [
        {"client_name": "Claude"},
        {"redirect_uris": [CALLBACK, ELSEWHERE]},
        {"redirect_uris": [CALLBACK, "zed://callback"]},
        {"token_endpoint_auth_method": "none", "client_secret": None},
    ],
    ids=["name", "another host", "a scheme", "weaker"],
)
def test_a_client_that_becomes_another_one_loses_what_people_allowed_it(
    settled: AuthHarness, changes: dict[str, Any]
) -> None:
    """AS-27, RFC 7592 §2.2, §5: people approved a name, a place and a proof; for others they are asked again."""
    client = settled.register(token_endpoint_auth_method="client_secret_post", client_name="Weather")
    tokens, code = settled.tokens(client), settled.approve(client)["code"]
    answer = replacing(settled, client, **changes)
    assert answer.status_code == 200
    now_known = RegisteredClient(client.information | changes)
    assert error_of(settled.refresh(now_known, tokens["refresh_token"])) == (400, "invalid_grant")
    assert error_of(settled.redeem(now_known, code)) == (400, "invalid_grant")
    assert settled.introspect(tokens["access_token"]) == {"active": False}
    assert settled.tokens(now_known)


@pytest.mark.parametrize(
    "changes",
    [
        {"client_uri": "https://app.example.com"},
        {"redirect_uris": [CALLBACK, SAME_PLACE]},
        {"redirect_uris": [SAME_PLACE]},
        {"scope": "memory:read"},
        {"token_endpoint_auth_method": "client_secret_basic"},
    ],
    ids=["address", "another port", "moved port", "scope", "as strong"],
)
def test_smaller_changes_keep_it(settled: AuthHarness, changes: dict[str, Any]) -> None:
    """RFC 7592 §2.2: the same name at the same place."""
    client = settled.register(token_endpoint_auth_method="client_secret_post")
    tokens = settled.tokens(client)
    assert replacing(settled, client, **changes).status_code == 200
    assert settled.refresh(client, tokens["refresh_token"]).status_code == 200


def test_a_code_goes_with_the_redirect_uri_it_was_sent_to(settled: AuthHarness) -> None:
    """AS-41, RFC 7592 §2.2: one that was registered in the meantime does not redeem it."""
    client = settled.register()
    code = settled.approve(client)["code"]
    assert replacing(settled, client, redirect_uris=[SAME_PLACE]).status_code == 200
    assert error_of(settled.redeem(client, code, redirect_uri=SAME_PLACE)) == (400, "invalid_grant")
    assert settled.redeem(client, code, redirect_uri=CALLBACK).status_code == 200
    assert settled.authorize(client, redirect_uri="http://localhost:8123/callback").status_code == 400


def test_an_administrators_word_is_for_the_client_they_looked_at(settled: AuthHarness) -> None:
    """AS-17, RFC 7592 §2.2: a trusted client that goes elsewhere is not trusted there."""
    client = settled.register()
    with settled.database() as session:
        trust_client(session, session.get_one(Client, client.id))
    replacing(settled, client, redirect_uris=[ELSEWHERE])
    assert settled.authorize(client, redirect_uri=ELSEWHERE, prompt="none").status_code == 400


BECOMING_ANOTHER = [
    {"client_name": "Claude"},
    {"redirect_uris": [ELSEWHERE]},
    {"redirect_uris": [CALLBACK, ELSEWHERE]},
    {"token_endpoint_auth_method": "none"},
]


@pytest.mark.parametrize("mode", [RegistrationMode.TOKEN, RegistrationMode.OFF])
@pytest.mark.parametrize("changes", BECOMING_ANOTHER, ids=lambda changes: next(iter(changes)))
def test_where_registration_is_not_open_no_client_becomes_another_one(
    ada: AuthHarness, mode: RegistrationMode, changes: dict[str, Any]
) -> None:
    """AS-80, RFC 7592 §2.2: it would register by another name. What it holds, it keeps."""
    client = ada.register(client_name="Notes", token_endpoint_auth_method="client_secret_post")
    tokens = ada.tokens(client)
    with ada.database() as session:
        set_registration_mode(session, mode)
    assert error_of(replacing(ada, client, client_secret=None, **changes)) == (403, "access_denied")
    registered = configuring(ada, client, "GET").json()
    assert (registered["client_name"], registered["redirect_uris"]) == ("Notes", [CALLBACK])
    assert ada.refresh(client, tokens["refresh_token"]).status_code == 200
    assert replacing(ada, client, redirect_uris=[SAME_PLACE], scope="memory:read").status_code == 200
    assert configuring(ada, client, "DELETE").status_code == 204
