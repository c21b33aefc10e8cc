"""The ways impasto stylizes a picture, one folder each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol

from impasto.step import Step
from impasto.success import Failures

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from impasto.weights import WeightsFile

METHODS: Final[Mapping[str, tuple[str, str]]] = {
    "gatys": ("impasto.methods.gatys.stylizer", "GatysStylizer"),
    "nearest": ("impasto.methods.nearest.stylizer", "NearestStylizer"),
}
"""Module and class of each method that paints by optimisation. The class is called with the style
image or images, options and a weights file or None, and gives a :class:`Stylizer`."""


class Painting(Protocol):
    """A picture being painted: what drives, saves and shows it needs to know no more."""

    @property
    def number(self) -> int:
        """Steps taken."""

    @property
    def failures(self) -> Failures:
        """Counts the steps that had to be undone."""

    @property
    def done(self) -> bool:
        """Whether every step has been taken."""

    @property
    def image(self) -> Tensor:
        """The picture so far at its full size, (1, 3, H, W) sRGB in [0, 1]; a copy."""

    @property
    def options(self) -> Any:
        """The recipe."""

    @property
    def network(self) -> Any:
        """The feature extractor, to be drawn."""

    @property
    def subject(self) -> Any:
        """What it is made from: ``content`` and ``keep`` at the full size."""

    def advance(self) -> Step:
        """Take one step.

        Raises:
            ResultError: No step could be taken for a long time.
        """

    def run(self, on_step: Callable[[Step], None] | None = None) -> Tensor:
        """Advance until done; give the finished picture."""

    def marks(self) -> list[tuple[int, str]]:
        """The step at which each size begins, with the size as text."""

    def state_dict(self) -> dict[str, Any]:
        """Everything that the rest of the run depends on."""

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take up a state that :meth:`state_dict` gave."""


class Stylizer(Protocol):
    """Paints photographs in one manner; built once, called for each photograph."""

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
