"""Workers of a cluster, and who has which picture."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from impasto.errors import ImpastoError
from impasto.runtime.engine import Job, Result
from impasto.runtime.ray_worker import received

ATTEMPTS: Final = 2
"""How often a picture is begun when its workers die of it."""

PATIENCE: Final = 60.0
"""Seconds without a worker after which that is told."""

GRACE: Final = 3.0
"""Seconds that pictures in hand have to be finished in when all is to end."""

logger = logging.getLogger("impasto")


@dataclass(frozen=True, slots=True, eq=False)
class Hand:
    """A worker and the number of the job it has in hand; None while it starts."""

    worker: Any
    number: int | None


@dataclass(frozen=True, slots=True)
class Lost:
    """In place of an answer: the worker is no more."""

    reason: str


class Crew:
    """Workers that have one picture in hand each, and take the next when it is done.

    No picture waits at a worker, as it would go down with it.
    """

    def __init__(self, ray: Any, hire: Callable[[], Any], size: int, jobs: Sequence[Job]) -> None:
        """Describe a crew; workers start with the work.

        Args:
            ray: The package, connected to a cluster.
            hire: Starts a worker: an actor with the methods of ``Painter``.
            size: How many there are to be.
            jobs: What they are to do.
        """
        self._ray, self._hire, self._size, self._jobs = ray, hire, size, jobs
        self._queue = deque(range(len(jobs)))
        self._begun = [0] * len(jobs)
        self._hands: dict[Any, Hand] = {}  # by the promise of an answer
        self._idle: list[Any] = []
        self._patience: float | None = PATIENCE

    def results(self) -> Iterator[Result]:
        """Do the jobs and yield what became of them, as soon as they are done.

        Raises:
            ImpastoError: No worker could start.
        """
        left = len(self._jobs)
        try:
            for _ in range(min(self._size, left)):
                self._add_worker()
            while left:
                hand, answer = self._next_answer()
                lost = isinstance(answer, Lost)
                result = self._lost(hand, answer.reason) if lost else self._done(hand, answer)
                self._distribute()
                if result is not None:
                    left -= 1
                    yield result
        finally:
            self._dismiss()

    def _add_worker(self) -> None:
        worker = self._hire()
        self._hands[worker.load.remote()] = Hand(worker, None)

    def _distribute(self) -> None:
        while self._queue and self._idle:
            number, worker = self._queue.popleft(), self._idle.pop()
            self._begun[number] += 1
            self._hands[worker.paint.remote(self._jobs[number])] = Hand(worker, number)

    def _next_answer(self) -> tuple[Hand, Any]:
        promises, _ = self._ray.wait([*self._hands], timeout=self._patience)
        if not promises:
            logger.warning("--engine ray: the cluster has no processor free yet, waiting")
            promises, _ = self._ray.wait([*self._hands])
        self._patience = None
        hand = self._hands.pop(promises[0])
        try:
            return hand, self._ray.get(promises[0])
        except self._ray.exceptions.RayError as error:
            return hand, Lost(_reason(error))

    def _done(self, hand: Hand, answer: Any) -> Result | None:
        self._idle.append(hand.worker)
        return None if hand.number is None else received(self._jobs[hand.number], answer)

    def _lost(self, hand: Hand, reason: str) -> Result | None:
        with suppress(Exception):
            self._ray.kill(hand.worker)  # it may only be out of reach
        if hand.number is None:
            # Where one cannot start another could not either, so it is not replaced.
            if not self._hands and not self._idle:
                raise ImpastoError(f"--engine ray: no worker can start ({reason})")
            logger.warning("--engine ray: one worker less, it cannot start (%s)", reason)
            return None
        again = self._begun[hand.number] < ATTEMPTS
        if again:
            self._queue.append(hand.number)  # behind the others, which may do no harm
        if len(self._queue) > len(self._idle):
            self._add_worker()
        return None if again else _abandoned(self._jobs[hand.number])

    def _dismiss(self) -> None:
        """Let the pictures in hand be finished if that is soon, then end all workers."""
        workers = [*(hand.worker for hand in self._hands.values()), *self._idle]
        busy = [promise for promise, hand in self._hands.items() if hand.number is not None]
        try:
            if busy:
                self._ray.wait(busy, num_returns=len(busy), timeout=GRACE)
        finally:
            for worker in workers:
                with suppress(Exception):
                    self._ray.kill(worker)


def _reason(error: Exception) -> str:
    """What Ray says at the end, or what the worker said before Ray put a traceback around it."""
    cause = getattr(error, "cause", None)
    lines = [line.strip() for line in str(cause or error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__


def _abandoned(job: Job) -> Result:
    line = f"{job.content}: {ATTEMPTS} workers died of it: give a smaller --tile or --size"
    return Result(job, "failed", error=ImpastoError(line))
