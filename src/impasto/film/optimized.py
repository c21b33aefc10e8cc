"""Films of frames that are optimized one by one, each tied to the ones before.

Ruder, Dosovitskiy and Brox 2016, "Artistic style transfer for videos": a frame begins as the last
painted one carried along with the motion, and a temporal loss holds it there where the motion can
be relied upon (equation 7); older frames hold what the later ones do not show (equations 8 and 9).
Differences: uncovered pixels begin as the film itself in the style's colors; far fewer steps, as
L-BFGS starts near its end.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from impasto.film.frames import Bytes, FloatArray, unit
from impasto.film.motion import Motion, motion_between, trusted, warped
from impasto.film.scenes import Moved, calm
from impasto.image import Picture
from impasto.methods.gatys.objective import Anchor
from impasto.methods.gatys.stylizer import GatysStylizer
from impasto.networks.faces import face_mask
from impasto.networks.resolve import style_pictures
from impasto.options.gatys import GatysOptions
from impasto.options.values import plain_values
from impasto.options.video import StyleRequest
from impasto.photograph.masks import opened, styles_read
from impasto.source import Inputs, open_source

AGO: Final = (1, 10, 20, 40)  # how many frames ago the anchors are (J in the paper's section 5.2)

WEIGHT: Final = 400.0
"""Of the temporal loss at --temporal 0.5. A frame that is off by 2 levels of 255 costs 0.025 then,
of about 2 that style and content cost together."""

MOST: Final = 0.98  # at --temporal 1: an infinite weight cannot be computed with


class OptimizedStyle:
    """Style images that each frame is optimized against."""

    def __init__(self, request: StyleRequest) -> None:
        """Read the styles and load the network; ImpastoError where one cannot be read."""
        if request.threads is not None:
            torch.set_num_threads(request.threads)
        pictures = style_pictures(request.styles, request.style_masks)
        inputs = Inputs(tuple(each.path for each in pictures), style_masks=request.style_masks)
        self._inputs = opened(inputs, open_source)
        self._options = GatysOptions(
            size=0,
            steps=request.options.first_steps,
            style_weights=tuple(each.share for each in pictures) if len(pictures) > 1 else (),
            style_size=request.style_size,
            strength=request.options.strength,
            style_scale=request.options.style_scale,
            faces=request.options.faces,
        )
        self._request = request
        self._stylizer = GatysStylizer(styles_read(self._inputs), self._options)

    def made_with(self) -> Mapping[str, Any]:
        """Network and styles, for the manifest."""
        weights, stylizer = self._stylizer.weights, self._stylizer
        masks = [each.sha256 for each in self._inputs.style_masks]
        return {
            "styles": [{"name": each.name, "sha256": each.sha256} for each in self._inputs.styles],
            **({"style_masks": masks} if masks else {}),
            "recipe": plain_values(self._options),
            "network": {"name": weights.name, "sha256": weights.sha256},
            "precision": str(stylizer.precision).removeprefix("torch."),
        }

    def painter(self, rate: float) -> OptimizedPainter:  # noqa: ARG002
        """A painter for a film, with no memory yet; it does not depend on the rate."""
        return OptimizedPainter(self._stylizer, self._options, self._request)


class OptimizedPainter:
    """Paints the frames of a film in order by optimization."""

    def __init__(
        self, stylizer: GatysStylizer, options: GatysOptions, request: StyleRequest
    ) -> None:
        """Prepare with a stylizer that was built with ``options``, those of first frames."""
        self._stylizer, self._options = stylizer, options
        share = min(request.options.temporal, MOST)
        self._weight = WEIGHT * share / (1 - share)
        self._steps = request.options.steps
        self._sources: list[Bytes] = []
        self._paintings: list[Bytes] = []
        self._faces: FloatArray | None = None

    def paint(self, moved: Moved) -> Bytes:
        """Paint the next frame; MemoryEstimateError where it would not fit into memory."""
        if moved.begins:
            self._sources, self._paintings = [], []
        content = _planes(unit(moved.frame.pixels))
        faces = self._found_faces(moved)
        if moved.motion is None:
            image = self._stylizer.painting(content, faces=faces).run()
        else:
            image = self._continued(content, faces, moved, moved.motion)
        painting = (255 * image[0].permute(1, 2, 0).cpu().float()).round().byte().numpy()
        self._sources = [*self._sources, moved.frame.pixels][-max(AGO) :]
        self._paintings = [*self._paintings, painting][-max(AGO) :]
        return painting

    def state(self) -> dict[str, Any]:
        """All that the next frame depends on."""
        if not self._sources:
            return {}
        faces = {} if self._faces is None else {"faces": self._faces}
        frames = {"sources": np.stack(self._sources), "paintings": np.stack(self._paintings)}
        return {**frames, **faces}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a state that :meth:`state` gave."""
        self._sources = list(state.get("sources", ()))
        self._paintings = list(state.get("paintings", ()))
        self._faces = state.get("faces")

    def _found_faces(self, moved: Moved) -> Tensor | None:
        """Where likenesses are kept, and how far; the mask of faces changes calmly."""
        if not self._options.faces:
            return None
        found = face_mask(Picture(unit(moved.frame.pixels)))
        self._faces = calm(found, self._faces, moved)
        if not self._faces.any():
            return None
        return self._options.faces * torch.from_numpy(self._faces)[None, None]

    def _continued(
        self, content: Tensor, faces: Tensor | None, moved: Moved, motion: Motion
    ) -> Tensor:
        stylizer = copy.copy(self._stylizer)
        stylizer.options = replace(self._options, coarsest=0, steps=self._steps)
        anchors = self._anchors(moved, motion)
        painting = stylizer.painting(
            content, faces=faces, anchors=anchors, temporal_weight=self._weight
        )
        return painting.run()

    def _anchors(self, moved: Moved, motion: Motion) -> list[Anchor]:
        """Earlier frames brought to this one, each where those nearer do not show the same."""
        anchors: list[Anchor] = []
        known = np.zeros(moved.frame.pixels.shape[:2], np.float32)
        for ago in AGO:
            if ago > len(self._sources):
                break
            before = self._sources[-ago]
            trust = moved.trust if ago == 1 else None
            if trust is None:
                motion = motion_between(before, moved.frame.pixels)
                trust = trusted(motion, before, moved.frame.pixels)
            brought = warped(unit(self._paintings[-ago]), motion.backward).clip(0, 1)
            weights = np.maximum(trust - known, 0)
            known += weights
            anchors.append(Anchor(_planes(brought), torch.from_numpy(weights)[None, None]))
        return anchors


def _planes(pixels: FloatArray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)))[None]
