r"""Train the bundled any-style network on to ten paintings.

    python tools/train_masters.py train --data ../shared/data runs/1
    python tools/train_masters.py train --data ../shared/data runs/2 --part 2 --after runs/1
    python tools/train_masters.py train --data ../shared/data runs/3 --part 3 --after runs/2
    python tools/train_masters.py train --data ../shared/data runs/4 --part 4 --after runs/3
    python tools/train_masters.py train --data ../shared/data runs/5 --part 5 --after runs/4
    python tools/train_masters.py sheet runs/5 --data ../shared/data sheet.png
    python tools/train_masters.py bundle runs/5 [FILE.onnx]
    python tools/train_masters.py rewrite
    python tools/train_masters.py alone portrait runs/portrait --data ../shared/data
    impasto train johnson --style portrait=runs/portrait.png --start-from runs/portrait.onnx \
        --middle 40 --coarse 96 --kernel 5 --data ../shared/data/photos --run-dir runs/alone
    python tools/train_masters.py own portrait runs/alone
    python tools/train_masters.py closer the-scream 0.03

Udnie's second way to weights of its own began with ``alone ... --smooth 7 --color 0.65``, The
Scream's with ``--smooth 5``. Udnie's third and the Portrait's second are of tools/train_own.py.

``train`` goes on where it was broken off; every batch follows from the seed and its number. The
first training begins with the any-style network's weights and the codes that it gives the
paintings. The second goes on with its network in another shape: smaller kernels at the ends, and
for the time that they save blocks at an eighth of the size. Content is relu4_2, style the Gram
matrices of relu1_1 to relu5_1 with average pooling, each relative to its target. Batches are
measured by the narrow encoder (tools/train_encoder.py) and by VGG-16 itself, more by this the
longer it goes; the second training has VGG-16 alone, and punishes what repeats: a lattice that the
style does not have, and dots in every other place of a grid. The third measures flat places, such
as skies, by themselves, since the Gram matrix of a whole picture asks for no strokes there; it
punishes halos and, in the end, whatever repeats with the network's grid; and it also compares
pictures and paintings by the 100 numbers of Magenta's predictor. The fourth adds the loss of
``paint``, the Wasserstein distance of normal distributions, to the Gram matrices, keeps to the
colors of each painting, and keeps the relief of dark places. The fifth asks for all colors of a
painting, keeps bright places bright, and takes the canvas's weave out of Udnie. The weight of each
painting's style follows from how far from the photograph its pictures may go. One norm more than
paintings learns to give the photograph back, for strength. ``rewrite`` writes the bundled
network again, in the operations that impasto exports now. ``alone`` writes a network of one style
and its painting without the canvas's weave, and ``own`` gives a style of the bundled network the
weights of one that was trained for it, or goes a part of the way to them. ``closer`` takes a style
a little back to the photograph.
"""

from __future__ import annotations

import argparse
import dataclasses
import io
import json
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import safetensors.torch
import torch
import torch.nn.functional as F
from PIL import Image, ImageEnhance, ImageFilter, ImageOps
from torch import Tensor, nn

from impasto.files import sha256
from impasto.image import read_picture
from impasto.methods.johnson.method import (
    METHOD,
    TrainedStyles,
    begin_as_any_style,
    begin_as_style,
    built,
    folded,
    own_styles,
)
from impasto.methods.johnson.transformer import StyledTransformer
from impasto.nn.losses import grid_loss, lost_contrast, total_variation_loss
from impasto.nn.moments import Gaussian
from impasto.nn.statistics import Wasserstein
from impasto.nn.style import gram_matrix, shifted_gram_matrices
from impasto.nn.vgg import VGG, InputConvention
from impasto.options.johnson import JohnsonOptions
from impasto.training.method import TrainedNetwork
from impasto.training.model_file import write_model
from impasto.training.predictor import CodePredictor
from impasto.training.trained import networks_of, read_trained
from impasto.weights import load, resolve

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.bundling import ASSETS, MODELS, put_entry, put_model
from tools.color_wave import colored
from tools.learning import Learner, Pictures, as_image, learn_all

