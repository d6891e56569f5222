"""The profile: what the person said of themselves, by whom it was heard, and how it changes."""

from dataclasses import replace
from datetime import timedelta

import time_machine

from shared.ids import new_id
from tests.resource_server.talks import MORNING, TALK, talked, told, warmed
from tests.resource_server.tool_callers import App


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


def test_another_persons_profile_cannot_be_asked_for(claude: App) -> None:
    """A foreign id names nobody."""
    other = replace(claude, user_id=new_id("usr"))
    warmed(claude, "I live in Vienna.")
    assert told(other, user_id="default") == {}
    assert told(other, user_id=other.user_id) == {}
    assert "somebody else" in other.refusal("get_user_profile", user_id=claude.user_id)
    assert "somebody else" in other.refusal("get_user_profile", user_id="default_user")


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
