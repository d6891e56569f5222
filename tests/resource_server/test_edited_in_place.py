"""AS-115, AS-117: what a person changes on the page holds from the app's next call, with the tokens it has."""

from typing import Any

from tests.consent_form import PASSWORD, form_fields
from tests.doors import Connection, Doors, Person, wait_until

SECONDS_TO_TAKE_EFFECT = 5.0


def page_of(doors: Doors, connection: Connection) -> str:
    """Where its grant is changed."""
    return f"/account/grants/{doors.claims(connection)['grant_id']}"


def save(person: Person, action: str, **changes: Any) -> None:
    """Opens the form and saves it with `changes`."""
    form = form_fields(person.browser.get(action).text, action) | changes
    answer = person.browser.post(action, data=form)
    assert answer.status_code == 303, answer.text


def finds(connection: Connection, *namespaces: str) -> bool:
    """Whether a search and a list both show what is in these namespaces, and nothing else."""
    search = connection.call("memory_search", query="umbrella").json()["result"]["structuredContent"]["results"]
    listed = connection.call("memory_list").json()["result"]["structuredContent"]["memories"]
    return all({memory["namespace"] for memory in shown} == set(namespaces) for shown in (search, listed))


def with_memories(person: Person) -> Connection:
    """An app that has saved one thing in each of two namespaces."""
    connection = person.connect(read=("personal", "work"), write=("personal", "work"))
    for namespace in ("personal", "work"):
        stored = connection.call("memory_store", text=f"An umbrella, in {namespace}", namespace=namespace)
        assert not stored.json()["result"].get("isError"), stored.text
    assert finds(connection, "personal", "work")
    return connection


def test_a_namespace_taken_away_is_in_no_answer_any_more(doors: Doors) -> None:
    mary = doors.person()
    connection = with_memories(mary)
    save(mary, page_of(doors, connection), read=["personal"], write=["personal"])
    wait_until(lambda: finds(connection, "personal"), SECONDS_TO_TAKE_EFFECT)
    refused = connection.call("memory_store", text="Another", namespace="work").json()["result"]
    assert refused["isError"] is True


def test_a_namespace_added_is_found_without_new_tokens(doors: Doors) -> None:
    bob = doors.person()
    with_memories(bob)
    connection = bob.connect(read=("personal",), write=("personal",))
    assert finds(connection, "personal")
    save(bob, page_of(doors, connection), read=["personal", "work"], password=PASSWORD)
    wait_until(lambda: finds(connection, "personal", "work"), SECONDS_TO_TAKE_EFFECT)


def test_the_form_offers_the_namespaces_in_use(doors: Doors) -> None:
    """AS-26: asked of the resource server, like those of the consent page."""
    mary = doors.person()
    page = mary.browser.get(page_of(doors, with_memories(mary))).text
    assert page.count('value="work"') == 2
