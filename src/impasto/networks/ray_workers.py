"""Workers of a Ray cluster: what each does, and which picture each has."""

from __future__ import annotations

import logging
import os
import socket
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal

from impasto.errors import ImpastoError, PictureError
from impasto.networks.engine import Job, Result, apply_one
from impasto.networks.model import Model
from impasto.networks.resolve import Located
from impasto.options.apply import ApplyOptions
from impasto.version import __version__


@dataclass(frozen=True, slots=True)
class Task:
    """What all workers are told.

    Attributes:
        file: The model file, as it is called where the work was asked for.
        options: The same for all pictures.
        overwrite: Make again what is there already.
        threads: How many a worker computes with.
        folder: Where relative paths start.
        version: Of the impasto that asks.
    """

    file: Located
    options: ApplyOptions
    overwrite: bool
    threads: int
    folder: str
    version: str = __version__


@dataclass(frozen=True, slots=True)
class Answer:
    """A result on its way, without what cannot travel.

    Exceptions whose constructors take other arguments than a message cannot be unpickled.
    """

    status: Literal["applied", "skipped", "failed"]
    manifest: Mapping[str, Any] | None
    kind: type[ImpastoError] | None
    line: str


class Painter:
    """The model on one machine of a cluster."""

    def __init__(self, task: Task, data: bytes) -> None:
        """Keep what is needed; ``load`` does the work, as its errors are told better.

        Args:
            task: What is to be done with pictures.
            data: The model file.
        """
        self._task, self._data = task, data

    def load(self) -> None:
        """Load the model.

        Raises:
            ImpastoError: This machine has another version of impasto.
        """
        if __version__ != self._task.version:
            told = f"impasto {self._task.version} is needed, it has {__version__}"
            raise ImpastoError(f"{socket.gethostname()}: {told}")
        with suppress(OSError):  # paths may all be absolute; those that are not will be missed
            os.chdir(self._task.folder)
        self._model = _model(self._task.file, self._data, self._task.threads)

    def paint(self, job: Job) -> Answer:
        """Do a job; whatever goes wrong with it is in the answer."""
        try:
            _check_shared(job)
            result = apply_one(self._model, job, self._task.options, overwrite=self._task.overwrite)
        except ImpastoError as error:
            result = Result(job, "failed", error=error)
        except Exception as error:  # a mistake of ours, which must not cost the other pictures
            line = f"{job.content}: {type(error).__name__}: {error}"
            result = Result(job, "failed", error=ImpastoError(line))
        kind = None if result.error is None else type(result.error)
        return Answer(result.status, result.manifest, kind, str(result.error or ""))


def received(job: Job, answer: Answer) -> Result:
    """The result that an answer tells of."""
    error = None
    if answer.kind is not None:
        error = answer.kind.__new__(answer.kind, answer.line)  # past its constructor
    return Result(job, answer.status, answer.manifest, error)


def _model(file: Located, data: bytes, threads: int) -> Model:
    with tempfile.TemporaryDirectory(prefix="impasto-") as folder:
        path = Path(folder) / file.path.name
        path.write_bytes(data)
        model = Model(replace(file, path=path), threads)
    model.network.name = str(file.path)  # by which the user knows it
    return model


def _check_shared(job: Job) -> None:
    """See that photograph and result are where the user means, not on this machine alone."""
    for path in (job.content, job.output.parent):
        if not path.exists():
            need = "--engine ray needs a file system that all machines share"
            raise PictureError(f"{path}: not there on {socket.gethostname()}: {need}")


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
