"""What a worker of a cluster does, and how it tells of it."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import impasto
from impasto.errors import ImpastoError, PictureError
from impasto.options.apply import ApplyOptions
from impasto.runtime.engine import Job, Result, apply_one
from impasto.runtime.model import Model
from impasto.runtime.resolve import Located


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
    version: str = impasto.__version__


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
        if impasto.__version__ != self._task.version:
            told = f"impasto {self._task.version} is needed, it has {impasto.__version__}"
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
