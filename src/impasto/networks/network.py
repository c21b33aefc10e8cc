"""A trained network: from planes to stylized planes and their statistics.

In flat areas a purely convolutional network can only repeat one pattern: dots. So some networks are
trained with noise of two scales added to the input, from which strokes can start; the result does
not show it. The noise depends only on the position, so that results are repeatable, tiles fit, and
still parts of a video stay still.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from impasto.archive import load_errors
from impasto.errors import MemoryEstimateError, ModelError
from impasto.networks.card import ANY, Card, card_in
from impasto.networks.model_check import LARGEST, check_model
from impasto.networks.pieces import FloatArray
from impasto.networks.resolve import Located
from impasto.networks.session import opened, run

if TYPE_CHECKING:
    import onnxruntime


COARSE: Final = 8
"""Side in pixels of the coarse noise's squares: one position in the middle of the network."""

PERIODS: Final = (512, 55 * COARSE)
"""Periods of the noise of each scale in pixels. Their common divisor is 8, so both together repeat
after 28,160."""


def grain(height: int, width: int, corner: tuple[int, int] = (0, 0)) -> FloatArray:
    """The noise, (height, width), from a row and column of a picture on.

    Its mean is 0 and its variance 2: 1 for each scale.
    """
    rows = np.arange(corner[0], corner[0] + height)
    columns = np.arange(corner[1], corner[1] + width)
    fine, coarse = _fields()
    noise: FloatArray = fine[np.ix_(rows % PERIODS[0], columns % PERIODS[0])]
    noise += coarse[np.ix_(rows % PERIODS[1] // COARSE, columns % PERIODS[1] // COARSE)]
    return noise


@functools.cache
def _fields() -> tuple[FloatArray, FloatArray]:
    chance = np.random.default_rng(0)
    fine, coarse = PERIODS[0], PERIODS[1] // COARSE
    return (
        chance.standard_normal((fine, fine), np.float32),
        chance.standard_normal((coarse, coarse), np.float32),
    )


OUT_OF_MEMORY: Final = "the memory ran out: give a smaller --tile or --size"

_MOST_CHANNELS: Final = 1_000_000

_NO_NUMBERS: Final = "the network's output has values that are not finite: its weights are damaged"

_SIGNS: Final = ("bad_alloc", "allocate memory", "out of memory", "Available memory of")


class Network:
    """An opened model file.

    Attributes:
        card: The file's metadata.
        sha256: Of the file's bytes.
        channels: Normalized channels of all its layers, the rows of its statistics; 0 without
            statistics.
        largest: Pixels of the largest image so far.
    """

    def __init__(self, file: Located, threads: int | None = None) -> None:
        """Open a model file; ModelError if it is damaged, changed or not from impasto."""
        self.name, self.largest = str(file.path), 0
        data = _data(file)
        self.sha256 = hashlib.sha256(data).hexdigest()
        if file.sha256 and self.sha256 != file.sha256:
            raise ModelError(f"{self.name}: changed or damaged: install impasto again")
        with load_errors(file.path, "a model of impasto", ModelError):
            metadata = check_model(data)
        self.card: Card = card_in(metadata, self.name)
        self._session = opened(data, self.name, threads, mixes=self.card.own)
        self.channels = _checked_channels(self._session, self.card, self.name)

    def __call__(
        self,
        planes: FloatArray,
        weights: FloatArray,
        statistics: FloatArray | None = None,
        corner: tuple[int, int] = (0, 0),
    ) -> tuple[FloatArray, FloatArray]:
        """Stylize images of one size.

        Args:
            planes: (batch, 3, height, width), sRGB in [0, 1], sides multiples of the card's.
            weights: (slots,), the weight of each style, with sum 1; not used with one style
                (cyclegan).
            statistics: (channels, 2), mean and 1/standard deviation to normalize all images
                with; None for their own.
            corner: Row and column of the images in the whole picture.

        Returns:
            Images of the same shape, and statistics (batch, channels, 2) of each; without channels
                if the network has none.

        Raises:
            MemoryEstimateError: The memory ran out.
            ModelError: The network cannot run.
        """
        if self.card.grain:
            noise = grain(planes.shape[2], planes.shape[3], corner)
            planes = planes + np.float32(self.card.grain) * noise
        feeds: dict[str, Any] = {"image": planes}
        if self.card.method != "cyclegan":
            feeds["style"] = weights
        if self.card.method in ANY:
            feeds["paint"] = np.array(1, np.float32)
        if self.channels:
            given = statistics is not None
            feeds["statistics"] = statistics if given else np.ones((self.channels, 2), np.float32)
            feeds["given"] = np.array(given, np.float32)
        wanted = ["stylized", "statistics_out"] if self.channels else ["stylized"]
        shapes = [planes.shape, (len(planes), self.channels, 2)]
        stylized, *own = self._run(wanted, feeds, shapes)
        return stylized, own[0] if own else np.empty((len(planes), 0, 2), np.float32)

    def encoded(self, planes: FloatArray) -> FloatArray:
        """The codes, (batch, channels, 2), of images; for any-style networks.

        They are means and 1/standard deviations (adain), or scales and shifts of the normalizations
        (ghiasi). Arguments and errors are those of a call.
        """
        off = np.array(0, np.float32)
        feeds = {
            "image": planes,
            "style": np.ones((self.channels, 3 if self.card.method == "adain" else 2), np.float32),
            "statistics": np.ones((self.channels, 2), np.float32),
            "given": off,
            "paint": off,
        }
        return self._run(["statistics_out"], feeds, [(len(planes), self.channels, 2)])[0]

    def _run(
        self, wanted: list[str], feeds: dict[str, Any], shapes: Sequence[tuple[int, ...]]
    ) -> list[FloatArray]:
        """The outputs by their names, checked for shape and finite numbers."""
        try:
            found: list[FloatArray] = run(self._session, wanted, feeds)
        except Exception as error:
            if any(words in str(error) for words in _SIGNS):
                raise MemoryEstimateError(OUT_OF_MEMORY) from None
            line = str(error).splitlines()[0]
            raise ModelError(f"{self.name}: the network cannot run ({line})") from error
        for name, each, shape in zip(wanted, found, shapes, strict=False):
            if each.shape != shape or each.dtype != np.float32:
                raise ModelError(f"{self.name}: gives {name} of another shape than its pictures")
        if not all(np.isfinite(each).all() for each in found):
            raise ModelError(f"{self.name}: {_NO_NUMBERS}")
        return found


def _data(file: Located) -> bytes:
    try:
        if file.path.stat().st_size > LARGEST:
            raise ModelError(f"{file.path}: larger than any ONNX file")
        data = file.path.read_bytes()
    except OSError as error:
        raise ModelError(f"{file.path}: cannot be read ({error.strerror})") from None
    if not data:
        raise ModelError(f"{file.path}: is empty")
    return data


def _checked_channels(session: onnxruntime.InferenceSession, card: Card, name: str) -> int:
    """The number of normalized channels, after a check of inputs and outputs."""
    inputs = {each.name: each.shape for each in session.get_inputs()}
    outputs = {each.name for each in session.get_outputs()}
    tiled = "statistics" in inputs
    styled = set() if card.method == "cyclegan" else {"style"}
    expected = {"image"} | styled | ({"statistics", "given"} if tiled else set())
    expected |= {"statistics", "given", "paint"} if card.method in ANY else set()
    promised = {"stylized"} | ({"statistics_out"} if tiled else set())
    if set(inputs) != expected or not promised <= outputs:
        raise ModelError(f"{name}: its inputs and outputs are not those of a {card.method} model")
    slots = inputs.get("style", [None])
    if slots not in ([card.slots], [None]) and not isinstance(slots[0], str):
        weights = f"weights of {slots[0]} styles, its metadata names {card.slots}"
        raise ModelError(f"{name}: takes {weights}")
    if not tiled:
        return 0
    channels = inputs["statistics"][:1]
    if not channels or not isinstance(channels[0], int) or not 0 < channels[0] <= _MOST_CHANNELS:
        raise ModelError(f"{name}: does not give the number of its statistics")
    return channels[0]
