"""The authorization request: who asks, for what, and where the answer goes."""

from typing import Any
from urllib.parse import urlencode

from auth_server.models import Client
from auth_server.trust.client_administration import trust_client
from auth_server.trust.client_verdicts import block_client
from auth_server.trust.host_rules import Ruling, forget_host_rule, set_host_rule
from shared.refusals import Reason, Step
from tests.document_clients import claiming, publish
from tests.refusals.place import Place
from tests.refusals.ways import Way

TWO_PLACES = ["https://notes.example/one", "https://notes.example/two"]


def an_unknown_app(place: Place) -> Any:
    return place.http.get("/authorize", params={"client_id": "cli_01kah0000000000000000000bb", "response_type": "code"})


def a_blocked_app(place: Place) -> Any:
    client = place.auth.register()
    with place.auth.database() as session:
        block_client(session, session.get_one(Client, client.id))
    return place.auth.authorize(client)


def a_nameless_app(place: Place) -> Any:
    return place.http.get("/authorize", params={"response_type": "code"})


def two_names(place: Place) -> Any:
    return place.auth.authorize(place.auth.register(), extra="&client_id=another")


def too_many_parameters(place: Place) -> Any:
    return place.http.get("/authorize?" + urlencode([("a", "b")] * 600))


def an_unregistered_redirect_uri(place: Place) -> Any:
    return place.auth.authorize(place.auth.register(), redirect_uri="https://elsewhere.example/callback")


def no_redirect_uri(place: Place) -> Any:
    return place.auth.authorize(place.auth.register(redirect_uris=TWO_PLACES), redirect_uri=None)


def no_proof_key(place: Place) -> Any:
    return place.auth.authorize(place.auth.register(), code_challenge=None)


def no_proof_key_of_a_connected_app(place: Place) -> Any:
    return place.auth.authorize(place.auth.connected_client(), code_challenge=None)


def a_plain_proof_key(place: Place) -> Any:
    return place.auth.authorize(place.auth.register(), code_challenge_method="plain")


def another_response_type(place: Place) -> Any:
    return place.auth.authorize(place.auth.register(), response_type="token")


def another_resource(place: Place) -> Any:
    return place.auth.authorize(place.auth.register(), resource="https://elsewhere.example/mcp")


def a_crowd_of_scopes(place: Place) -> Any:
    return place.auth.authorize(place.auth.register(), scope=" ".join(f"s{number}" for number in range(60)))


def odd_details(place: Place) -> Any:
    return place.auth.authorize(place.auth.register(), authorization_details="[{}]")


def silence_for_a_stranger(place: Place) -> Any:
    return place.auth.authorize(place.auth.register(), prompt="none")


def silence_for_a_trusted_app(place: Place) -> Any:
    client = place.auth.register()
    with place.auth.database() as session:
        trust_client(session, session.get_one(Client, client.id))
    return place.auth.authorize(client, prompt="none")


def an_impossible_document(place: Place) -> Any:
    return place.auth.authorize(claiming("https://app.example/a/../client.json"))


def documents_switched_off(place: Place) -> Any:
    with place.without_documents():
        return place.auth.authorize(claiming(place.address()))


def a_denied_host(place: Place) -> Any:
    with place.auth.database() as session:
        set_host_rule(session, "denied.example", Ruling.DENY)
    answer = place.auth.authorize(claiming("https://denied.example/client.json"))
    with place.auth.database() as session:
        forget_host_rule(session, "denied.example")
    return answer


def an_unusable_document(place: Place) -> Any:
    address = place.address()
    place.web.serve(address, {"client_id": "https://another.example/client.json"})
    return place.auth.authorize(claiming(address))


def an_unreachable_document(place: Place) -> Any:
    address = place.address()
    place.web.serve(address, b"", status=503)
    return place.auth.authorize(claiming(address))


def a_withdrawn_document(place: Place) -> Any:
    client = publish(place.web, place.address(), client_name="Notes", redirect_uris=["https://notes.example/back"])
    form = place.form(client)
    with place.auth.database() as session:
        session.get_one(Client, client.id).document_expires_at = None
    return place.decide(form)


