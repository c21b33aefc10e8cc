"""Applying a model to many files, and checking for existing results.

Engines are modules with a function ``apply_all`` of one signature: this one works in this process,
``ray_engine`` on a cluster. A file that fails is also a result, so that the others continue; errors
that affect all (the model cannot be loaded) are raised.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal

from impasto.done import is_done
from impasto.errors import ImpastoError, MemoryEstimateError, ModelError, PictureError
from impasto.files import sha256
from impasto.image import read_manifest, write_picture
from impasto.networks.model import Model, load_model
from impasto.networks.network import OUT_OF_MEMORY
from impasto.networks.own import gone
from impasto.networks.resolve import Located
from impasto.networks.words import made_of
from impasto.options.apply import ApplyOptions
from impasto.options.values import VERSION, completed
from impasto.source import Source, open_source
from impasto.version import __version__

_FORMER: Final = {
    1: {"color_strength": 1.0, "invert_masks": False, "feather": 0.0},
    2: {"style_scale": 1.0},
    4: {"faces": 0.0},
}
"""Options that are missing in the first manifests."""


def recipe(model: Model, content: Source, options: ApplyOptions) -> dict[str, Any]:
    """The part of a manifest that determines the picture.

    The picture may be shared, so it has no paths of this machine.
    """
    styles = [
        {"name": each.name, "sha256": each.picture, "size": list(each.size), "code": each.sha256}
        for each in model.codes
    ]
    masks = {f"mask{number}": each for number, each in enumerate(options.masks, 1)}
    if options.content_mask is not None:
        masks["content_mask"] = options.content_mask
    return {
        "impasto": __version__,
        "command": "apply",
        "options": {
            "version": VERSION,
            "style_weights": model.blend(options.style_weights),
            "strength": options.strength,
            "style_scale": options.style_scale,
            "size": options.size,
            "keep_color": options.keep_color,
            "color_strength": options.color_strength,
            "faces": options.faces,
            "invert_masks": options.invert_masks,
            "feather": options.feather,
            "tile": options.tile,
            "bits": options.bits,
        },
        "inputs": {
            "content": {**content.entry(), "path": ""},
            **({"styles": styles} if styles else {}),
            **{
                role: {"name": each.name, "path": "", "sha256": made_of(each) or sha256(each)}
                for role, each in masks.items()
            },
        },
        "network": {
            "name": model.name,
            "method": model.network.card.method,
            "sha256": model.network.sha256,
        },
    }


def decisive(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a manifest that determine a result of apply, by name."""
    inputs, options = manifest["inputs"], completed(manifest["options"], _FORMER)
    if isinstance(options["keep_color"], bool):  # as it was in the first version
        options["keep_color"] = "luminance" if options["keep_color"] else "none"
    return {
        "content picture": inputs["content"]["sha256"],
        "style pictures": [each["code"] for each in inputs.get("styles", [])],
        **{name.replace("_", " "): inputs[name]["sha256"] for name in inputs if "mask" in name},
        **options,
        "model": manifest["network"]["sha256"],
    }


@dataclass(frozen=True, slots=True)
class Job:
    """A photograph and the file of its result."""

    content: Path
    output: Path


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a job."""

    job: Job
    status: Literal["applied", "skipped", "failed"]
    manifest: Mapping[str, Any] | None = None  # if it succeeded
    error: ImpastoError | None = None  # if it failed

    def to_json(self) -> dict[str, Any]:
        """The result as JSON values."""
        content, output = str(self.job.content), str(self.job.output)
        values = {"status": self.status, "content": content, "output": output}
        if self.error is not None:
            return {**values, "error": " ".join(str(self.error).split())}
        return {**values, **(self.manifest or {})}


def apply_all(
    jobs: Sequence[Job],
    model: str | Located,
    options: ApplyOptions,
    *,
    overwrite: bool = False,
    threads: int | None = None,
) -> Iterator[Result]:
    """Do the jobs in order, and yield each result as soon as it is done.

    Args:
        jobs: What to do.
        model: As :func:`impasto.load_model` takes it.
        options: The same for all.
        overwrite: Replace existing results.
        threads: Number of threads; None for one per physical core.

    Raises:
        ImpastoError: The model cannot be loaded, or has no such styles.
    """
    with ThreadPoolExecutor(1) as apart:
        # onnxruntime releases the GIL while it loads a network.
        loading = apart.submit(load_model, model, threads=threads)
        for job in jobs:
            content = _opened(job, options)  # the first while the model is being loaded
            loaded = loading.result()
            loaded.check(options)  # an error here would be reported for every picture
            yield _applied(loaded, job, content, options, overwrite=overwrite)


def apply_one(model: Model, job: Job, options: ApplyOptions, *, overwrite: bool = False) -> Result:
    """Do one job; an error becomes part of the result."""
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
        if not overwrite and job.output.exists():
            kept = read_manifest(job.output)
            origin = functools.partial(gone, wanted=manifest)
            if is_done(job.output, kept, manifest, decisive, origin=origin):
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
