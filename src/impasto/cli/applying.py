"""What ``impasto apply`` does with its jobs, and what is said of each."""

from __future__ import annotations

import importlib.util
import json
import sys
from dataclasses import replace
from typing import Any

from impasto.cli.apply import ENGINES, STREAM, ApplyArguments
from impasto.cli.apply_jobs import jobs_of
from impasto.cli.apply_stream import Streams
from impasto.cli.ending import FAILED, complain
from impasto.cli.progress import progress_of
from impasto.errors import ImpastoError, MissingExtraError
from impasto.runtime.engine import Result


def apply_given(given: ApplyArguments) -> int:
    """Apply the network to what the arguments name; give the exit code.

    One picture that fails is told of at once, and the others are done all the same.
    """
    if STREAM in (*given.input, given.output):
        with Streams(given) as streams:
            return _apply_all(streams.given, streams)
    return _apply_all(given, None)


def _apply_all(given: ApplyArguments, streams: Streams | None) -> int:
    jobs = jobs_of(given)
    engine = _engine(given.engine)
    results = engine.apply_all(
        jobs, given.wanted, given.recipe, overwrite=given.overwrite, threads=given.threads
    )
    code = 0
    quiet = given.json or len(jobs) < 2
    with progress_of(len(jobs), sys.stderr, quiet=quiet) as done:
        for result in results:
            done.cleared()
            if not _told(result, given, streams):
                code = FAILED
            done.add(result.job.content.name)
    return code


def _told(result: Result, given: ApplyArguments, streams: Streams | None) -> bool:
    """Say what became of a picture; whether it went well."""
    if result.error is not None:
        complain(result.error if streams is None else streams.renamed(result.error))
    if streams is not None and streams.to_output:
        if result.error is None:
            streams.send(result.job.output)
    elif given.json:
        told = result if streams is None else replace(result, job=streams.named(result.job))
        print(json.dumps(told.to_json()), flush=True)
    elif result.error is None:
        print(_sentence(result), flush=True)
    return result.error is None


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