CONTENT: Final = "relu4_2"
STYLE: Final = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
SEED: Final = 19
RATE: Final = 1e-3
STYLE_WEIGHT: Final = 8.0
"""Of each painting, until the training balances it."""
CONTENT_GOAL: Final = 0.92
CONTENT_GOALS: Final = {"the-scream": 0.78, "udnie": 0.95, "great-wave": 0.88}
"""Where a painting's pictures shall stay, by VGG-16's content distance."""
LATER_GOALS: Final = {**CONTENT_GOALS, "portrait": 0.86, "composition-vii": 0.88, "night-cafe": 1.0}
"""In the third training, as whole pictures of some go further than crops."""
LAST_GOALS: Final = {
    "the-scream": 0.74, "udnie": 0.92, "great-wave": 0.88, "portrait": 0.95,
    "composition-vii": 0.97, "night-cafe": 0.96,
}  # fmt: skip
"""In the fourth, whose bolder shapes cost more of the photograph."""
LARGER: Final = {"the-scream": 600, "udnie": 560}
"""Shorter sides of paintings whose strokes are too fine at the stage's size, in the fourth."""
OFTEN: Final = ("the-scream", "udnie")
"""Paintings that have two turns in the fourth."""
MORE_OFTEN: Final = ("udnie", *OFTEN, "great-wave", "composition-vii", "portrait")
"""Further turns in the fifth."""
SMOOTH: Final = {"udnie": 7}
"""Sides of the median filter, in the file's pixels, that takes the weave of a canvas away."""
BALANCING: Final = 0.02
MIDDLE: Final = 40
"""Channels of the residual blocks; published are 32. As quick as nine tenths of the peer."""
COARSE: Final = 96
KERNEL: Final = 5
"""Of the second training's network."""
SHIFTED: Final = "relu3_1"
SHIFTS: Final = ((0, 2), (2, 0), (0, 4), (4, 0))
SHIFT_WEIGHT: Final = 0.5
"""Of the Gram matrices at shifts, beside the others."""
DOTS_WEIGHT: Final = 100.0
FLAT: Final = 0.06
"""Change from square to square of four pixels below which a photograph is flat."""
CALM_WEIGHT: Final = 0.5
"""Of the Gram matrices of flat places, beside those of the whole."""
CALM_WEIGHTS: Final = {"great-wave": 0.0}
"""The wave's own flat places are empty."""
BOLD_CALM_WEIGHTS: Final = {**CALM_WEIGHTS, "udnie": 1.0}
"""In the fourth training, since skies stayed empty."""
FIFTH_CALM_WEIGHTS: Final = {**CALM_WEIGHTS, "udnie": 2.0}
ENOUGH: Final = 0.2
"""Share of a crop from which its flat places count in full."""
HALO: Final = 13
"""Squares of four pixels across which an edge can throw a halo."""
HALO_WEIGHT: Final = 10.0
GRID_WEIGHT: Final = 200.0
LIKENESS_WEIGHT: Final = 1.5
"""Of the distance between the codes that Magenta's predictor gives pictures and paintings."""
WASSERSTEIN: Final = Wasserstein(64)
WASSERSTEIN_WEIGHT: Final = 3.0
"""Of this distance beside the Gram matrices'."""
PALETTE: Final = 64
"""Colors that a painting is known by."""
PALETTE_WEIGHT: Final = 50.0
RELIEF_WEIGHT: Final = 100.0
MISSING_WEIGHT: Final = 50.0
DARKER: Final = 0.05
"""How much darker than the photograph squares of DARKER_SIDE pixels may get."""
DARKER_SIDE: Final = 16
DARKER_WEIGHT: Final = 3.0
DARKER_WEIGHTS: Final = {"udnie": 25.0}
FINE_WEIGHT: Final = 40.0
FINE_WEIGHTS: Final = {"udnie": 200.0}
"""Of grain in flat places."""
BRIGHT_HALO_WEIGHT: Final = 30.0
SMOOTHNESS: Final = 1.0
IDENTITY_WEIGHT: Final = 20.0
EMA: Final = 0.999
SAVED_EVERY: Final = 250
ENCODER: Final = Path(__file__).parent / "narrow_encoder.safetensors"
"""Made by tools/train_encoder.py, 14,000 batches, from the bundled VGG-16 and ../shared/data; its
licence is that of VGG-16's weights, see NOTICE."""
ENCODER_SHA256: Final = "715eafe45b94f164b8382451cfb68d2fe0100f2a135843a86ca7fb69db80bc2e"
NAME: Final = "masters"
ORIGIN: Final = (
    "trained for impasto on 2,743 natural photographs (BSDS500 and others) and the named "
    "paintings, from Magenta's arbitrary image stylization network (Apache-2.0)"
)
LICENCE: Final = "MIT AND Apache-2.0"
RECIPE: Final = JohnsonOptions(
    width=8, middle=MIDDLE, layout="ghiasi", pretrained=True, grain=0.0, content_layers=(CONTENT,),
    style_layers=STYLE, style_weight=STYLE_WEIGHT, total_variation_weight=SMOOTHNESS,
    recolor=False, tone_weight=0.0, light_weight=0.0, structure_weight=0.0,
    grid_weight=0.0, shift_weight=0.0, code_weight=0.0, style_size=480, coarse=COARSE,
    kernel=KERNEL,
)  # fmt: skip


@dataclass(frozen=True)
class Painting:
    """A style: its name, its file's stem, and what is said of it."""

    name: str
    file: str
    title: str
    artist: str
    year: str
    origin: str = "public domain"

    def path(self, styles: Path) -> Path:
        """Its file, in the folder of paintings; the wave's is made of that, in other colors."""
        found = styles / f"{self.file}.jpg"
        return colored(found) if self.name == "great-wave" else found

    def about(self) -> dict[str, str]:
        """What the network tells of it."""
        return {
            "title": self.title,
            "artist": self.artist,
            "year": self.year,
            "origin": self.origin,
        }


PAINTINGS: Final = (
    Painting("starry-night", "starry-night-van-gogh-1889",
             "The Starry Night", "Vincent van Gogh", "1889"),
    Painting("great-wave", "great-wave-hokusai-1831",
             "The Great Wave off Kanagawa", "after Katsushika Hokusai", "1831",
             "a drawing after a print in the public domain, in the print's colors"),
    Painting("the-scream", "the-scream-munch-1893", "The Scream", "Edvard Munch", "1893"),
    Painting("composition-vii", "composition-vii-kandinsky-1913",
             "Composition VII", "Wassily Kandinsky", "1913"),
    Painting("udnie", "udnie-picabia-1913", "Udnie", "Francis Picabia", "1913"),
    Painting("water-lilies", "water-lilies-monet-1919",
             "Water Lilies", "Claude Monet", "1919"),
    Painting("wheat-field", "wheat-field-van-gogh-1889",
             "Wheat Field with Cypresses", "Vincent van Gogh", "1889"),
    Painting("night-cafe", "cafe-terrace-van-gogh-1888",  # the file is called after another
             "The Night Café", "Vincent van Gogh", "1888"),
    Painting("woman-with-hat", "woman-with-hat-matisse-1905",
             "Woman with a Hat", "Henri Matisse", "1905"),
    Painting("portrait", "portrait-delaunay-1906",
             "Portrait of Metzinger", "Robert Delaunay", "1906"),
)  # fmt: skip


