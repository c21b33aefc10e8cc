"""``impasto apply``: stylize pictures with a trained network.

The command should take a third of a second, and Python, numpy and onnxruntime need more than half
of it. So without errors nothing else is imported.
"""

from __future__ import annotations

import importlib
import importlib.util
import itertools
import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from impasto.commands.outputs import FAILED, complain
from impasto.commands.picture_stream import Streams
from impasto.commands.places import fault_of, file_names, names_checked, photographs, result_files
from impasto.commands.progress import counted
from impasto.errors import ImpastoError, MissingExtraError, PictureError
from impasto.image import WRITABLE
from impasto.networks.engine import Job, Result
from impasto.networks.resolve import Located, label_of, styled
from impasto.options.apply import ApplyArguments
from impasto.options.shared import STREAM, mask_word
from impasto.source import style_files

ENGINES: Final = {"local": "impasto.networks.engine", "ray": "impasto.networks.ray_engine"}
"""Modules with a function ``apply_all``."""

DEEP: Final = (".png", ".tif", ".tiff")
"""Suffixes of files with 16 bits per channel."""


def run(given: ApplyArguments) -> int:
    """Apply the network to the pictures of the arguments; return the exit code.

    A picture that fails is reported at once, and the others are still done.
    """
    if STREAM not in (*given.input, given.output):
        return _apply_all(given, None)
    with Streams(given.input, given.output, as_json=given.json) as streams:
        return _apply_all(replace(given, input=streams.inputs, output=streams.output), streams)


def _apply_all(given: ApplyArguments, streams: Streams | None) -> int:
    wanted: str | Located = given.model
    if given.style:
        wanted = styled(given.model, given.style, given.style_size, given.style_masks)
    jobs, refused = _planned(given, wanted)
    engine = _engine(given.engine)
    results = jobs and engine.apply_all(
        jobs, wanted, given.recipe, overwrite=given.overwrite, threads=given.threads
    )
    code = 0
    of = len(jobs) + len(refused)
    with counted("", "pictures", quiet=given.json or of < 2) as show:
        for done, result in enumerate(itertools.chain(refused, results), 1):
            if not _reported(result, given, streams):
                code = FAILED
            show(done, of, result.job.content.name)
    return code


def _planned(given: ApplyArguments, wanted: str | Located) -> tuple[list[Job], list[Result]]:
    """The jobs of the arguments; those that cannot be done are already results.

    Raises:
        PictureError: No pictures, or the only result cannot be written.
        OptionError: The output does not suit the pictures.
        ModelError: There is no such model.
    """
    kept = given.recipe.content_mask
    masks = [*given.recipe.masks, *given.style_masks, *([] if kept is None else [kept])]
    masks = [each for each in masks if not mask_word(each)]
    pictures = wanted.pictures if isinstance(wanted, Located) else ()
    with names_checked():
        _check_masks(masks)
        made_from = [*masks, *(path for each in pictures for path in style_files(each.path))]
        contents = photographs(given.input, given.output)
        names = file_names(contents, label_of(wanted, style_weights=given.recipe.style_weights))
        names = [
            name.removesuffix(".png") + _suffix(content, given.recipe.bits)
            for name, content in zip(names, contents, strict=True)
        ]
        outputs = result_files(given.input, given.output, names)
    jobs, refused = [], []
    for job in map(Job, contents, outputs):
        fault = fault_of(job.output, (job.content, *made_from), given.recipe.bits)
        if fault is None:
            jobs.append(job)
        else:
            refused.append(Result(job, "failed", error=fault))
    if refused and not jobs and not refused[1:]:
        raise refused[0].error or PictureError(str(refused[0].job.output))
    return jobs, refused


def _check_masks(masks: list[Path]) -> None:
    for each in masks:
        if not each.is_file():
            # A pipe can be read only once, but each picture reads the mask.
            wrong = "is not a file, as a mask must be" if each.exists() else "no such file"
            raise PictureError(f"{each}: {wrong}")


def _suffix(content: Path, bits: int | None) -> str:
    """The photograph's format if possible: a JPEG takes a fifth of the time of a PNG."""
    suffix = content.suffix.lower()
    return suffix if suffix in (DEEP if bits == 16 else WRITABLE) else ".png"


def _reported(result: Result, given: ApplyArguments, streams: Streams | None) -> bool:
    """Print the result of a picture; return whether it succeeded."""
    if streams is not None:
        result = _streamed(result, streams)
    if result.error is not None:
        complain(result.error)
    if given.json:
        print(json.dumps(result.to_json()), flush=True)
    elif result.error is None and not (streams and streams.to_output):
        print(_sentence(result), flush=True)
    return result.error is None


def _streamed(result: Result, streams: Streams) -> Result:
    """Send a result to its output, and name streams in messages."""
    error = result.error
    if streams.to_output and error is None:
        try:
            streams.send(result.job.output)
        except ImpastoError as fault:
            error = fault
    content = STREAM if streams.from_input else result.job.content
    status = result.status if error is None else "failed"
    error = None if error is None else streams.renamed(error)
    return replace(result, job=Job(content, result.job.output), status=status, error=error)


def _sentence(result: Result) -> str:
    if result.status == "skipped":
        return f"{result.job.output}: exists, skipped (--overwrite replaces it)"
    manifest: Any = result.manifest
    width, height = manifest["result"]["size"]
    return f"{result.job.output}: {width} x {height}, {manifest['timings']['seconds']:.2f} s"


def _engine(name: str) -> Any:
    if name != "local" and importlib.util.find_spec(name) is None:
        raise MissingExtraError(f"--engine {name}", name)
    try:
        return importlib.import_module(ENGINES[name])
    except ModuleNotFoundError as error:
        raise ImpastoError(f"--engine {name}: cannot be loaded ({error})") from None
