"""Work that goes on ahead in threads, and never far ahead.

A film goes through stages, each an iterator over what the stage before gives. ``ahead`` lets one
work in a thread of its own while what it has given is used. Decoder, network, motion and encoder
give the interpreter free while they compute, so that they really run side by side.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

Item = TypeVar("Item")

DEPTH: Final = 3
"""Items that wait between two stages: enough that none waits for a hiccup of the other."""

_END: Final = object()


@dataclass(frozen=True, slots=True)
class _Failed(Generic[Item]):
    error: BaseException


@contextmanager
def ahead(items: Iterator[Item], depth: int = DEPTH) -> Iterator[Iterator[Item]]:
    """Give the items of an iterator that runs ahead in a thread while the block lasts.

    Args:
        items: Not to be touched by others meanwhile.
        depth: How many may wait; with one in hand, no more exist at a time.

    Yields:
        The same items in the same order. What the iterator raises is raised in its place.
    """
    waiting: queue.Queue[Any] = queue.Queue(depth)
    ended = threading.Event()

    def put(item: Any) -> bool:
        while not ended.is_set():
            try:
                waiting.put(item, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False

    def work() -> None:
        try:
            for item in items:
                if not put(item):
                    return
            put(_END)
        except BaseException as error:  # told where the items are used
            put(_Failed(error))

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield _received(waiting)
    finally:
        ended.set()
        thread.join()


def _received(waiting: queue.Queue[Any]) -> Iterator[Any]:
    while (item := waiting.get()) is not _END:
        if isinstance(item, _Failed):
            raise item.error
        yield item
