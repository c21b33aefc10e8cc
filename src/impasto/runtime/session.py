"""A model file opened in onnxruntime."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from impasto.errors import ModelError

if TYPE_CHECKING:
    import onnxruntime

_SILENT: Final = 4
"""onnxruntime's severity above which nothing is: what matters is raised, in our own words."""

_SMT: Final = Path("/sys/devices/system/cpu/smt/active")


def opened(data: bytes, name: str, threads: int | None) -> onnxruntime.InferenceSession:
    """Open a model in onnxruntime, on the processor.

    Args:
        data: The file.
        name: Its name, for errors.
        threads: How many to compute with; the physical cores this process may use when None.

    Raises:
        ModelError: The bytes are no ONNX model, or a damaged one.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # A number, not 0: left to itself onnxruntime binds threads to cores, also to busy ones.
    options.intra_op_num_threads = threads or physical_cores()
    options.log_severity_level = _SILENT
    try:
        return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime has a dozen kinds, all direct children of Exception
        raise ModelError(f"{name}: no ONNX model, or a damaged one ({_reason(error)})") from None


def physical_cores() -> int:
    """How many cores this process may use; two threads of one core only wait for each other."""
    if hasattr(os, "sched_getaffinity"):
        allowed = len(os.sched_getaffinity(0))
    else:
        allowed = os.cpu_count() or 1
    try:
        threads_share_cores = _SMT.read_text(encoding="ascii").strip() == "1"
    except OSError:
        threads_share_cores = False
    return max(1, allowed // 2 if threads_share_cores else allowed)


def _reason(error: Exception) -> str:
    # "[ONNXRuntimeError] : 7 : INVALID_PROTOBUF : Failed to load model because ..."
    return str(error).splitlines()[0].rpartition(" : ")[2][:120]
