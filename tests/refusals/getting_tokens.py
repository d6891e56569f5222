"""The token endpoint, with a code or as a service."""

from typing import Any

from shared.refusals import Reason, Step
from tests.auth_harness import RegisteredClient, later
from tests.document_clients import publish
from tests.refusals.endings import UNKNOWN, block, disconnect
from tests.refusals.place import Place
from tests.refusals.ways import Way
from tests.service_clients import entered_service


def no_form(place: Place) -> Any:
    return place.http.post("/token", json={"grant_type": "authorization_code"})


def no_grant_type(place: Place) -> Any:
    return place.http.post("/token", data={"code": "x"})


def another_grant_type(place: Place) -> Any:
    return place.http.post("/token", data={"grant_type": "password"})


def a_deleted_client(place: Place) -> Any:
    return place.auth.redeem(UNKNOWN, "ac_x")


def a_wrong_secret(place: Place) -> Any:
    client = place.auth.register(token_endpoint_auth_method="client_secret_post")
    return place.auth.redeem(client, place.code(client), client_secret="cs_wrong")


def a_lone_basic_header(place: Place) -> Any:
    form = {"grant_type": "authorization_code", "code": "x"}
    return place.http.post("/token", data=form, headers={"Authorization": "Basic !"})


def two_secrets(place: Place) -> Any:
    client = place.auth.register(token_endpoint_auth_method="client_secret_post")
    form = {"grant_type": "authorization_code", "code": "ac_x", **client.credential}
    return place.http.post("/token", data=form, auth=("a", "b"))


def no_service(place: Place) -> Any:
    client = place.auth.register(token_endpoint_auth_method="client_secret_post")
    return place.http.post("/token", data={"grant_type": "client_credentials", **client.credential})


def service_of(place: Place) -> RegisteredClient:
    """A program that an administrator entered."""
    with place.auth.database() as session:
        return entered_service(session)


def a_service_that_wants_more(place: Place) -> Any:
    form = {"grant_type": "client_credentials", "scope": "admin", **service_of(place).credential}
    return place.http.post("/token", data=form)


def a_service_that_wants_elsewhere(place: Place) -> Any:
    details = '[{"type":"memory","actions":["read"],"namespaces":["secret"]}]'
    form = {"grant_type": "client_credentials", "authorization_details": details, **service_of(place).credential}
    return place.http.post("/token", data=form)


def no_client(place: Place) -> Any:
    return place.http.post("/token", data={"grant_type": "authorization_code", "code": "ac_x"})


def signing_client(place: Place, **keys: Any) -> RegisteredClient:
    """A client whose document says that it signs."""
    return publish(
        place.web,
        place.address(),
        client_name="Notes",
        redirect_uris=["https://notes.example/back"],
        token_endpoint_auth_method="private_key_jwt",
        **keys,
    )


ASSERTION = {
    "client_assertion": "eyJhbGciOiJFUzI1NiJ9.e30.c2ln",
    "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
}
KEY = {
    "kty": "EC",
    "crv": "P-256",
    "kid": "one",
    "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
    "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
}


def a_bad_assertion(place: Place) -> Any:
    client = signing_client(place, jwks={"keys": [KEY]})
    return place.auth.redeem(client, place.code(client), **ASSERTION)


def unreachable_keys(place: Place) -> Any:
    address = place.address()
    place.web.serve(address, b"", status=503)
    client = signing_client(place, jwks_uri=address)
    return place.auth.redeem(client, place.code(client), **ASSERTION)


def an_unknown_code(place: Place) -> Any:
    return place.auth.redeem(place.auth.register(), "ac_x")


def anothers_code(place: Place) -> Any:
    return place.auth.redeem(place.auth.register(), place.code(place.auth.register()))


def an_expired_code(place: Place) -> Any:
    client = place.auth.register()
    code = place.code(client)
    with later(seconds=61):
        return place.auth.redeem(client, code)


def a_used_code(place: Place) -> Any:
    client = place.auth.register()
    code = place.code(client)
    assert place.auth.redeem(client, code).status_code == 200
    return place.auth.redeem(client, code)


def another_verifier(place: Place) -> Any:
    client = place.auth.register()
    return place.auth.redeem(client, place.code(client), code_verifier="w" * 64)


