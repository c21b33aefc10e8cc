"""TensorBoard's event files, written by a thread of TensorBoard's own."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from impasto.files import faults_told, shown

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter


def event_writer(folder: Path, resume_from: int) -> SummaryWriter:
    """Begin an event file; what the folder holds of steps after ``resume_from`` is hidden.

    Raises:
        RunError: The folder cannot be written.
    """
    from tensorboard.summary.writer import event_file_writer
    from torch.utils.tensorboard import SummaryWriter

    _keep_quiet(event_file_writer._AsyncWriterThread)
    with faults_told(folder):
        return SummaryWriter(_spelled(folder), purge_step=resume_from + 1, flush_secs=10)


def _spelled(folder: Path) -> str:
    """A name of the folder that is UTF-8, as TensorBoard takes no other; only Linux has such."""
    if shown(str(folder)) == str(folder):
        return str(folder)
    folder.mkdir(parents=True, exist_ok=True)
    return f"/proc/self/fd/{os.open(folder, os.O_RDONLY)}"


def _keep_quiet(kind: type[threading.Thread]) -> None:
    """Print no traceback of such threads: whoever writes next is told what stopped them."""
    before = threading.excepthook
    if getattr(before, "quiet", None) is kind:
        return

    def told(fault: Any) -> None:
        if not isinstance(fault.thread, kind):
            before(fault)

    told.quiet = kind  # type: ignore[attr-defined]
    threading.excepthook = told
