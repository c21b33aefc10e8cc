"""``impasto.video``: what `impasto video` does, as a function."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from pathlib import Path
from typing import Any, TypeAlias

from impasto.errors import OptionError, VideoError
from impasto.files import with_name
from impasto.film import Film, open_film
from impasto.film.codecs import WITH_ALPHA, codec_for, holds_alpha, kind_of
from impasto.film.film import Filmed, Order, Report, filmed, planned, reading_of
from impasto.film.frame_style import frame_style_of
from impasto.film.keyed import KeyedStyle
from impasto.film.manifest import is_done, recipe
from impasto.film.parts import Parts
from impasto.film.unpacking import frames_of
from impasto.networks.resolve import label_of
from impasto.options.values import filled
from impasto.options.video import StyleRequest, VideoArguments

Stop: TypeAlias = Callable[[], bool]

Watch: TypeAlias = Callable[[Film, int], AbstractContextManager[tuple[Stop, Report]]]
"""Receives the film and the frames painted before; gives what is asked and called every frame."""


def video(
    film: str | os.PathLike[str],
    output: str | os.PathLike[str] | None = None,
    *,
    style: str | Sequence[str] = (),
    on_frame: Report = lambda *_: None,
    stop: Stop = lambda: False,
    **options: Any,
) -> Filmed:
    """Paint a film without flicker, and keep its sound.

    >>> impasto.video("walk.mp4", "night.mp4", model="starry-night")  # doctest: +SKIP

    Args:
        film: A film, a GIF, or a folder or pattern of pictures.
        output: The painted film; its suffix decides its kind. FILM-STYLE.mp4 when None.
        style: A style image, or several.
        on_frame: Called after every frame with the frames that are painted, and of how many.
        stop: Asked after every frame; what is painted by then becomes a film.
        **options: Others of `impasto video`, such as ``model``, ``method``, ``size``, ``resume``.

    Raises:
        ImpastoError: The film cannot be read or written, or an option cannot be met.
    """
    styles = [style] if isinstance(style, str) else style
    given = filled(
        VideoArguments,
        {
            **options,
            "input": os.fspath(film),
            "output": None if output is None else Path(output),
            "style": tuple(map(str, styles)),
        },
    )
    return video_of(given, lambda _film, _painted: nullcontext((stop, on_frame)))[1]


def video_of(given: VideoArguments, watch: Watch) -> tuple[Order, Filmed]:
    """Paint the film that arguments name, or find it done; what was made, and what came of it."""
    source, request = Path(given.input), given.request
    output = given.output or Path(f"{source.stem or 'film'}-{_label(request)}.mp4")
    _check_output(output, source)
    codec = codec_for(output, given.recipe.codec)
    reader = open_film(source, reading_of(given.recipe, alpha=holds_alpha(output, codec)))
    with closing(reader):
        codec = WITH_ALPHA[codec] if reader.film.alpha else codec
        style = _style_of(given, reader.film)
        made_from = recipe(source, given.recipe, codec, style.made_with())
        if given.engine != "local":  # pieces end elsewhere than segments do
            made_from["engine"] = given.engine
        order = Order(source, output, given.recipe, codec, made_from)
        parts = Parts(_folder(given, output), made_from, codec)
        if given.dry_run:
            return order, planned(order, reader, style.painter(float(reader.film.rate)))
        going_on = given.resume and parts.is_begun
        if not (given.overwrite or going_on) and is_done(output, made_from, resume=given.resume):
            return order, Filmed("skipped", reader.film, 0, 0.0)
        with parts.at_work():
            if given.overwrite:
                parts.clear()
            parts.begin(resume=given.resume)
            try:
                with watch(reader.film, parts.painted) as (stop, report):
                    if given.engine == "ray":
                        from impasto.film.cluster import filmed_on_cluster

                        result = filmed_on_cluster(
                            order, reader, request, parts, stop=stop, report=report
                        )
                    else:
                        painter = style.painter(float(reader.film.rate))
                        result = filmed(order, reader, painter, parts, stop=stop, report=report)
            except BaseException:
                if not parts.segments:  # nothing that one could go on with
                    parts.clear()
                raise
            if result.status == "filmed":
                parts.clear()
    return order, result


def _style_of(given: VideoArguments, film: Film) -> Any:
    if given.keyframes:
        return KeyedStyle(given.request, Path(given.input), film, reading_of(given.recipe))
    return frame_style_of(given.request)


def _label(request: StyleRequest) -> str:
    if request.key_folder is not None:
        return request.key_folder.resolve().name
    if request.options.method == "paint":
        return "+".join(with_name(Path(each)).stem for each in request.styles)
    return label_of(request.model, request.styles, request.options.style_weights)


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
    """Of the unfinished film: beside the output, or its pictures, on the same disk."""
    if given.run_dir is not None:
        return given.run_dir
    if kind_of(output) == "pictures":
        output = frames_of(output)
    return output.with_name(f"{output.name}.parts")
