"""Another embedder, or one that comes back: vectors follow in the background, and searches go on meanwhile."""

import subprocess
import sys
from pathlib import Path

import anyio
import pytest

from resource_server.catching_up import CatchingUp
from resource_server.memory.embeddings import Embedder, NoEmbedder, Vectors
from resource_server.memory.records import Changes, Draft, Filters
from resource_server.memory.reembedding import BATCH, EmbedderSilentError, reembed
from resource_server.memory.vault_stores import VaultStores
from shared.ids import new_id
from tests.stores.conftest import EVERYTHING, OpenStores, signed_by
from tests.stores.meanings import MeaningEmbedder

ROOT = Path(__file__).parent.parent.parent
ADA = new_id("usr")


class OtherMeanings(MeaningEmbedder):
    """The same meanings, known under another name."""

    name = "other-64"


class Silent:
    """An endpoint that does not answer."""

    name = "meanings-64"

    def embed(self, _texts: object) -> Vectors | None:
        """Nothing."""
        return None


def filled(open_vaults: OpenStores, embedder: Embedder, count: int = 1) -> VaultStores:
    """Stores with Ada's note about her dentist, and others."""
    stores = open_vaults(embedder)
    store = stores.of(ADA)
    for number in range(count - 1):
        store.put(Draft("personal", f"errand number{number}"), signed_by())
    store.put(Draft("personal", "dentist on Friday"), signed_by())
    return stores


def meaning_of_a_tooth(stores: VaultStores) -> float:
    """How much meaning finds the note by."""
    return max((hit.meaning for hit in stores.of(ADA).search("tooth", Filters(EVERYTHING), 5)), default=0.0)


def test_what_was_stored_without_an_embedder_gets_its_vector(open_vaults: OpenStores) -> None:
    filled(open_vaults, NoEmbedder()).close()
    stores = open_vaults(MeaningEmbedder())
    assert (meaning_of_a_tooth(stores), stores.of(ADA).unembedded(EVERYTHING)) == (0, 1)
    anyio.run(CatchingUp(stores).catch_up, ADA)
    assert meaning_of_a_tooth(stores) > 0
    assert stores.of(ADA).unembedded(EVERYTHING) == 0


def test_another_embedder_embeds_anew_while_words_find_what_it_has_not_reached(open_vaults: OpenStores) -> None:
    filled(open_vaults, MeaningEmbedder(), BATCH + 1).close()
    stores = open_vaults(OtherMeanings())
    batches = reembed(stores.vault_of(ADA))
    assert next(batches) == BATCH
    [hit, *_] = stores.of(ADA).search("dentist", Filters(EVERYTHING), 5)
    assert (hit.memory.text, hit.meaning) == ("dentist on Friday", 0)
    assert list(batches) == [1]
    assert meaning_of_a_tooth(stores) > 0


def test_vectors_of_another_embedder_are_never_compared(open_vaults: OpenStores) -> None:
    filled(open_vaults, MeaningEmbedder()).close()
    assert meaning_of_a_tooth(open_vaults(OtherMeanings())) == 0


def test_an_opened_vault_and_one_written_without_vectors_are_looked_at(open_vaults: OpenStores) -> None:
    stores = filled(open_vaults, Silent())
    assert stores.unembedded.taken() == (ADA,)
    assert stores.unembedded.taken() == ()
    stores.of(ADA).put(Draft("personal", "another"), signed_by())
    assert stores.unembedded.taken() == (ADA,)


def test_an_embedder_that_stays_silent_is_asked_again_later(open_vaults: OpenStores) -> None:
    stores = filled(open_vaults, Silent())
    stores.unembedded.taken()
    anyio.run(CatchingUp(stores).catch_up, ADA)
    assert stores.unembedded.taken() == (ADA,)
    with pytest.raises(EmbedderSilentError):
        list(reembed(stores.vault_of(ADA)))


def test_what_changes_while_it_is_embedded_keeps_its_own_vector(open_vaults: OpenStores) -> None:
    filled(open_vaults, NoEmbedder()).close()

    class Interrupted(MeaningEmbedder):
        """Somebody changes the memory while its old text is being embedded."""

        is_first = True

        def embed(self, texts: object) -> Vectors:
            if self.is_first:
                Interrupted.is_first = False
                [memory] = stores.of(ADA).page(Filters(EVERYTHING), None, 5).memories
                stores.of(ADA).update(memory.id, Changes(text="coffee"), EVERYTHING, signed_by())
            return super().embed(texts)  # type: ignore[arg-type]

    stores = open_vaults(Interrupted())
    list(reembed(stores.vault_of(ADA)))
    assert meaning_of_a_tooth(stores) == 0
    assert max(hit.meaning for hit in stores.of(ADA).search("espresso", Filters(EVERYTHING), 5)) > 0


def test_a_kill_in_the_middle_loses_nothing_that_was_done(open_vaults: OpenStores, tmp_path: Path) -> None:
    filled(open_vaults, NoEmbedder(), 2 * BATCH + 1).close()
    done = subprocess.run([sys.executable, "-m", "tests.stores.killed_reembedder", str(tmp_path), ADA], cwd=ROOT)
    assert done.returncode == -9
    stores = open_vaults(MeaningEmbedder())
    assert stores.of(ADA).unembedded(EVERYTHING) == BATCH + 1
    assert sum(reembed(stores.vault_of(ADA))) == BATCH + 1
    assert meaning_of_a_tooth(stores) > 0
