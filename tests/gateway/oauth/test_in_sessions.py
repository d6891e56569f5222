"""A server that people sign in to, brought by an app into a session of its own."""

from tests.doors import Doors
from tests.gateway.oauth.scripted_issuer import ScriptedIssuer
from tests.gateway.rest.plain_apps import plain_app, refused


def test_in_a_session_nobody_signs_in_to_a_server_and_the_app_hears_what_to_do(
    doors: Doors, issuer: ScriptedIssuer
) -> None:
    """No page of anybody's leads to it, so none is named."""
    session = plain_app(doors).new_session()
    session.add({"notes": {"url": issuer.url}})
    answer = session.execute("notes__add", one=1, two=2)
    assert refused(answer) == (409, "credential_wanted")
    said = answer.json()["error_description"]
    assert "add it again with headers" in said
    assert "://" not in said
    [server] = session.get("/mcp/servers").json()["servers"]
    assert server["state"] == "unavailable"
    assert "wants a credential" in server["problem"]
    assert session.post("/mcp/servers/remove", {"server_name": "notes"}).status_code == 200
    issuer.granted["brought-along"] = ("ada", "")
    headers = {"Authorization": "Bearer brought-along"}
    assert session.add({"notes": {"url": issuer.url, "headers": headers}}).status_code == 201
    assert session.execute("notes__add", one=1, two=2).json()["structured_content"] == {"result": 3}
