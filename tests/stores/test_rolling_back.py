"""What one app wrote, undone with all that came of it: links, documents, names and what it said of the person."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from resource_server.memory.bulk_writes import BulkWrites
from resource_server.memory.conversations.chat.background import Background
from resource_server.memory.conversations.conversations import Conversations
from resource_server.memory.conversations.pages import Turn
from resource_server.memory.conversations.profile import read_profile
from resource_server.memory.conversations.visits import Visits
from resource_server.memory.documents.documents import SqliteDocuments
from resource_server.memory.documents.records import DocumentDraft
from resource_server.memory.graph.graph import Graph
from resource_server.memory.graph.records import Draft as Link
from resource_server.memory.graph.records import Entity, Question
from resource_server.memory.records import Changes, Draft, Filters, NamedEntity
from resource_server.memory.rolling_back import Plan
from resource_server.memory.sqlite import SqliteMemoryStore
from resource_server.memory.vault_access import VaultAccess
from shared.authorization_details import NamespaceSet
from shared.ids import new_id
from tests.stores.conftest import EVERYTHING, OpenStores
from tests.stores.test_history import NOTHING, at, by, change_at, delete_at, hour, live, put_at

Edges = dict[tuple[str, str], float]


class Life:
    """One vault, and what apps do in it."""

    def __init__(self, vault: VaultAccess) -> None:
        self.vault = vault
        self.store = SqliteMemoryStore(vault)
        self.bulk, self.graph, self.documents = BulkWrites(vault), Graph(vault), SqliteDocuments(vault)

    def link(self, when: float, app: str, target: str, where: str = "work", **more: object) -> None:
        """Ada knows somebody."""
        with at(when):
            draft = Link(where, "knows", **more)  # type: ignore[arg-type]
            assert self.graph.link(draft, (NamedEntity("Ada"), NamedEntity(target)), EVERYTHING, by(app))

    def edges(self, as_of: float | None = None) -> Edges:
        """What stands around Ada: names and weights."""
        question = Question(as_of=None if as_of is None else hour(as_of))
        found = self.graph.called("Ada", EVERYTHING, question.as_of)
        walk = self.graph.walk([node.id for node in found], question, EVERYTHING)
        names = {node.id: node.name for node in walk.nodes if isinstance(node, Entity)}
        return {(names[edge.source], names[edge.target]): edge.weight for edge in walk.edges}

    def undo(self, app: str = "Rogue", since: float = 2, namespaces: NamespaceSet = EVERYTHING) -> Plan:
        """As the person agreed to."""
        return self.bulk.roll_back(app, hour(since), namespaces, by("Person"))

    def is_named(self, name: str) -> bool:
        """Whether the graph knows anybody of that name."""
        return bool(self.graph.called(name, EVERYTHING))


@pytest.fixture
def life(open_vaults: OpenStores) -> Life:
    """An empty vault."""
    return Life(open_vaults().vault_of(new_id("usr")))


def test_links_are_as_before_and_their_past_stays(life: Life) -> None:
    life.link(1, "Claude", "Grace", weight=0.4)
    life.link(1, "Claude", "Charles", weight=0.5)
    life.link(3, "Rogue", "Grace", weight=0.9)
    life.link(3, "Rogue", "Mallory")
    with at(4):
        life.link(4, "Rogue", "Charles", valid_to=hour(4))
    with at(5):
        spoilt = life.edges()
        assert spoilt == {("Ada", "Grace"): 0.9, ("Ada", "Mallory"): 1.0}
    with at(6):
        plan = life.bulk.planned("rogue", hour(2), EVERYTHING)
        assert [edge.is_left_alone for edge in plan.edges] == [False] * 3
        assert life.undo().edges == plan.edges
    with at(7):
        assert life.edges() == {("Ada", "Grace"): 0.4, ("Ada", "Charles"): 0.5}
        assert (life.is_named("Mallory"), life.is_named("Grace")) == (False, True)
        assert life.edges(as_of=5) == spoilt


def test_rolling_back_again_is_harmless(life: Life) -> None:
    put_at(life.store, 3, "Rogue", "planted")
    life.link(1, "Rogue", "Grace", weight=0.4)
    life.link(3, "Rogue", "Grace", weight=0.9)
    life.link(3, "Rogue", "Mallory")
    with at(4):
        life.undo()
        before = life.edges()
        assert before == {("Ada", "Grace"): 0.4}
    with at(5):
        assert life.undo() == NOTHING
        assert life.edges() == before
        assert live(life.store) == {}


def test_a_link_that_another_app_wrote_to_since_is_left_alone(life: Life) -> None:
    life.link(3, "Rogue", "Grace", weight=0.9)
    life.link(4, "Claude", "Grace", weight=0.3)
    with at(5):
        (edge,) = life.undo().edges
        assert edge.is_left_alone
        assert life.edges() == {("Ada", "Grace"): 0.3}
    with at(6):
        life.undo("Claude")
        assert life.edges() == {("Ada", "Grace"): 0.9}
    with at(7):
        life.undo()
        assert life.edges() == {}


def test_what_a_link_replaced_stands_again(life: Life) -> None:
    life.link(1, "Claude", "Grace")
    life.link(1.5, "Claude", "Charles")
    life.link(3, "Rogue", "Mallory", replaces=True, valid_from=hour(0))
    with at(4):
        assert life.edges() == {("Ada", "Mallory"): 1.0}
        life.undo()
        assert set(life.edges()) == {("Ada", "Grace"), ("Ada", "Charles")}


def test_what_was_undone_is_written_and_undone_anew(life: Life) -> None:
    life.link(1, "Claude", "Grace", weight=0.1)
    for round_ in range(3):
        life.link(3 + round_, "Rogue", "Grace", weight=0.9)
        with at(3.5 + round_):
            life.undo()
            assert life.edges() == {("Ada", "Grace"): 0.1}


def test_links_elsewhere_are_not_undone(life: Life) -> None:
    life.link(3, "Rogue", "Grace", where="home")
    with at(4):
        assert life.undo(namespaces=NamespaceSet.of("work")) == NOTHING
        assert life.edges() == {("Ada", "Grace"): 1.0}


def test_names_that_the_app_alone_gave_are_unknown_again(life: Life) -> None:
    shared = put_at(life.store, 1, "Claude", "Lunch with Grace Hopper")
    with at(3):
        mallory = (NamedEntity("Mallory", "friend"),)
        life.store.put(Draft("work", "she is back, says Grace Hopper", entities=mallory), by("Rogue"))
    change_at(life.store, 3, "Rogue", shared, "Lunch with Eve Moneypenny")
    with at(4):
        assert [life.is_named(name) for name in ("Mallory", "Eve Moneypenny", "Grace Hopper")] == [True, True, True]
        life.undo()
        assert [life.is_named(name) for name in ("Mallory", "Eve Moneypenny", "Grace Hopper")] == [False, False, True]
    with at(5):
        life.store.put(Draft("work", "mail Mallory", entities=(NamedEntity("Mallory", "person"),)), by("Claude"))
        (known,) = life.graph.called("Mallory", EVERYTHING)
        assert isinstance(known, Entity)
        assert known.type == "person", "what the undone app called it says nothing any more"


def test_documents_go_and_what_they_took_the_place_of_returns(life: Life) -> None:
    def put(when: float, app: str, text: str) -> str:
        with at(when):
            return life.documents.put(DocumentDraft("work", "Plan", text, "text/markdown", "plan.md"), by(app))[0].id

    first = put(1, "Claude", "# Plan\n\nBuild the engine.")
    second = put(3, "Rogue", "# Plan\n\nSell the engine.")
    put_alone = put_document(life, 3, "Rogue", "# Other\n\nPlanted.")
    with at(4):
        listed = {document.id for document in life.documents.page(EVERYTHING, None, 9)[0]}
        assert listed == {second, put_alone}
        life.undo()
        assert [document.id for document in life.documents.page(EVERYTHING, None, 9)[0]] == [first]
        reading = life.documents.read(first, 0, 9, EVERYTHING)
        assert reading is not None
        assert "Build the engine." in reading.chunks[0].text
        assert life.documents.read(second, 0, 9, EVERYTHING) is None
    with at(5):
        assert life.undo() == NOTHING


def put_document(life: Life, when: float, app: str, text: str) -> str:
    """A document from nowhere."""
    with at(when):
        return life.documents.put(DocumentDraft("work", "Other", text, "text/markdown"), by(app))[0].id


def test_what_its_conversations_said_of_the_person_goes_with_them(open_vaults: OpenStores) -> None:
    stores = open_vaults()
    user_id = new_id("usr")
    life = Life(stores.vault_of(user_id))
    places = stores.places_of(user_id)
    conversations = Conversations(places, life.store, life.store, Visits(), Background(stores, None))
    said = ("I live in Vienna.", "I like bees.")
    with at(3):
        for number in range(6):
            words = said[number] if number < len(said) else "So much for the oven."
            turn = Turn(f"{words} The kitchen oven hums, {number}.", "The kitchen oven is noted.", "home")
            conversations.add("work", turn, by("Rogue"))
    put_at(life.store, 3, "Claude", "other")
    with at(4):
        profile = read_profile(life.vault, life.store, Filters(EVERYTHING))
        assert {trait.metadata["value"] for trait in profile.traits} == {"Vienna", "bees"}
        life.undo()
        profile = read_profile(life.vault, life.store, Filters(EVERYTHING))
        assert (profile.traits, profile.unsettled) == ((), ())
        assert set(live(life.store).values()) == {"other"}
    with at(5):
        assert life.undo() == NOTHING


def test_what_was_not_agreed_to_is_not_undone(life: Life) -> None:
    first = put_at(life.store, 3, "Rogue", "planted")
    changed = put_at(life.store, 3, "Rogue", "planted too")
    life.link(3, "Rogue", "Grace")
    with at(4):
        agreed = life.bulk.planned("Rogue", hour(2), EVERYTHING)
    late = put_at(life.store, 5, "Rogue", "planted later")
    change_at(life.store, 5, "Rogue", changed, "planted anew")
    life.link(5, "Rogue", "Charles")
    with at(6):
        done = life.bulk.roll_back("Rogue", hour(2), EVERYTHING, by("Person"), agreed)
        assert [undo.memory.id for undo in done.memories] == [first]
        assert set(live(life.store)) == {late, changed}
        assert life.edges() == {("Ada", "Charles"): 1.0}


def test_what_another_app_writes_at_the_same_time_is_not_lost(life: Life) -> None:
    """Whoever comes first: what the other app was told is written stays, with its links."""
    ids = [life.store.put(Draft("work", f"planted {number}", f"k{number}"), by("Rogue"))[0].id for number in range(12)]
    since = life.store.get(ids[0], EVERYTHING)
    assert since is not None
    begin = Barrier(2)

    def write() -> dict[str, str]:
        begin.wait()
        kept = {}
        for number, memory_id in enumerate(ids):
            text = f"mended {number}"
            if life.store.update(memory_id, Changes(text=text), EVERYTHING, by("Claude")) is not None:
                kept[memory_id] = text
            kept[life.store.put(Draft("work", f"fresh {number}"), by("Claude"))[0].id] = f"fresh {number}"
        return kept

    def undo() -> None:
        begin.wait()
        for _ in range(4):
            life.bulk.roll_back("Rogue", since.created_at, EVERYTHING, by("Person"))

    with ThreadPoolExecutor(2) as pool:
        written, _ = pool.submit(write), pool.submit(undo).result()
        kept = written.result()
    life.bulk.roll_back("Rogue", since.created_at, EVERYTHING, by("Person"))
    assert live(life.store) == kept


def test_what_the_app_deleted_returns_with_its_document(life: Life) -> None:
    document = put_document(life, 1, "Claude", "# Other\n\nKept.")
    gone = put_at(life.store, 1, "Claude", "gone")
    delete_at(life.store, 3, "Rogue", gone)
    with at(3):
        assert life.documents.delete(document, EVERYTHING, by("Rogue")) is not None
    with at(4):
        life.undo()
        assert gone in live(life.store)
        assert [one.id for one in life.documents.page(EVERYTHING, None, 9)[0]] == [document]
