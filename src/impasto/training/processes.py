"""Training in one process or many: device, precision and communication."""

from __future__ import annotations

import atexit
import importlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final, TypeVar

import torch
from accelerate import PartialState
from accelerate.utils import (
    broadcast,
    broadcast_object_list,
    gather_object,
    parse_flag_from_env,
    reduce,
)
from torch import Tensor

from impasto.device import choose_device, choose_precision
from impasto.errors import ImpastoError, OptionError

PRECISIONS: Final = {torch.bfloat16: "bf16", torch.float32: "fp32"}

Result = TypeVar("Result")


class Processes:
    """This process and the others of a training, started by accelerate, torchrun or alone.

    accelerate reads from the environment how they were started (GPUs, CPUs, machines) and
    connects them. This uses its ``PartialState``: an ``Accelerator`` has one precision and one
    device for the life of a program, while users of a library may train several times.

    A method builds its networks on ``device`` before the training begins.

    Args:
        device: The option. With several processes, each takes the accelerator of its index.
        precision: The option.

    Attributes:
        device: Where this process computes.
        dtype: torch.bfloat16 or torch.float32, of convolutions and matrix products.
        count: Number of processes.
        index: Index of this one, from 0.

    Raises:
        OptionError: There is no such device, or it has a number with several processes.
    """

    def __init__(self, device: str = "auto", precision: str = "auto") -> None:
        # torch's optimizers import this. If that happens after the processes are connected, it
        # keeps the connection open until Python exits, where a gloo thread sometimes crashes.
        importlib.import_module("torch._dynamo")
        chosen = choose_device(device)
        on_cpu = chosen.type == "cpu" or parse_flag_from_env("ACCELERATE_USE_CPU")
        self._state = PartialState(cpu=on_cpu)
        self.count = int(self._state.num_processes)
        self.index = int(self._state.process_index)
        if self.count > 1:
            if chosen.index is not None and device != "auto":
                raise OptionError("device", "no number with several processes", device)
            chosen = self._state.device
            atexit.register(self._state.destroy_process_group)
        self.device: torch.device = chosen
        self.dtype = choose_precision(precision, self.device)

    @property
    def main(self) -> bool:
        """Whether this is the process that reads and writes the run folder."""
        return self.index == 0

    def describe(self) -> dict[str, Any]:
        """Device, precision and number of processes, for manifests."""
        return {
            "device": self.device.type,
            "precision": PRECISIONS[self.dtype],
            "processes": self.count,
        }

    def autocast(self) -> AbstractContextManager[None]:
        """The context in which losses are computed: autocast if the precision is bf16."""
        bf16 = self.dtype is torch.bfloat16
        return torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=bf16)

    def mean(self, tensor: Tensor) -> Tensor:
        """The mean of a tensor over all processes."""
        return tensor if self.count == 1 else reduce(tensor, "mean")

    def any(self, value: bool) -> bool:
        """Whether a value is true in any process; the same answer in all."""
        if self.count == 1:
            return value
        return bool(reduce(torch.tensor([float(value)], device=self.device), "max").item())

    def gather(self, value: Result) -> list[Result]:
        """The values of all processes, in all of them, by their index."""
        gathered: list[Result] = gather_object([value])
        return gathered

    def share(self, tensors: Sequence[Tensor]) -> None:
        """Give every process the main one's tensors, in place."""
        if self.count > 1:
            broadcast([tensor.detach() for tensor in tensors])

    def from_main(self, work: Callable[[], Result]) -> Result:
        """Do some work in the main process, and return its result or raise its error in all."""
        outcome: list[Any] = [None, None]
        if self.main:
            try:
                outcome[0] = work()
            except ImpastoError as error:
                if self.count == 1:
                    raise
                outcome[1] = error
        if self.count > 1:
            broadcast_object_list(outcome)
        if outcome[1] is not None:
            raise outcome[1]
        result: Result = outcome[0]
        return result
