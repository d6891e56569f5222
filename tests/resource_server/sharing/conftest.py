"""People who share a namespace: Ada owns `heist`, Bob may come to share it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from resource_server.memory.sharing.managing import Sharing
from resource_server.memory.store import open_stores
from resource_server.settings import Settings
from resource_server.tools.registry import Registry
from shared.database import open_engine
from shared.ids import new_id
from shared.master_key import MasterKey
from tests.resource_server.tool_callers import App

EVERYWHERE = ("*",)
SECRET = "the vault opens at midnight"


@pytest.fixture
def sharing(tmp_path: Path, registry: Registry) -> Iterator[Sharing]:  # noqa: ARG001 (makes the database)
    """The commands' way to the same database, in what might be another process."""
    engine = open_engine(f"sqlite:///{tmp_path / 'resource.db'}")
    stores = open_stores(Settings(data_dir=tmp_path, embedder="none"), engine, MasterKey(bytes(32), "a test"))
    yield Sharing(engine, stores)
    stores.close()
    engine.dispose()


@pytest.fixture
def ada(registry: Registry) -> App:
    """The owner's app."""
    return App(registry, new_id("usr"), name="Ada's app", read=EVERYWHERE, write=EVERYWHERE)


@pytest.fixture
def bob(ada: App) -> App:
    """The app of somebody else, who does not share anything yet."""
    return replace(ada, user_id=new_id("usr"), name="Bob's app")


@pytest.fixture
def heist(sharing: Sharing, ada: App) -> str:
    """The id of a namespace that Ada can share, with one memory in it."""
    share = sharing.create("heist", ada.user_id, "Ada")
    ada.call("memory_store", text=SECRET, key="opening", tags=["vault"], namespace="heist")
    return share.id
