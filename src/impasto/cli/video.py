"""``impasto video``: a film in, a painted film out, without flicker and with its sound."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from impasto.cli.guards import stop_wished
from impasto.cli.outputs import INTERRUPTED
from impasto.cli.progress import counted
from impasto.errors import OptionError, VideoError
from impasto.film import Reader, open_film
from impasto.film.codecs import WITH_ALPHA, codec_for, holds_alpha, kind_of
from impasto.film.film import Filmed, Order, filmed, reading_of
from impasto.film.frame_style import frame_style_of, label_of
from impasto.film.manifest import is_done, recipe
from impasto.film.parts import Parts
from impasto.film.pipeline import FramePainter
from impasto.film.unpacking import frames_of
from impasto.options.video import StyleRequest, VideoArguments
from impasto.shown import duration


def run(given: VideoArguments) -> int:
    """Paint the film that the arguments name, or show it painted; give the exit code."""
    if given.show:
        from impasto.cli.showing import show_given

        return show_given(given)
    source = Path(given.input)
    request = given.request
    output = given.output or Path(f"{source.stem or 'film'}-{label_of(request)}.mp4")
    _check_output(output, source)
    codec = codec_for(output, given.recipe.codec)
    reader = open_film(source, reading_of(given.recipe, alpha=holds_alpha(output, codec)))
    codec = WITH_ALPHA[codec] if reader.film.alpha else codec
    try:
        style = frame_style_of(request)
        made_from = recipe(source, given.recipe, codec, style.made_with())
        if given.engine != "local":  # pieces end elsewhere than segments do
            made_from["engine"] = given.engine
        order = Order(source, output, given.recipe, codec, made_from)
        parts = Parts(_folder(given, output), made_from, codec)
        going_on = given.resume and parts.is_begun
        if not (given.overwrite or going_on) and is_done(output, made_from, resume=given.resume):
            print(_skipped(order, given), flush=True)
            return 0
        with parts.at_work():
            if given.overwrite:
                parts.clear()
            parts.begin(resume=given.resume)
            painter = style.painter(float(reader.film.rate))
            result = _filmed(order, reader, painter, parts, given, request)
    finally:
        reader.close()
    print(_told(order, result, given), flush=True)
    return 0 if result.status == "filmed" else INTERRUPTED


def _filmed(
    order: Order,
    reader: Reader,
    painter: FramePainter,
    parts: Parts,
    given: VideoArguments,
    request: StyleRequest,
) -> Filmed:
    _tell(order, reader.film.notices, given)
    progress = counted("", "frames", before=parts.painted, paced=True, quiet=given.json)
    try:
        with stop_wished() as stop, progress as show:
            if given.engine == "ray":
                from impasto.film.cluster import filmed_on_cluster

                result = filmed_on_cluster(order, reader, request, parts, stop=stop, report=show)
            else:
                result = filmed(order, reader, painter, parts, stop=stop, report=show)
    except BaseException:
        if not parts.segments:  # nothing that one could go on with
            parts.clear()
        raise
    if result.status == "filmed":
        parts.clear()
    _tell(order, result.repairs, given)
    return result


def _tell(order: Order, sentences: Sequence[str], given: VideoArguments) -> None:
    """Say on standard error what is not as one might expect of the film."""
    for each in () if given.json else sentences:
        print(f"{order.source}: {each}", file=sys.stderr)


def _check_output(output: Path, source: Path) -> None:
    kind = kind_of(output)
    if output.exists() and source.exists() and output.samefile(source):
        raise OptionError("output", "another file than the film itself", str(output))
    if kind != "pictures" and output.is_dir():
        raise OptionError("output", "a file, there is a folder of that name", str(output))
    folder = output.parent
    if not folder.is_dir() and kind != "pictures":
        reason = "is not a folder" if folder.exists() else "no such folder"
        raise VideoError(f"{output}: cannot be written ({folder}: {reason})")


def _folder(given: VideoArguments, output: Path) -> Path:
    """Of the film in the making: beside the output, or its pictures, on the same disk."""
    if given.run_dir is not None:
        return given.run_dir
    if kind_of(output) == "pictures":
        output = frames_of(output)
    return output.with_name(f"{output.name}.parts")


def _skipped(order: Order, given: VideoArguments) -> str:
    if given.json:
        return json.dumps({"status": "skipped", "output": str(order.output)})
    return f"{order.output}: made before, skipped (--overwrite makes it again)"


def _told(order: Order, result: Filmed, given: VideoArguments) -> str:
    film = result.film
    if given.json:
        return json.dumps({
            "status": result.status,
            "input": str(order.source),
            "output": str(order.output),
            "size": [film.width, film.height],
            "frames": result.frames,
            "cuts": list(result.cuts),
            "notices": [*film.notices, *result.repairs, *result.notices],
            **order.recipe,
            "timings": {"seconds": round(result.seconds, 3)},
        })  # fmt: skip
    lines = [f"{order.output}: {each}" for each in result.notices]
    cuts = f", {len(result.cuts) + 1} scenes" if result.cuts else ""
    size = f"{film.width} x {film.height}, {result.frames} frames{cuts}"
    lines.append(f"{order.output}: {size}, {duration(result.seconds)}")
    if result.status == "stopped":
        lines[-1] += "; stopped before the end: the same command with --resume goes on"
    return "\n".join(lines)
