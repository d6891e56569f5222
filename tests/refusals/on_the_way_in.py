"""Reaching the authorization server, finding its metadata, registering."""

from typing import Any

from auth_server.trust.rules import RegistrationMode
from shared.refusals import Reason, Step
from tests.auth_harness import CALLBACK
from tests.refusals.place import Place
from tests.refusals.ways import Way

FOREIGN = {"Origin": "https://evil.example"}
PROGRAM = {"Accept": "application/json, text/event-stream"}


def another_host(place: Place) -> Any:
    return place.http.get("/", headers={"Host": "memory.example"})


def a_foreign_page(place: Place) -> Any:
    return place.http.post("/token", headers=FOREIGN)


def much_at_once(place: Place) -> Any:
    return place.http.post("/token", content=b"a" * 70_000)


def a_malformed_number(place: Place) -> Any:
    return place.http.get("/internal/changes", params={"after": "x"})


def mcp_at_the_issuer(place: Place) -> Any:
    return place.http.post("/mcp", json={}, headers=PROGRAM)


def metadata_elsewhere(place: Place) -> Any:
    return place.http.get("/.well-known/oauth-authorization-server/nowhere")


def a_page_that_is_not(place: Place) -> Any:
    return place.http.get("/nowhere", headers={"Accept": "text/html"})


def a_token_by_get(place: Place) -> Any:
    return place.http.get("/token")


def while_registration_is_off(place: Place) -> Any:
    with place.registration(RegistrationMode.OFF):
        return place.http.post("/register", json={"redirect_uris": [CALLBACK]})


def registration_without_a_token(place: Place) -> Any:
    with place.registration(RegistrationMode.TOKEN):
        return place.http.post("/register", json={"redirect_uris": [CALLBACK]})


def registration_with_a_bad_token(place: Place) -> Any:
    with place.registration(RegistrationMode.TOKEN):
        return place.http.post(
            "/register", json={"redirect_uris": [CALLBACK]}, headers={"Authorization": "Bearer iat_x"}
        )


def a_plain_redirect_uri(place: Place) -> Any:
    return place.http.post("/register", json={"redirect_uris": ["http://notes.example/callback"]})


def no_json(place: Place) -> Any:
    return place.http.post("/register", content=b"{", headers={"Content-Type": "application/json"})


def another_method_than_offered(place: Place) -> Any:
    document = {"redirect_uris": [CALLBACK], "token_endpoint_auth_method": "tls_client_auth"}
    return place.http.post("/register", json=document)


def many_registrations(place: Place) -> Any:
    for _ in range(place.auth.settings.registrations_per_hour):
        place.http.post("/register", content=b"{")
    return place.http.post("/register", content=b"{")


def anothers_registration(place: Place) -> Any:
    client = place.auth.register()
    return place.http.get(f"/register/{client.id}", headers={"Authorization": "Bearer rat_x"})


WAYS = (
    Way(Step.REACH, Reason.WRONG_HOST, 421, "OSTIARY_ISSUER", another_host),
    Way(Step.REACH, Reason.FOREIGN_ORIGIN, 403, "in a tab of their own", a_foreign_page),
    Way(Step.REACH, Reason.BODY_TOO_LARGE, 413, "too large", much_at_once),
    Way(Step.REACH, Reason.REQUEST_MALFORMED, 422, "malformed", a_malformed_number),
    Way(Step.DISCOVERY, Reason.WRONG_PATH, 404, "The MCP endpoint is http://localhost:8000/mcp", mcp_at_the_issuer),
    Way(Step.DISCOVERY, Reason.WRONG_PATH, 404, "/.well-known/oauth-authorization-server", metadata_elsewhere),
    Way(Step.DISCOVERY, Reason.WRONG_PATH, 404, "Check the address", a_page_that_is_not),
    Way(Step.DISCOVERY, Reason.WRONG_METHOD, 405, "does not answer to that method", a_token_by_get),
    Way(Step.REGISTRATION, Reason.REGISTRATION_OFF, 403, "ask its administrator", while_registration_is_off),
    Way(
        Step.REGISTRATION,
        Reason.REGISTRATION_CREDENTIAL_REFUSED,
        401,
        "from the administrator",
        registration_without_a_token,
    ),
    Way(
        Step.REGISTRATION,
        Reason.REGISTRATION_CREDENTIAL_REFUSED,
        401,
        "ask the administrator for a new one",
        registration_with_a_bad_token,
    ),
    Way(Step.REGISTRATION, Reason.REDIRECT_URI_REFUSED, 400, "A redirect URI is https", a_plain_redirect_uri),
    Way(Step.REGISTRATION, Reason.METADATA_REFUSED, 400, "not JSON", no_json),
    Way(Step.REGISTRATION, Reason.METADATA_REFUSED, 400, "is not one that is offered", another_method_than_offered),
    Way(
        Step.REGISTRATION,
        Reason.TOO_MANY_REGISTRATIONS,
        429,
        "keep the client_id you have",
        many_registrations,
        after_others=True,
    ),
    Way(
        Step.REGISTRATION,
        Reason.REGISTRATION_CREDENTIAL_REFUSED,
        401,
        "not valid for this client",
        anothers_registration,
        has_client=True,
    ),
)
