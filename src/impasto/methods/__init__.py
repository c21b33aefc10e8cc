"""The methods that stylize pictures, one folder for each.

Methods that optimize the picture itself share ``subject.py`` (what a painting is made from),
``painting.py`` (the loop over all stages) and ``canvas.py`` (one stage).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from impasto.methods.painting import Painting
    from impasto.weights import WeightsFile

METHODS: Final[Mapping[str, tuple[str, str]]] = {
    "gatys": ("impasto.methods.gatys.stylizer", "GatysStylizer"),
    "nearest": ("impasto.methods.nearest.stylizer", "NearestStylizer"),
}
"""Module and class of each painting method. The class takes the style image or images, options and
a weights file or None, and makes a :class:`Stylizer`."""


class Stylizer(Protocol):
    """Paints photographs in one style; built once, called for each photograph."""

    options: Any
    weights: WeightsFile
    device: torch.device
    precision: torch.dtype

    def painting(
        self,
        content: Tensor,
        *,
        init: Tensor | None = None,
        alpha: Tensor | None = None,
        masks: Sequence[Tensor] | None = None,
        keep: Tensor | None = None,
    ) -> Painting:
        """Begin a painting, to be advanced step by step."""
