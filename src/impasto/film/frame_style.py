"""The style that frames are given: a trained network, or style images to optimize against."""

from __future__ import annotations

from typing import TYPE_CHECKING

from impasto.options.video import StyleRequest

if TYPE_CHECKING:
    from impasto.film.masked import MaskedStyle
    from impasto.film.networked import NetworkStyle
    from impasto.film.optimized import OptimizedStyle


def frame_style_of(request: StyleRequest) -> NetworkStyle | OptimizedStyle | MaskedStyle:
    """Load what a style needs.

    Raises:
        ImpastoError: There is no such model or style, or it cannot be read.
    """
    by_places = request.masks or request.content_mask is not None
    if by_places or (request.options.faces and request.options.method == "apply"):
        from impasto.film.masked import MaskedStyle

        return MaskedStyle(request)
    if request.options.method == "paint":
        from impasto.film.optimized import OptimizedStyle  # torch

        return OptimizedStyle(request)
    from impasto.film.networked import NetworkStyle

    return NetworkStyle(request)
