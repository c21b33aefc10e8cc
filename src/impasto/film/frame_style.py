"""The style that frames are given: a trained network, or pictures to optimize against."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from impasto.film.pipeline import FramePainter
from impasto.options.video import StyleRequest


class FrameStyle(Protocol):
    """A manner that is ready."""

    def made_with(self) -> Mapping[str, Any]:
        """Network and styles, as a manifest tells them."""

    def painter(self, rate: float) -> FramePainter:
        """A painter for a film of frames a second, with no memory yet."""


def frame_style_of(request: StyleRequest) -> FrameStyle:
    """Load what a manner needs.

    Raises:
        ImpastoError: There is no such model or style, or it cannot be read.
    """
    if request.options.method == "paint":
        from impasto.film.optimized import OptimizedStyle  # torch

        return OptimizedStyle(request)
    return NetworkStyle(request)


def label_of(request: StyleRequest) -> str:
    """What the manner is called in names of files."""
    if request.options.method == "paint":
        return "+".join(Path(each).stem for each in request.styles)
    from impasto.networks.blends import parsed
    from impasto.networks.resolve import located, styled

    if request.options.style_weights:
        shares = parsed(request.options.style_weights)
        return "+".join(name for name, share in shares.items() if share) or "none"
    if request.styles:
        return styled(request.model, request.styles, request.style_size).name
    return located(request.model).name


class NetworkStyle:
    """A trained network."""

    def __init__(self, request: StyleRequest) -> None:
        from impasto.networks.model import load_model
        from impasto.networks.resolve import located, styled

        file = styled(request.model, request.styles, request.style_size) if request.styles else None
        self._options = request.options
        self._model = load_model(file or located(request.model), threads=request.threads)
        self._model.blend(
            request.options.style_weights
        )  # a mistake is told before the film is read

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
        from impasto.film.networked import NetworkedPainter

        return NetworkedPainter(self._model, self._options, rate)