def no_verifier(place: Place) -> Any:
    client = place.auth.register()
    return place.auth.redeem(client, place.code(client), code_verifier=None)


def another_redirect_uri(place: Place) -> Any:
    client = place.auth.register()
    return place.auth.redeem(client, place.code(client), redirect_uri="https://elsewhere.example/callback")


def a_token_for_another_resource(place: Place) -> Any:
    client = place.auth.register()
    return place.auth.redeem(client, place.code(client), resource="https://elsewhere.example/mcp")


def a_code_taken_back(place: Place) -> Any:
    client = place.auth.register()
    code = place.code(client)
    disconnect(place, client)
    return place.auth.redeem(client, code)


def a_code_of_a_blocked_app(place: Place) -> Any:
    client = place.auth.register()
    code = place.code(client)
    block(place, client)
    return place.auth.redeem(client, code)


def a_client_in_a_loop(place: Place) -> Any:
    client = place.auth.register()
    for _ in range(301):
        place.auth.refresh(client, "rt_x")
    return place.auth.refresh(client, "rt_x")


TOKEN = Step.TOKEN

WAYS = (
    Way(TOKEN, Reason.REQUEST_MALFORMED, 400, "application/x-www-form-urlencoded", no_form),
    Way(TOKEN, Reason.REQUEST_MALFORMED, 400, "grant_type is missing", no_grant_type),
    Way(TOKEN, Reason.REQUEST_MALFORMED, 400, "client_id is missing", no_client),
    Way(TOKEN, Reason.REQUEST_MALFORMED, 400, "code_verifier are required", no_verifier, has_client=True),
    Way(TOKEN, Reason.TOO_MANY_REQUESTS, 429, "ask more slowly", a_client_in_a_loop, after_others=True),
    Way(TOKEN, Reason.GRANT_TYPE_UNSUPPORTED, 400, "unsupported_grant_type", another_grant_type),
    Way(TOKEN, Reason.GRANT_TYPE_NOT_ALLOWED, 400, "enter it as a service", no_service, has_client=True),
    Way(TOKEN, Reason.SCOPE_REFUSED, 400, "leave scope out", a_service_that_wants_more, has_client=True),
    Way(TOKEN, Reason.DETAILS_REFUSED, 400, "leave them out", a_service_that_wants_elsewhere, has_client=True),
    Way(TOKEN, Reason.CLIENT_UNKNOWN, 401, "register again", a_deleted_client, has_client=True),
    Way(TOKEN, Reason.CREDENTIAL_WRONG, 401, "check client_id and client_secret", a_wrong_secret, has_client=True),
    Way(TOKEN, Reason.CREDENTIAL_WRONG, 401, "check client_id and client_secret", a_lone_basic_header),
    Way(TOKEN, Reason.TWO_CREDENTIALS, 400, "in the header, in the form", two_secrets),
    Way(TOKEN, Reason.ASSERTION_REFUSED, 401, "The client assertion is not valid", a_bad_assertion, has_client=True),
    Way(TOKEN, Reason.CLIENT_KEYS_UNREACHABLE, 503, "Try again in a moment", unreachable_keys),
    Way(TOKEN, Reason.CODE_UNKNOWN, 400, "Start the authorization again", an_unknown_code, has_client=True),
    Way(TOKEN, Reason.CODE_UNKNOWN, 400, "another client's", anothers_code, has_client=True),
    Way(TOKEN, Reason.CODE_EXPIRED, 400, "Start the authorization again", an_expired_code, has_client=True),
    Way(TOKEN, Reason.CODE_USED, 400, "Start the authorization again", a_used_code, has_client=True),
    Way(TOKEN, Reason.VERIFIER_MISMATCH, 400, "does not match the code_challenge", another_verifier, has_client=True),
    Way(TOKEN, Reason.REDIRECT_URI_MISMATCH, 400, "send the same one", another_redirect_uri, has_client=True),
    Way(
        TOKEN,
        Reason.RESOURCE_UNKNOWN,
        400,
        "only for http://localhost:8000/mcp",
        a_token_for_another_resource,
        has_client=True,
    ),
    Way(TOKEN, Reason.GRANT_ENDED, 400, "Start the authorization again", a_code_taken_back, has_client=True),
    Way(TOKEN, Reason.CLIENT_BLOCKED, 400, "blocked the app", a_code_of_a_blocked_app, has_client=True),
)
