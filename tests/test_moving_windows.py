"""Windows that move with the time: what counts is what happened within the last so many seconds, and no more."""

import time
from collections.abc import Callable

import pytest

from shared.moving_windows import SWEPT_AFTER_SECONDS, MovingWindows

START = 1_000_000.0

SetClock = Callable[[float], None]


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """Says how many seconds have passed."""

    def set_to(seconds: float) -> None:
        monkeypatch.setattr(time, "time", lambda: START + seconds)

    set_to(0)
    return set_to


@pytest.fixture
def windows(set_clock: SetClock) -> MovingWindows:  # noqa: ARG001 (they are made at its start)
    """Of one process."""
    return MovingWindows()


def test_a_hit_counts_until_the_very_end_of_its_window(windows: MovingWindows, set_clock: SetClock) -> None:
    admitted = []
    for second in (0, 4, 10, 10.001, 14, 14.001):
        set_clock(second)
        admitted.append(windows.acquire_entry("ada", 2, 10))
    assert admitted == [True, True, False, True, False, True]


def test_what_is_refused_does_not_count(windows: MovingWindows, set_clock: SetClock) -> None:
    assert windows.acquire_entry("ada", 3, 10, amount=2)
    assert not windows.acquire_entry("ada", 3, 10, amount=2)
    assert windows.get_moving_window("ada", 3, 10) == (START, 2)
    for second in range(1, 10):
        set_clock(second)
        assert not windows.acquire_entry("ada", 2, 10)
    set_clock(10.5)
    assert windows.acquire_entry("ada", 2, 10)


def test_one_key_takes_nothing_from_another(windows: MovingWindows) -> None:
    assert windows.acquire_entry("ada", 1, 10)
    assert not windows.acquire_entry("ada", 1, 10)
    assert windows.acquire_entry("grace", 1, 10)
    windows.clear("ada")
    assert windows.acquire_entry("ada", 1, 10)
    assert windows.get_moving_window("grace", 1, 10) == (START, 1)


def test_a_window_begins_with_its_oldest_hit(windows: MovingWindows, set_clock: SetClock) -> None:
    windows.acquire_entry("ada", 5, 10)
    set_clock(6)
    windows.acquire_entry("ada", 5, 10)
    assert windows.get_moving_window("ada", 5, 10) == (START, 2)
    set_clock(11)
    assert windows.get_moving_window("ada", 5, 10) == (START + 6, 1)
    set_clock(30)
    assert windows.get_moving_window("ada", 5, 10) == (START + 30, 0)
    assert windows.get_moving_window("nobody", 5, 10) == (START + 30, 0)


def test_strangers_who_came_once_are_forgotten(windows: MovingWindows, set_clock: SetClock) -> None:
    for number in range(1_000):
        windows.acquire_entry(f"stranger {number}", 5, 10)
    windows.acquire_entry("a guest of an hour", 5, 3_600)
    set_clock(SWEPT_AFTER_SECONDS)
    windows.acquire_entry("ada", 5, 10)
    assert windows.reset() == 2
