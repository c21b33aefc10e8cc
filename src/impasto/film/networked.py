"""A trained network with a memory of the last frame.

Three things keep its film calm:

- The last painted frame is carried along with the motion and blended in where that is known;
  strokes keep their strength (:mod:`impasto.film.motion`).
- The statistics that normalize the network's maps have a largest pace, so that something bright
  that comes into view does not change the tone of everything else at once. Slow changes are
  followed at once: an image's own statistics take a flicker of its light away, and an average
  over time would bring it back (56 times as much in a trial).
- Noise beside the frame (see :mod:`impasto.networks.network`) stays where it is. Carried along with
  the motion, which seems right, it made the strokes of slow things jump from pixel to pixel: the
  warping error doubled.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from impasto.errors import ModelError
from impasto.film.frames import Bytes, FloatArray, unit
from impasto.film.motion import strengthened, warped
from impasto.film.scenes import Moved
from impasto.image import Picture
from impasto.networks.model import Model, load_model, painted
from impasto.networks.only_colors import Palettes
from impasto.networks.resolve import located, styled
from impasto.options.apply import ApplyOptions
from impasto.options.video import StyleRequest, VideoOptions

MOST: Final = 0.95
"""Share of the last frame at --temporal 1: were nothing new let in, errors would stay forever."""

PACE: Final = 0.25
"""Mean change of the logarithms of deviations, a second, that statistics follow at once. From one
frame to the next of 24 a second it is 0.003 to 0.006 where a camera moves, up to 0.013 where the
light flickers by 6 %, and 0.033 where a disc of a seventh of the picture appears."""

_NO_NUMBERS: Final = (
    "a painted frame has values that are not finite: "
    "the network is damaged, or the state kept for --resume"
)

COLOR_PACE: Final = 0.5
"""Share of the way to a frame's own colors that --model colors goes in a second."""

LEAP: Final = 0.12
"""Change from one frame to the next that is followed at once: a light was turned on, or a cut was
not found."""


class NetworkStyle:
    """A trained network that gives frames their style."""

    def __init__(self, request: StyleRequest) -> None:
        """Load it; ImpastoError where there is no such model or style."""
        how = request.styles, request.style_size, request.style_masks
        file = styled(request.model, *how) if request.styles else None
        self._options = request.options
        self._model = load_model(file or located(request.model), threads=request.threads)
        self._model.blend(request.options.style_weights)  # refuses unknown styles at once

    def made_with(self) -> Mapping[str, Any]:
        """Network and styles, for the manifest."""
        model = self._model
        return {
            "network": {
                "name": model.name,
                "method": model.network.card.method,
                "sha256": model.network.sha256,
                "styles": model.blend(self._options.style_weights),
                "codes": [each.sha256 for each in model.codes],
            }
        }

    def painter(self, rate: float) -> NetworkedPainter:
        """A painter, with no memory yet, for a film of ``rate`` frames a second."""
        return NetworkedPainter(self._model, self._options, rate)


class NetworkedPainter:
    """Paints the frames of a film in order with a trained network."""

    def __init__(self, model: Model, options: VideoOptions, rate: float) -> None:
        """Prepare for a film of ``rate`` frames a second; OptionError: no such styles."""
        self._model = model
        self._share, self._rate = min(options.temporal, MOST), rate
        self._pace = PACE / rate if options.temporal else math.inf
        self._options = ApplyOptions(
            style_weights=options.style_weights,
            strength=options.strength,
            style_scale=options.style_scale,
            keep_color=options.keep_color,
            tile=options.tile,
        )
        self._blend = model.blend(options.style_weights)
        self._painted: FloatArray | None = None
        self._statistics: FloatArray | None = None

    def paint(self, moved: Moved) -> Bytes:
        """Paint the next frame; ImpastoError where the network cannot run or is damaged."""
        picture = self._fresh(moved)
        if not (moved.motion is None or moved.trust is None or self._painted is None):
            before = warped(self._painted, moved.motion.backward)
            np.clip(before, 0, 1, out=before)  # cubic curves overshoot at edges
            before -= picture
            before *= (self._share * moved.trust)[..., None]
            before += picture
            picture = strengthened(before, picture)
        if not np.isfinite(picture).all():
            raise ModelError(f"{self._model.name}: {_NO_NUMBERS}")
        self._painted = picture
        found: Bytes = np.rint(255 * picture.clip(0, 1)).astype(np.uint8)
        return found

    def state(self) -> dict[str, Any]:
        """All that the next frame depends on."""
        kept = {"painted": self._painted, "statistics": self._statistics}
        return {name: values for name, values in kept.items() if values is not None}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a state that :meth:`state` gave."""
        self._painted = state.get("painted")
        self._statistics = state.get("statistics")

    def _fresh(self, moved: Moved) -> FloatArray:
        """The frame as the network paints it, under statistics that change calmly."""
        picture, own = self._through(moved, None)
        before = None if moved.begins else self._statistics
        self._statistics = own
        if isinstance(self._model.network, Palettes):
            # A palette that is taken anew from each frame would change with all that moves.
            if before is None or self._pace == math.inf:
                return picture
            self._statistics = before + min(1.0, COLOR_PACE / self._rate) * (own - before)
            return self._through(moved, self._statistics)[0]
        change = 0.0 if before is None else change_of(before, own)
        if before is not None and self._pace < change <= LEAP:
            # Measured in a pass of their own: those found under other statistics than a picture's
            # own are wrong in all layers but the first, and more so from frame to frame.
            self._statistics = smoothed(before, own, self._pace / change)
            picture, _ = self._through(moved, self._statistics)
        return picture

    def _through(self, moved: Moved, given: FloatArray | None) -> tuple[FloatArray, FloatArray]:
        frame, model = Picture(unit(moved.frame.pixels)), self._model
        return painted(model.network, model.codes, frame, self._blend, self._options, given)


def smoothed(before: FloatArray, own: FloatArray, share: float) -> FloatArray:
    """Statistics, (channels, 2), a share of the way from those before to a frame's own.

    Means are mixed as they are, deviations by their logarithms, as a channel's gain is a factor.
    """
    means = before[:, 0] + share * (own[:, 0] - before[:, 0])
    inverses = before[:, 1] ** (1 - share) * own[:, 1] ** share
    return np.stack([means, inverses], axis=1).astype(np.float32)


def change_of(before: FloatArray, own: FloatArray) -> float:
    """Mean change of the logarithms of deviations."""
    return float(np.abs(np.log(own[:, 1] / before[:, 1])).mean()) if len(own) else 0.0