@dataclass(frozen=True)
class Stage:
    """A part of the training.

    Attributes:
        until: Share of all batches at which it ends.
        size: Side of the crops in pixels.
        batch: Crops in a batch.
        style_size: Shorter side of the paintings in pixels.
        vgg_every: Every so many batches, one is measured by VGG-16.
        balanced: Whether the weights of the styles follow the goals.
        dots: Sides of the squares of checkerboards that are punished, and lattices with them.
        flat: Whether dots are sought where the photograph is flat; else in the whole, over those
            of the style.
        grid: Whether patterns that repeat with the network's own grid are punished, everywhere.
        calm: Whether flat places are measured by themselves and halos punished, and Magenta's
            predictor has a say.
        bold: Whether normal distributions are compared, colors kept to those of the paintings, the
            relief of the photographs kept, and some paintings shown larger and more often.
        bright: If not 0, all colors of a painting are asked for, in squares of so many pixels (in
            small ones they become colored fringes), bright places kept bright and flat ones free
            of grain, and more paintings shown more often.
    """

    until: float
    size: int
    batch: int
    style_size: int
    vgg_every: int
    balanced: bool = True
    dots: tuple[int, ...] = ()
    flat: bool = True
    grid: bool = False
    calm: bool = False
    bold: bool = False
    bright: int = 0


BATCHES: Final = 12_000, 5_000, 4_400, 4_000, 3_000
"""Of each training."""
BRIGHT: Final = Stage(
    1.0, 256, 3, 480, 1, dots=(1, 2, 4), calm=True, grid=True, bold=True, bright=16
)
STAGES: Final = (
    (
        Stage(4_250 / BATCHES[0], 160, 6, 448, 7, balanced=False),
        Stage(8_000 / BATCHES[0], 160, 6, 448, 2),
        Stage(10_500 / BATCHES[0], 256, 3, 640, 2),
        Stage(1.0, 256, 3, 640, 1),
    ),
    (
        Stage(1_500 / BATCHES[1], 256, 3, 480, 1, dots=(4,), flat=False),
        Stage(1.0, 256, 3, 480, 1, dots=(1, 2, 4)),
    ),
    (
        Stage(3_000 / BATCHES[2], 256, 3, 480, 1, dots=(1, 2, 4), calm=True),
        Stage(1.0, 256, 3, 480, 1, dots=(1, 2, 4), calm=True, grid=True),
    ),
    (Stage(1.0, 256, 3, 480, 1, dots=(1, 2, 4), calm=True, grid=True, bold=True),),
    (dataclasses.replace(BRIGHT, until=1_250 / BATCHES[4], bright=4), BRIGHT),
)


class Judge:
    """Measures pictures by one encoder against all paintings.

    Args:
        encoder: Gives CONTENT and STYLE.
        roots: (C, C) of each layer: how distances are measured in its maps; none for plain ones.
        paintings: (1, 3, H, W) each.
        bold: Whether it will be asked for the distance of normal distributions.
    """

    def __init__(
        self,
        encoder: VGG,
        roots: Mapping[str, Tensor],
        paintings: Sequence[Tensor],
        bold: bool = False,
    ) -> None:
        self.encoder, self.roots = encoder, roots
        seen = [self._grams(encoder(each)) for each in paintings]
        self.targets = {name: torch.cat([each[name] for each in seen]) for name in seen[0]}
        self.dots = torch.cat([dots(each, 4) for each in paintings])
        self.normals = [self._normals(encoder(each)) for each in paintings] if bold else []

    def __call__(
        self,
        painted: Tensor,
        content: Tensor,
        style: Tensor,
        flat: Tensor | None = None,
        bold: bool = False,
    ) -> dict[str, Tensor]:
        """Content and style distance of each picture, (B,).

        ``flat`` (B, 1, h, w) weighs places whose style distance is told by itself: ``calm``. With
        ``bold`` the distance of normal distributions is told as well.
        """
        kept = self._measured(self.encoder(content, [CONTENT])[CONTENT], CONTENT)
        features = self.encoder(painted)
        found = self._measured(features[CONTENT], CONTENT)
        grams = self._grams(features)
        styles = {name: _relative(each, self.targets[name][style]) for name, each in grams.items()}
        shifted = styles.pop("shifted")
        mean = torch.stack([*styles.values()]).mean(0)
        distances = {"content": _relative(found, kept), "style": mean, "shifted": shifted}
        if flat is not None:
            targets = {name: self.targets[name][style] for name in STYLE}
            distances["calm"] = calm_loss(features, flat, targets)
        if bold:
            distances["bold"] = self._bold(features, style)
        return distances

    def _normals(self, features: Mapping[str, Tensor]) -> dict[str, Gaussian]:
        return {name: WASSERSTEIN.target_of(*_moments(features[name])) for name in STYLE}

    def _bold(self, features: Mapping[str, Tensor], style: Tensor) -> Tensor:
        found = []
        for row, which in enumerate(style):
            each = [
                WASSERSTEIN.loss(*_moments(features[name][row][None]), target)
                for name, target in self.normals[which].items()
            ]
            found.append(torch.stack(each).mean())
        return torch.stack(found)

    def _measured(self, maps: Tensor, layer: str) -> Tensor:
        if layer not in self.roots:
            return maps.float()
        return F.conv2d(maps.float(), self.roots[layer][..., None, None])

    def _grams(self, features: Mapping[str, Tensor]) -> dict[str, Tensor]:
        grams = {}
        for layer in STYLE:
            gram = gram_matrix(features[layer].float())
            root = self.roots.get(layer)
            grams[layer] = gram if root is None else root @ gram @ root.mT
        each = [maps[None] for maps in features[SHIFTED]]
        grams["shifted"] = torch.stack([shifted_gram_matrices(maps, SHIFTS) for maps in each])
        return grams


