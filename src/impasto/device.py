"""The device, the precision, and the available memory.

Torch is imported late: trained networks run without it but also check memory here.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psutil

from impasto.errors import MemoryEstimateError, OptionError

if TYPE_CHECKING:
    import torch

KINDS = ("cpu", "cuda", "mps", "xpu")

# Bytes of this process that count as loaded for a painting, at most.
_LOADED_AT_MOST: Final = 850_000_000


def choose_device(name: str) -> torch.device:
    """The device that an option names; ``auto`` is the fastest.

    Raises:
        OptionError: This machine has no such device.
    """
    import torch

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
    import torch

    accelerator = torch.accelerator.current_accelerator(check_available=True)
    if accelerator is None:
        return ["cpu"]
    count = torch.accelerator.device_count()
    return ["cpu", *(f"{accelerator.type}:{number}" for number in range(count))]


def choose_precision(name: str, device: torch.device) -> torch.dtype:
    """The dtype of the convolutions; ``auto`` is bfloat16 only where that is faster.

    A processor without bfloat16 instructions emulates them several times slower than float32.
    """
    import torch

    bfloat16 = name == "bf16" if name != "auto" else _bfloat16_judged(device)[0]
    return torch.bfloat16 if bfloat16 else torch.float32


def why_precision(device: torch.device) -> str:
    """Why ``auto`` chooses its precision, in a few words."""
    return _bfloat16_judged(device)[1]


def _bfloat16_judged(device: torch.device) -> tuple[bool, str]:
    """Whether bfloat16 is faster, and why."""
    import torch

    if device.type == "cuda":
        native = bool(torch.cuda.is_bf16_supported(including_emulation=False))
        return native, f"the GPU has {'' if native else 'no '}bfloat16 of its own"
    if device.type != "cpu":
        return False, f"bfloat16 is not used on {device.type}"
    # Intel's AVX-512 instructions for bfloat16 take four times as long as float32's for twice the
    # work: without the matrix unit (or if a virtual machine hides it), 3x3 convolutions ran at 170
    # GFLOP/s instead of 327. AMD's (Zen 4) take as long as float32's.
    if _supports("_is_amx_tile_supported"):
        return True, "the processor has a matrix unit for bfloat16 (AMX)"
    if not _supports("_is_avx512_bf16_supported"):
        return False, "the processor has no instructions for bfloat16"
    if _made_by_intel():
        return False, "Intel's AVX-512 for bfloat16 is slower than float32 without AMX"
    return True, "the processor has AVX-512 for bfloat16"


def _supports(name: str) -> bool:
    import torch

    # Only these names of torch describe the processor; older releases lack them.
    return bool(getattr(torch.cpu, name, lambda: False)())


def _made_by_intel() -> bool:
    # The second exists on Windows and macOS.
    return "GenuineIntel" in (_text(Path("/proc/cpuinfo")) or platform.processor())


_MEMBERSHIP: Final = Path("/proc/self/cgroup")
_GROUPS: Final = Path("/sys/fs/cgroup")

# Files with a limit: two of version 2 of control groups and one of version 1.
_LIMITS: Final = ("memory.max", "memory.high", "memory.limit_in_bytes")
_USED: Final = ("memory.current", "memory.usage_in_bytes")

# Parts of the memory in use that the system frees when needed.
_CACHES: Final = ("inactive_file", "active_file", "total_inactive_file", "total_active_file")


def free_memory(device: torch.device | None = None) -> int:
    """Bytes that can be used now: by this process, or by a painting on a device.

    A container or batch job may have less memory than the machine, and a process that uses more is
    killed without a message. So large work is estimated and checked here first.

    The estimate for a painting on the processor is for the whole process, in which torch and the
    weights are already loaded. So if a device is given, the memory of this process counts as free.
    """
    if device is not None and device.type == "cuda":
        return int(_cuda_memory(device)[0])
    left = [limit - used for limit, used in (*_of_groups(), *_of_process())]
    free = max(0, min([int(psutil.virtual_memory().available), *left]))
    held = 0 if device is None else held_memory()
    return free + min(held, _LOADED_AT_MOST)


def held_memory() -> int:
    """Bytes that this process holds."""
    return int(psutil.Process().memory_info().rss)


def whole_memory(device: torch.device | None = None) -> int:
    """Total bytes for this process or on a device, used or free."""
    if device is not None and device.type == "cuda":
        return int(_cuda_memory(device)[1])
    limits = [limit for limit, _ in (*_of_groups(), *_of_process())]
    return min([int(psutil.virtual_memory().total), *limits])


def check_memory(needed: int, what: str, advice: str) -> None:
    """Raise an error before work that does not fit into the free memory.

    Args:
        needed: Peak bytes of the work.
        what: The start of the message: the work, or the file and the work.
        advice: What to do instead.

    Raises:
        MemoryEstimateError: It does not fit.
    """
    free = free_memory()
    if needed > free:
        raise MemoryEstimateError(
            f"{what} needs about {needed / 1e9:.1f} GB of memory and "
            f"{free / 1e9:.1f} GB are free: {advice}"
        )


def _cuda_memory(device: torch.device) -> tuple[int, int]:
    import torch

    return torch.cuda.mem_get_info(device)


def _of_groups() -> Iterator[tuple[int, int]]:
    """Limit and use of each control group that this process is in, up to the root."""
    for folder in _folders():
        used = next((_number(folder / name) for name in _USED if (folder / name).exists()), None)
        for limit in map(_number, (folder / name for name in _LIMITS)):
            if limit is not None and used is not None:
                yield limit, used - min(used, _cached(folder))


def _folders() -> Iterator[Path]:
    """Folders of the groups; inside a container its own group is the root, whatever its name."""
    for line in _text(_MEMBERSHIP).splitlines():
        _, controllers, path = (*line.split(":", 2), "", "")[:3]
        if not controllers or "memory" in controllers.split(","):
            root = _GROUPS / "memory" if controllers else _GROUPS
            folder = root / path.lstrip("/")
            yield from (each for each in (folder, *folder.parents) if each.is_relative_to(root))


def _cached(folder: Path) -> int:
    """Bytes in use that only cache files; version 1 counts child groups separately."""
    lines = (line.split() for line in _text(folder / "memory.stat").splitlines())
    found = {line[0]: int(line[1]) for line in lines if len(line) == 2 and line[0] in _CACHES}
    totals = [value for name, value in found.items() if name.startswith("total")]
    return sum(totals or found.values())


def _of_process() -> Iterator[tuple[int, int]]:
    """Limit and use of address space and data (``ulimit -v`` and ``-d``), if limited."""
    try:
        import resource
    except ImportError:  # Windows has no such limits
        return
    if not sys.platform.startswith("linux"):
        return

    taken = psutil.Process().memory_info()
    for kind, used in ((resource.RLIMIT_AS, taken.vms), (resource.RLIMIT_DATA, taken.data)):
        limit = resource.getrlimit(kind)[0]
        if limit != resource.RLIM_INFINITY:
            yield limit, used


def _number(path: Path) -> int | None:
    text = _text(path).strip()
    return int(text) if text.isdecimal() else None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
