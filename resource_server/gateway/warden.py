"""Runs one command, and sees to it that nothing the command started outlives it, or who wanted it.

It is run as a file, in a session of its own: `warden.py LIFELINE PROGRAM ARGUMENT…`. The program has its streams and
its process group. LIFELINE is a pipe that nobody writes to: its end is the end of who wanted the program, however that
came about. On Linux whatever leaves its group, or its parent, becomes the warden's own (prctl(2),
PR_SET_CHILD_SUBREAPER), and is found.
"""

import os
import select
import signal
import sys
import time

PR_SET_CHILD_SUBREAPER = 36
IS_LINUX = sys.platform == "linux"
LEAVING_SECONDS, DYING_SECONDS, POLL_SECONDS = 0.5, 5.0, 0.01
"""After SIGTERM, and after SIGKILL."""
STOPPED_BY_OTHERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def guard(lifeline: int, command: list[str]) -> int:
    """Until the program ends, or the lifeline does; the program's status as os.waitpid tells it."""
    become_subreaper()
    woken = wake_on_signals()
    program = os.posix_spawnp(command[0], command, os.environ, setsigdef=[signal.SIGPIPE, signal.SIGXFSZ])
    leave_streams()
    status = None
    while status is None:
        readable, _, _ = select.select([lifeline, woken], [], [])
        if lifeline in readable:
            break
        os.read(woken, 1024)
        status = reaped().get(program)
    end_what_is_left()
    return status if status is not None else signal.SIGKILL


def become_subreaper() -> None:
    """Orphans come to this process, not to the first of the system."""
    if IS_LINUX:
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def wake_on_signals() -> int:
    """What can be waited on for signals. What ends the group is meant for the others in it."""
    woken, wakes = os.pipe()
    os.set_blocking(wakes, False)
    signal.set_wakeup_fd(wakes, warn_on_full_buffer=False)
    for one in (*STOPPED_BY_OTHERS, signal.SIGCHLD):
        signal.signal(one, lambda _number, _frame: None)  # unlike one that is ignored, not passed on to programs
    return woken


def leave_streams() -> None:
    """The program alone has them: where it closes one, whoever is at the other end sees that."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    os.close(nothing)


def reaped() -> dict[int, int]:
    """The children that ended, with their status. Raises ChildProcessError where there is no child at all."""
    ended: dict[int, int] = {}
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            if not ended:
                raise
            return ended
        if not pid:
            return ended
        ended[pid] = status


def end_what_is_left() -> None:
    """First asked to, then made to, until there is no child any more."""
    begun = time.monotonic()
    told: set[int] = set()
    while (passed := time.monotonic() - begun) < LEAVING_SECONDS + DYING_SECONDS:
        try:
            reaped()
        except ChildProcessError:
            return
        for pid in descendants(os.getpid()):
            if passed > LEAVING_SECONDS:
                send(pid, signal.SIGKILL)
            elif pid not in told:
                told.add(pid)
                send(pid, signal.SIGTERM)
        if not IS_LINUX and passed > LEAVING_SECONDS:
            os.killpg(0, signal.SIGKILL)  # with this process
        time.sleep(POLL_SECONDS)


def descendants(of: int) -> list[int]:
    """All processes below one, as /proc tells; none where there is no /proc."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc") if IS_LINUX else ():  # noqa: PTH208 (as in parent_of)
        if name.isdigit() and (parent := parent_of(name)):
            children.setdefault(parent, []).append(int(name))
    found, open_ones = [], [of]
    while open_ones:
        below = children.get(open_ones.pop(), [])
        found += below
        open_ones += below
    return found


def parent_of(pid: str) -> int:
    """0 where it is gone (proc(5), /proc/pid/stat)."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:  # noqa: PTH123 (without a library of paths this starts sooner)
            return int(stat.read().rpartition(b")")[2].split()[1])
    except (OSError, IndexError, ValueError):
        return 0


def send(pid: int, number: int) -> None:
    """A signal, if there is still somebody to get it."""
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        return


def end_as(status: int) -> None:
    """As the program ended: by its code, or by its signal."""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number != signal.SIGKILL:
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    end_as(guard(int(sys.argv[1]), sys.argv[2:]))
