"""Films of frames that are optimized one by one, each tied to the ones before.

Ruder, Dosovitskiy and Brox 2016, "Artistic style transfer for videos": a frame begins as the last
painted one carried along with the motion, and a temporal loss holds it there where the motion can
be relied upon (equation 7); frames of longer ago hold what the ones since then do not show
(equations 8 and 9). Differences: what comes to light begins as the film itself in the style's
colors; far fewer steps, as L-BFGS starts near its end.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from impasto.film.frames import unit
from impasto.film.motion import Motion, motion_between, trusted, warped
from impasto.film.pipeline import FramePainter
from impasto.film.scenes import Seen
from impasto.methods.gatys.objective import Anchor
from impasto.methods.gatys.stylizer import GatysStylizer
from impasto.networks.resolve import style_pictures
from impasto.options.gatys import PaintOptions
from impasto.options.values import plain_values
from impasto.options.video import StyleRequest
from impasto.source import open_source

FloatArray = NDArray[np.float32]
Bytes = NDArray[np.uint8]

AGO: Final = (1, 10, 20, 40)
"""How many frames ago the anchors are (J in the paper's section 5.2)."""

WEIGHT: Final = 400.0
"""Of the temporal loss at --temporal 0.5. A frame that is off by 2 levels of 255 costs 0.025 then,
of about 2 that style and content cost together."""

MOST: Final = 0.98
"""At --temporal 1: an infinite weight cannot be computed with."""


class OptimizedStyle:
    """Style images; each frame is optimized against them."""

    def __init__(self, request: StyleRequest) -> None:
        """Read the styles and load the network.

        Raises:
            ImpastoError: A style cannot be read, or the network is not there.
        """
        if request.threads is not None:
            torch.set_num_threads(request.threads)
        pictures = style_pictures(request.styles)
        self._sources = [open_source(each.path) for each in pictures]
        self._options = PaintOptions(
            size=0,
            steps=request.options.first_steps,
            style_weights=tuple(each.share for each in pictures) if len(pictures) > 1 else (),
            style_size=request.style_size,
        )
        self._wish = request
        styles = [each.picture.tensor() for each in self._sources]
        self._stylizer = GatysStylizer(styles, self._options)

    def made_with(self) -> Mapping[str, Any]:
        """Network and styles, as a manifest tells them."""
        weights, stylizer = self._stylizer.weights, self._stylizer
        return {
            "styles": [{"name": each.name, "sha256": each.sha256} for each in self._sources],
            "recipe": plain_values(self._options),
            "network": {"name": weights.name, "sha256": weights.sha256},
            "precision": str(stylizer.precision).removeprefix("torch."),
        }

    def painter(self, rate: float) -> FramePainter:  # noqa: ARG002
        """A painter for a film, with no memory yet; it does not ask for the rate."""
        return OptimizedPainter(self._stylizer, self._options, self._wish)


class OptimizedPainter:
    """Paints the frames of a film one after the other by optimization."""

    def __init__(
        self, stylizer: GatysStylizer, options: PaintOptions, request: StyleRequest
    ) -> None:
        """Prepare for a film.

        Args:
            stylizer: Built with the options.
            options: Those of a first frame.
            request: How calm, and in how many steps.
        """
        self._stylizer, self._options = stylizer, options
        share = min(request.options.temporal, MOST)
        self._weight = WEIGHT * share / (1 - share)
        self._steps = request.options.steps
        self._sources: list[Bytes] = []
        self._paintings: list[Bytes] = []

    def paint(self, seen: Seen) -> Bytes:
        """Paint the next frame.

        Raises:
            MemoryEstimateError: It would not fit into memory.
        """
        if seen.begins:
            self._sources, self._paintings = [], []
        content = _tensor(seen.frame.pixels)
        if seen.motion is None:
            image = self._stylizer(content)
        else:
            image = self._continued(content, seen, seen.motion)
        painting = (255 * image[0].permute(1, 2, 0).cpu().float()).round().byte().numpy()
        self._sources = [*self._sources, seen.frame.pixels][-max(AGO) :]
        self._paintings = [*self._paintings, painting][-max(AGO) :]
        return painting

    def state(self) -> dict[str, Any]:
        """All that the next frame depends on."""
        if not self._sources:
            return {}
        return {"sources": np.stack(self._sources), "paintings": np.stack(self._paintings)}

    def take_up(self, state: Mapping[str, Any]) -> None:
        """Go on from a state that :meth:`state` gave."""
        self._sources = list(state.get("sources", ()))
        self._paintings = list(state.get("paintings", ()))

    def _continued(self, content: Tensor, seen: Seen, motion: Motion) -> Tensor:
        stylizer = copy.copy(self._stylizer)
        stylizer.options = replace(self._options, coarsest=0, steps=self._steps)
        anchors = self._anchors(seen, motion)
        return stylizer.painting(content, anchors=anchors, temporal_weight=self._weight).run()

    def _anchors(self, seen: Seen, motion: Motion) -> list[Anchor]:
        """Earlier frames brought to this one, each where those nearer do not show the same."""
        anchors: list[Anchor] = []
        known = np.zeros(seen.frame.pixels.shape[:2], np.float32)
        for ago in AGO:
            if ago > len(self._sources):
                break
            before = self._sources[-ago]
            trust = seen.trust if ago == 1 else None
            if trust is None:
                motion = motion_between(before, seen.frame.pixels)
                trust = trusted(motion, before, seen.frame.pixels)
            painted = unit(self._paintings[-ago])
            brought = warped(painted, motion.backward).clip(0, 1)
            weights = np.maximum(trust - known, 0)
            known += weights
            anchors.append(Anchor(_planes(brought), torch.from_numpy(weights)[None, None]))
        return anchors


def _tensor(pixels: Bytes) -> Tensor:
    return _planes(unit(pixels))


def _planes(pixels: FloatArray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)))[None]
