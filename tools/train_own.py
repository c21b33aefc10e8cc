r"""Train a style of the bundled network further: Udnie for planes, the Portrait for full skies.

    python tools/train_masters.py alone udnie runs/0 --data ../shared/data
    python tools/train_own.py picture runs/slate.png --data ../shared/data
    python tools/train_own.py picture runs/toned.png --data ../shared/data --toned
    python tools/train_own.py train udnie 1 --start-from runs/0.onnx --style udnie=runs/slate.png \
        --data ../shared/data/photos --run-dir runs/1
    python tools/train_own.py train udnie 2 --start-from runs/1 --style udnie=runs/toned.png \
        --data ../shared/data/photos --run-dir runs/2
    python tools/train_own.py train udnie 3 --start-from runs/2 --style udnie=runs/toned.png \
        --data ../shared/data/photos --run-dir runs/3
    python tools/train_masters.py own udnie runs/1 runs/2 runs/3 --share 0.4

    python tools/train_masters.py alone portrait runs/portrait --data ../shared/data
    python tools/train_own.py train portrait 1 --start-from runs/portrait.onnx \
        --style portrait=runs/portrait.png --data ../shared/data/photos --run-dir runs/4
    python tools/train_masters.py own portrait runs/4 --share 0.5

``train`` is `impasto train johnson` with more losses: of flat places, as in tools/train_masters.py,
of halos, and of lightness and contrast. Udnie's green, mixed with the painting's blue, became
turquoise edges, so ``picture`` makes green slate; with ``--toned``, lights become warm and darks
cool. Udnie's bundled weights are of parts that were stopped after 717 of 1,200, 1,000 and 490 of
800 steps. The Portrait's skies were empty, where the painting has its blocks everywhere.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from unittest import mock

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageFilter, ImageOps
from skimage import color
from torch import Tensor

from impasto.commands.main import main as impasto
from impasto.methods.johnson import method
from impasto.methods.johnson.objective import StyleObjective
from impasto.nn.losses import LIGHT, lost_contrast

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.train_masters import COARSE, KERNEL, MIDDLE, PAINTINGS, calm_loss, flatness, halo

GREEN, SLATE, BLUE, RUST = 165, 270, 280, 45
"""Hues in degrees of CIE Lab."""
MIDDLE_GRAY: Final = 0.47


@dataclass(frozen=True)
class Part:
    """A part of the training.

    Attributes:
        steps: Its length.
        style: Weight of the style.
        code: Weight of the code.
        calm: Weight of flat places, as a share of the style's.
        contrast: The contrast around MIDDLE_GRAY that the photograph's lightness is asked for with.
        darker: What is taken from that lightness.
        lightness: Weight of lightness.
        halo: Weight of halos.
        relief: Weight of lost contrast.
        structure: Weight of structure.
        style_size: Longer side of the painting in pixels.
    """

    steps: int
    style: float
    code: float
    calm: float
    contrast: float
    darker: float
    lightness: float
    halo: float
    relief: float = 0.0
    structure: float = 0.0
    style_size: int = 600


PARTS: Final = {
    "udnie": (
        Part(1200, 4.0, 0.3, 1.0, 1.0, 0.0, 20.0, 20.0),
        Part(1000, 5.0, 0.3, 1.5, 1.4, 0.02, 30.0, 20.0, 60.0),
        Part(800, 5.0, 0.4, 0.5, 1.3, 0.0, 20.0, 60.0, 60.0, 6.0),
    ),
    "portrait": (Part(350, 3.0, 0.3, 1.0, 1.0, 0.0, 0.0, 20.0, structure=1.0, style_size=640),),
}


class Faceted(StyleObjective):
    """The losses of `impasto train johnson`, and those of a part."""

    part: Part

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        part = self.part
        self.weights |= {"halo": part.halo, "lightness": part.lightness, "relief": part.relief}

    def _losses(self, painted: Tensor, content: Tensor, style: Tensor) -> dict[str, Tensor]:
        self._flat = flatness(content)
        rows = zip(torch.split(painted, 1), torch.split(content, 1), strict=True)
        return {
            **super()._losses(painted, content, style),
            "halo": halo(painted, content),
            "lightness": lightness(painted, content, self.part),
            "relief": torch.stack([lost_contrast(*each) for each in rows]),
        }

    def _style(self, features: Mapping[str, Tensor], style: Tensor) -> Tensor:
        targets = {name: each[style] for name, each in self.targets.items()}
        calm = calm_loss(features, self._flat, targets)
        return super()._style(features, style) + self.part.calm * calm


def lightness(painted: Tensor, content: Tensor, part: Part) -> Tensor:
    """Mean square of how far squares are from the photograph's lightness with contrast, (B,)."""
    light = content.mean(1, keepdim=True)
    wanted = part.contrast * (light - MIDDLE_GRAY) + MIDDLE_GRAY - part.darker
    difference = painted.mean(1, keepdim=True) - wanted.clamp(0, 1)
    return F.avg_pool2d(difference, LIGHT).square().mean((1, 2, 3))


