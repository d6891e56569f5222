"""AS-107: the state of a request opens for the same person, app, tool and arguments, within its time, and once."""

from typing import Any

import pytest
import time_machine
from mcp import MCPError

from resource_server.gateway.request_states import RequestState, RequestStates
from shared.clock import now
from tests.doors import Doors
from tests.gateway.conftest import Behind
from tests.gateway.test_tools import EVERYTHING
from tests.key_holders import KeyHolder, key_of
from tests.mcp_messages import modern_headers, modern_request

CAPABLE = {"io.modelcontextprotocol/clientCapabilities": {"elicitation": {"form": {}}}}
TURIN = {"action": "accept", "content": {"town": "Turin"}}


@pytest.fixture(params=["new", "old"])
def app(request: pytest.FixtureRequest, doors: Doors, behind: Behind, upstream_url: str, old_url: str) -> KeyHolder:
    """A program that is told what input is needed, before a server of each era."""
    behind.http("fix", upstream_url if request.param == "new" else old_url)
    return key_of(doors.person(), scope="gateway:call", details=[EVERYTHING])


def sent(app: KeyHolder, tool: str = "fix__where", **params: Any) -> dict[str, Any]:
    """The answer to a call of the newest revision."""
    message = modern_request("tools/call", {"name": tool, "arguments": {}} | params, **CAPABLE)
    answer: dict[str, Any] = app.post(message, **modern_headers("tools/call", tool)).json()
    return answer


def asked(app: KeyHolder) -> dict[str, Any]:
    """The params of the second round, with the person's answer."""
    result = sent(app)["result"]
    assert result["resultType"] == "input_required"
    (key,) = result["inputRequests"]
    assert result["inputRequests"][key]["params"]["message"] == "Which town?"
    return {"requestState": result["requestState"], "inputResponses": {key: TURIN}}


def text_of(answer: dict[str, Any]) -> str:
    """What the tool said."""
    text: str = answer["result"]["content"][0]["text"]
    return text


def test_the_answer_ends_the_call(app: KeyHolder) -> None:
    assert text_of(sent(app, **asked(app))) == "accept Turin"


def test_a_state_is_of_no_use_to_another_app_of_the_same_person(doors: Doors, behind: Behind, old_url: str) -> None:
    """AS-107."""
    behind.http("fix", old_url)
    person = doors.person()
    one, other = (key_of(person, name, scope="gateway:call", details=[EVERYTHING]) for name in ("one", "other"))
    assert "not one of this request" in sent(other, **asked(one))["error"]["message"]


def test_a_state_is_of_no_use_with_other_arguments_or_another_tool(app: KeyHolder) -> None:
    """AS-107."""
    second = asked(app)
    assert "not one of this request" in sent(app, arguments={"x": 1}, **second)["error"]["message"]
    assert "not one of this request" in sent(app, "fix__roots", **second)["error"]["message"]
    assert text_of(sent(app, **second)) == "accept Turin"


@pytest.mark.parametrize("state", ["", "x", "A" * 100, "\N{GREEK SMALL LETTER ALPHA}"])
def test_a_state_that_was_made_up_opens_nothing(app: KeyHolder, state: str) -> None:
    """AS-107."""
    assert "not one of this request" in sent(app, requestState=state, inputResponses={})["error"]["message"]


def test_a_parked_call_goes_on_once(doors: Doors, behind: Behind, old_url: str) -> None:
    """AS-107."""
    behind.http("fix", old_url)
    app = key_of(doors.person(), scope="gateway:call", details=[EVERYTHING])
    second = asked(app)
    assert text_of(sent(app, **second)) == "accept Turin"
    assert "not waited for any more" in sent(app, **second)["error"]["message"]


def test_an_answer_that_is_missing_is_asked_for(doors: Doors, behind: Behind, old_url: str) -> None:
    behind.http("fix", old_url)
    app = key_of(doors.person(), scope="gateway:call", details=[EVERYTHING])
    second = asked(app)
    empty = second | {"inputResponses": {}}
    assert "answer to what was asked is missing" in sent(app, **empty)["error"]["message"]
    assert text_of(sent(app, **second)) == "accept Turin"


def test_a_state_is_too_old_after_ten_minutes() -> None:
    """AS-107."""
    states = RequestStates(bytes(32))
    sealed = states.sealed(RequestState(theirs="x"), "binding")
    assert states.opened(sealed, "binding") == RequestState(theirs="x")
    with time_machine.travel(now().timestamp() + 601), pytest.raises(MCPError, match="too old"):
        states.opened(sealed, "binding")
