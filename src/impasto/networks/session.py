"""A model file opened in onnxruntime."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from impasto.device import free_memory
from impasto.errors import ModelError

if TYPE_CHECKING:
    import onnxruntime

_SILENT: Final = 4
"""onnxruntime's severity at which it logs nothing, because errors are raised."""

_AS_ASKED: Final = 1  # the allocation strategy that requests no extra memory
_LEAST: Final = 100_000_000  # bytes needed to open any network

_GIVING_BACK: Final = ContextVar("giving_back", default=False)

_SMT: Final = Path("/sys/devices/system/cpu/smt/active")


def run(
    session: onnxruntime.InferenceSession, wanted: Sequence[str], feeds: Mapping[str, Any]
) -> list[Any]:
    """Run a network so that Ctrl-C stops it between two operations.

    Python handles Ctrl-C only in its main thread, and not while onnxruntime runs there.
    """
    import onnxruntime

    options = onnxruntime.RunOptions()
    if _GIVING_BACK.get():
        options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    if threading.current_thread() is not threading.main_thread():
        found: list[Any] = session.run(wanted, feeds, options)
        return found
    with ThreadPoolExecutor(1) as apart:
        try:
            return list(apart.submit(session.run, wanted, feeds, options).result())
        except KeyboardInterrupt:
            options.terminate = True
            raise


@contextmanager
def giving_back() -> Iterator[None]:
    """Make networks return their memory to the system after each run in the block.

    The next run allocates it again, which takes some time.
    """
    token = _GIVING_BACK.set(True)
    try:
        yield
    finally:
        _GIVING_BACK.reset(token)


def opened(
    data: bytes, name: str, threads: int | None, *, mixes: bool = False
) -> onnxruntime.InferenceSession:
    """Open a model's bytes in onnxruntime, on the processor.

    Args:
        data: The file.
        name: For errors.
        threads: None for one per physical core.
        mixes: Whether it makes its weights for each picture, so that hardly an operation can be
            changed beforehand.

    Raises:
        ModelError: The bytes are not an ONNX model, or a damaged one.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # Not 0, with which onnxruntime binds threads to cores, even busy ones.
    options.intra_op_num_threads = threads or physical_cores()
    options.log_severity_level = _SILENT
    if mixes:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    # A plan takes half of the opening, and saves no memory where sizes are known only later.
    options.enable_mem_reuse = False
    _limit_memory()
    options.add_session_config_entry("session.use_env_allocators", "1")
    try:
        return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except (
        Exception
    ) as error:  # onnxruntime has a dozen classes, all direct subclasses of Exception
        # "[ONNXRuntimeError] : 7 : INVALID_PROTOBUF : Failed to load model because ..."
        reason = str(error).splitlines()[0].rpartition(" : ")[2][:120]
        raise ModelError(f"{name}: not an ONNX model, or a damaged one ({reason})") from None


@cache
def _limit_memory() -> None:
    """Limit all networks together to the memory that is free now."""
    import onnxruntime

    kind = onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR
    place = onnxruntime.OrtMemoryInfo("Cpu", kind, 0, onnxruntime.OrtMemType.DEFAULT)
    limits = {"max_mem": max(free_memory(), _LEAST), "arena_extend_strategy": _AS_ASKED}
    onnxruntime.create_and_register_allocator(place, onnxruntime.OrtArenaCfg(limits))


def physical_cores() -> int:
    """The number of physical cores this process may use; hyperthreads do not help."""
    if hasattr(os, "sched_getaffinity"):
        allowed = len(os.sched_getaffinity(0))
    else:
        allowed = os.cpu_count() or 1
    try:
        threads_share_cores = _SMT.read_text(encoding="ascii").strip() == "1"
    except OSError:
        threads_share_cores = False
    return max(1, allowed // 2 if threads_share_cores else allowed)
