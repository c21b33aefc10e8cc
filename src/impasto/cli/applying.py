"""What ``impasto apply`` does with its jobs, and what is said of each."""

from __future__ import annotations

import importlib.util
import itertools
import json
from dataclasses import replace
from typing import Any

from impasto.cli.apply import ENGINES, ApplyArguments
from impasto.cli.apply_jobs import jobs_of
from impasto.cli.ending import FAILED, complain
from impasto.cli.picture_stream import STREAM, Streams
from impasto.cli.progress import counted
from impasto.errors import ImpastoError, MissingExtraError
from impasto.networks.engine import Job, Result


def apply_given(given: ApplyArguments) -> int:
    """Apply the network to what the arguments name; give the exit code.

    One picture that fails is told of at once, and the others are done all the same.
    """
    if STREAM not in (*given.input, given.output):
        return _apply_all(given, None)
    with Streams(given.input, given.output, as_json=given.json) as streams:
        return _apply_all(replace(given, input=streams.inputs, output=streams.output), streams)


def _apply_all(given: ApplyArguments, streams: Streams | None) -> int:
    jobs, refused = jobs_of(given)
    engine = _engine(given.engine)
    results = jobs and engine.apply_all(
        jobs, given.wanted, given.recipe, overwrite=given.overwrite, threads=given.threads
    )
    code = 0
    of = len(jobs) + len(refused)
    with counted("", "pictures", quiet=given.json or of < 2) as tell:
        for done, result in enumerate(itertools.chain(refused, results), 1):
            if not _told(result, given, streams):
                code = FAILED
            tell(done, of, result.job.content.name)
    return code


def _told(result: Result, given: ApplyArguments, streams: Streams | None) -> bool:
    """Say what became of a picture; whether it went well."""
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
    """Send a result where it is to go, and call the streams by their own names."""
    error = result.error
    if streams.to_output and error is None:
        try:
            streams.send(result.job.output)
        except ImpastoError as fault:
            error = fault
    content = STREAM if streams.from_input else result.job.content
    status = result.status if error is None else "failed"
    told = None if error is None else streams.renamed(error)
    return replace(result, job=Job(content, result.job.output), status=status, error=told)


def _sentence(result: Result) -> str:
    if result.status == "skipped":
        return f"{result.job.output}: made before, skipped (--overwrite makes it again)"
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
