"""Workers of a Ray cluster and their jobs: pictures, or parts of videos."""

from __future__ import annotations

import logging
import os
import socket
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from impasto.errors import ImpastoError
from impasto.version import __version__

logger = logging.getLogger("impasto")

Job = TypeVar("Job")

ATTEMPTS: Final = 2  # how often a job is started if its workers die
PATIENCE: Final = 60.0  # seconds without a worker after which a warning is logged
GRACE: Final = 3.0  # seconds to finish current jobs at the end
_POLL: Final = 0.5  # seconds between checks whether to stop


def prepare_worker(folder: str, version: str) -> None:
    """On a worker: enter the folder of the caller, if both have the same impasto."""
    if version != __version__:
        needed = f"impasto {version} is needed, it has {__version__}"
        raise ImpastoError(f"{socket.gethostname()}: {needed}")
    with suppress(OSError):  # relative paths will not be found, but all may be absolute
        os.chdir(folder)


@dataclass(frozen=True, slots=True)
class Lost:
    """Stands for a result: the worker is gone."""

    reason: str


class Crew(Generic[Job]):
    """Workers with one job each, which take the next when it is done.

    No job waits at a worker, because it would be lost with the worker.
    """

    def __init__(
        self,
        ray: Any,
        hire: Callable[[], Any],
        size: int,
        jobs: Sequence[Job],
        *,
        stop: Callable[[], bool] = lambda: False,
        grace: float = GRACE,
    ) -> None:
        """Describe a crew of ``size`` workers, which start with the work.

        Args:
            ray: The package, connected to a cluster.
            hire: Starts a worker: an actor with the methods ``load()`` and ``paint(job)``.
            size: How many workers there are.
            jobs: What they do.
            stop: Asked twice a second whether to end early.
            grace: Seconds to finish current jobs at the end.
        """
        self._ray, self._hire, self._size, self._jobs = ray, hire, size, jobs
        self._stop, self._grace = stop, grace
        self._queue = deque(range(len(jobs)))
        self._begun = [0] * len(jobs)
        # By the promise of an answer: the worker, and the number of its job; None while it starts.
        self._hands: dict[Any, tuple[Any, int | None]] = {}
        self._idle: list[Any] = []
        self._patient = True

    def results(self) -> Iterator[tuple[Job, Any]]:
        """Yield jobs and their results as they are done; ``Lost`` if ATTEMPTS workers died of one.

        Raises:
            ImpastoError: No worker could start.
        """
        left = len(self._jobs)
        try:
            for _ in range(min(self._size, left)):
                self._add_worker()
            while left and (promise := self._next_promise()) is not None:
                worker, number = self._hands.pop(promise)
                try:
                    result = self._ray.get(promise)
                    self._idle.append(worker)
                except self._ray.exceptions.RayError as error:
                    result = self._lost(worker, number, _reason(error))
                self._distribute()
                if number is not None and result is not None:
                    left -= 1
                    yield self._jobs[number], result
        finally:
            self._dismiss()

    def _add_worker(self) -> None:
        worker = self._hire()
        self._hands[worker.load.remote()] = worker, None

    def _distribute(self) -> None:
        while self._queue and self._idle:
            number, worker = self._queue.popleft(), self._idle.pop()
            self._begun[number] += 1
            self._hands[worker.paint.remote(self._jobs[number])] = worker, number

    def _next_promise(self) -> Any:
        """The promise of the next answer; None to stop."""
        start = time.monotonic()
        while not self._stop():
            if promises := self._ray.wait([*self._hands], timeout=_POLL)[0]:
                self._patient = False
                return promises[0]
            if self._patient and time.monotonic() - start >= PATIENCE:
                logger.warning("--engine ray: the cluster has no processor free yet, waiting")
                self._patient = False
        return None

    def _lost(self, worker: Any, number: int | None, reason: str) -> Lost | None:
        with suppress(Exception):
            self._ray.kill(worker)  # it may be unreachable for a while
        if number is None:
            # If one cannot start, another could not either, so it is not replaced.
            if not self._hands and not self._idle:
                raise ImpastoError(f"--engine ray: no worker can start ({reason})")
            logger.warning("--engine ray: one worker less, it cannot start (%s)", reason)
            return None
        again = self._begun[number] < ATTEMPTS
        if again:
            self._queue.append(number)  # after the others, which may be harmless
        if len(self._queue) > len(self._idle):
            self._add_worker()
        return None if again else Lost(reason)

    def _dismiss(self) -> None:
        """Let current jobs finish within ``grace``, then end all workers."""
        workers = [*(worker for worker, _ in self._hands.values()), *self._idle]
        busy = [promise for promise, (_, number) in self._hands.items() if number is not None]
        try:
            if busy and self._grace:
                self._ray.wait(busy, num_returns=len(busy), timeout=self._grace)
        finally:
            for worker in workers:
                with suppress(Exception):
                    self._ray.kill(worker)


def _reason(error: Exception) -> str:
    """Ray's final message, or the worker's own message without Ray's traceback."""
    cause = getattr(error, "cause", None)
    lines = [line.strip() for line in str(cause or error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
