"""A process for what needs torch: it begins with the first job and ends when it is idle.

The studio itself stays small and answers quickly, and memory goes back to the system. Jobs and
their progress travel through a pipe: the process asks, the studio answers with what was requested
meanwhile (pause, other weights), so both see the same at every step.
"""

from __future__ import annotations

import multiprocessing
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

from impasto.errors import ImpastoError, RunError
from impasto.options.gatys import GatysOptions
from impasto.studio.far import Far, FarLive
from impasto.studio.job import Job, Requests, failure
from impasto.studio.live import Live
from impasto.studio.room import Limits
from impasto.studio.shelf import Shelf

IDLE: Final = 60.0  # seconds without a job after which the process ends


class Worker:
    """Has jobs done by the other process, which is started when it is needed.

    Args:
        shelf: Where the jobs are.
        limits: What clients may ask for.
        idle: Seconds without a job after which the process ends.
    """

    def __init__(self, shelf: Shelf, limits: Limits, idle: float = IDLE) -> None:
        self._shelf = shelf
        self._limits = limits
        self._idle = idle
        self._lock = threading.Lock()
        self._process: Any = None
        self._pipe: Connection | None = None
        self._done = 0.0

    @property
    def process(self) -> int | None:
        """The id of the process, None while there is none."""
        process = self._process
        return process.pid if process is not None and process.is_alive() else None

    def __call__(self, job: Job, folder: Path, requests: Requests, live: Live) -> str:
        """Have a job done; give the name of the result's file, or "".

        Raises:
            RunError: It failed, in one line; or the process died.
        """
        places = {"shelf": self._shelf, "live": live}
        died = "painting ended unexpectedly, perhaps because memory ran out: it can go on"
        with self._lent(died) as pipe:
            pipe.send((job, folder))
            while True:
                place, name, given = pipe.recv()
                if place == "done":
                    return str(given)
                if place == "failed":
                    raise RunError(given)
                pipe.send(_answer(places[place], name, given, requests))

    def estimate(self, size: tuple[int, int], options: GatysOptions) -> str:
        """Size, time and memory of a painting of a photograph of a width and height.

        Raises:
            RunError: The process died.
        """
        with self._lent("there is no estimate: its process ended unexpectedly") as pipe:
            pipe.send((size, options))
            return str(pipe.recv()[2])

    def close(self) -> None:
        """End the process, even one that is at work."""
        if not self._lock.acquire(timeout=1):
            self._process.kill()
            self._lock.acquire()
        self._end()
        self._lock.release()

    @contextmanager
    def _lent(self, died: str) -> Iterator[Connection]:
        with self._lock:
            try:
                yield self._begun()
            except (EOFError, OSError):
                self._end()
                raise RunError(died) from None
            finally:
                self._rest_later()

    def _begun(self) -> Connection:
        if self._pipe is None or self.process is None:
            self._end()
            self._pipe, other = multiprocessing.Pipe()
            self._process = started(other, self._limits)
        assert self._pipe is not None
        return self._pipe

    def _rest_later(self) -> None:
        self._done = time.monotonic()
        rest = threading.Timer(self._idle, self._rest)
        rest.daemon = True
        rest.start()

    def _rest(self) -> None:
        if self._lock.acquire(blocking=False):  # else it has work again
            try:
                if time.monotonic() - self._done >= self._idle:
                    self._end()
            finally:
                self._lock.release()

    def _end(self) -> None:
        if self._pipe is not None:
            self._pipe.close()
        if self._process is not None:
            self._process.join(10)
            self._process.kill()
            self._process.join()
        self._pipe = self._process = None


def started(pipe: Connection, limits: Limits) -> Any:
    """Begin the process at one end of a pipe."""
    # A fresh one: what a fork would copy, threads hold locks in.
    process = multiprocessing.get_context("spawn").Process(
        target=_work_alone, args=(pipe, limits), daemon=True
    )
    process.start()
    pipe.close()
    return process


def _answer(place: Any, name: str, given: Any, requests: Requests) -> Any:
    try:
        found = getattr(place, name)(*given[0], **given[1])
    except ImpastoError as error:
        found = error
    return (
        found if isinstance(found, (Job, Exception)) else None,
        requests.ending,
        requests.changes(),
    )


def _work_alone(pipe: Connection, limits: Limits) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the studio's to answer
    work(pipe, limits)


def work(pipe: Connection, limits: Limits) -> None:
    """Do jobs until the studio closes the pipe, or is no more."""
    with suppress(EOFError, ConnectionError):
        while True:
            what, where = pipe.recv()
            try:
                pipe.send(("done", "", _done(pipe, what, where, limits)))
            except (EOFError, ConnectionError):
                return
            except BaseException as error:  # the process outlives every job
                pipe.send(("failed", "", failure(error)))


def _done(pipe: Connection, what: Any, where: Any, limits: Limits) -> str:
    # Here, so that the studio itself never loads torch.
    from impasto.studio.film_job import film_work
    from impasto.studio.painting_job import PaintingWork, estimate

    if not isinstance(what, Job):
        return estimate(what, where)
    requests = Requests()
    shelf, live = Far(pipe, "shelf", requests), FarLive(pipe, "live", requests)
    if what.kind == "film":
        return film_work(what, where, requests, shelf, live, limits)
    return PaintingWork(what, where, requests, shelf, live)()
