"""What somebody says to an app, exchange by exchange, and what the profile tells of it."""

from datetime import UTC, datetime, timedelta

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
