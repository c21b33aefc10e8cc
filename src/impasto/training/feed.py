"""From positions of a stream to batches on the device."""

from __future__ import annotations

import itertools
import signal
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from impasto.errors import OptionError, PictureError
from impasto.options.training import TrainOptions
from impasto.training.task import Item, Stream

if TYPE_CHECKING:
    from impasto.training.processes import Processes

POSITION: Final = "position"
"""The name under which a batch holds the positions of its pictures."""


@dataclass(frozen=True)
class Share:
    """The positions of each batch that one process takes, pass by pass: an endless iterable.

    Together the processes take positions ``update * batch`` to ``(update + 1) * batch - 1`` for
    an update, for any number of processes.

    Attributes:
        start: Updates already done.
        batch: Positions of one update.
        accumulate: Passes of one update.
        index: This process.
        count: All processes.
    """

    start: int
    batch: int
    accumulate: int
    index: int
    count: int

    def __iter__(self) -> Iterator[list[int]]:
        size = self.batch // (self.accumulate * self.count)
        for update in itertools.count(self.start):
            for each in range(self.accumulate):
                first = update * self.batch + (each * self.count + self.index) * size
                yield list(range(first, first + size))


def check_split(options: TrainOptions, processes: Processes) -> None:
    """Raise an OptionError unless a batch splits evenly over processes and passes."""
    parts = options.accumulate * processes.count
    if options.batch % parts:
        expected = f"a multiple of {parts} (accumulate {options.accumulate} x processes "
        raise OptionError("batch", f"{expected}{processes.count})", options.batch)


class Feed:
    """The batches of one process, from an update on.

    Args:
        streams: By name; all are read at the same positions.
        options: Batch, accumulation and workers.
        processes: This process, and its device.
        start: Updates already done.

    Attributes:
        skipped: The reason for each file that could not be read so far, by name.
    """

    def __init__(
        self,
        streams: Mapping[str, Stream],
        options: TrainOptions,
        processes: Processes,
        start: int,
    ) -> None:
        self.skipped: dict[str, str] = {}
        self._device = processes.device
        self._passes = options.accumulate
        share = Share(start, options.batch, options.accumulate, processes.index, processes.count)
        self._share = iter(share)
        self._loaders = {
            name: _begun(stream, share, options.workers, pin=self._device.type == "cuda")
            for name, stream in streams.items()
        }

    def batches(self) -> list[dict[str, Tensor]]:
        """The next update's batches, one for each pass; pictures stay bytes until they are used.

        Raises:
            PictureError: No picture can be read.
        """
        return [self._batch(positions) for positions in itertools.islice(self._share, self._passes)]

    def close(self) -> None:
        """Stop the reading processes."""
        self._loaders.clear()

    def _batch(self, positions: list[int]) -> dict[str, Tensor]:
        batch = {POSITION: torch.tensor(positions).to(self._device)}
        for name, loader in self._loaders.items():
            read = next(loader)
            if isinstance(read, PictureError):
                raise read
            images, skipped = read
            self.skipped.update(skipped)
            batch[name] = images.to(self._device, non_blocking=True)
        return batch


def to_image(pixels: Tensor) -> Tensor:
    """Bytes, (B, 3, S, S), as images in [0, 1]; floats are images already."""
    return pixels.float().div_(255) if pixels.dtype is torch.uint8 else pixels


class _Readable(Dataset[Item | PictureError]):
    """A stream that returns its errors: raised in a worker, they would arrive as a traceback."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def __getitem__(self, position: int) -> Item | PictureError:
        try:
            return self._stream[position]
        except PictureError as error:
            return error


def _collated(
    items: Sequence[Item | PictureError],
) -> tuple[Tensor, list[tuple[str, str]]] | PictureError:
    read: list[Item] = []
    for item in items:
        if isinstance(item, PictureError):
            return item
        read.append(item)
    images = torch.stack([item.image for item in read])
    return images, [each for item in read for each in item.skipped]


def _begun(stream: Stream, share: Share, workers: int, *, pin: bool) -> Iterator[Any]:
    with warnings.catch_warnings():
        # More workers than cores do no harm: they wait for the disk. And Python warns of forking
        # a process with threads, which the workers do not use.
        warnings.filterwarnings("ignore", "This DataLoader will create", UserWarning)
        warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
        loader: DataLoader[Any] = DataLoader(
            _Readable(stream),
            batch_sampler=share,
            collate_fn=_collated,
            num_workers=workers,
            pin_memory=pin,
            worker_init_fn=_deaf_to_ctrl_c,
            # A separate generator: starting to read must not advance the one training uses.
            generator=torch.Generator(),
        )
        return iter(loader)


def _deaf_to_ctrl_c(_worker: int) -> None:
    # A terminal sends Ctrl-C to all processes, but only the training one may decide to stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
