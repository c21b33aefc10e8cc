"""Many files through one model, on the machines of a Ray cluster.

::

    this process                            workers, one a processor, on any machine
    model's bytes -> object store   ----->  Painter: the model, loaded once
    Crew: one picture a worker      ----->  reads the photograph, writes the result
    results, as they are done       <-----  what became of it

Machines need the same impasto, with ``ray``, and a file system they share, on which photographs
and results have the same paths; the model file they need not have.

These are actors of Ray itself. Ray Data, tried first (2.60), loses the name of a picture whose
worker died, starts more slowly and needs another 250 MB (pyarrow, pandas).
"""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from impasto.errors import ImpastoError, ModelError, PictureError
from impasto.networks.engine import Job, Result, apply_one
from impasto.networks.model import Model, load_model
from impasto.networks.ray_cluster import connected, room_for
from impasto.networks.ray_crew import ATTEMPTS, Crew, Lost, prepare_worker
from impasto.networks.resolve import NO_FILE, Located, located
from impasto.options.apply import ApplyOptions
from impasto.version import __version__


def apply_all(
    jobs: Sequence[Job],
    model: str | Located,
    options: ApplyOptions,
    *,
    overwrite: bool = False,
    threads: int | None = None,
) -> Iterator[Result]:
    """Do the jobs on a Ray cluster, as many at a time as it has processors; results in no order.

    The cluster is the one this process is connected to already; else that at ``RAY_ADDRESS``; else
    one of this machine alone, which is started and ended again. A picture whose worker dies is
    given to another one once.

    Args:
        jobs: What to do. Relative paths start from this process's folder on every machine.
        model: As :func:`impasto.load_model` takes it; only this machine needs to have it.
        options: The same for all.
        overwrite: Make again what is there already.
        threads: How many each worker computes with, and so how many of the cluster's processors
            it takes; 1 when None, as pictures side by side are done sooner than one after another.

    Raises:
        MissingExtraError: Ray is not installed.
        ImpastoError: The model cannot be loaded or has no such styles, there is no such cluster,
            a folder for results cannot be made, or no worker can start.
    """
    loaded = load_model(model, threads=threads)
    loaded.check(options)  # a mistake here would be reported for every picture
    file = replace(located(model), sha256=loaded.network.sha256)
    for folder in {job.output.parent for job in jobs}:
        # By these folders a worker knows that it writes where we read.
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise PictureError(f"{folder}: cannot be made ({error.strerror})") from None
    task = Task(file, options, overwrite, threads or 1, str(Path.cwd()))
    with connected() as ray:
        size = room_for(task.threads, ray.nodes())
        try:
            data = ray.put(b"" if file.path == NO_FILE else file.path.read_bytes())
        except OSError as error:  # it was there a moment ago
            raise ModelError(f"{file.path}: cannot be read ({error.strerror})") from None
        painter = ray.remote(num_cpus=task.threads)(Painter)
        for job, result in Crew(ray, lambda: painter.remote(task, data), size, jobs).results():
            yield _abandoned(job) if isinstance(result, Lost) else result


def _abandoned(job: Job) -> Result:
    line = f"{job.content}: {ATTEMPTS} workers died of it: give a smaller --tile or --size"
    return Result(job, "failed", error=ImpastoError(line))


@dataclass(frozen=True, slots=True)
class Task:
    """The same for all workers."""

    file: Located  # the model file, as it is called where the work was asked for
    options: ApplyOptions
    overwrite: bool
    threads: int
    folder: str  # where relative paths start
    version: str = __version__  # of the impasto that asks


class Painter:
    """A worker: the model on one machine of a cluster."""

    def __init__(self, task: Task, data: bytes) -> None:
        # What can fail is in ``load``, as Ray loses errors of constructors.
        self._task, self._data = task, data

    def load(self) -> None:
        """Load the model; ImpastoError where this machine has another version of impasto."""
        task = self._task
        prepare_worker(task.folder, task.version)
        with tempfile.TemporaryDirectory(prefix="impasto-") as folder:
            path = task.file.path
            if self._data:
                path = Path(folder) / path.name
                path.write_bytes(self._data)
            self._model = Model(replace(task.file, path=path), task.threads)
        self._model.network.name = str(task.file.path)  # by which the user knows it

    def paint(self, job: Job) -> Result:
        """Do a job; whatever goes wrong with it is in the result."""
        try:
            for path in (job.content, job.output.parent):
                if not path.exists():
                    need = "--engine ray needs a file system that all machines share"
                    raise PictureError(f"{path}: not there on {socket.gethostname()}: {need}")
            return apply_one(self._model, job, self._task.options, overwrite=self._task.overwrite)
        except ImpastoError as error:
            return Result(job, "failed", error=error)
        except Exception as error:  # a bug of ours, which must not cost the other pictures
            line = f"{job.content}: {type(error).__name__}: {error}"
            return Result(job, "failed", error=ImpastoError(line))