def picture(arguments: argparse.Namespace) -> None:
    """Udnie as its training sees it."""
    [udnie] = [each for each in PAINTINGS if each.name == "udnie"]
    image = Image.open(udnie.path(arguments.data / "styles")).convert("RGB")
    for _ in range(2):
        image = image.filter(ImageFilter.MedianFilter(7))  # without the canvas's weave
    pixels = np.asarray(ImageOps.autocontrast(image, cutoff=1)) / 255
    light, *chroma = np.moveaxis(color.rgb2lab(pixels), -1, 0)
    colors = chroma[0] + 1j * chroma[1]
    size, hue = np.abs(colors), np.degrees(np.angle(colors)) % 360
    colored = np.clip((size - 7) / 8, 0, 1)
    green = np.clip((50 - _apart(hue, GREEN)) / 15, 0, 1) * colored
    blue = np.clip((70 - _apart(hue, BLUE)) / 20, 0, 1) * (1 - green)
    toward = np.exp(1j * np.radians(hue)) * (1 - green) + np.exp(1j * np.radians(SLATE)) * green
    colors = size * toward * (1 - 0.65 * green) * (1 - 0.5 * blue)
    if arguments.toned:
        gray = np.clip((14 - size) / 6, 0, 1)
        bright, dark = (np.clip(each / 15, 0, 1) for each in (light - 58, 48 - light))
        colors += gray * (bright * (3 + 8j) - dark * 9j)
        warm = np.clip((70 - _apart(hue, RUST)) / 20, 0, 1) * np.clip((size - 10) / 8, 0, 1)
        colors *= 1 + 0.2 * warm
    seen = color.lab2rgb(np.stack([light, colors.real, colors.imag], -1))
    Image.fromarray((seen.clip(0, 1) * 255).round().astype(np.uint8)).save(arguments.file)


def _apart(hue: np.ndarray, other: float) -> np.ndarray:
    apart = np.abs(hue - other)
    return np.asarray(np.minimum(apart, 360 - apart))


def train(arguments: argparse.Namespace, further: list[str]) -> None:
    """`impasto train johnson` with the losses of a part."""
    part = PARTS[arguments.name][arguments.part - 1]
    Faceted.part = part
    shape = {"middle": MIDDLE, "coarse": COARSE, "kernel": KERNEL, "style-size": part.style_size}
    told = {
        "steps": part.steps, "style-weight": part.style, "code-weight": part.code,
        "light-weight": 0, "structure-weight": part.structure, "seed": arguments.part,
    }  # fmt: skip
    words = [f"--{name}={value}" for name, value in {**shape, **told}.items()]
    with mock.patch.object(method, "StyleObjective", Faceted):
        sys.exit(impasto(["train", "johnson", *words, *further]))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    commands = parser.add_subparsers(required=True, dest="command")
    shows = commands.add_parser("picture")
    shows.add_argument("file", type=Path)
    shows.add_argument("--data", type=Path, required=True)
    shows.add_argument("--toned", action="store_true")
    trains = commands.add_parser("train", help="further options are those of `impasto train`")
    trains.add_argument("name", choices=PARTS)
    trains.add_argument("part", type=int)
    arguments, further = parser.parse_known_args()
    if arguments.command == "train":
        if not 0 < arguments.part <= len(PARTS[arguments.name]):
            parser.error(f"{arguments.name} has parts 1 to {len(PARTS[arguments.name])}")
        train(arguments, further)
    if further:
        parser.error(f"unknown: {' '.join(further)}")
    picture(arguments)


if __name__ == "__main__":
    main()
