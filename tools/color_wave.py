"""Give a recolored Great Wave the colors of Hokusai's print again.

    python tools/color_wave.py ../shared/data/styles/great-wave-hokusai-1831.jpg

writes ``runs/great_wave.jpg``, which tools/train_masters.py learns the style from and which is no
part of the project. The picture of ../shared/data is a drawing after the print (Katsushika Hokusai,
1831, in the public domain) with a burning sky. Here its warm colors become the print's paper,
darker where they are red, and its cold ones the print's blues, each by its brightness.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

FILE: Final = Path(__file__).resolve().parents[1] / "runs" / "great_wave.jpg"
SHORTER: Final = 640
PAPER: Final = ((0.25, (168, 158, 138)), (0.5, (203, 192, 167)), (0.8, (231, 219, 190)))
BLUES: Final = (
    (0.0, (22, 33, 56)), (0.2, (32, 60, 99)), (0.5, (92, 133, 163)), (0.8, (190, 205, 203)),
    (1.0, (242, 235, 219)),
)  # fmt: skip
"""Colors by brightness."""


def hokusais(pixels: NDArray[np.float64]) -> NDArray[np.float64]:
    """The colors of the print in place of others, both (H, W, 3) from 0 to 1."""
    brightness = pixels @ (0.299, 0.587, 0.114)
    warmth = np.clip((pixels[..., 0] - pixels[..., 2] - 0.1) / 0.25, 0, 1)[..., None]
    paper, blues = (_at(brightness, colors) for colors in (PAPER, BLUES))
    return warmth * paper + (1 - warmth) * blues


def _at(
    brightness: NDArray[np.float64], colors: tuple[tuple[float, tuple[int, int, int]], ...]
) -> NDArray[np.float64]:
    places, values = zip(*colors, strict=True)
    channels = np.array(values).T / 255
    return np.stack([np.interp(brightness, places, channel) for channel in channels], axis=-1)


def colored(picture: Path) -> Path:
    """The file with the print's colors, made of a picture if it is not there."""
    if not FILE.exists():
        image = Image.open(picture).convert("RGB")
        scale = SHORTER / min(image.size)
        small = image.resize([round(side * scale) for side in image.size], Image.Resampling.LANCZOS)
        painted = hokusais(np.asarray(small) / 255)
        FILE.parent.mkdir(exist_ok=True)
        Image.fromarray((painted * 255).round().astype(np.uint8)).save(FILE, quality=92)
    return FILE


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("picture", type=Path)
    print(colored(parser.parse_args().picture))


if __name__ == "__main__":
    main()
