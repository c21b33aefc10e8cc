"""Which device computes, in which precision, and how much memory it has."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Final

import torch

from impasto import memory
from impasto.errors import OptionError

KINDS = ("cpu", "cuda", "mps", "xpu")

_LOADED_AT_MOST: Final = 850_000_000
"""Bytes of what is loaded for a painting; what a process holds beyond that is something else."""

_PRECISIONS = {"bf16": torch.bfloat16, "fp32": torch.float32}


def choose_device(name: str) -> torch.device:
    """The device an option names; ``auto`` is the fastest there is.

    Raises:
        OptionError: No such device here.
    """
    if name == "auto":
        accelerator = torch.accelerator.current_accelerator(check_available=True)
        return accelerator if accelerator is not None else torch.device("cpu")
    try:
        device = torch.device(name)
        if device.type not in KINDS:
            raise RuntimeError
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError, NotImplementedError):
        expected = f"auto or a device of this machine ({', '.join(devices())})"
        raise OptionError("device", expected, name) from None
    return device


def devices() -> list[str]:
    """The names of the devices of this machine."""
    accelerator = torch.accelerator.current_accelerator(check_available=True)
    if accelerator is None:
        return ["cpu"]
    count = torch.accelerator.device_count()
    return ["cpu", *(f"{accelerator.type}:{number}" for number in range(count))]


def choose_precision(name: str, device: torch.device) -> torch.dtype:
    """The dtype of the convolutions; ``auto`` is bfloat16 only where it is the faster one.

    A processor without bfloat16 instructions emulates them several times slower than float32.
    """
    if name != "auto":
        return _PRECISIONS[name]
    fast, _ = _bfloat16_judged(device)
    return torch.bfloat16 if fast else torch.float32


def why_precision(device: torch.device) -> str:
    """Why ``auto`` chooses the precision it does, in a few words."""
    return _bfloat16_judged(device)[1]


def _bfloat16_judged(device: torch.device) -> tuple[bool, str]:
    """Whether bfloat16 is the faster one, and what of the device says so."""
    if device.type == "cuda":
        native = bool(torch.cuda.is_bf16_supported(including_emulation=False))
        return native, f"the GPU has {'' if native else 'no '}bfloat16 of its own"
    if device.type == "cpu":
        return _bfloat16_of_the_processor()
    return False, f"bfloat16 is not used on {device.type}"


def _bfloat16_of_the_processor() -> tuple[bool, str]:
    # Intel's AVX-512 instructions for bfloat16 take four times as long as float32's for twice
    # the work: without its matrix unit, or where a virtual machine hides that, 3x3
    # convolutions ran at 170 GFLOP/s against 327. AMD's (Zen 4) take as long as float32's.
    if _supports("_is_amx_tile_supported"):
        return True, "the processor has a matrix unit for bfloat16 (AMX)"
    if not _supports("_is_avx512_bf16_supported"):
        return False, "the processor has no instructions for bfloat16"
    if _made_by_intel():
        return False, "Intel's AVX-512 for bfloat16 is slower than float32 without AMX"
    return True, "the processor has AVX-512 for bfloat16"


def _supports(name: str) -> bool:
    # torch tells of the processor only by these names, which older releases lack.
    return bool(getattr(torch.cpu, name, lambda: False)())


def _made_by_intel() -> bool:
    try:
        told = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        told = platform.processor()  # of Windows and macOS
    return "GenuineIntel" in told


def free_memory(device: torch.device) -> int:
    """Bytes that a computation on this device may take.

    On the processor with what is loaded for it: what a painting takes is told of the whole
    process, and torch and the weights are there by now.
    """
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    return memory.free_memory() + min(memory.held_memory(), _LOADED_AT_MOST)


def whole_memory(device: torch.device) -> int:
    """Bytes that this device has, taken or free."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[1])
    return memory.whole_memory()
