"""One worker and the jobs that wait for it."""

from __future__ import annotations

import functools
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from impasto.errors import RunError
from impasto.studio.job import (
    BREAK,
    CANCEL,
    CANCELLED,
    DONE,
    FAILED,
    KEEP,
    KEPT,
    PAUSE,
    PAUSED,
    RESUMABLE,
    RUNNING,
    WAITING,
    Job,
    Requests,
    failure,
)
from impasto.studio.live import Live
from impasto.studio.room import Limits
from impasto.studio.shelf import Shelf

logger = logging.getLogger("impasto")

# Paints a job until it is done or a request ends it; gives the name of the result's file, or "".
Work = Callable[[Job, Path, Requests, Live], str]
_ENDED: Final = {"": DONE, PAUSE: PAUSED, KEEP: KEPT, CANCEL: CANCELLED}


class Line:
    """Has one worker paint the jobs of a shelf, one after another.

    A picture takes all cores, so two at once would each take twice as long. A paused job leaves
    the worker to the others and comes next when it goes on. ``after`` is called after each job, to
    free memory.
    """

    def __init__(
        self,
        shelf: Shelf,
        work: Work,
        previews: Path,
        limits: Limits,
        after: Callable[[], None] = lambda: None,
    ) -> None:
        self._shelf = shelf
        self._work = work
        self._previews = previews
        self._limits = limits
        self._after = after
        self._waiting: list[str] = []
        self._requests: dict[str, Requests] = {}
        self._live: dict[str, Live] = {}
        self._again: set[str] = set()
        self._changed = threading.Condition()
        self._ending = False
        self._thread = threading.Thread(target=self._serve, name="studio-worker", daemon=True)
        self._thread.start()

    def add(self, job: Job) -> int:
        """Let a job wait; give its place, 1 for the next.

        Raises:
            RunError: The line is full.
        """
        with self._changed:
            # One user has half the places at most; one who has none always gets the first.
            places, waiting = self._limits.waiting, len(self._waiting)
            own = sum(self._shelf.job(name).owner == job.owner for name in self._waiting)
            if job.owner and own >= max(1, places // 2):
                raise RunError(f"{own} pictures of yours are waiting already: try again later")
            if waiting >= places and (own or not job.owner):
                raise RunError(f"{waiting} pictures are waiting already: try again later")
            self._enlist(job.id, front=False)
            return self._waiting.index(job.id) + 1

    def place(self, name: str) -> int:
        """Place of a job in the line: 0 when it is not waiting (any more)."""
        with self._changed:
            return self._waiting.index(name) + 1 if name in self._waiting else 0

    def live(self, name: str) -> Live:
        """The preview and losses of a job."""
        with self._changed:
            if name not in self._live:
                told = functools.partial(self._shelf.touch, name)
                self._live[name] = Live(self._previews / name, told=told)
            return self._live[name]

    def end(self, name: str, how: str) -> None:
        """Pause a job, stop it and keep what there is, or cancel it."""
        with self._changed:
            job = self._shelf.job(name)
            self._again.discard(name)  # of a pause, go on and pause, the last counts
            if name in self._waiting:
                self._waiting.remove(name)
                # One that has been worked on before keeps what it has.
                paused = how == PAUSE or (how == KEEP and job.number)
                self._shelf.change(name, state=PAUSED if paused else CANCELLED)
            elif job.state == RUNNING:
                self._requests[name].end(how)
            elif how == CANCEL and job.state in RESUMABLE:
                self._shelf.change(name, state=CANCELLED)

    def remove(self, name: str) -> None:
        """Hide a job, until :meth:`forget` throws it away or it is restored.

        Raises:
            RunError: It is being worked on.
        """
        with self._changed:  # so that the worker cannot take it in the meantime
            job = self._shelf.job(name)
            if job.state == RUNNING:
                raise RunError(f"{job.title}: is being painted, cancel it first")
            if name in self._waiting:
                self._waiting.remove(name)
                self._shelf.change(name, state=PAUSED if job.number else CANCELLED)
            self._shelf.change(name, removed=time.time())

    def forget(self, name: str) -> None:
        """Throw a job away that was removed."""
        with self._changed:
            self._requests.pop(name, None)
            self._live.pop(name, None)
            self._shelf.remove(name)

    def go_on(self, name: str) -> None:
        """Resume a paused, broken off, failed or stopped job, before all that wait.

        Raises:
            RunError: It is none of these.
        """
        with self._changed:
            job = self._shelf.job(name)
            if job.is_open:
                if job.state == RUNNING and self._requests[name].ending == PAUSE:
                    self._again.add(name)  # it is just about to leave the worker
                return
            if job.state not in RESUMABLE:
                raise RunError(f"{job.title}: has ended and cannot go on")
            self._enlist(name, front=True)

    def change(self, name: str, values: dict[str, object]) -> None:
        """Let a job go on with other options from its next step."""
        with self._changed:
            self._requests.setdefault(name, Requests()).change(values)

    def close(self, patience: float = 20.0) -> None:
        """End the worker after the step in hand; what is unfinished can be resumed."""
        with self._changed:
            self._ending = True
            for requests in self._requests.values():
                requests.end(BREAK)
            self._changed.notify_all()
        self._thread.join(patience)

    def _enlist(self, name: str, *, front: bool) -> None:
        changes = self._requests.get(name, Requests()).changes()
        self._requests[name] = Requests()  # an earlier pause is over, not earlier changes
        self._requests[name].change(changes)
        self._shelf.change(name, state=WAITING, told="")
        self._waiting.insert(0 if front else len(self._waiting), name)
        self._changed.notify_all()

    def _serve(self) -> None:
        while not self._ending:
            try:
                if name := self._next():
                    self._do(self._shelf.job(name), self._requests[name], self.live(name))
                    self._after()
            except BaseException:  # whatever it is, the others are still to be painted
                logger.exception("the studio's worker goes on after an error")

    def _next(self) -> str:
        """Wait for a job and take it; "" when the line is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._ending)
            if self._ending:
                return ""
            name = self._waiting.pop(0)
            self._shelf.change(name, state=RUNNING)
            return name

    def _do(self, job: Job, requests: Requests, live: Live) -> None:
        begun = time.monotonic()
        outcome = self._outcome(job, requests, live)
        seconds = round(job.seconds + time.monotonic() - begun, 2)
        with self._changed:
            ended = self._shelf.change(job.id, seconds=seconds, **outcome)
            if job.id in self._again and ended.state == PAUSED:
                self._enlist(job.id, front=True)
            self._again.discard(job.id)

    def _outcome(self, job: Job, requests: Requests, live: Live) -> dict[str, object]:
        try:
            result = self._work(job, self._shelf.folder(job.id), requests, live)
        except BaseException as error:  # the worker outlives every job
            return {"state": FAILED, "told": failure(error)}
        outcome: dict[str, object] = {"result": result or self._shelf.job(job.id).result}
        if requests.ending != BREAK:  # else it stays running, and is found broken off
            outcome["state"] = _ENDED[requests.ending]
        return outcome
