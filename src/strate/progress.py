"""What long work does and how far it is: bars on a terminal, lines elsewhere, nothing where nobody listens."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from operator import length_hint
from typing import Any, Protocol, TypeVar

T = TypeVar("T")

PATIENCE_SECONDS = 3.0
"""Work that takes no longer is not spoken of in lines."""
INTERVAL_SECONDS = 5.0
"""Least time between two lines of one stage."""


class Listener(Protocol):
    """Who is told. A stage is whatever `begin` returns."""

    def begin(self, what: str, total: int | None) -> Any:
        """Hear that work begins that has so many steps, or nobody knows how many."""

    def go_on(self, stage: Any, done: int) -> None:
        """Hear that so many steps are done."""

    def end(self, stage: Any) -> None:
        """Hear that the work has ended, well or not."""


_listener: Listener | None = None


def listen(listener: Listener | None) -> Listener | None:
    """Have all further work of this process tell a listener, or nobody; return who was told before."""
    global _listener
    before, _listener = _listener, listener
    return before


@contextmanager
def stage(what: str, total: int | None = None) -> Iterator[Callable[[], None]]:
    """Tell of work while it is done.

    Parameters
    ----------
    what : str
        What is being done: `Clustering with ward`.
    total : int, optional
        How many steps it has, where that is known.

    Yields
    ------
    callable
        To be called after each step.
    """
    listener, done = _listener, 0
    if listener is None:
        yield lambda: None
        return
    key = listener.begin(what, total)

    def step() -> None:
        nonlocal done
        done += 1
        listener.go_on(key, done)

    try:
        yield step
    finally:
        listener.end(key)


def track(items: Iterable[T], what: str) -> Iterator[T]:
    """Yield items, and tell of each that is done; what has a length is told of in full."""
    with stage(what, length_hint(items) or None) as step:
        for item in items:
            yield item
            step()


class Lines:
    """Tells in lines of what takes longer.

    Parameters
    ----------
    write : callable
        Takes a line.
    clock : callable, optional
        Returns seconds.
    """

    def __init__(self, write: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self.write, self.clock = write, clock

    def begin(self, what: str, total: int | None) -> "_Said":
        """See `Listener`."""
        return _Said(what, total, self.clock())

    def go_on(self, stage: "_Said", done: int) -> None:
        """See `Listener`."""
        now = self.clock()
        if now - stage.began < PATIENCE_SECONDS or (stage.last and now - stage.last < INTERVAL_SECONDS):
            return
        stage.last = now
        of = f" of {stage.total:,}" if stage.total else ""
        self.write(f"{stage.what}: {done:,}{of}, {now - stage.began:.0f} s")

    def end(self, stage: "_Said") -> None:
        """See `Listener`."""
        if stage.last:
            self.write(f"{stage.what}: ended, {self.clock() - stage.began:.0f} s")


class _Said:
    """A stage, and when a line last spoke of it."""

    def __init__(self, what: str, total: int | None, began: float) -> None:
        self.what, self.total, self.began, self.last = what, total, began, 0.0


class Bars:
    """Shows a bar per stage on a terminal, and leaves nothing behind."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
        self.progress = Progress(*columns, console=Console(stderr=True), transient=True)

    def begin(self, what: str, total: int | None) -> Any:
        """See `Listener`."""
        self.progress.start()
        return self.progress.add_task(what, total=total)

    def go_on(self, stage: Any, done: int) -> None:
        """See `Listener`."""
        self.progress.update(stage, completed=done)

    def end(self, stage: Any) -> None:
        """See `Listener`."""
        self.progress.remove_task(stage)
        if not self.progress.task_ids:
            self.progress.stop()  # so that what is printed or asked next has the terminal to itself


@contextmanager
def shown() -> Iterator[None]:
    """Show the progress of work on standard error: by bars on a terminal, else by lines."""
    bars = Bars() if sys.stderr.isatty() else None
    before = listen(bars or Lines(lambda line: print(line, file=sys.stderr, flush=True)))
    try:
        yield
    finally:
        listen(before)
        if bars:
            bars.progress.stop()  # an error may keep a stage from ending
