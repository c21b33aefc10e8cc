"""Clips of moving shapes whose motion is known, and films of them."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

SIZE = (64, 48)
"""Width and height of most clips."""


def ground(width, height, seed=0):
    """A smooth picture with something to hold on to everywhere, (height, width, 3) float."""
    y, x = np.mgrid[:height, :width]
    random = np.random.default_rng(seed)
    picture = np.zeros((height, width, 3))
    for _ in range(24):
        frequency = random.uniform(-0.35, 0.35, 2)
        phase, color = random.uniform(0, 6.3), random.normal(0, 1, 3)
        picture += np.sin(frequency[0] * x + frequency[1] * y + phase)[..., None] * color
    picture -= picture.min()
    return picture / picture.max()


def moving_ground(frames=10, size=SIZE, step=(2, 1)):
    """A camera that pans: all moves by ``step`` pixels (columns, rows) a frame."""
    width, height = size
    wide = ground(width + abs(step[0]) * frames, height + abs(step[1]) * frames)
    pictures = []
    for number in range(frames):
        # What is seen moves against the window that is moved over it.
        left, top = (abs(each) * (frames - 1 - number) for each in step)
        pictures.append(wide[top : top + height, left : left + width])
    return [np.round(255 * each).astype(np.uint8) for each in pictures]


def moving_square(frames=10, size=SIZE, side=16, step=3):
    """A bright textured square that moves to the right over a still ground."""
    width, height = size
    below, square = ground(width, height), 0.5 + ground(side, side, seed=5) / 2
    pictures = []
    for number in range(frames):
        picture, left, top = below.copy(), 4 + step * number, (height - side) // 2
        place = picture[top : top + side, left : left + side]
        place[:] = square[:, : place.shape[1]] * [1.0, 0.9, 0.2]
        pictures.append(np.round(255 * picture).astype(np.uint8))
    return pictures


def scenes(frames=12, size=SIZE):
    """Two scenes of other colors, cut in the middle."""
    first = moving_square(frames // 2, size)
    second = [(255 - each)[:, :, ::-1] // 3 + [120, 0, 0] for each in first]
    return first + [each.astype(np.uint8) for each in second]


def write_film(
    path,
    pictures,
    *,
    rate=24,
    times=None,
    time_base=None,
    codec="libx264",
    pixels="yuv420p",
    options=None,
    audio=0,
    rotation=0,
    subtitles=(),
    metadata=None,
    color=None,
    seconds=None,
):
    """Write a film; ``audio`` is the number of its sound tracks, of rising pitch."""
    path = Path(path)
    height, width = pictures[0].shape[:2]
    rate = Fraction(rate)
    base = time_base or 1 / rate
    times = list(range(len(pictures))) if times is None else times
    given = {"crf": "12", "preset": "ultrafast", "g": "5"} if codec == "libx264" else {}
    with av.open(str(path), "w") as file:
        stream = file.add_stream(codec, rate=rate, options=options or given)
        stream.width, stream.height, stream.pix_fmt = width, height, pixels
        stream.time_base = stream.codec_context.time_base = base
        for name, value in (color or {}).items():
            setattr(stream.codec_context, name, value)
        if rotation:
            stream.set_display_rotation(rotation)
        tracks = [file.add_stream("aac", rate=16000) for _ in range(audio)]
        file.metadata.update(metadata or {})
        for number, track in enumerate(tracks):
            track.metadata["language"] = ("eng", "deu", "fra")[number]
        for time, picture in zip(times, pictures, strict=True):
            form = "rgba" if picture.shape[2] == 4 else "rgb24"
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format=form)
            frame = frame.reformat(format=pixels)
            frame.pts, frame.time_base = time, base
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
        length = seconds or float((times[-1] + 1) * base)
        for number, track in enumerate(tracks):
            _write_tone(file, track, 220 * (number + 1), length)
    return path


def _write_tone(file, track, pitch, seconds):
    samples = int(16000 * seconds)
    tone = (0.2 * np.sin(np.arange(samples) * pitch * 6.283 / 16000)).astype(np.float32)
    for start in range(0, samples, 1024):
        piece = np.ascontiguousarray(tone[None, start : start + 1024])
        frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 16000, start, Fraction(1, 16000)
        file.mux(track.encode(frame))
    file.mux(track.encode(None))


def packets(path, kind="audio"):
    """(bytes, seconds) of the packets of each stream of a kind."""
    with av.open(str(path)) as file:
        numbers = [each.index for each in file.streams if each.type == kind]
    found = []
    for number in numbers:
        with av.open(str(path)) as file:
            each = file.demux(file.streams[number])
            found.append([(bytes(p), p.pts * p.time_base) for p in each if p.size])
    return found


def frames_of(path):
    """(seconds, pixels) of every frame."""
    with av.open(str(path)) as file:
        return [
            (frame.pts * frame.time_base, frame.to_ndarray(format="rgb24"))
            for frame in file.decode(video=0)
        ]


def hurt(path, numbers, kind="video", byte=0):
    """Overwrite packets of a film's file, by their numbers."""
    data = bytearray(path.read_bytes())
    with av.open(str(path)) as file:
        stream = next(each for each in file.streams if each.type == kind)
        places = [(each.pos, each.size) for each in file.demux(stream) if each.size]
    for start, size in (places[number] for number in numbers):
        data[start : start + size] = bytes([byte]) * size
    path.write_bytes(data)
    return path
