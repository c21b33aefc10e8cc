"""Make docs/pictures/video.jpg: a strip of frames of a clip drawn here, painted in two ways.

Usage: python tools/make_video_pictures.py
"""

from __future__ import annotations

import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from impasto.commands.main import main as impasto
from impasto.film import Film, open_film
from impasto.film.joining import joined
from impasto.film.motion import motion_between, reliable, warped
from impasto.film.segments import SegmentWriter

SIZE = (384, 216)
FRAMES = 14
SHOWN = (10, 11, 12)
BRIGHTER = 4
OUT = Path(__file__).parents[1] / "docs" / "pictures" / "video.jpg"


def drawn(number: int) -> Any:
    """A sun over hills, a sailing boat that moves and a camera that moves with it."""
    width, height = SIZE
    y, x = np.mgrid[:height, :width].astype(float)
    x += 2.0 * number
    sky = np.stack([0.95 - 0.5 * y / height, 0.75 - 0.1 * y / height, 0.55 + 0.35 * y / height], -1)
    sun = np.hypot(x - 250, y - 50) < 26
    hills = y > 120 + 18 * np.sin(x / 45) + 7 * np.sin(x / 17)
    water = y > 150
    ripples = 0.06 * np.sin(y * 0.9 + 3 * np.sin(x / 12))
    picture = np.where(sun[..., None], [1.0, 0.9, 0.4], sky)
    green = np.stack([0.25 + 0.08 * np.sin(x / 6), 0.45 + 0.05 * np.cos(x / 9), 0.25 + 0 * x], -1)
    picture = np.where(hills[..., None], green, picture)
    blue = np.stack([0.15 + ripples, 0.35 + ripples, 0.55 + ripples], -1)
    picture = np.where(water[..., None], blue, picture)
    left = 120 + 5.0 * number
    across, down = x - left, y - 100
    sail = (across > 0) & (down > 0) & (down < 62) & (across < down * 0.6)
    hull = (np.abs(across - 8) < 34 - (y - 165)) & (y > 165) & (y < 180)
    picture = np.where(sail[..., None], [0.98, 0.95, 0.88], picture)
    picture = np.where(hull[..., None], [0.5, 0.2, 0.12], picture)
    return np.round(255 * picture.clip(0, 1)).astype(np.uint8)


def write_clip(path: Path) -> None:
    film = Film(path, *SIZE, Fraction(1, 24), Fraction(24), FRAMES)
    writer = SegmentWriter(path.with_suffix(".nut"), film, "lossless", 100)
    for number in range(FRAMES):
        writer.add(drawn(number), (number,))
    joined([writer.close()], film, path)


def change(before: Any, after: Any, first: Any, second: Any) -> Any:
    """What changed from one painted frame to the next when the motion is taken away."""
    motion = motion_between(first, second, fine=True)
    moved = warped(before.astype(np.float32), motion.backward)
    difference = np.abs(after - moved) * reliable(motion)[..., None] * BRIGHTER
    return difference.clip(0, 255).astype(np.uint8)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clip = folder / "clip.mkv"
        write_clip(clip)
        films = {"clip": clip}
        for temporal in ("0", "0.7"):
            films[temporal] = folder / f"{temporal}.mkv"
            given = ["video", str(clip), "--model", "starry-night", "--temporal", temporal]
            if impasto([*given, "--codec", "lossless", "-o", str(films[temporal])]):
                raise SystemExit("the clip could not be painted")
        frames = {key: [f.pixels for f in open_film(film).frames()] for key, film in films.items()}
    rows = [np.hstack([frames[key][n] for n in SHOWN]) for key in films]
    for key in ("0", "0.7"):
        pairs = [(frames[key][n - 1], frames[key][n]) for n in SHOWN]
        clips = [(frames["clip"][n - 1], frames["clip"][n]) for n in SHOWN]
        rows.append(np.hstack([change(*a, *b) for a, b in zip(pairs, clips, strict=True)]))
    Image.fromarray(np.vstack(rows)).save(OUT, quality=85)
    print(OUT)


if __name__ == "__main__":
    main()
