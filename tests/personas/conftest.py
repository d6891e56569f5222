"""What personas share: both servers with a web where the clients' documents lie, people, and their browsers."""

from collections.abc import Callable, Iterator

import pytest

from tests.chromium_person import Chromium
from tests.cli.invoking import run
from tests.clients.watched_doors import WatchedDoors
from tests.doors import MASTER_KEY
from tests.personas.hands import AtTheForm, AtTheScreen
from tests.personas.web_callbacks import WebCallbacks

MONTH = 30 * 24 * 60 * 60


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WatchedDoors]:
    """Both servers, patient when the clock is turned."""
    with WatchedDoors(tmp_path_factory.mktemp("place"), feed_grace=MONTH) as doors:
        yield doors


@pytest.fixture(scope="session")
def callbacks(place: WatchedDoors) -> Iterator[WebCallbacks]:
    """Where browsers find hosted apps."""
    opened = WebCallbacks(place.web)
    yield opened
    opened.stop()


@pytest.fixture
def ada(place: WatchedDoors) -> AtTheForm:
    """A person with an account of her own, whose browser needs no screen."""
    return AtTheForm(place.person())


@pytest.fixture
def command(place: WatchedDoors, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """An administrator at the machine where the servers run."""
    monkeypatch.setenv("OSTIARY_DATA_DIR", str(place.data_dir))
    monkeypatch.setenv("OSTIARY_MASTER_KEY", MASTER_KEY)
    return run


@pytest.fixture
def new_screen(place: WatchedDoors, callbacks: WebCallbacks, chromium: Chromium) -> Callable[[], AtTheScreen]:
    """A person with an account of their own, at a Chromium where nobody has signed in."""
    return lambda: AtTheScreen(chromium, callbacks, place.person())
