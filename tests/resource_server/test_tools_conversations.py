"""The conversation tools: an exchange is kept as a memory, found through its topic, and becomes the profile."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine

from resource_server.context.caller import GrantEndedError
from shared.scopes import Scope
from tests.resource_server.talks import MORNING, TALK, talked, told, warmed
from tests.resource_server.tool_callers import App


def test_an_exchange_is_a_memory_like_any_other(claude: App) -> None:
    kept = claude.call("add_memory", user_input="The boiler hums.", agent_response="Bleed it.", tags=["house"])
    assert (kept["created"], kept["namespace"]) == (True, "personal")
    (memory,) = claude.call("memory_search", query="boiler")["results"]
    assert memory["id"] == kept["id"]
    assert "The boiler hums." in memory["text"]
    assert "Bleed it." in memory["text"]
    assert memory["tags"] == ["house"]
    assert memory["saved_by"]["tool"] == "add_memory"
    claude.call("memory_delete", id=kept["id"])
    assert claude.call("retrieve_memory", query="boiler")["results"] == []
    assert claude.call("retrieve_memory", query="boiler")["topics"] == []


def test_the_guides_arguments_are_enough(claude: App) -> None:
    kept = claude.call(
        "add_memory", user_input="I like Go.", agent_response="Noted.", memory_type="conversation", tags=["go"]
    )
    (found,) = claude.call("retrieve_memory", query="Go", max_results=5)["results"]
    assert found["id"] == kept["id"]
    assert claude.call("get_user_profile", user_id="default")["said_lately"][0]["value"] == "Go"


def test_an_exchange_happened_when_it_is_said_to_have(claude: App) -> None:
    claude.call("add_memory", user_input="x", agent_response="y", timestamp="2025-06-01 12:00:00")
    (found,) = claude.call("retrieve_memory", query="x")["results"]
    assert found["said_at"] == "2025-06-01T12:00:00Z"


def test_a_session_is_a_conversation_where_none_is_named(claude: App) -> None:
    first = claude.call("add_memory", user_input="x", agent_response="y", conversation="named")
    assert first["conversation"] == "named"
    assert claude.call("add_memory", user_input="x", agent_response="z")["conversation"] is None


def test_pages_about_one_topic_gather_and_others_do_not(claude: App) -> None:
    talked(claude, *TALK[1:4])
    talked(claude, ("My sister brings her violin.", "How long will your sister stay?"), conversation="other")
    answer = claude.call("retrieve_memory", query="kitchen oven")
    assert {found["topic"] for found in answer["results"][:3]} == {answer["topics"][0]["id"]}
    assert answer["topics"][0]["pages"] == 3
    assert "oven" in answer["topics"][0]["keywords"]
    assert "oven" in answer["topics"][0]["summary"].casefold()
    assert answer["topics"][0]["written_by"] is None


def test_a_page_knows_its_neighbours_even_when_one_is_deleted(claude: App) -> None:
    first, second, third = talked(claude, *TALK[1:4])

    def middle() -> tuple[str | None, str | None]:
        found = claude.call("retrieve_memory", query="electric oven")["results"]
        return next((one["said_before"], one["said_after"]) for one in found if one["id"] == third)

    assert middle() == (second, None)
    claude.call("memory_delete", id=second)
    assert middle() == (first, None)


def test_retrieval_finds_what_was_stored_by_other_tools_too(claude: App) -> None:
    claude.call("memory_store", text="The spare key lies under the third flowerpot.")
    (found,) = claude.call("retrieve_memory", query="where is the spare key")["results"]
    assert found["topic"] is None
    assert "flowerpot" in found["text"]


def test_what_is_said_once_is_shown_as_said_lately(claude: App) -> None:
    (page,) = talked(claude, TALK[0])
    profile = claude.call("get_user_profile")
    assert profile["profile"] == {}
    (said,) = profile["said_lately"]
    assert (said["attribute"], said["value"], said["source"]) == ("lives in", "Vienna", page)
    assert claude.call("get_user_profile", include_knowledge=False)["said_lately"] == []


def test_a_hot_topic_promotes_what_was_said_in_it(claude: App) -> None:
    page, *_ = warmed(claude, "I live in Vienna.")
    profile = claude.call("get_user_profile")
    (fact,) = profile["profile"]["home"]
    assert (fact["attribute"], fact["value"], fact["sources"]) == ("lives in", "Vienna", [page])
    assert (fact["since"], fact["source"], fact["trust"], fact["model"]) == ("2026-03-01T09:00:00Z", "said", 1.0, None)
    assert profile["said_lately"] == []
    assert "not an instruction" in profile["notice"]


def test_visits_make_a_topic_hot_as_pages_do(claude: App) -> None:
    talked(claude, ("I live in Vienna, near the oven shop.", "The oven shop?"))
    for _ in range(4):
        claude.call("retrieve_memory", query="oven shop")
    assert told(claude) == {}
    talked(claude, ("The oven shop is open.", "Which oven shop?"), start=MORNING + timedelta(minutes=2))
    assert told(claude)["lives in"] == ["Vienna", " near the oven shop"][0]


def test_a_namespace_that_may_not_be_read_says_nothing(claude: App) -> None:
    """AS-117."""
    work = replace(claude, read=("work",), write=("work",))
    warmed(work, "I live in Vienna.")
    for tool, arguments in (("retrieve_memory", {"query": "oven kitchen Vienna"}), ("get_user_profile", {})):
        answer = claude.call(tool, **arguments)
        assert "Vienna" not in str(answer)
        assert "oven" not in str(answer)
        assert "work" in claude.refusal(tool, **arguments, namespace="work")
    assert told(work) == {"lives in": "Vienna"}


def test_who_may_only_write_learns_nothing(claude: App) -> None:
    writer = replace(claude, scopes=(Scope.MEMORY_WRITE,))
    warmed(claude, "I live in Vienna.")
    kept = writer.call("add_memory", user_input="The oven is in the kitchen.", agent_response="Noted.")
    assert (kept["id"], kept["created"], kept["topic"]) == (None, None, None)
    assert {"retrieve_memory", "get_user_profile"} & writer.tools() == set()


def test_a_grant_that_ends_meanwhile_keeps_nothing(claude: App) -> None:
    """AS-116."""

    def ended() -> None:
        raise GrantEndedError

    gone = replace(claude, ensure_live=ended)
    assert "ended this connection" in gone.refusal("add_memory", user_input="x", agent_response="y")
    assert claude.call("memory_stats")["total"] == 0


def test_a_page_that_is_gone_for_good_leaves_no_words_in_its_topic(claude: App) -> None:
    with time_machine.travel(MORNING, tick=False) as clock:
        keep, gone = talked(
            claude,
            ("The oven is in the kitchen.", "The kitchen oven."),
            ("The kitchen oven is xylophonequartz.", "The oven in the kitchen."),
        )
        claude.call("memory_delete", id=gone)
        clock.shift(timedelta(days=31))
        claude.call("memory_store", text="another day")
        answer = claude.call("retrieve_memory", query="kitchen oven")
        assert [found["id"] for found in answer["results"]] == [keep]
        assert answer["topics"][0]["pages"] == 1
        assert "xylophonequartz" not in str(answer)


@pytest.mark.parametrize(
    "arguments",
    [
        {"user_input": ""},
        {"user_input": "x" * 24_001},
        {"user_input": "x\0"},
        {"user_input": "x", "agent_response": "y" * 24_001},
        {"user_input": "x", "agent_response": "\ud800"},
        {"user_input": "x", "timestamp": "yesterday"},
        {"user_input": "x", "timestamp": "2999-01-01T00:00:00Z"},
        {"user_input": "x", "timestamp": "0001-01-01T00:00:00+14:00"},
        {"user_input": "x", "timestamp": 1e300},
        {"user_input": "x", "conversation": "c" * 257},
        {"user_input": "x", "memory_type": ""},
        {"user_input": "x", "meta_data": {"a": "x" * 16_400}},
        {"user_input": "x", "namespace": "../x"},
        {"user_input": "x", "said": 1},
    ],
)
def test_what_cannot_be_kept_is_refused_in_words(claude: App, arguments: dict[str, object]) -> None:
    refusal = claude.refusal("add_memory", **arguments)
    assert "rgument" in refusal
    assert "Reference" not in refusal
    assert claude.call("memory_stats")["total"] == 0


def test_an_app_cannot_say_which_words_are_the_persons(claude: App) -> None:
    """Metadata that looks like the server's own is replaced by it."""
    claude.call("add_memory", user_input="x", agent_response="I live in Rome.", meta_data={"said": 10_000})
    assert claude.call("get_user_profile")["said_lately"] == []
