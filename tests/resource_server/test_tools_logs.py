"""What people remember and ask is in no log, at any level."""

import logging

import pytest

from shared.tool_sets import EVERY
from tests.doors import Person

SENTINEL = "xylophonequartz"


def test_no_log_holds_a_memory_or_a_question(
    mary: Person, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """AS-110: stored, recalled, searched, refused; in the text, the arguments and the query string."""
    with caplog.at_level(logging.DEBUG):
        app = mary.connect(tools=tuple(EVERY))
        app.call("memory_store", text=SENTINEL, key=SENTINEL, tags=[SENTINEL])
        assert SENTINEL in app.call("memory_recall", key=SENTINEL).text
        assert SENTINEL in app.call("memory_search", query=SENTINEL).text
        app.call("graph_link", source=SENTINEL, relation=SENTINEL, target="Ada")
        app.call("graph_query", node=SENTINEL, to=f"no {SENTINEL}", at=SENTINEL)
        app.call("memory_related", memory=SENTINEL)
        app.call("memory_store", text=SENTINEL, namespace=SENTINEL)
        app.call("memory_store", text=SENTINEL, importance=SENTINEL)
        app.call("memory_store", **{SENTINEL: 1})
        app.call(SENTINEL)
        assert SENTINEL in app.call("memory_history", key=SENTINEL).text
        app.call("memory_delete_many", tags=[SENTINEL])
        app.call("memory_rollback", app=SENTINEL, since="2020-01-01")
        assert SENTINEL in app.call("memory_diff", since="2020-01-01").text
        app.call("memory_delete", key=SENTINEL)
        app.call("add_memory", user_input=f"I like {SENTINEL}.", agent_response=SENTINEL, conversation=SENTINEL)
        assert SENTINEL in app.call("retrieve_memory", query=SENTINEL).text
        assert SENTINEL in app.call("get_user_profile").text
        assert SENTINEL in app.call("memory_trash").text
    ours = [record for record in caplog.records if not record.name.startswith(("httpcore", "httpx"))]
    assert ours
    assert [record.name for record in ours if SENTINEL in record.getMessage()] == []
    output = capfd.readouterr()
    assert SENTINEL not in output.out + output.err