def calm_loss(
    features: Mapping[str, Tensor], flat: Tensor, targets: Mapping[str, Tensor]
) -> Tensor:
    """Style distance of flat places (B, 1, h, w), whose weights are from 0 to 1, alone, (B,).

    Less where there are few. ``targets`` has the Gram matrix (B, C, C) of each style; the last of
    the layers, which is too coarse to tell places apart, is not asked.
    """
    found = []
    for layer in STYLE[:-1]:
        maps = features[layer].float()
        weight = F.interpolate(flat, maps.shape[-2:], mode="bilinear", antialias=True)
        mean = weight.mean((1, 2, 3)).clamp_min(1e-3)
        gram = gram_matrix(maps * weight.sqrt()) / mean[:, None, None]
        found.append(_relative(gram, targets[layer]))
    return torch.stack(found).mean(0) * (flat.mean((1, 2, 3)) / ENOUGH).clamp_max(1)


def dots(image: Tensor, side: int, where: Tensor | None = None) -> Tensor:
    """How far a checkerboard of squares of some pixels stands out over stripes of these, (B,).

    ``where`` (B, 1, H, W) weighs places.
    """
    small = F.avg_pool2d(image, side)
    left, right = small[..., :-1], small[..., 1:]
    total, change = left + right, left - right
    board, upright, level = (
        change[..., 1:, :] - change[..., :-1, :],
        change[..., 1:, :] + change[..., :-1, :],
        total[..., 1:, :] - total[..., :-1, :],
    )
    found = F.relu(board.abs() - (upright.abs() + level.abs()) / 2)
    if where is not None:
        found = found * F.interpolate(where, found.shape[-2:])
    return found.flatten(1).mean(1)


def palette(pixels: np.ndarray, side: int = 4) -> Tensor:
    """The colors of a picture (H, W, 3) where squares of some pixels are one, (PALETTE, 3)."""
    small = Image.fromarray(pixels).reduce(side)
    colors = small.quantize(PALETTE, Image.Quantize.MEDIANCUT, kmeans=4).getpalette("RGB")
    assert colors is not None
    return torch.tensor(colors).view(-1, 3)[:PALETTE] / 255


def strange(image: Tensor, colors: Tensor) -> Tensor:
    """Mean square of how far squares of four pixels are from the nearest of (B, K, 3) colors."""
    seen = F.avg_pool2d(image, 4).flatten(2).mT
    return torch.cdist(seen, colors).amin(2).square().mean(1)


def missing(image: Tensor, colors: Tensor, side: int) -> Tensor:
    """Mean square of how far the (B, K, 3) colors are from the nearest square of some pixels."""
    seen = F.avg_pool2d(image, side).flatten(2).mT
    return torch.cdist(colors, seen).amin(2).square().mean(1)


def darker(painted: Tensor, content: Tensor) -> Tensor:
    """How far squares of the picture are darker than those of the photograph, (B,)."""
    tones = [F.avg_pool2d(each.mean(1), DARKER_SIDE) for each in (painted, content)]
    return F.relu(tones[1] - tones[0] - DARKER).square().mean((1, 2))


def grain(image: Tensor, where: Tensor) -> Tensor:
    """How much the pixels of places (B, 1, h, w) differ from the mean of those around, (B,)."""
    fine = (image - F.avg_pool2d(image, 3, 1, 1, count_include_pad=False)).abs()
    return (fine * F.interpolate(where, fine.shape[-2:])).mean((1, 2, 3))


