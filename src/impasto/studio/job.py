"""A job: what was ordered, its state, and the requests that reach it while it is painted."""

from __future__ import annotations

import dataclasses
import errno
import logging
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NotRequired, TypedDict

from impasto.errors import ImpastoError, RunError
from impasto.options.values import from_plain_values
from impasto.records import checked_record

logger = logging.getLogger("impasto")

MAKING: Final = "making"  # on disk only, until all pictures of a job are in its folder
WAITING: Final = "waiting"
RUNNING: Final = "running"
PAUSED: Final = "paused"
BROKEN: Final = "broken"
DONE: Final = "done"
KEPT: Final = "kept"
CANCELLED: Final = "cancelled"
FAILED: Final = "failed"

OPEN: Final = (WAITING, RUNNING)  # states of jobs that the worker has or will have
# A job resumes from its last checkpoint: paused, broken off by the end of the server, stopped with
# what there was, or failed, by a full disk for example.
RESUMABLE: Final = (PAUSED, BROKEN, KEPT, FAILED)


class Change(TypedDict):
    """Values changed while painting, and the step."""

    step: int
    asked: dict[str, Any]


class PaintOrder(TypedDict):
    """The order of a painting."""

    asked: dict[str, Any]
    options: dict[str, Any]
    preset: str
    styles: int
    titles: list[str]
    masked: NotRequired[bool]
    photo: NotRequired[str]
    photo_name: NotRequired[str]
    look: NotRequired[dict[str, Any]]
    print: NotRequired[bool]
    where: NotRequired[str]


class FilmOrder(TypedDict):
    """The order of a film."""

    asked: dict[str, Any]
    source: str
    style: NotRequired[str]
    styles: NotRequired[int]
    model: NotRequired[str]
    preview: NotRequired[bool]
    photo: NotRequired[str]


_MOST_STYLES: Final = 64

_ORDERS: Final[Mapping[str, Any]] = {
    "paint": PaintOrder,
    "film": FilmOrder,
    "instant": dict[str, Any],
    "translate": dict[str, Any],
}


@dataclass(frozen=True, kw_only=True)
class Job:
    """One picture or film of one client, in plain values.

    Attributes:
        id: Its name, ours.
        kind: ``paint``, ``film``, ``instant`` or ``translate``.
        owner: The user it belongs to; "" where there are none.
        browser: Written by earlier versions; not used any more.
        title: What to call it.
        made: When it was ordered, seconds since 1970.
        order: What was asked for; its keys are the kind's own.
        state: One of the words above.
        changes: Values changed while painting.
        number: Steps or frames done.
        of: How many there are; 0 while that is unknown.
        seconds: Time spent on it.
        told: What went wrong, or what to know, as one line.
        result: Name of the result's file in the job's folder, "" as long as there is none.
        favorite: Whether its owner has marked it.
        removed: When it was removed, seconds since 1970; 0 where it was not. It is kept for a while
            so that this can be undone.
    """

    id: str
    kind: str
    owner: str = ""
    browser: str = ""
    title: str = ""
    made: float = 0.0
    order: Mapping[str, Any] = field(default_factory=dict)
    state: str = WAITING
    changes: tuple[Change, ...] = ()
    number: int = 0
    of: int = 0
    seconds: float = 0.0
    told: str = ""
    result: str = ""
    favorite: bool = False
    removed: float = 0.0

    @property
    def is_open(self) -> bool:
        """Whether it waits or is being worked on."""
        return self.state in OPEN

    def with_(self, **values: Any) -> Job:
        """The same job with other values."""
        return dataclasses.replace(self, **values)

    def to_json(self) -> dict[str, Any]:
        """Plain values by name."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Job:
        """The job that :meth:`to_json` wrote.

        Raises:
            RunError: It is none.
        """
        job = from_plain_values(cls, values, "a job")
        if job.kind not in _ORDERS:
            raise RunError(f"kind: expected {', '.join(_ORDERS)}, got {job.kind!r}")
        order = checked_record(dict(job.order), _ORDERS[job.kind], "order")
        for name in (job.result, str(order.get("source", ""))):
            if Path(name).name != name:
                raise RunError(f"expected the name of a file in the job's folder, got {name!r}")
        if not 0 <= order.get("styles", 0) <= _MOST_STYLES:
            raise RunError(f"styles: expected at most {_MOST_STYLES}")
        return job


PAUSE: Final = "pause"
KEEP: Final = "keep"
CANCEL: Final = "cancel"
BREAK: Final = "break"  # the server ends; the job can be resumed by the next one
_STRENGTH: Final = {"": 0, PAUSE: 1, BREAK: 2, KEEP: 3, CANCEL: 4}


class Requests:
    """Carries requests from the page to the worker, which looks between two steps."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ending = ""
        self._changes: dict[str, Any] = {}

    def end(self, how: str) -> None:
        """Ask for an end: pause, keep, cancel or break; the stronger of two holds."""
        with self._lock:
            if _STRENGTH[how] > _STRENGTH[self._ending]:
                self._ending = how

    @property
    def ending(self) -> str:
        """How the job is to end after the step in hand, "" as long as it goes on."""
        return self._ending

    def change(self, values: Mapping[str, Any]) -> None:
        """Ask for other options from the next step on; later ones replace earlier ones."""
        with self._lock:
            self._changes |= values

    def changes(self) -> dict[str, Any]:
        """The changes asked for since the last call."""
        with self._lock:
            found, self._changes = self._changes, {}
        return found


# The folders of an absolute path, before the name of its file.
_FOLDERS: Final = re.compile(r"(?<![\w.:/\\])(?:[A-Za-z]:)?[/\\](?:[^/\\:\n\"'<>]+[/\\])+")


def failure(error: BaseException) -> str:
    """One line about an error; unexpected ones go to the log in full."""
    if isinstance(error, ImpastoError):
        return one_line(str(error))
    if isinstance(error, MemoryError):
        return "the memory ran out: choose a smaller size"
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full: make room, and it can go on"
    logger.error("an error of the studio", exc_info=error)
    return f"it failed unexpectedly: {type(error).__name__}"


def one_line(text: str) -> str:
    """A message without line breaks, and files by their names alone: no folder of this machine."""
    return " ".join(_FOLDERS.sub("", text).split())
