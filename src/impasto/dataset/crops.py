"""Crops of pictures in one size: an endless stream for training, a fixed few for validation.

Order and crops are computed from seed and position, without any state: a training can resume from
one integer, and each process and worker computes its own part. The bits come from PCG64 seeded by
SeedSequence, both of which NumPy promises never to change (NEP 19); it does not promise that for
the methods of its Generator.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.utils.data import Dataset

from impasto.dataset.fast_decode import reason_of
from impasto.dataset.pictures import Pictures
from impasto.errors import OptionError, PictureError

Skipped: TypeAlias = tuple[tuple[str, str], ...]
"""Name and fault of each broken picture."""

ORDER: Final = 0
CROP: Final = 1
"""Purposes of random bits; equal numbers must not give equal bits for both."""


@dataclass(frozen=True, slots=True)
class Crop:
    """One crop.

    Attributes:
        image: (3, size, size) uint8, sRGB.
        label: The number of the picture's class.
        skipped: The broken pictures that this one replaces.
    """

    image: Tensor
    label: int
    skipped: Skipped = ()


@dataclass(frozen=True, slots=True)
class Batch:
    """Several crops.

    Attributes:
        images: (B, 3, size, size) uint8, sRGB; a quarter of the bytes of floats to move from
            worker to trainer to GPU.
        labels: (B,) int64.
        skipped: The broken pictures that they replace.
    """

    images: Tensor
    labels: Tensor
    skipped: Skipped = ()


@final
class Crops(Dataset[Crop]):
    """An endless stream of training crops that depends only on seed and position.

    Item ``position`` (0 or more) belongs to epoch ``position // len``. Seed and epoch determine
    the picture; seed and position determine the crop. So a training resumes exactly from one
    integer, and processes and workers together read the same crops, however positions are shared.

    A crop is a square of a picture, at a random place, mirrored half of the time. Its side is the
    picture's shorter side divided by a random zoom. Small pictures are enlarged.

    A broken picture is replaced by the next readable one of the epoch. Its name is returned with
    the crop, as workers share no memory.

    Args:
        pictures: The pictures to crop.
        size: Side of a crop in pixels.
        seed: Determines the stream; 0 or more.
        flip: Whether to mirror.
        zoom: The smallest and the largest zoom, at least 1.

    Raises:
        OptionError: An argument is invalid.
    """

    def __init__(
        self,
        pictures: Pictures,
        size: int,
        seed: int,
        *,
        flip: bool = True,
        zoom: tuple[float, float] = (1.0, 1.4),
    ) -> None:
        if size < 1:
            raise OptionError("size", "at least 1", size)
        if not 0 <= seed < 2**64:
            raise OptionError("seed", "0 or more, below 2 ** 64", seed)
        if not 1 <= zoom[0] <= zoom[1] < math.inf:
            raise OptionError("zoom", "two increasing numbers from 1", zoom)
        self.pictures = pictures
        self.size = size
        self.seed = seed
        self.flip = flip
        self.zoom = zoom

    def __len__(self) -> int:
        """Items of one epoch; the stream goes on after them."""
        return len(self.pictures)

    def __getitem__(self, position: int) -> Crop:
        """One crop.

        Raises:
            PictureError: None of the pictures can be read.
        """
        if position < 0:
            raise IndexError(f"position {position} lies before the stream")
        epoch, place = divmod(position, len(self))
        order = epoch_order(self.seed, epoch, len(self))
        followers = (int(order[(place + step) % len(self)]) for step in range(len(self)))
        chance = chances(self.seed, position, 4)
        zoom = self.zoom[0] + (self.zoom[1] - self.zoom[0]) * chance[0]
        pixels, label, skipped = _first_readable(
            self.pictures, followers, math.ceil(self.size * zoom)
        )
        image = _square(pixels, self.size, zoom, (chance[1], chance[2]))
        mirrored = self.flip and chance[3] < 0.5
        return Crop(_as_tensor(image[:, ::-1] if mirrored else image), label, skipped)


def centered(pictures: Pictures, size: int, count: int) -> list[Crop]:
    """The middle squares of ``count`` pictures, always the same: for validation.

    The pictures are spread evenly over all, so that every class is included. A broken one is
    replaced by the next that is readable and unused; if there are too few, all are returned.

    Raises:
        OptionError: The size or the count is not positive.
        PictureError: None of the pictures can be read.
    """
    for name, value in (("size", size), ("count", count)):
        if value < 1:
            raise OptionError(name, "at least 1", value)
    crops: list[Crop] = []
    left = dict.fromkeys(range(len(pictures)))
    for number in range(min(count, len(pictures))):
        start = number * len(pictures) // count if count < len(pictures) else number
        turn = [*range(start, len(pictures)), *range(start)]
        try:
            pixels, label, skipped = _first_readable(pictures, _taken(turn, left), size)
        except PictureError:
            if crops:  # all readable ones have been taken
                break
            raise
        crops.append(Crop(_as_tensor(_square(pixels, size, 1.0, (0.5, 0.5))), label, skipped))
    return crops


def collate(crops: Sequence[Crop]) -> Batch:
    """Several crops as a batch: a ``collate_fn`` for a DataLoader."""
    return Batch(
        images=torch.stack([crop.image for crop in crops]),
        labels=torch.tensor([crop.label for crop in crops]),
        skipped=tuple(each for crop in crops for each in crop.skipped),
    )


def _taken(turn: Sequence[int], left: dict[int, None]) -> Iterator[int]:
    """The indices in ``turn`` that are left; removes each from ``left``."""
    for index in turn:
        if index in left:
            del left[index]
            yield index


def _first_readable(
    pictures: Pictures, turn: Iterable[int], at_least: int
) -> tuple[NDArray[np.uint8], int, Skipped]:
    skipped: list[tuple[str, str]] = []
    for index in turn:
        try:
            return pictures.read(index, at_least), pictures.label(index), tuple(skipped)
        except PictureError as error:
            name = pictures.name(index)
            skipped.append((name, reason_of(error, name)))
    first = "; ".join(f"{name}: {reason}" for name, reason in skipped[:3])
    more = f"; and {len(skipped) - 3} more" if len(skipped) > 3 else ""
    raise PictureError(f"none of {len(skipped)} pictures can be read: {first}{more}")


def _square(
    pixels: NDArray[np.uint8], size: int, zoom: float, place: tuple[float, float]
) -> NDArray[np.uint8]:
    """A square of a picture, scaled; ``place`` is its offset (x, y) as a share of the free room."""
    height, width = pixels.shape[:2]
    side = min(height, width) / zoom
    left, top = (width - side) * place[0], (height - side) * place[1]
    # Rounding must not put the box outside of the picture.
    box = (left, top, min(left + side, width), min(top + side, height))
    # Pillow's filters widen when reducing, so there is no aliasing. Large pictures are first
    # averaged over whole pixels, to three times the size; the result looks the same.
    scaled = Image.fromarray(pixels).resize(
        (size, size), Image.Resampling.BICUBIC, box=box, reducing_gap=3.0
    )
    return np.asarray(scaled)


def _as_tensor(pixels: NDArray[np.uint8]) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)))


@functools.lru_cache(maxsize=4)  # the end of one epoch and the start of the next are read together
def epoch_order(seed: int, epoch: int, count: int) -> NDArray[np.int64]:
    """The order of the pictures of an epoch, a permutation of 0 to ``count - 1``."""
    order = np.argsort(_bits(seed, ORDER, epoch, count), kind="stable").astype(np.int64)
    order.setflags(write=False)
    return order


def chances(seed: int, position: int, count: int) -> NDArray[np.float64]:
    """Uniform random numbers in [0, 1) for one position of the stream."""
    # 53 bits fill a float64 and cannot round up to 1.
    whole = (_bits(seed, CROP, position, count) >> np.uint64(11)).astype(np.float64)
    shares: NDArray[np.float64] = whole * np.float64(2.0**-53)
    return shares


def _bits(seed: int, purpose: int, number: int, count: int) -> NDArray[np.uint64]:
    # Words of fixed width, as SeedSequence concatenates its numbers.
    words = [seed & 0xFFFFFFFF, seed >> 32, purpose, number & 0xFFFFFFFF, number >> 32]
    bits: NDArray[np.uint64] = np.random.PCG64(np.random.SeedSequence(words)).random_raw(count)
    return bits