def many_documents(place: Place) -> Any:
    for _ in range(30):
        place.auth.authorize(claiming(place.address()))
    return place.auth.authorize(claiming(place.address()))


def a_redirect_uri_the_document_lacks(place: Place) -> Any:
    client = publish(place.web, place.address(), client_name="Notes", redirect_uris=["https://notes.example/back"])
    return place.auth.authorize(client, redirect_uri="https://notes.example/another")


ASKED = Step.AUTHORIZATION


WAYS = (
    Way(ASKED, Reason.CLIENT_UNKNOWN, 400, "add it again", an_unknown_app, has_client=True),
    Way(ASKED, Reason.CLIENT_BLOCKED, 400, "Ask your administrator", a_blocked_app, has_client=True),
    Way(ASKED, Reason.CLIENT_NOT_NAMED, 400, "client_id is missing", a_nameless_app),
    Way(ASKED, Reason.REQUEST_MALFORMED, 400, "identifier twice", two_names),
    Way(ASKED, Reason.REQUEST_MALFORMED, 400, "too many parameters", too_many_parameters),
    Way(ASKED, Reason.REDIRECT_URI_UNREGISTERED, 400, "add it again", an_unregistered_redirect_uri, has_client=True),
    Way(ASKED, Reason.REDIRECT_URI_NOT_NAMED, 400, "redirect_uri is missing", no_redirect_uri, has_client=True),
    Way(ASKED, Reason.PROOF_KEY_MISSING, 400, "use PKCE with S256", no_proof_key, has_client=True),
    Way(ASKED, Reason.PROOF_KEY_MISSING, 303, "use PKCE with S256", no_proof_key_of_a_connected_app, has_client=True),
    Way(ASKED, Reason.PROOF_KEY_MISSING, 400, "must be S256", a_plain_proof_key, has_client=True),
    Way(ASKED, Reason.RESPONSE_TYPE_UNSUPPORTED, 400, "response type here is code", another_response_type),
    Way(ASKED, Reason.RESOURCE_UNKNOWN, 400, "only for http://localhost:8000/mcp", another_resource, has_client=True),
    Way(ASKED, Reason.SCOPE_REFUSED, 400, "More than 50 scopes", a_crowd_of_scopes, has_client=True),
    Way(ASKED, Reason.DETAILS_REFUSED, 400, "or leave them out", odd_details, has_client=True),
    Way(ASKED, Reason.SILENCE_NOT_TRUSTED, 400, "without prompt=none", silence_for_a_stranger, has_client=True),
    Way(ASKED, Reason.PERSON_NEEDED, 303, "leave prompt=none out", silence_for_a_trusted_app, has_client=True),
    Way(ASKED, Reason.CLIENT_ID_MALFORMED, 400, "tell its makers", an_impossible_document),
    Way(ASKED, Reason.DOCUMENTS_OFF, 403, "Let the app register itself", documents_switched_off, has_client=True),
    Way(ASKED, Reason.HOST_NOT_ALLOWED, 403, "administrator to allow this host", a_denied_host, has_client=True),
    Way(ASKED, Reason.DOCUMENT_UNUSABLE, 400, "client_id", an_unusable_document, has_client=True),
    Way(ASKED, Reason.DOCUMENT_UNREACHABLE, 400, "Try again in a minute", an_unreachable_document, has_client=True),
    Way(ASKED, Reason.DOCUMENT_WITHDRAWN, 400, "Tell the app's makers", a_withdrawn_document, has_client=True),
    Way(ASKED, Reason.TOO_MANY_DOCUMENTS, 429, "Wait a minute", many_documents, has_client=True, after_others=True),
    Way(
        ASKED,
        Reason.REDIRECT_URI_NOT_IN_DOCUMENT,
        400,
        "they have to add the address",
        a_redirect_uri_the_document_lacks,
        has_client=True,
    ),
)
