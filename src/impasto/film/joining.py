"""Segments, sound and subtitles put together without encoding anything again."""

from __future__ import annotations

import heapq
import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import av.error

from impasto.errors import VideoError
from impasto.files import written_whole
from impasto.film.frames import Film, Reading
from impasto.film.packets import opened, packets_in, video_of
from impasto.film.segments import DecodingTimes, Segment, packets_of
from impasto.film.timing import Clock

COPIED: Final = {"audio": "sound", "subtitle": "subtitles"}
"""Kinds of streams that go from the source into the painted film as they are, and their names."""

_SLACK: Final = Fraction(1, 10)
"""Seconds by which a packet may come before the one before it, without time having jumped."""

_FAST_START: Final = {".mp4", ".m4v", ".mov"}
"""Films whose index goes to the front, so that a browser plays them at once."""

_OF_THE_FORMAT: Final = {"major_brand", "minor_version", "compatible_brands", "encoder", "duration"}


@dataclass(frozen=True, slots=True)
class Source:
    """Where sound and subtitles come from."""

    path: Path
    reading: Reading  # the part of it that was painted
    end: float | None = None  # seconds from its beginning; None is all there is
    shifts: tuple[Fraction, ...] = ()  # seconds that were added to its time where that jumps


def joined(
    segments: Sequence[Segment],
    film: Film,
    output: Path,
    source: Source | None = None,
    texts: Mapping[str, str] | None = None,
) -> tuple[str, ...]:
    """Write a film from its segments; the file is there whole or not at all.

    Args:
        segments: In order, of one codec and quality.
        film: What they are of.
        output: The file.
        source: Whose sound, subtitles, title and chapters are kept; none when None.
        texts: Entries of the film's metadata.

    Returns:
        Sentences about what could not be kept.

    Raises:
        VideoError: The film cannot be written, or a segment is damaged.
    """
    options = {"movflags": "+faststart"} if output.suffix.lower() in _FAST_START else {}
    with (
        written_whole(output, VideoError) as temporary,
        av.open(str(temporary), "w", options=options) as file,
    ):
        with av.open(str(segments[0].path)) as template:
            stream: Any = file.add_stream_from_template(template.streams.video[0])
            alpha = template.streams.video[0].metadata.get("alpha_mode")
            if alpha:
                stream.metadata["alpha_mode"] = alpha
        stream.time_base = film.time_base
        video = _video(segments, film, stream)
        if source is None:
            file.metadata.update(texts or {})
            return _mux(file, video)
        with opened(source.path) as original:
            copies, lost = _copies(file, original)
            written = {  # by people, not by the file format
                key: text
                for key, text in original.metadata.items()
                if key.lower() not in _OF_THE_FORMAT
            }
            file.metadata.update({**written, **(texts or {})})
            if source.reading.start == 0 and source.end is None and original.chapters():
                file.set_chapters(original.chapters())
            packets = heapq.merge(video, _copied(original, copies, source), key=_seconds)
            return (*lost, *_mux(file, packets))


def _mux(file: Any, packets: Iterator[Any]) -> tuple[str, ...]:
    """Write packets; give sentences about sound or subtitles too damaged for the file."""
    refused = Counter[str]()
    for packet in packets:
        kind = packet.stream.type
        try:
            file.mux_one(packet)
        except ValueError:  # also FFmpeg's for what makes no sense
            if kind not in COPIED:
                raise
            refused[kind] += 1
    return tuple(
        f"{count} packet{'s' * (count > 1)} of {COPIED[kind]} could not be copied: left out"
        for kind, count in refused.items()
    )


def _seconds(packet: Any) -> Fraction:
    return Fraction((packet.dts if packet.dts is not None else packet.pts) * packet.time_base)


def _video(segments: Sequence[Segment], film: Film, stream: Any) -> Iterator[Any]:
    step = max(1, round(1 / (film.rate * film.time_base)))
    delay = max(each.delay for each in segments)
    times = DecodingTimes(delay, segments[0].first, step)
    following = [each.first for each in segments[1:]] + [None]
    for segment, after in zip(segments, following, strict=True):
        packets = list(packets_of(segment, film.time_base))
        shown = [packet.pts for packet in packets]
        ends = dict(itertools.pairwise([*sorted(shown), after]))
        for packet, decoded in zip(packets, times.of(shown), strict=True):
            end = ends[packet.pts]
            packet.duration = step if end is None else end - packet.pts
            packet.dts, packet.stream = decoded, stream
            yield packet


def _copies(file: Any, original: Any) -> tuple[dict[int, Any], tuple[str, ...]]:
    """Streams of the new film by the original's number, and sentences about what is left out."""
    copies, lost = {}, []
    for stream in original.streams:
        if stream.type not in COPIED:
            continue
        name = "" if stream.codec_context is None else stream.codec_context.name
        try:
            if name not in file.supported_codecs:
                raise ValueError
            copies[stream.index] = file.add_stream_from_template(stream)
            copies[stream.index].metadata.update(stream.metadata)
        except (ValueError, av.error.FFmpegError):
            kind = COPIED[stream.type]
            place = f"a {file.format.name.partition(',')[0]} file"
            lost.append(f"{kind} ({name or 'unknown'}) cannot be in {place}: left out")
    return copies, tuple(lost)


def _copied(original: Any, copies: Mapping[int, Any], source: Source) -> Iterator[Any]:
    if not copies:
        return
    # Seconds at which the original's pictures begin, as its sound counts them.
    pictures = video_of(original, source.path)
    origin = Fraction((pictures.start_time or 0) * (pictures.time_base or 0))
    start = origin + Fraction(source.reading.start).limit_denominator(1_000_000)
    end = None if source.end is None else origin + Fraction(source.end)
    streams = [original.streams[index] for index in copies]
    clocks = {each.index: _clock(Fraction(each.time_base), source) for each in streams}
    for packet in packets_in(original, streams):
        if packet.pts is None:
            continue
        base = packet.time_base
        stamp = packet.pts if packet.dts is None else packet.dts
        clock = clocks[packet.stream.index]
        before, now = clock.last, clock(stamp)
        if source.shifts and before is not None and now <= before:
            continue  # what lies over the end of the clip before
        moved = now - stamp
        shown = packet.pts + moved
        begins, ends = shown * base, (shown + (packet.duration or 0)) * base
        if (source.reading.start and ends <= start) or (end is not None and begins >= end):
            continue
        shift = moved - round(start / base)
        packet.pts += shift
        packet.dts = packet.pts if packet.dts is None else packet.dts + shift
        packet.stream = copies[packet.stream.index]
        yield packet


def _clock(base: Fraction, source: Source) -> Clock:
    """A clock that shifts as the pictures' does where time jumps."""
    shifts = [round(each / base) for each in source.shifts]
    return Clock(1, 1 << 62, shifts, slack=round(_SLACK / base))
