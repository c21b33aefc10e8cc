"""The style that frames are given: a trained network, or style images to optimize against."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from impasto.options.video import StyleRequest

if TYPE_CHECKING:
    from impasto.film.networked import NetworkStyle
    from impasto.film.optimized import OptimizedStyle


def frame_style_of(request: StyleRequest) -> NetworkStyle | OptimizedStyle:
    """Load what a style needs.

    Raises:
        ImpastoError: There is no such model or style, or it cannot be read.
    """
    if request.options.method == "paint":
        from impasto.film.optimized import OptimizedStyle  # torch

        return OptimizedStyle(request)
    from impasto.film.networked import NetworkStyle

    return NetworkStyle(request)


def label_of(request: StyleRequest) -> str:
    """What the style is called in names of files."""
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
