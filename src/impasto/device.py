"""Which device computes, in which precision, and how much memory there is.

Torch is imported late: trained networks run without it and ask for memory here, too.
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

# Bytes that are loaded for a painting; whatever else a process holds does not serve it.
_LOADED_AT_MOST: Final = 850_000_000


def choose_device(name: str) -> torch.device:
    """The device an option names; ``auto`` is the fastest there is.

    Raises:
        OptionError: No such device here.
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
    """The dtype of the convolutions; ``auto`` is bfloat16 only where it is the faster one.

    A processor without bfloat16 instructions emulates them several times slower than float32.
    """
    import torch

    bfloat16 = name == "bf16" if name != "auto" else _bfloat16_judged(device)[0]
    return torch.bfloat16 if bfloat16 else torch.float32


def why_precision(device: torch.device) -> str:
    """Why ``auto`` chooses the precision it does, in a few words."""
    return _bfloat16_judged(device)[1]


def _bfloat16_judged(device: torch.device) -> tuple[bool, str]:
    """Whether bfloat16 is the faster one, and why."""
    import torch

    if device.type == "cuda":
        native = bool(torch.cuda.is_bf16_supported(including_emulation=False))
        return native, f"the GPU has {'' if native else 'no '}bfloat16 of its own"
    if device.type != "cpu":
        return False, f"bfloat16 is not used on {device.type}"
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
    import torch

    # torch describes the processor only by these names, which older releases lack.
    return bool(getattr(torch.cpu, name, lambda: False)())


def _made_by_intel() -> bool:
    # The second is of Windows and macOS.
    return "GenuineIntel" in (_text(Path("/proc/cpuinfo")) or platform.processor())


_MEMBERSHIP: Final = Path("/proc/self/cgroup")
_GROUPS: Final = Path("/sys/fs/cgroup")

# Files with a limit: two of the second version of control groups and one of the first.
_LIMITS: Final = ("memory.max", "memory.high", "memory.limit_in_bytes")
_USED: Final = ("memory.current", "memory.usage_in_bytes")

# Parts of the memory in use that the system frees when it is needed.
_CACHES: Final = ("inactive_file", "active_file", "total_inactive_file", "total_active_file")


def free_memory(device: torch.device | None = None) -> int:
    """Bytes that may be taken now: by this process, or by a painting on a device.

    A container or batch job is given less than the machine has, and whoever takes more is ended
    without a word. So everything large is estimated first and asked for here.

    What a painting takes on the processor is an estimate of the whole process, and torch and the
    weights are loaded by then: with a device given, what this process holds counts as free.
    """
    if device is not None and device.type == "cuda":
        return int(_cuda_memory(device)[0])
    left = [limit - used for limit, used in (*_of_groups(), *_of_process())]
    free = max(0, min([int(psutil.virtual_memory().available), *left]))
    held = 0 if device is None else int(psutil.Process().memory_info().rss)
    return free + min(held, _LOADED_AT_MOST)


def whole_memory(device: torch.device | None = None) -> int:
    """Bytes that there are for this process or on a device, taken or free."""
    if device is not None and device.type == "cuda":
        return int(_cuda_memory(device)[1])
    limits = [limit for limit, _ in (*_of_groups(), *_of_process())]
    return min([int(psutil.virtual_memory().total), *limits])


def check_memory(needed: int, what: str, advice: str) -> None:
    """Refuse work that does not fit into the memory that is free, before it begins.

    Args:
        needed: Bytes that it takes at its peak.
        what: Begins the message: the work, or the file and the work.
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
    """Folders of the groups; inside a container its own is the root, whatever it is called."""
    for line in _text(_MEMBERSHIP).splitlines():
        _, controllers, path = (*line.split(":", 2), "", "")[:3]
        if not controllers or "memory" in controllers.split(","):
            root = _GROUPS / "memory" if controllers else _GROUPS
            folder = root / path.lstrip("/")
            yield from (each for each in (folder, *folder.parents) if each.is_relative_to(root))


def _cached(folder: Path) -> int:
    """Bytes in use that only cache files; the first version counts groups below separately."""
    lines = (line.split() for line in _text(folder / "memory.stat").splitlines())
    found = {line[0]: int(line[1]) for line in lines if len(line) == 2 and line[0] in _CACHES}
    totals = [value for name, value in found.items() if name.startswith("total")]
    return sum(totals or found.values())


def _of_process() -> Iterator[tuple[int, int]]:
    """Limit and use of address space and data (``ulimit -v`` and ``-d``), where they count."""
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
