"""The steps of a run for TensorBoard."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from impasto.errors import OptionError, RunError
from impasto.files import faults_told, shown
from impasto.track.events import event_writer
from impasto.track.pixels import to_uint8

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from torch import Tensor, nn

    from impasto.step import Step

BINS: Final = 64
CHANNELS: Final = ("red", "green", "blue")


class TensorBoardLog:
    """Logs losses as scalars, and now and then histograms and the picture so far.

    In TensorBoard ``loss`` holds the main losses, each group (``style/relu1_1``) keeps its own
    name, ``loss_histogram`` shows the values each loss took since its last histogram, and
    ``pixels`` shows how the values of each channel of the picture are spread. A context manager;
    leaving it closes the event file.

    Args:
        folder: Where the event files go; a resumed run goes on in the same folder.
        every: Steps from one set of scalars to the next.
        image_every: Steps from one picture, and set of histograms, to the next; the last step
            always has them.
        resume_from: Step of the checkpoint the run goes on from. What the folder holds of later
            steps is hidden by TensorBoard.

    Raises:
        OptionError: ``every`` or ``image_every`` is not positive.
    """

    def __init__(
        self, folder: Path, every: int = 1, image_every: int = 50, resume_from: int = 0
    ) -> None:
        for option, value in (("every", every), ("image_every", image_every)):
            if value < 1:
                raise OptionError(option, "a positive number of steps", value)
        self._folder = folder
        self._writer = event_writer(folder, resume_from)
        self._every = every
        self._image_every = image_every
        self._since_last: dict[str, list[float]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        with suppress(*[RunError] * any(exception)):  # what came first is to be told
            self.close()

    def __call__(self, step: Step) -> None:
        """Log a step."""
        with faults_told(self._folder):
            self._log(step)

    def _log(self, step: Step) -> None:
        last = step.number == step.of
        for name, value in step.losses.items():
            self._since_last.setdefault(name, []).append(float(value))
            if last or step.number % self._every == 0:
                tag = name if "/" in name else f"loss/{name}"
                self._writer.add_scalar(tag, value, step.number)
        if last or step.number % self._image_every == 0:
            self._log_histograms(step.number)
            self._log_picture(step.image(), step.number)

    def text(self, name: str, markdown: str) -> None:
        """Log a text such as the options of the run."""
        with faults_told(self._folder):
            self._writer.add_text(name, shown(markdown), 0)

    def graph(self, module: nn.Module, example: Tensor) -> None:
        """Log the layers of a network as they are called on an example input."""
        from impasto.track.graph import graph_profile

        file_writer: Any = self._writer.file_writer
        profile = graph_profile(module, example)
        with faults_told(self._folder):
            file_writer.add_graph(profile)

    def close(self) -> None:
        """Write what is waiting and close the event file."""
        with faults_told(self._folder):
            self._writer.close()

    def _log_histograms(self, number: int) -> None:
        for name, values in self._since_last.items():
            finite = [value for value in values if math.isfinite(value)]
            if finite:
                tag = f"loss_histogram/{name}"
                self._writer.add_histogram(tag, _array(finite), number, bins=_edges(finite))
        self._since_last.clear()

    def _log_picture(self, image: Tensor, number: int) -> None:
        import numpy as np

        pixels = to_uint8(image)
        self._writer.add_image("picture", pixels, number, dataformats="HWC")
        edges = np.linspace(0, 1, BINS + 1)
        for channel, name in enumerate(CHANNELS):
            values = pixels[..., channel] / 255
            self._writer.add_histogram(f"pixels/{name}", values, number, bins=edges)


def _array(values: Sequence[float]) -> npt.NDArray[np.float64]:
    import numpy as np

    return np.array(values, dtype=np.float64)


def _edges(values: Sequence[float]) -> npt.NDArray[np.float64]:
    """Edges of equal bins over the values; those of equal values get a narrow range of their own.

    TensorFlow's bins, which are for weights and start at 1e-12, would put all losses of a window
    into one.
    """
    import numpy as np

    low, high = min(values), max(values)
    margin = max((high - low) / BINS, 1e-6 * max(abs(low), abs(high)), 1e-12)
    return np.linspace(low - margin, high + margin, BINS + 1)