def flatness(image: Tensor, around: int = 5) -> Tensor:
    """Where a photograph is flat within so many squares of four pixels, (B, 1, h, w), 0 to 1."""
    small = F.avg_pool2d(image, 4)
    across = (small[..., 1:, 1:] - small[..., 1:, :-1]).abs().amax(1, keepdim=True)
    down = (small[..., 1:, 1:] - small[..., :-1, 1:]).abs().amax(1, keepdim=True)
    change = F.max_pool2d(across + down, around, 1, around // 2)
    return torch.exp(-((change / FLAT) ** 2))


def halo(painted: Tensor, content: Tensor) -> Tensor:
    """How far the mean color of flat places beside an edge is from that of others, (B,).

    Less the difference that the photograph has.
    """
    far = flatness(content, HALO)
    near = (flatness(content, 3) - far).clamp_min(0)
    change = F.avg_pool2d(painted - content, 4)[..., 1:, 1:]
    shares = [each.mean((2, 3)) for each in (near, far)]
    means = [(change * each).mean((2, 3)) / share.clamp_min(1e-3) for each, share in
             zip((near, far), shares, strict=True)]  # fmt: skip
    enough = (torch.minimum(*shares) / 0.05).clamp_max(1)[:, 0]
    return (means[0] - means[1]).square().sum(1) * enough


class Likeness:
    """Compares pictures with paintings by the 100 numbers of Magenta's predictor.

    Less their mean over all paintings, as benchmarks/bench_looks.py does. A crop is seen at half
    its size, as a whole picture would be.
    """

    def __init__(self, paintings: Sequence[Path], others: Sequence[Path]) -> None:
        self.predictor = CodePredictor()
        with torch.no_grad():
            self.mean = torch.cat([self._code(each) for each in others]).mean(0)
            self.codes = torch.cat([self._code(each) for each in paintings]) - self.mean

    def __call__(self, painted: Tensor, style: Tensor) -> Tensor:
        """One less the cosine of each picture, (B,)."""
        seen = F.interpolate(painted, scale_factor=0.5, mode="bilinear", antialias=True)
        found: Tensor = self.predictor(seen)
        return 1 - F.cosine_similarity(found - self.mean, self.codes[style])

    def _code(self, path: Path) -> Tensor:
        image = Image.open(path).convert("RGB").resize((256, 256), Image.Resampling.LANCZOS)
        code: Tensor = self.predictor(as_image(np.asarray(image)))
        return code


def _moments(features: Tensor) -> tuple[Tensor, Tensor]:
    maps = features.float()
    return WASSERSTEIN.measure(maps, None), WASSERSTEIN.measured_weight(maps, None)


def _relative(values: Tensor, target: Tensor) -> Tensor:
    energy = target.square().flatten(1).sum(1).clamp_min(1e-12)
    return (values - target).square().flatten(1).sum(1) / energy


class Balance(nn.Module):
    """The weight of each painting's style, (paintings,), moved until its content is at its goal."""

    def __init__(self, goals: Mapping[str, float]) -> None:
        super().__init__()
        self.goals = of_each(goals, CONTENT_GOAL)
        self.register_buffer("weights", torch.full((len(PAINTINGS),), STYLE_WEIGHT))
        self.weights: Tensor

    def learn(self, style: Tensor, content: Tensor) -> None:
        """Renew the weights by the content distances (B,) that pictures of styles (B,) have."""
        for which, distance in zip(style, content.detach(), strict=True):
            self.weights[which] *= torch.exp(BALANCING * (self.goals[which] - distance))


class Training:
    """The network in training, and what measures it."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        torch.manual_seed(SEED)
        part = arguments.part
        self.batches = arguments.batches or BATCHES[part - 1]
        self.stages = STAGES[part - 1]
        styles = arguments.data / "styles"
        self.paintings = [each.path(styles) for each in PAINTINGS]
        self.photographs = sorted((arguments.data / "photos").rglob("*.jpg"))
        self.encoder_file = arguments.encoder
        calm = CALM_WEIGHTS, CALM_WEIGHTS, CALM_WEIGHTS, BOLD_CALM_WEIGHTS, FIFTH_CALM_WEIGHTS
        self.calm_weights = of_each(calm[part - 1], CALM_WEIGHT)
        self.darker_weights = of_each(DARKER_WEIGHTS, DARKER_WEIGHT)
        self.fine_weights = of_each(FINE_WEIGHTS, FINE_WEIGHT)
        goals = CONTENT_GOALS, CONTENT_GOALS, LATER_GOALS, LAST_GOALS, LAST_GOALS
        self.balance = Balance(goals[part - 1])
        if part == 1:
            self.network = first_network(self.paintings)
        else:
            state = torch.load(arguments.after / "checkpoint.pt", weights_only=True)
            self.balance.weights.copy_(state["balance"]["weights"])
            self.network = grown(state["average"]) if part == 2 else trained(state).train()
        if self.stages[-1].calm:
            self.likeness = Likeness(self.paintings, sorted(styles.glob("*.jpg")))
        if self.stages[-1].bold:
            shown = [_sized(each, self.stages[-1].style_size) for each in self.paintings]
            self.palettes = {
                side: torch.stack([palette(each, side) for each in shown])
                for side in {4, *(each.bright for each in self.stages)} - {0}
            }
        facts, more = {"batches": self.batches}, {"balance": self.balance}
        self.learner = Learner("network", self.network, self._rate, EMA, facts, more)
        self._judges: dict[tuple[int, bool], Judge] = {}
        self._pictures = Pictures()

    def update(self) -> dict[str, float]:
        """Learn from the next batch; gives its losses."""
        done = self.learner.done
        stage = next(each for each in self.stages if done < each.until * self.batches)
        content, style = self._batch(stage)
        by_vgg = done % stage.vgg_every == 0
        judge = self._judge_of(stage, by_vgg)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            weights = F.one_hot(style, self.network.styles).float()
            painted = self.network(content.contiguous(memory_format=torch.channels_last), weights)
        painted = painted.float()
        painting = style < len(self.paintings)
        which = style[painting]
        shown, seen = painted[painting], content[painting]
        flat = flatness(seen) if stage.calm else None
        distances = judge(shown, seen, which, flat, bold=stage.bold)
        style_distance = distances["style"]
        more = SMOOTHNESS * total_variation_loss(shown)
        if stage.dots:
            distances["dots"] = self._dots(shown, seen, judge, which, stage)
            style_distance = style_distance + SHIFT_WEIGHT * distances["shifted"]
            more = more + DOTS_WEIGHT * distances["dots"].mean()
        if stage.grid:
            distances["grid"] = grid_loss(shown)
            more = more + GRID_WEIGHT * distances["grid"]
        if stage.calm:
            style_distance = style_distance + self.calm_weights[which] * distances["calm"]
            distances["halo"], distances["likeness"] = (
                halo(shown, seen),
                self.likeness(shown, which),
            )
            weight = BRIGHT_HALO_WEIGHT if stage.bright else HALO_WEIGHT
            more = more + weight * distances["halo"].mean()
            more = more + LIKENESS_WEIGHT * distances["likeness"].mean()
        if stage.bold:
            style_distance = style_distance + WASSERSTEIN_WEIGHT * distances["bold"]
            distances["strange"] = strange(shown, self.palettes[4][which])
            distances["relief"] = lost_contrast(shown, seen)
            more = more + PALETTE_WEIGHT * distances["strange"].mean()
            more = more + RELIEF_WEIGHT * distances["relief"].mean()
        if stage.bright:
            assert flat is not None
            distances["missing"] = missing(shown, self.palettes[stage.bright][which], stage.bright)
            distances["darker"] = darker(shown, seen)
            distances["grain"] = grain(shown, flat)
            more = more + MISSING_WEIGHT * distances["missing"].mean()
            more = more + (self.darker_weights[which] * distances["darker"]).mean()
            more = more + (self.fine_weights[which] * distances["grain"]).mean()
        total = (distances["content"] + self.balance.weights[which] * style_distance).mean() + more
        if not painting.all():
            same = F.mse_loss(painted[~painting], content[~painting])
            total = total + IDENTITY_WEIGHT * same * len(content[~painting]) / len(content)
        self.learner.learn(total)
        if by_vgg and stage.balanced:
            self.balance.learn(which, distances["content"])
        by = "vgg" if by_vgg else "narrow"
        return {f"{by}/{name}": float(each.detach().mean()) for name, each in distances.items()}

    def _dots(
        self, painted: Tensor, content: Tensor, judge: Judge, style: Tensor, stage: Stage
    ) -> Tensor:
        if not stage.flat:
            return 0.3 * F.relu(dots(painted, stage.dots[0]) - judge.dots[style])
        flat = flatness(content)
        return torch.stack([dots(painted, side, flat) for side in stage.dots]).sum(0)

    def _batch(self, stage: Stage) -> tuple[Tensor, Tensor]:
        rng = np.random.default_rng((SEED, self.learner.done))
        content = torch.cat([self._crop(rng, stage.size) for _ in range(stage.batch)])
        # Styles in turn; every other round of turns has the photograph itself among them.
        order = list(range(len(PAINTINGS)))
        if stage.bold:
            names = [each.name for each in PAINTINGS]
            order += [names.index(each) for each in (MORE_OFTEN if stage.bright else OFTEN)]
        turns = [*order, *order, len(PAINTINGS)]
        first = self.learner.done * stage.batch
        style = [turns[turn % len(turns)] for turn in range(first, first + stage.batch)]
        return content, torch.tensor(style)

    def _crop(self, rng: np.random.Generator, size: int) -> Tensor:
        path = self.photographs[rng.integers(len(self.photographs))]
        crop = self._pictures.crop(path, rng, size, least=size).clamp(0, 1)
        return crop.flip(3) if rng.random() < 0.5 else crop

    def _judge_of(self, stage: Stage, by_vgg: bool) -> Judge:
        key = stage.style_size, by_vgg
        if key not in self._judges:
            larger = LARGER if stage.bold else {}
            shown = [
                as_image(
                    _sized(
                        path,
                        larger.get(each.name, stage.style_size),
                        SMOOTH.get(each.name, 0) if stage.bright else 0,
                    )
                )
                for each, path in zip(PAINTINGS, self.paintings, strict=True)
            ]
            encoder = (vgg_encoder(), {}) if by_vgg else narrow_encoder(self.encoder_file)
            with torch.no_grad():
                self._judges[key] = Judge(*encoder, shown, stage.bold)
        return self._judges[key]

    def _rate(self, done: int) -> float:
        share = done / self.batches
        if share < 0.5:
            return RATE * min(1.0, (done + 1) / 50)
        return RATE * (0.02 + 0.98 * (0.5 + 0.5 * math.cos(math.pi * (2 * share - 1))))


def first_network(paintings: Sequence[Path]) -> StyledTransformer:
    """The weights of the bundled any-style network and the codes that it gives the paintings.

    The last slot, for the photograph, begins with the mean of the bundled photographs' codes.
    """
    network = StyledTransformer(len(paintings) + 1, middle=MIDDLE)
    begin_as_any_style(network, [read_picture(each) for each in paintings])
    return network


def grown(values: Mapping[str, Tensor]) -> StyledTransformer:
    """A network of the first training, by its weights, in the shape of the second's."""
    network = StyledTransformer(len(PAINTINGS) + 1, middle=MIDDLE, coarse=COARSE, kernel=KERNEL)
    new = network.state_dict()
    for name, each in values.items():
        if name.startswith("table."):
            new[name][:, -each.shape[1] :] = each
        else:
            new[name] = folded(each, new[name].shape[-1]) if each.ndim == 4 else each
    network.load_state_dict(new)
    return network


def vgg_encoder() -> VGG:
    """The bundled VGG-16."""
    weights, convention = load(resolve("vgg16"))
    return VGG("vgg16", weights, (CONTENT, *STYLE), convention).bfloat16()


def narrow_encoder(path: Path) -> tuple[VGG, dict[str, Tensor]]:
    """The narrow encoder and its metrics, as tools/train_encoder.py exports them."""
    if path == ENCODER and sha256(path) != ENCODER_SHA256:
        raise SystemExit(f"{path}: changed or damaged")
    tensors = {name: each.float() for name, each in safetensors.torch.load_file(path).items()}
    network = VGG("vgg16", tensors, (CONTENT, *STYLE), InputConvention()).bfloat16()
    ending = ".metric"
    roots = {name.removesuffix(ending): t for name, t in tensors.items() if name.endswith(ending)}
    return network, roots


def of_each(values: Mapping[str, float], other: float) -> Tensor:
    """The values of the paintings, (paintings,); of those without one, the other."""
    return torch.tensor([values.get(each.name, other) for each in PAINTINGS])


def _sized(path: Path, shorter: int, smooth: int = 0) -> np.ndarray:
    image = Image.open(path).convert("RGB")
    if smooth:
        image = image.filter(ImageFilter.MedianFilter(smooth))
    scale = shorter / min(image.size)
    width, height = (round(side * scale) for side in image.size)
    return np.asarray(image.resize((width, height), Image.Resampling.LANCZOS))


def train(arguments: argparse.Namespace) -> None:
    """Train until all batches are done, with a checkpoint every few minutes."""
    training = Training(arguments)
    learn_all(training.learner, arguments.run_dir, training.batches, SAVED_EVERY, training.update)


def trained(state: Mapping[str, Any]) -> StyledTransformer:
    """The average of the weights in a checkpoint, but of the first training."""
    network = StyledTransformer(len(PAINTINGS) + 1, middle=MIDDLE, coarse=COARSE, kernel=KERNEL)
    network.load_state_dict(state["average"])
    return network.eval()


def sheet(arguments: argparse.Namespace) -> None:
    """Some photographs in all styles."""
    network = trained(torch.load(arguments.run_dir / "checkpoint.pt", weights_only=True))
    rows = []
    for name in arguments.contents:
        image = Image.open(arguments.data / "contents" / f"{name}.jpg").convert("RGB")
        image.thumbnail((arguments.size, arguments.size), Image.Resampling.LANCZOS)
        width, height = (side // 4 * 4 for side in image.size)
        content = as_image(np.asarray(image.crop((0, 0, width, height))))
        with torch.no_grad():
            slots = torch.eye(network.styles)
            found = [network(content, each[None])[0] for each in slots]
        rows.append((torch.cat(found, 2).permute(1, 2, 0) * 255).round().byte().numpy())
    width = max(each.shape[1] for each in rows)
    padded = [np.pad(row, ((0, 0), (0, width - row.shape[1]), (0, 0))) for row in rows]
    file = io.BytesIO()
    Image.fromarray(np.concatenate(padded)).save(file, "PNG")
    arguments.file.write_bytes(file.getvalue())


def bundle(arguments: argparse.Namespace) -> None:
    """The average of the weights as a model file; without a name, the one in the package."""
    state = torch.load(arguments.run_dir / "checkpoint.pt", weights_only=True)
    styles = [{**each.about(), "name": each.name} for each in PAINTINGS]
    network = TrainedNetwork(
        METHOD, trained(state), RECIPE, STAGES[-1][-1].size, styles, state["done"], ORIGIN, LICENCE
    )
    write_model(network, arguments.file or MODELS / f"{NAME}.onnx")
    if arguments.file is None:
        put_model(
            NAME,
            method="johnson",
            size=network.size,
            origin=ORIGIN,
            styles=styles,
            tool="train_masters.py",
            licence=LICENCE,
            parameters={
                "recipe": RECIPE.to_json(),
                "seed": SEED,
                "batches": [*BATCHES[:-1], state["done"]],
                "style weights": [round(each, 2) for each in state["balance"]["weights"].tolist()],
                "stages": {
                    f"{number}, to {each.until:.0%}": {
                        "steps": round((each.until - before) * batches),
                        "learning_rate": RATE,
                        **dataclasses.asdict(each),
                    }
                    for number, (batches, stages) in enumerate(zip(BATCHES, STAGES, strict=True), 1)
                    for before, each in zip((0.0, *(s.until for s in stages)), stages, strict=False)
                },
            },
        )


def rewrite(_: argparse.Namespace) -> None:
    """The network in the package again, in the operations that impasto exports now."""
    found = read_trained(MODELS / f"{NAME}.onnx")
    [network] = networks_of(found, METHOD)
    _bundled_again(dataclasses.replace(network, steps=found.number))


def write_alone(arguments: argparse.Namespace) -> None:
    """A network of one style of the bundled one, and its painting as the fifth training sees it."""
    found = read_trained(MODELS / f"{NAME}.onnx")
    [network] = networks_of(found, METHOD)
    [style] = [dict(each) for each in network.styles if each["name"] == arguments.style]
    style.pop("own", None)  # what is of its own becomes part of the whole
    single = built(network.options, 1)
    assert isinstance(single, StyledTransformer)
    begin_as_style(single, arguments.style)
    with torch.no_grad():
        for name in ("gamma", "beta"):
            single.table[name][-1] = _styled(network).table[name][-1]
    alone = dataclasses.replace(network, network=single.eval(), styles=[style], steps=found.number)
    write_model(alone, arguments.files.with_suffix(".onnx"))
    [painting] = [each for each in PAINTINGS if each.name == arguments.style]
    path = painting.path(arguments.data / "styles")
    pixels = _sized(path, min(Image.open(path).size), SMOOTH.get(painting.name, 0))
    seen = Image.fromarray(pixels)
    if arguments.smooth > 1:
        seen = seen.filter(ImageFilter.MedianFilter(arguments.smooth))
    if arguments.color < 1:
        seen = ImageEnhance.Color(ImageOps.autocontrast(seen, cutoff=1)).enhance(arguments.color)
    seen.save(arguments.files.with_suffix(".png"))


def give_own(arguments: argparse.Namespace) -> None:
    """A style of the bundled network with weights of its own, of runs of `impasto train`."""
    file = MODELS / f"{NAME}.onnx"
    found, runs = read_trained(file), [read_trained(each) for each in arguments.run_dirs]
    [network], [single] = networks_of(found, METHOD), networks_of(runs[-1], METHOD)
    number = network.names.index(arguments.style)
    styles = [dict(each) for each in network.styles]
    styles[number]["own"] = "1"
    joined = built(network.options, len(styles), own_styles(styles))
    assert isinstance(joined, StyledTransformer)
    joined.load_state_dict(network.network.state_dict(), strict=False)
    with torch.no_grad():
        shared, its = (
            torch.cat([each.flatten() for each in either.transformer.parameters()])
            for either in (joined, _styled(single))
        )
        own = joined.own[str(number)].float()  # zero for a style that has none yet
        joined.own[str(number)].copy_((own + arguments.share * (its - shared - own)).half())
        for name in ("gamma", "beta"):
            joined.table[name][number].lerp_(_styled(single).table[name][0], arguments.share)
    with_own = dataclasses.replace(
        network, network=joined.eval(), styles=styles, steps=found.number
    )
    trainings = [
        {"steps": each.number, "recipe": one.options.to_json()}
        for each in runs
        for one in networks_of(each, METHOD)
    ]
    way = {"share": arguments.share, "runs": trainings}
    _bundled_again(with_own, arguments.style, way)


def bring_closer(arguments: argparse.Namespace) -> None:
    """A style of the bundled network nearer to the photograph, as ``--strength`` would bring it."""
    found = read_trained(MODELS / f"{NAME}.onnx")
    [network] = networks_of(found, METHOD)
    number, share = network.names.index(arguments.style), arguments.share
    styled = _styled(network)
    with torch.no_grad():
        for each in styled.table.values():
            each[number].lerp_(each[-1], share)
        if str(number) in styled.own:
            styled.own[str(number)].mul_(1 - share)
    changed = dataclasses.replace(network, steps=found.number)
    _bundled_again(changed, arguments.style, {"closer": share})


def _bundled_again(network: TrainedStyles, style: str = "", way: Mapping[str, Any] = {}) -> None:
    """Write the network in the package, and one more way of a style to its weights."""
    file, table = MODELS / f"{NAME}.onnx", ASSETS / "ASSETS.json"
    write_model(network, file)
    [entry] = [each for each in json.loads(table.read_text(encoding="utf-8"))
               if each["tool"] == "tools/train_masters.py"]  # fmt: skip
    if style:
        # Each way begins where the one before ended.
        entry["parameters"].setdefault("own", {}).setdefault(style, []).append(way)
    put_entry(table, {**entry, "sha256": sha256(file), "bytes": file.stat().st_size})


def _styled(trained: TrainedStyles) -> StyledTransformer:
    assert isinstance(trained.network, StyledTransformer)
    return trained.network


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    commands = parser.add_subparsers(required=True)
    trains = commands.add_parser("train")
    trains.add_argument("--data", type=Path, required=True)
    trains.add_argument("--encoder", type=Path, default=ENCODER)
    trains.add_argument("run_dir", type=Path)
    trains.add_argument("--part", type=int, choices=(1, 2, 3, 4, 5), default=1)
    trains.add_argument("--after", type=Path, help="run folder of the part before")
    trains.add_argument("--batches", type=int)
    trains.set_defaults(work=train)
    shows = commands.add_parser("sheet")
    shows.add_argument("run_dir", type=Path)
    shows.add_argument("file", type=Path)
    shows.add_argument("--data", type=Path, required=True)
    shows.add_argument("--contents", nargs="+", default=["golden-gate", "lion", "tubingen"])
    shows.add_argument("--size", type=int, default=384)
    shows.set_defaults(work=sheet)
    bundles = commands.add_parser("bundle")
    bundles.add_argument("run_dir", type=Path)
    bundles.add_argument("file", type=Path, nargs="?")
    bundles.set_defaults(work=bundle)
    commands.add_parser("rewrite").set_defaults(work=rewrite)
    alone = commands.add_parser("alone")
    alone.add_argument("style")
    alone.add_argument("files", type=Path, help="without .onnx and .png")
    alone.add_argument("--data", type=Path, required=True)
    alone.add_argument("--smooth", type=int, default=1, help="side of one more median filter")
    alone.add_argument("--color", type=float, default=1.0, help="share of it, on full contrast")
    alone.set_defaults(work=write_alone)
    owns = commands.add_parser("own")
    owns.add_argument("style")
    owns.add_argument("run_dirs", type=Path, nargs="+", help="each went on from the one before")
    owns.add_argument("--share", type=float, default=1.0, help="of the way to its weights")
    owns.set_defaults(work=give_own)
    closer = commands.add_parser("closer")
    closer.add_argument("style")
    closer.add_argument("share", type=float, help="of the way to the photograph")
    closer.set_defaults(work=bring_closer)
    arguments = parser.parse_args()
    arguments.work(arguments)


if __name__ == "__main__":
    main()
