"""Each product's export, as it writes it, becomes memories with their dates, labels and relations."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.invoking import run
from tests.moving import samples, talk_samples
from tests.moving.conftest import Person

EVERY = {
    "chatgpt": talk_samples.chatgpt_zip,
    "claude": talk_samples.claude_zip,
    "openmemory": samples.openmemory_zip,
    "mem0": samples.mem0,
    "mcp-memory-service": samples.mcp_memory_service_db,
    "basic-memory": samples.basic_memory,
    "notes": samples.markdown_notes,
    "mcp-memory": samples.reference_server,
    "neo4j": samples.neo4j_dump,
    "kagura": samples.kagura_export,
    "engrama": samples.engrama_export,
}


@pytest.mark.parametrize(("source", "sample"), EVERY.items(), ids=EVERY)
def test_a_format_is_recognised_and_a_second_import_changes_nothing(
    person: Person, tmp_path: Path, source: str, sample: Callable[[Path], Path]
) -> None:
    path = sample(tmp_path)
    first = person.imports(path)
    assert first["source"] == source
    before, edges = person.memories(), person.edges()
    assert {memory["namespace"] for memory in before} == {source}
    assert first["memories"] == len(before)
    again = person.imports(path)
    assert (again["memories"], again["links"], again["import"]) == (0, 0, None)
    assert (person.memories(), person.edges()) == (before, edges)


def test_chatgpt_the_branch_that_is_shown_and_the_memories(person: Person, tmp_path: Path) -> None:
    report = person.imports(talk_samples.chatgpt_zip(tmp_path))
    assert report["conversations"] == 2
    assert sorted(person.texts()) == [
        "Assistant: In Portugal. (1)",
        "Assistant: In Portugal. (2)",
        "Prefers trains to planes",
        "User: Where is Lisbon? (1)",
        "User: Where is Lisbon? (2)",
    ]
    assert {memory["metadata"].get("title") for memory in person.memories()} == {"Lisbon", None}


def test_claude_turns_projects_and_memories(person: Person, tmp_path: Path) -> None:
    person.imports(talk_samples.claude_zip(tmp_path))
    assert sorted(person.texts()) == [
        "Ada roasts coffee",
        "Assistant: With water at 94 degrees.",
        "Open in May",
        "Opening is in May",
        "Roastery: A shop for coffee",
        "Roastery: Answer briefly",
        "User: How do I brew coffee?",
    ]
    question = next(memory for memory in person.memories() if memory["text"].startswith("User"))
    assert question["metadata"] == {"files": ["beans.txt"], "role": "user", "title": "Coffee"}
    assert question["created_at"] == "2025-03-04T05:06:07.123456Z"


@pytest.mark.parametrize("with_lines", [True, False])
def test_openmemory_with_categories_and_without_what_was_deleted(
    person: Person, tmp_path: Path, *, with_lines: bool
) -> None:
    report = person.imports(samples.openmemory_zip(tmp_path, with_lines=with_lines))
    [memory] = person.memories()
    assert (memory["text"], memory["tags"]) == ("Plays the cello", ["music"])
    assert memory["created_at"] == "2025-06-07T08:09:10Z"
    assert memory["metadata"]["mood"] == "glad"
    assert [one["why"] for one in report["left_out_named"]] == ["it was deleted there"]


def test_mem0_with_its_relations_as_sentences(person: Person, tmp_path: Path) -> None:
    person.imports(samples.mem0(tmp_path))
    assert person.texts() == ["Likes to play cricket", "alice plays with bob"]
    memory = person.memories()[-1]
    assert memory["created_at"] == "2024-07-26T06:57:00.108347Z"
    assert memory["metadata"] == {"agent_id": "coach", "category": "hobbies"}


def test_mcp_memory_service_from_its_json(person: Person, tmp_path: Path) -> None:
    person.imports(samples.mcp_memory_service_json(tmp_path))
    [memory] = person.memories()
    assert (memory["text"], memory["tags"]) == ("The build runs nightly", ["build", "ci"])
    assert (memory["created_at"], memory["updated_at"]) == ("2023-08-21T16:00:00Z", "2023-08-21T16:01:40Z")
    assert memory["metadata"] == {"memory_type": "reference", "project": "core"}


def test_mcp_memory_service_from_its_database(person: Person, tmp_path: Path) -> None:
    person.imports(samples.mcp_memory_service_db(tmp_path))
    assert person.texts() == ["Fact number 1", "Fact number 2"]
    assert person.edges() == {("Fact number 1", "causal", "Fact number 2")}


def test_basic_memory_notes_whole_their_observations_and_relations(person: Person, tmp_path: Path) -> None:
    report = person.imports(samples.basic_memory(tmp_path))
    note, fact, grinding = sorted(person.memories(), key=lambda memory: memory["text"])
    assert note["text"] == samples.BASIC_NOTE.split("---\n", 2)[2].strip()
    assert (note["tags"], note["created_at"]) == (["coffee", "brewing"], "2025-01-02T03:04:05Z")
    assert fact["text"] == "Coffee Brewing: Pour over is clearer than a French press #taste"
    assert fact["tags"] == ["method", "taste"]
    assert grinding["text"] == "Grind late."
    assert person.edges() == {
        ("# Coffee Brewing\n\n##", "requires", "Grind late."),
        ("# Coffee Brewing\n\n##", "links_to", "Tea"),
        ("Coffee Brewing: Pour", "about", "# Coffee Brewing\n\n##"),
    }
    assert report["left_out_named"] == [{"where": "broken.md", "why": "its front matter is broken"}]


def test_markdown_notes_bring_their_links(person: Person, tmp_path: Path) -> None:
    person.imports(samples.markdown_notes(tmp_path))
    garden, bees = sorted(person.memories(), key=lambda memory: memory["text"], reverse=True)
    assert (garden["tags"], bees["tags"]) == (["outside", "spring"], [])
    assert person.edges() == {
        ("The garden is behind", "links_to", "Bees live by the fen"),
        ("Bees live by the fen", "links_to", "The garden is behind"),
        ("Bees live by the fen", "links_to", "Nobody wrote this"),
    }


def test_the_reference_servers_entities_observations_and_relations(person: Person, tmp_path: Path) -> None:
    report = person.imports(samples.reference_server(tmp_path))
    assert sorted(person.texts()) == ["Ada (person)", "Ada: Lives in Ghent", "Ada: Speaks French", "Roastery (company)"]
    assert ("Ada (person)", "works_at", "Roastery (company)") in person.edges()
    assert ("Ada: Speaks French", "about", "Ada (person)") in person.edges()
    assert report["left_out_named"] == [{"where": "memory.jsonl line 2", "why": "it is no JSON"}]


def test_a_neo4j_dump_keeps_its_graph(person: Person, tmp_path: Path) -> None:
    report = person.imports(samples.neo4j_dump(tmp_path))
    ada = next(memory for memory in person.memories() if memory["text"] == "Ada (Person)")
    assert (ada["tags"], ada["created_at"]) == (["Person"], "2025-10-01T10:00:00Z")
    assert ada["metadata"] == {"name": "Ada", "age": 36, "created_at": "2025-10-01T10:00:00Z"}
    assert ("Ada (Person)", "works_at", "Roastery (Company)") in person.edges()
    assert report["left_out_named"] == [{"where": "all.json line 4", "why": "the node has neither a name nor a text"}]


def test_kagura_from_its_export(person: Person, tmp_path: Path) -> None:
    person.imports(samples.kagura_export(tmp_path))
    colour = next(memory for memory in person.memories() if memory["key"] == "favourite_colour")
    assert (colour["text"], colour["tags"], colour["importance"]) == ("blue", ["taste"], 0.9)
    assert (colour["created_at"], colour["updated_at"]) == ("2025-10-01T10:00:00Z", "2025-10-02T10:00:00Z")
    assert colour["metadata"] == {"note": "asked twice"}
    assert person.edges() == {("blue", "related_to", '{"step": 2}')}


def test_several_users_are_not_mixed_but_mapped_to_accounts(person: Person, other: Person, tmp_path: Path) -> None:
    path = samples.kagura_data(tmp_path)
    assert "ada, bob" in person.refuse("import", str(path))

    answer = json.loads(
        run("memory", "import", str(path), "--map", f"ada={person.email}", "--map", f"bob={other.email}", "--json")
    )
    assert set(answer["accounts"]) == {person.email, other.email}
    assert person.texts() == ["ada is my name"]
    assert other.texts() == ["bob is my name"]


def test_memoryos_pages_segments_profile_and_knowledge(person: Person, tmp_path: Path) -> None:
    path = talk_samples.memoryos(tmp_path)
    answer = person.run("import", str(path), "--map", f"alice={person.email}", "--timezone", "Europe/Brussels")
    assert "MemoryOS" in answer
    assert sorted(person.texts()) == [
        "The assistant is patient",
        "User: I am alice\nAssistant: Hello!",
        "User: alice likes tea\nAssistant: Hello!",
        "alice and tea",
        "alice is calm",
        "alice lives in Ghent",
    ]
    page = next(memory for memory in person.memories() if memory["text"].startswith("User: I am"))
    assert page["created_at"] == "2025-05-06T05:08:09Z"


def test_one_users_memoryos_folder_needs_no_map(person: Person, tmp_path: Path) -> None:
    report = person.imports(talk_samples.memoryos(tmp_path) / "users" / "alice")
    assert report["memories"] == 5


@pytest.mark.parametrize("sample", [samples.engrama_export, samples.engrama_db])
def test_engrama_nodes_and_relations(person: Person, tmp_path: Path, sample: Callable[[Path], Path]) -> None:
    person.imports(sample(tmp_path))
    assert sorted(person.texts()) == ["Ada (Person)\nRoasts coffee", "Roastery (Project)"]
    assert person.edges() == {("Ada (Person)\nRoasts ", "works_on", "Roastery (Project)")}
    ada = next(memory for memory in person.memories() if memory["text"].startswith("Ada"))
    assert (ada["tags"], ada["metadata"]["confidence"]) == (["Person", "friend"], 0.8)
    assert ada["created_at"] == "2026-01-02T03:04:05Z"
