"""Log the steps of a painting or a training for TensorBoard."""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from impasto.errors import OptionError, RunError
from impasto.files import shown, write_errors
from impasto.track.snapshots import to_uint8

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from torch import Tensor, nn

    from impasto.step import Step

BINS: Final = 64
CHANNELS: Final = ("red", "green", "blue")


class EventFile:
    """A TensorBoard event file, as a context manager that closes it.

    Args:
        folder: Its folder; a resumed run uses the same folder.
        resume_from: Step of the checkpoint to resume from. TensorBoard hides later steps in the
            folder.

    Raises:
        RunError: It cannot be written, here or at any later call.
    """

    def __init__(self, folder: Path, resume_from: int = 0) -> None:
        from tensorboard.summary.writer import event_file_writer
        from torch.utils.tensorboard import SummaryWriter

        _keep_quiet(event_file_writer._AsyncWriterThread)
        self.folder = folder
        self.resume_from = resume_from
        _wait_for_a_later_name(folder)
        with write_errors(folder):
            self.writer = SummaryWriter(_in_utf8(folder), purge_step=resume_from + 1, flush_secs=10)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        with suppress(*[RunError] * any(exception)):  # the first error is the one to report
            self.close()

    def loss(self, name: str, value: float, number: int) -> None:
        """Log a loss; those without a group are logged under ``loss``."""
        self.scalar(name if "/" in name else f"loss/{name}", value, number)

    def scalar(self, name: str, value: float, number: int) -> None:
        """Log a number."""
        with write_errors(self.folder):
            self.writer.add_scalar(name, value, number)

    def picture(self, name: str, pixels: npt.NDArray[np.uint8], number: int) -> None:
        """Log a picture (H, W, 3)."""
        with write_errors(self.folder):
            self.writer.add_image(name, pixels, number, dataformats="HWC")

    def histogram(
        self, name: str, values: npt.NDArray[Any], edges: npt.NDArray[Any], number: int
    ) -> None:
        """Log a histogram of values with the bins' edges."""
        with write_errors(self.folder):
            self.writer.add_histogram(name, values, number, bins=edges)

    def text(self, name: str, markdown: str) -> None:
        """Log a text such as the options of the run."""
        with write_errors(self.folder):
            self.writer.add_text(name, shown(markdown), 0)

    def graph(self, module: nn.Module, example: Tensor) -> None:
        """Log the graph of a network's calls for an example input."""
        from impasto.track.graph import graph_profile

        file_writer: Any = self.writer.file_writer
        profile = graph_profile(module, example)
        with write_errors(self.folder):
            file_writer.add_graph(profile)

    def close(self) -> None:
        """Flush and close the file."""
        with write_errors(self.folder):
            self.writer.close()


class PaintingLog:
    """Logs losses as scalars, and at intervals histograms and the current picture.

    In TensorBoard ``loss`` holds the main losses, each group (``style/relu1_1``) keeps its name,
    ``loss_histogram`` shows the values of each loss since its last histogram, and ``pixels`` shows
    the distribution of each channel of the picture.

    Args:
        events: The open file.
        every: Steps from one set of scalars to the next.
        image_every: Steps from one picture and set of histograms to the next; the last step always
            has them.

    Raises:
        OptionError: ``every`` or ``image_every`` is not positive.
    """

    def __init__(self, events: EventFile, every: int = 1, image_every: int = 50) -> None:
        for option, value in (("every", every), ("image_every", image_every)):
            if value < 1:
                raise OptionError(option, "a positive number of steps", value)
        self._events = events
        self._every = every
        self._image_every = image_every
        self._since_last: dict[str, list[float]] = {}

    def __call__(self, step: Step) -> None:
        """Log a step."""
        last = step.number == step.of
        for name, value in step.losses.items():
            self._since_last.setdefault(name, []).append(float(value))
            if last or step.number % self._every == 0:
                self._events.loss(name, value, step.number)
        if last or step.number % self._image_every == 0:
            self._log_histograms(step.number)
            self._log_picture(step.image(), step.number)

    def _log_histograms(self, number: int) -> None:
        import numpy as np

        for name, values in self._since_last.items():
            finite = [value for value in values if math.isfinite(value)]
            if finite:
                array = np.array(finite, dtype=np.float64)
                self._events.histogram(f"loss_histogram/{name}", array, _edges(finite), number)
        self._since_last.clear()

    def _log_picture(self, image: Tensor, number: int) -> None:
        import numpy as np

        pixels = to_uint8(image)
        self._events.picture("picture", pixels, number)
        edges = np.linspace(0, 1, BINS + 1)
        for channel, name in enumerate(CHANNELS):
            self._events.histogram(f"pixels/{name}", pixels[..., channel] / 255, edges, number)


