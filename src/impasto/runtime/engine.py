"""Many files through one model.

Engines are modules with a function ``apply_all`` of one signature: this one works in this
process, ``ray_engine`` on a cluster. A file that fails is a result like any other, so that the
others go on; whatever keeps all of them from being done (the model cannot be loaded) is raised.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from impasto.errors import ImpastoError, MemoryEstimateError, ModelError, PictureError
from impasto.image import write_picture
from impasto.options.apply import ApplyOptions
from impasto.runtime.loading import Loading
from impasto.runtime.model import Model
from impasto.runtime.network import OUT_OF_MEMORY
from impasto.runtime.record import is_done, recipe
from impasto.runtime.resolve import Located
from impasto.source import Source, open_source


@dataclass(frozen=True, slots=True)
class Job:
    """A photograph and the file of its result."""

    content: Path
    output: Path


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a job.

    Attributes:
        job: The job.
        status: ``applied``; ``skipped``, as the result was there; or ``failed``.
        manifest: How the picture was made, when it was.
        error: What went wrong, as one line, when it did.
    """

    job: Job
    status: Literal["applied", "skipped", "failed"]
    manifest: Mapping[str, Any] | None = None
    error: ImpastoError | None = None

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        told = {
            "status": self.status,
            "content": str(self.job.content),
            "output": str(self.job.output),
        }
        if self.error is not None:
            return {**told, "error": " ".join(str(self.error).split())}
        return {**told, **(self.manifest or {})}


def apply_all(
    jobs: Sequence[Job],
    model: str | Located,
    options: ApplyOptions,
    *,
    overwrite: bool = False,
    threads: int | None = None,
) -> Iterator[Result]:
    """Do the jobs one by one.

    Args:
        jobs: What to do.
        model: As :func:`impasto.load_model` takes it.
        options: The same for all.
        overwrite: Make again what is there already.
        threads: How many to compute with; the physical cores when None.

    Yields:
        A result a job, as soon as it is done.

    Raises:
        ImpastoError: The model cannot be loaded, or has no such styles.
    """
    loading = Loading(model, threads)
    for job in jobs:
        content = _opened(job, options)  # the first while the model is being loaded
        loaded = loading.model()
        loaded.check(options)  # a mistake here would be told for every picture
        yield _applied(loaded, job, content, options, overwrite=overwrite)


def apply_one(model: Model, job: Job, options: ApplyOptions, *, overwrite: bool = False) -> Result:
    """Do one job; what goes wrong with it is in the result."""
    return _applied(model, job, _opened(job, options), options, overwrite=overwrite)


def _opened(job: Job, options: ApplyOptions) -> Source | ImpastoError:
    try:
        return open_source(job.content, options.size)
    except MemoryError:
        return MemoryEstimateError(f"{job.content}: the memory ran out while it was read")
    except ImpastoError as error:
        return error
    except OSError as error:
        return PictureError(f"{job.content}: cannot be read ({error.strerror or error})")


def _applied(
    model: Model,
    job: Job,
    content: Source | ImpastoError,
    options: ApplyOptions,
    *,
    overwrite: bool,
) -> Result:
    if isinstance(content, ImpastoError):
        return Result(job, "failed", error=content)
    start = time.perf_counter()
    try:
        manifest = recipe(model, content, options)
        if not overwrite and is_done(job.output, manifest):
            return Result(job, "skipped")
        picture = model.stylize(content.picture, options)
        manifest["result"] = {"size": [picture.width, picture.height]}
        write_picture(replace(picture, manifest=manifest), job.output, bits=options.bits)
    except MemoryError:
        line = f"{job.content}: {OUT_OF_MEMORY}"
        return Result(job, "failed", error=MemoryEstimateError(line))
    except (ModelError, MemoryEstimateError) as error:
        return Result(job, "failed", error=type(error)(f"{job.content}: {error}"))
    except ImpastoError as error:
        return Result(job, "failed", error=error)
    except OSError as error:
        line = f"{job.output}: cannot be used ({error.strerror or error})"
        return Result(job, "failed", error=PictureError(line))
    timings = {"seconds": round(time.perf_counter() - start, 3)}
    return Result(job, "applied", {**manifest, "timings": timings})
