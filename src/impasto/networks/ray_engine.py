"""Many files through one model, on the machines of a Ray cluster.

::

    this process                            workers, one a processor, on any machine
    model's bytes -> object store   ----->  Painter: the model, loaded once
    Crew: one picture a worker      ----->  reads the photograph, writes the result
    results, as they are done       <-----  what became of it

=================  =======================================================
ray_cluster.py     a cluster that is there, or one started for the while
ray_crew.py        Crew: workers, and who has which picture
ray_worker.py      Painter: what a worker does, and how it tells of it
=================  =======================================================

Machines need the same impasto, with ``ray``, and a file system they share, on which photographs
and results have the same paths; the model file they need not have.

These are actors of Ray itself. With those of Ray Data, tried first (2.60), a picture whose worker
died came back neither as a row nor in an error that names it: it retries, and gives up, blocks,
with whatever waits at the dead worker. It starts slower, for the processes it has of its own, and
needs pyarrow and pandas, another 250 MB. What it is made for, streams of blocks between stages,
there is none of here: what travels is paths.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from impasto.errors import ModelError, PictureError
from impasto.networks.engine import Job, Result
from impasto.networks.model import load_model
from impasto.networks.ray_cluster import connected, room_for
from impasto.networks.ray_workers import Crew, Painter, Task
from impasto.networks.resolve import Located, located
from impasto.options.apply import ApplyOptions


def apply_all(
    jobs: Sequence[Job],
    model: str | Located,
    options: ApplyOptions,
    *,
    overwrite: bool = False,
    threads: int | None = None,
) -> Iterator[Result]:
    """Do the jobs on a Ray cluster, as many at a time as it has processors.

    The cluster is the one this process is connected to already; else that at ``RAY_ADDRESS``; else
    one of this machine alone, which is started and ended again.

    Args:
        jobs: What to do. Relative paths start from this process's folder on every machine.
        model: As :func:`impasto.load_model` takes it; only this machine needs to have it.
        options: The same for all.
        overwrite: Make again what is there already.
        threads: How many each worker computes with, and so how many of the cluster's processors
            it takes; 1 when None, as pictures side by side are done sooner than one after another.

    Yields:
        A result a job, as soon as it is done, in no order. A picture whose worker dies is given to
        another one once; it has failed when that one dies too.

    Raises:
        MissingExtraError: Ray is not installed.
        ImpastoError: The model cannot be loaded or has no such styles, there is no such cluster,
            a folder for results cannot be made, or no worker can start.
    """
    loaded = load_model(model, threads=threads)
    loaded.check(options)  # a mistake here would be told for every picture
    file = replace(located(model), sha256=loaded.network.sha256)
    _make_folders(jobs)
    task = Task(file, options, overwrite, threads or 1, str(Path.cwd()))
    with connected() as ray:
        size = room_for(task.threads, ray.nodes())
        data = ray.put(_data(file))
        painter = ray.remote(num_cpus=task.threads)(Painter)
        yield from Crew(ray, lambda: painter.remote(task, data), size, jobs).results()


def _data(file: Located) -> bytes:
    try:
        return file.path.read_bytes()
    except OSError as error:  # it was there a moment ago
        raise ModelError(f"{file.path}: cannot be read ({error.strerror})") from None


def _make_folders(jobs: Sequence[Job]) -> None:
    """Make the folders of results: by them a worker knows that it writes where we read."""
    for folder in {job.output.parent for job in jobs}:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise PictureError(f"{folder}: cannot be made ({error.strerror})") from None