class TrainingLog:
    """Logs losses, learning rates, images per second and, at intervals, the sheet of pictures.

    Losses vary with every batch, so each point is the mean since the last point; validation losses
    are logged as they are. There are no histograms, which say nothing about a sheet.

    Args:
        events: The open file.
        every: Steps from one set of scalars to the next; the last step always has them.
        sheet_every: Steps from one sheet to the next; the last step always has one.
        batch: Pictures in a step.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        events: EventFile,
        *,
        every: int,
        sheet_every: int,
        batch: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._events = events
        self._every = every
        self._sheet_every = sheet_every
        self._batch = batch
        self._clock = clock
        self._since_last: dict[str, list[float]] = {}
        self._last = (events.resume_from, clock())

    def __call__(
        self, step: Step, rates: Mapping[str, float], validation: Mapping[str, float]
    ) -> None:
        """Log a step, the learning rates by optimizer, and any validation losses."""
        for name, value in step.losses.items():
            self._since_last.setdefault(name, []).append(value)
        last = step.number == step.of
        if last or step.number % self._every == 0:
            self._log_losses(step.number)
            self._log_speed(step.number)
            for name, rate in rates.items():
                self._events.scalar(f"learning_rate/{name}", rate, step.number)
        for name, value in validation.items():
            self._events.scalar(f"validation/{name}", value, step.number)
        if last or step.number % self._sheet_every == 0:
            self._events.picture("sheet", to_uint8(step.image()), step.number)

    def _log_losses(self, number: int) -> None:
        for name, values in self._since_last.items():
            finite = [value for value in values if math.isfinite(value)]
            self._events.loss(name, sum(finite) / len(finite) if finite else math.nan, number)
        self._since_last.clear()

    def _log_speed(self, number: int) -> None:
        begun, then = self._last
        self._last = (number, self._clock())
        if seconds := self._last[1] - then:
            speed = (number - begun) * self._batch / seconds
            self._events.scalar("speed/images_per_second", speed, number)


def _edges(values: Sequence[float]) -> npt.NDArray[np.float64]:
    """Edges of equal bins over the values, with a narrow range if all values are equal.

    TensorFlow's bins, which are for weights and start at 1e-12, would put all losses of a window
    into one.
    """
    import numpy as np

    low, high = min(values), max(values)
    margin = max((high - low) / BINS, 1e-6 * max(abs(low), abs(high)), 1e-12)
    return np.linspace(low - margin, high + margin, BINS + 1)


def _wait_for_a_later_name(folder: Path) -> None:
    """Wait until the second of the newest event file in the folder is over.

    TensorBoard reads the files of a folder in the order of their names, which begin with the
    second. Within one second the order is that of process and counter as text: 10 before 9.
    """
    names = (path.name.split(".") for path in folder.glob("events.out.tfevents.*"))
    newest = max((int(name[3]) for name in names if name[3].isdigit()), default=0)
    while int(now := time.time()) == newest:
        time.sleep(newest + 1 - now)


def _in_utf8(folder: Path) -> str:
    """A UTF-8 name of the folder, as TensorBoard needs one; other names exist only on Linux."""
    if shown(str(folder)) == str(folder):
        return str(folder)
    folder.mkdir(parents=True, exist_ok=True)
    return f"/proc/self/fd/{os.open(folder, os.O_RDONLY)}"


def _keep_quiet(kind: type[threading.Thread]) -> None:
    """Print no traceback of TensorBoard's writer thread: the next write raises the error."""
    before = threading.excepthook
    if getattr(before, "quiet", None) is kind:
        return

    def report(fault: Any) -> None:
        if not isinstance(fault.thread, kind):
            before(fault)

    report.quiet = kind  # type: ignore[attr-defined]
    threading.excepthook = report
