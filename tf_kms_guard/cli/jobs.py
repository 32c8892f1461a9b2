"""Doing one thing for many targets, in several processes where that pays."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, TypeVar

from tf_kms_guard.cli.usage import UsageError

_FEW: Final = 8
"""So many roots are done before other processes have begun."""

_One = TypeVar("_One")
_Done = TypeVar("_Done")

_WORK: Final[list[Callable[[int], object]]] = []
"""What the processes do, one thing at a time; they are copies of this one, and have it from there."""


def in_parallel(do: Callable[[_One], _Done], things: Sequence[_One], jobs: int | None) -> list[_Done]:
    """``do`` for each of ``things``, in their order; ``jobs``: in how many processes, ``None`` to choose.

    Where processes cannot be copied (Windows), and for a few things, it is done in this one.

    Raises:
        UsageError: a process was ended from outside.
    """
    number = min(len(things), jobs or (_processors() if len(things) >= _FEW else 1))
    with _progress(len(things)) as advance:
        if number <= 1 or not hasattr(os, "fork") or sys.platform == "darwin":
            done = []
            for one in things:
                done.append(do(one))
                advance()
            return done
        return _in_processes(do, things, number, advance)


def _in_processes(
    do: Callable[[_One], _Done], things: Sequence[_One], number: int, advance: Callable[[], None]
) -> list[_Done]:
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor, as_completed
    from concurrent.futures.process import BrokenProcessPool

    _WORK.append(lambda index: do(things[index]))
    try:
        with ProcessPoolExecutor(number, multiprocessing.get_context("fork")) as pool:
            futures = [pool.submit(_do, index) for index in range(len(things))]
            try:
                for _ in as_completed(futures):
                    advance()
                return [future.result() for future in futures]  # type: ignore[misc]
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
    except BrokenProcessPool as error:
        raise UsageError("a process was ended before it was done (is there enough memory?): try --jobs 1") from error
    finally:
        _WORK.pop()


def _do(index: int) -> object:
    return _WORK[-1](index)


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def _progress(total: int) -> Iterator[Callable[[], None]]:
    """A bar on stderr, where that is a terminal and there is something to wait for; gives what moves it."""
    if total < _FEW or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("root modules", total=total)
        yield lambda: bar.advance(task)
