"""A job: what was asked for, and what has become of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NotRequired, TypedDict

from impasto.errors import RunError
from impasto.options.values import from_plain_values
from impasto.records import checked_record

MAKING: Final = "making"
"""On disk only, until all pictures of a job are in its folder."""

WAITING: Final = "waiting"
RUNNING: Final = "running"
PAUSED: Final = "paused"
BROKEN: Final = "broken"
DONE: Final = "done"
KEPT: Final = "kept"
CANCELLED: Final = "cancelled"
FAILED: Final = "failed"

OPEN: Final = (WAITING, RUNNING)
"""States of jobs that the worker has or will have."""

RESUMABLE: Final = (PAUSED, BROKEN, KEPT, FAILED)
"""States from which a job can go on: paused, broken off by the end of the server, stopped with what
there was, or failed, by a full disk for example. It goes on from its last checkpoint."""

WITH_RESULT: Final = (DONE, KEPT)


class Change(TypedDict):
    """What was changed on the way: the step, and the new values."""

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


class FilmOrder(TypedDict):
    """The order of a film."""

    asked: dict[str, Any]
    source: str
    style: NotRequired[str]
    styles: NotRequired[int]
    model: NotRequired[str]
    preview: NotRequired[bool]


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
        browser: The browser it was ordered in, "" where by a program.
        title: What to call it.
        made: When it was ordered, seconds since 1970.
        order: What was asked for; its keys are the kind's own.
        state: One of the words above.
        changes: What was changed on the way: ``step`` and the new values.
        number: Steps or frames done.
        of: How many there are; 0 while nobody can tell.
        seconds: That have been worked on it.
        told: What went wrong or what to know, as one line.
        result: Name of the result's file in the job's folder, "" as long as there is none.
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
