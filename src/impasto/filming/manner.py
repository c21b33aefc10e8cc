"""In which manner a film is painted: data that can travel, and the painter it becomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from impasto.filming.stretch import FramePainter
from impasto.options.video import VideoOptions


@dataclass(frozen=True, slots=True)
class Wish:
    """A manner as it is asked for.

    Attributes:
        options: What becomes of the film.
        model: As :func:`impasto.load_model` takes it, or "".
        styles: Pictures whose manner is taken on.
        style_size: Longer side in pixels at which they are seen; 0 is as usual.
        threads: How many to compute with; as many as there are cores when None.
    """

    options: VideoOptions
    model: str = ""
    styles: tuple[str, ...] = ()
    style_size: int = 0
    threads: int | None = None


class Manner(Protocol):
    """A manner that is ready."""

    def made_with(self) -> Mapping[str, Any]:
        """Network and styles, as a manifest tells them."""

    def painter(self, rate: float) -> FramePainter:
        """A painter for a film of frames a second, with no memory yet."""


def manner_of(wish: Wish) -> Manner:
    """Load what a manner needs.

    Raises:
        ImpastoError: There is no such model or style, or it cannot be read.
    """
    if wish.options.method == "paint":
        from impasto.filming.optimized import Optimized  # torch

        return Optimized(wish)
    return Networked(wish)


def label_of(wish: Wish) -> str:
    """What the manner is called in names of files."""
    if wish.options.method == "paint":
        return "+".join(Path(each).stem for each in wish.styles)
    from impasto.runtime.blends import parsed
    from impasto.runtime.resolve import located, styled

    if wish.options.style_weights:
        shares = parsed(wish.options.style_weights)
        return "+".join(name for name, share in shares.items() if share) or "none"
    if wish.styles:
        return styled(wish.model, wish.styles, wish.style_size).name
    return located(wish.model).name


class Networked:
    """A trained network."""

    def __init__(self, wish: Wish) -> None:
        from impasto.runtime.model import load_model
        from impasto.runtime.resolve import located, styled

        file = styled(wish.model, wish.styles, wish.style_size) if wish.styles else None
        self._options = wish.options
        self._model = load_model(file or located(wish.model), threads=wish.threads)
        self._model.blend(wish.options.style_weights)  # a mistake is told before the film is read

    def made_with(self) -> Mapping[str, Any]:
        """Network and styles, as a manifest tells them."""
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

    def painter(self, rate: float) -> FramePainter:
        """A painter for a film of frames a second, with no memory yet."""
        from impasto.filming.networked import NetworkedPainter

        return NetworkedPainter(self._model, self._options, rate)
