"""The conversation tools: an exchange is kept as a memory, found through its topic, and becomes the profile."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from resource_server.context.caller import GrantEndedError
from shared.ids import new_id
from shared.scopes import Scope
from tests.resource_server.tool_callers import App

MORNING = datetime(2026, 3, 1, 9, tzinfo=UTC)
TALK = (
    ("I live in Vienna.", "A fine city."),
    ("The kitchen needs a new oven.", "Gas or electric?"),
    ("An electric oven for the kitchen.", "Which size of oven?"),
    ("The oven should fit below the kitchen counter.", "Sixty centimetres then."),
    ("How long does an oven take to deliver to my kitchen?", "A week."),
    ("The oven came, the kitchen is ready.", "Enjoy the oven."),
)


def talked(app: App, *turns: tuple[str, str], conversation: str = "home", start: datetime = MORNING) -> list[str]:
    """The ids of the pages, a minute between two."""
    return [
        app.call(
            "add_memory",
            user_input=said,
            agent_response=answer,
            conversation=conversation,
            timestamp=(start + minute * timedelta(minutes=1)).isoformat(),
        )["id"]
        for minute, (said, answer) in enumerate(turns)
    ]


def told(app: App, **arguments: object) -> dict[str, str]:
    """The profile as attribute and value."""
    groups = app.call("get_user_profile", **arguments)["profile"]
    return {fact["attribute"]: fact["value"] for facts in groups.values() for fact in facts}


def warmed(app: App, *said: str, conversation: str = "home", start: datetime = MORNING) -> list[str]:
    """Enough about one topic, with what is said in it, for the topic to be hot."""
    turns = [(f"{one} The oven is in the kitchen.", "The kitchen oven is noted.") for one in said]
    filling = [("The oven is in the kitchen.", f"The kitchen oven is noted, {number}.") for number in range(5)]
    return talked(app, *turns, *filling, conversation=conversation, start=start)


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


def test_a_newer_value_takes_the_place_of_the_older(claude: App) -> None:
    warmed(claude, "I live in Vienna.")
    (later, *_) = warmed(claude, "I live in Graz.", start=MORNING + timedelta(days=30))
    (fact,) = claude.call("get_user_profile")["profile"]["home"]
    assert (fact["value"], fact["since"], fact["sources"]) == ("Graz", "2026-03-31T09:00:00Z", [later])


def test_an_older_page_that_comes_later_changes_nothing(claude: App) -> None:
    warmed(claude, "I live in Graz.")
    warmed(claude, "I live in Vienna.", start=MORNING - timedelta(days=30), conversation="older")
    assert told(claude)["lives in"] == "Graz"


def test_the_same_said_again_is_one_more_source_and_holds_since_the_first(claude: App) -> None:
    (first, *_) = warmed(claude, "I live in Vienna.")
    (second, *_) = warmed(claude, "I live in Vienna.", start=MORNING + timedelta(days=1))
    (fact,) = claude.call("get_user_profile")["profile"]["home"]
    assert (fact["sources"], fact["since"]) == ([first, second], "2026-03-01T09:00:00Z")


def test_liking_becomes_disliking(claude: App) -> None:
    warmed(claude, "I like olives.")
    warmed(claude, "I don't like olives.", start=MORNING + timedelta(days=1))
    assert told(claude) == {"dislikes": "olives"}


def test_a_fact_that_was_deleted_does_not_come_back(claude: App) -> None:
    warmed(claude, "I live in Vienna.")
    (fact,) = claude.call("get_user_profile")["profile"]["home"]
    claude.call("memory_delete", id=fact["id"])
    warmed(claude, "I live in Vienna.", start=MORNING + timedelta(hours=1))
    profile = claude.call("get_user_profile")
    assert (profile["profile"], profile["said_lately"]) == ({}, [])


def test_a_fact_goes_with_the_last_page_it_was_said_in(claude: App) -> None:
    first, *_ = warmed(claude, "I live in Vienna.")
    second, *_ = warmed(claude, "I live in Vienna.", start=MORNING + timedelta(days=1))
    claude.call("memory_delete", id=first)
    assert told(claude) == {"lives in": "Vienna"}
    claude.call("memory_delete", id=second)
    assert told(claude) == {}
    assert claude.call("memory_search", query="Vienna")["results"] == []


def test_what_the_app_answers_says_nothing_about_the_person(claude: App) -> None:
    filling = [(f"The oven is in the kitchen, {number}.", "I live in Rome. My name is Eve.") for number in range(6)]
    talked(claude, *filling)
    profile = claude.call("get_user_profile")
    assert (profile["profile"], profile["said_lately"]) == ({}, [])


def test_a_page_whose_text_was_changed_speaks_for_nobody(claude: App) -> None:
    (page,) = talked(claude, TALK[0])
    claude.call("memory_update", id=page, text="I live in Rome. And more so that it is longer than before.")
    assert claude.call("get_user_profile")["said_lately"] == []


def test_facts_go_with_what_was_found(claude: App) -> None:
    warmed(claude, "I live in Vienna.")
    facts = claude.call("retrieve_memory", query="lives in Vienna")["facts"]
    assert [fact["value"] for fact in facts] == ["Vienna"]


def test_a_fact_is_signed_by_the_app_that_heard_it(claude: App) -> None:
    talked(claude, ("I live in Vienna. The oven is in the kitchen.", "The kitchen oven is noted."))
    other = replace(claude, name="ChatGPT")
    filling = [("The oven is in the kitchen.", f"The kitchen oven is noted, {number}.") for number in range(5)]
    talked(other, *filling, start=MORNING + timedelta(minutes=1))
    (fact,) = other.call("get_user_profile")["profile"]["home"]
    assert fact["saved_by"]["app"] == "Claude"


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


def test_another_persons_profile_cannot_be_asked_for(claude: App) -> None:
    """A foreign id names nobody."""
    other = replace(claude, user_id=new_id("usr"))
    warmed(claude, "I live in Vienna.")
    assert told(other, user_id="default") == {}
    assert told(other, user_id=other.user_id) == {}
    assert "somebody else" in other.refusal("get_user_profile", user_id=claude.user_id)
    assert "somebody else" in other.refusal("get_user_profile", user_id="default_user")


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


def test_the_profile_of_an_earlier_day_can_be_asked_for(claude: App) -> None:
    with time_machine.travel(MORNING + timedelta(hours=1), tick=False) as clock:
        warmed(claude, "I live in Vienna.")
        clock.shift(timedelta(days=30))
        warmed(claude, "I live in Graz.", start=MORNING + timedelta(days=30))
        then = (MORNING + timedelta(days=10)).isoformat()
        assert told(claude) == {"lives in": "Graz"}
        assert told(claude, as_of=then) == {"lives in": "Vienna"}
        assert claude.call("get_user_profile", as_of=then)["said_lately"] == []
        assert told(claude, as_of=(MORNING - timedelta(days=1)).isoformat()) == {}


def test_an_app_may_store_a_trait_by_itself(claude: App) -> None:
    claude.call("memory_store", text="Prefers meetings before noon", kind="trait", key="meetings")
    (fact,) = claude.call("get_user_profile")["profile"]["other"]
    assert (fact["value"], fact["attribute"]) == ("Prefers meetings before noon", "meetings")
    assert (fact["sources"], fact["source"], fact["trust"]) == ([], "written", 0.7)


def test_a_trait_does_not_tell_which_memories_elsewhere_are_there(claude: App) -> None:
    """AS-117: an app that names sources itself learns nothing by them."""
    (page,) = talked(claude, TALK[0])
    worker = replace(claude, name="Worker", read=("work",), write=("work",))
    worker.call("memory_store", text="Likes tea", kind="trait", metadata={"sources": [page]}, namespace="work")
    (fact,) = worker.call("get_user_profile")["profile"]["other"]
    assert fact["sources"] == []


def test_a_timeline_goes_by_when_things_happened(claude: App) -> None:
    with time_machine.travel(MORNING + timedelta(days=3), tick=False):
        claude.call("memory_store", text="stored now")
        talked(claude, ("today", ""), start=MORNING + timedelta(days=2, hours=23), conversation="b")
        talked(claude, ("three days ago", ""), ("a minute later", ""), conversation="a")

        def texts(**arguments: object) -> list[str]:
            return [memory["text"] for memory in claude.call("memory_timeline", **arguments)["memories"]]

        assert texts() == ["stored now", "today"]
        assert texts(time_range="last_week") == ["stored now", "today", "a minute later", "three days ago"]
        assert texts(time_range="2026-03-01") == ["a minute later", "three days ago"]
        assert texts(time_range="2026-03-01:2026-03-04", kind="page") == ["today", "a minute later", "three days ago"]
        assert texts(time_range="2026-02-28", timezone="Pacific/Honolulu") == ["a minute later", "three days ago"]
        assert texts(time_range="2026-03-01", timezone="Pacific/Honolulu") == []


def test_a_timeline_leads_through_everything_once(claude: App) -> None:
    for number in range(5):
        talked(claude, (f"turn {number}", ""), conversation=f"c{number}")
    seen, cursor = [], None
    while True:
        page = claude.call("memory_timeline", time_range="2026-03-01", limit=2, cursor=cursor)
        seen += [memory["text"] for memory in page["memories"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert sorted(seen) == [f"turn {number}" for number in range(5)]


@pytest.mark.parametrize(
    "arguments",
    [
        {"time_range": "yesterday"},
        {"time_range": "2026-02-30"},
        {"time_range": "9999-12-31"},
        {"time_range": "0001-01-01", "timezone": "Asia/Tokyo"},
        {"time_range": "2026-03-02:2026-03-01"},
        {"timezone": "Mars/Olympus"},
        {"timezone": "../etc/passwd"},
        {"timezone": "Europe"},
        {"cursor": "mem_x"},
    ],
)
def test_a_timeline_says_what_it_does_not_understand(claude: App, arguments: dict[str, str]) -> None:
    refusal = claude.refusal("memory_timeline", **arguments)
    assert "Reference" not in refusal
    assert "time_range" in refusal or "timezone" in refusal or "cursor" in refusal


def test_another_namespaces_memory_is_no_cursor(claude: App) -> None:
    """AS-117."""
    work = replace(claude, read=("work",), write=("work",))
    (page,) = talked(work, ("a secret", ""))
    assert "Unknown cursor" in claude.refusal("memory_timeline", cursor=page)
    assert claude.call("memory_timeline", time_range="2026-03-01")["memories"] == []


def test_what_was_said_by_an_earlier_day_can_be_asked_for(claude: App) -> None:
    with time_machine.travel(MORNING + timedelta(hours=1), tick=False) as clock:
        first, second, *_ = warmed(claude, "I live in Vienna.", "My oven is red.")
        clock.shift(timedelta(days=30))
        (later,) = talked(claude, ("The kitchen oven is blue now.", ""), start=MORNING + timedelta(days=30))
        claude.call("memory_update", id=second, text="The kitchen oven is none of yours.")
        claude.call("memory_delete", id=first)
        clock.shift(timedelta(days=1))
        then = (MORNING + timedelta(days=10)).isoformat()
        now = claude.call("retrieve_memory", query="oven in the kitchen", max_results=50)
        before = claude.call("retrieve_memory", query="oven in the kitchen", max_results=50, as_of=then)
        texts, texts_then = ({one["id"]: one["text"] for one in answer["results"]} for answer in (now, before))
        assert later in texts
        assert later not in texts_then
        assert first in texts_then
        assert first not in texts
        assert texts[second] == "The kitchen oven is none of yours."
        assert texts_then[second].startswith("My oven is red.")
        beside = {one["id"]: one["said_before"] for one in before["results"]}
        assert beside[second] == first
        assert next(one["said_before"] for one in now["results"] if one["id"] == second) is None
        (topic,), (topic_then,) = now["topics"], before["topics"]
        assert (topic_then["pages"], topic["pages"]) == (7, 7)
        assert "blue" not in topic_then["keywords"]
        empty = claude.call("retrieve_memory", query="oven", as_of=(MORNING - timedelta(days=1)).isoformat())
        assert (empty["results"], empty["topics"], empty["facts"]) == ([], [], [])


def test_a_fact_whose_page_is_gone_names_that_page_in_the_past(claude: App) -> None:
    with time_machine.travel(MORNING + timedelta(hours=1), tick=False) as clock:
        pages = warmed(claude, "I live in Vienna.")
        clock.shift(timedelta(days=30))
        claude.call("memory_delete", id=pages[0])
        then = (MORNING + timedelta(days=10)).isoformat()
        assert told(claude) == {}
        (fact,) = claude.call("get_user_profile", as_of=then)["profile"]["home"]
        assert (fact["value"], fact["sources"]) == ("Vienna", [pages[0]])
        facts = claude.call("retrieve_memory", query="Vienna", as_of=then)["facts"]
        assert [(one["value"], one["sources"]) for one in facts] == [("Vienna", [pages[0]])]
