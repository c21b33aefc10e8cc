"""Which device computes, in which precision, and how much memory there is."""

from __future__ import annotations

import psutil
import torch

from impasto.errors import OptionError

KINDS = ("cpu", "cuda", "mps", "xpu")

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
    """The dtype of the convolutions; ``auto`` is bfloat16 only where it is native.

    A processor without bfloat16 instructions emulates them several times slower than float32.
    """
    if name != "auto":
        return _PRECISIONS[name]
    return torch.bfloat16 if _has_native_bfloat16(device) else torch.float32


def _has_native_bfloat16(device: torch.device) -> bool:
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type == "cpu":
        # torch tells of the processor only by these names, which older releases lack.
        names = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
        return any(getattr(torch.cpu, name, lambda: False)() for name in names)
    return False


def free_memory(device: torch.device) -> int:
    """Bytes that a new computation on this device may take."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    return int(psutil.virtual_memory().available)
