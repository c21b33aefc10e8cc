"""Films in which masks say where styles go, and what stays as it was filmed.

Each style has a painter of its own, with its own memory; what they paint is laid over the frame. A
mask that a word stands for is made for every frame and, where the motion is known, mixed with the
last one carried along with it: its edges hold still, and a subject that is lost for a few frames is
not let go at once.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np

from impasto.files import sha256
from impasto.film.frames import Bytes, FloatArray, unit
from impasto.film.motion import warped
from impasto.film.networked import NetworkStyle
from impasto.film.pipeline import FramePainter
from impasto.film.scenes import Moved, calm
from impasto.image import Picture
from impasto.networks.blends import in_faces, parsed
from impasto.networks.faces import face_mask
from impasto.networks.finders import SURE, found_subject, middle
from impasto.networks.masking import check_masks, divided, fitted
from impasto.networks.resolve import StylePicture, style_pictures
from impasto.networks.words import NO_SUBJECT, made_of
from impasto.options.apply import ApplyOptions
from impasto.options.shared import mask_word
from impasto.options.video import StyleRequest

logger = logging.getLogger("impasto")

KINDS: Final = ("subject", "face")
"""What is found in frames; the background is what the subject leaves."""


class MaskedStyle:
    """Styles that go where masks say."""

    def __init__(self, request: StyleRequest) -> None:
        """Load what the styles need; ImpastoError where one cannot be, or a mask means nothing."""
        options = request.options
        self._options = ApplyOptions(masks=request.masks, content_mask=request.content_mask)
        alone = _alone(request)
        check_masks(self._options, len(alone))
        self._shares = tuple(share for _, share in alone)
        requests = [each for each, _ in alone]
        if options.faces and options.method == "apply":
            requests += [_weaker(each) for each in requests]
        self._faces = len(requests) > len(alone)
        self._styles = [_style(each) for each in requests]

    def made_with(self) -> Mapping[str, Any]:
        """Networks, styles and masks, for the manifest."""
        kept = self._options.content_mask
        masks = [made_of(each) or sha256(each) for each in self._options.masks]
        return {
            "styles": [dict(each.made_with()) for each in self._styles],
            "shares": list(self._shares),
            "masks": masks,
            "content_mask": "" if kept is None else made_of(kept) or sha256(kept),
        }

    def painter(self, rate: float) -> MaskedPainter:
        """A painter for a film, with no memory yet."""
        painters = [each.painter(rate) for each in self._styles]
        return MaskedPainter(painters, self._options, self._shares, faces=self._faces)


def _weaker(request: StyleRequest) -> StyleRequest:
    """The request of a style as it is in faces."""
    options = request.options
    strength = in_faces(options.strength, options.faces)
    return replace(request, options=replace(options, strength=strength))


def _kind(word: str) -> str:
    return "subject" if word == "background" else word


def _style(request: StyleRequest) -> Any:
    if request.options.method == "paint":
        from impasto.film.optimized import OptimizedStyle  # torch

        return OptimizedStyle(request)
    return NetworkStyle(request)


def _alone(request: StyleRequest) -> list[tuple[StyleRequest, float]]:
    """A request for each style that has a mask, and the share it was named with."""
    free = replace(request, masks=(), content_mask=None)
    if not request.masks:
        return [(free, 1.0)]
    if request.styles:
        pictures = style_pictures(request.styles, request.style_masks)
        return [(_of(free, each), each.share) for each in pictures]
    if not request.options.style_weights:
        return [(free, 1.0)]
    shares = parsed(request.options.style_weights)
    options = {name: replace(request.options, style_weights=name) for name in shares}
    return [(replace(free, options=options[name]), shares[name]) for name in shares]


def _of(free: StyleRequest, style: StylePicture) -> StyleRequest:
    masks = () if style.mask is None else (style.mask,)
    return replace(free, styles=(str(style.path),), style_masks=masks)


class MaskedPainter:
    """Paints the frames of a film in order, in each style by a painter of its own."""

    def __init__(
        self,
        painters: list[FramePainter],
        options: ApplyOptions,
        shares: tuple[float, ...],
        *,
        faces: bool = False,
    ) -> None:
        """Prepare with one painter for each mask, or one for all that is not kept.

        Where ``faces`` are painted otherwise, as many more follow for these.
        """
        self._painters, self._options, self._shares = painters, options, shares
        self._faces = faces
        self._made: dict[str, FloatArray] = {}
        self._files: dict[Any, FloatArray] = {}

    def paint(self, moved: Moved) -> Bytes:
        """Paint the next frame; ImpastoError where a painter cannot."""
        frame = Picture(unit(moved.frame.pixels))
        given, kept = self._options.masks, self._options.content_mask
        words = {mask_word(each) for each in (*given, kept)} - {""}
        words |= {"face"} if self._faces else set()
        self._made = {kind: self._found(kind, frame, moved) for kind in map(_kind, words)}
        masks = [self._mask(each, frame).copy() for each in given]
        keep = None if kept is None else self._mask(kept, frame)
        places = divided(masks, keep, self._shares, frame)[0]
        found = places.composed(frame.pixels, self._results(moved))
        whole: Bytes = np.rint(255 * found.clip(0, 1)).astype(np.uint8)
        return whole

    def state(self) -> dict[str, Any]:
        """All that the next frame depends on."""
        states = {
            f"style{number}.{name}": values
            for number, painter in enumerate(self._painters)
            for name, values in painter.state().items()
        }
        return {**states, **self._made}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a state that :meth:`state` gave."""
        self._made = {name: state[name] for name in KINDS if name in state}
        for number, painter in enumerate(self._painters):
            start = f"style{number}."
            own = {name: each for name, each in state.items() if name.startswith(start)}
            painter.restore({name.removeprefix(start): each for name, each in own.items()})

    def _results(self, moved: Moved) -> Iterator[FloatArray]:
        """What each style makes of a frame, faces as they are to be."""
        of = len(self._painters) // (1 + self._faces)
        for number, painter in enumerate(self._painters[:of]):
            result = unit(painter.paint(moved))
            if self._faces:
                weaker = unit(self._painters[of + number].paint(moved))
                result += self._made["face"][..., None] * (weaker - result)
            yield result

    def _mask(self, mask: Any, frame: Picture) -> FloatArray:
        if word := mask_word(mask):
            levels = self._made[_kind(word)]
            return 1 - levels if word == "background" else levels
        if mask not in self._files:
            self._files[mask] = fitted(mask, self._options, frame)
        return self._files[mask]

    def _found(self, kind: str, frame: Picture, moved: Moved) -> FloatArray:
        """The subject of a frame, or its faces, which change calmly."""
        before = None if moved.begins else self._made.get(kind)
        if kind == "face":
            return calm(face_mask(frame), before, moved)
        levels, sure = found_subject(frame)
        if sure >= SURE:
            return calm(levels, before, moved)
        if before is None:
            logger.warning(NO_SUBJECT)
            return middle(frame.width, frame.height)
        return (
            before if moved.motion is None else warped(before, moved.motion.backward, cubic=False)
        )
