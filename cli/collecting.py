"""When a server looks for what nothing refers to any more but itself (Python, module gc)."""

import gc

THRESHOLDS = (10_000, 20, 20)
"""Python's own are for small programs: here they would walk through the lists of all servers again and again, for some
fifty milliseconds in which nobody is answered."""


def collect_seldom() -> None:
    """What was imported and built lives as long as the process: no collection need walk through it."""
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
    gc.enable()
