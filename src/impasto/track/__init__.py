"""Follow the steps of a run: listeners for ``on_step``, and plots of what they recorded.

Listeners know only `Step`, so that the same ones serve painting and training. Heavy packages are
imported only when a listener is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from impasto.track.diagram import Model, draw_model
from impasto.track.loss_table import LossTable, read_losses
from impasto.track.overlay import Curve, plot_overlaid
from impasto.track.plot import plot_losses
from impasto.track.snapshots import Snapshots, snapshot_files, to_uint8
from impasto.track.tensorboard import EventFile, PaintingLog, TrainingLog

if TYPE_CHECKING:
    from impasto.step import OnStep, Step

__all__ = [
    "Curve",
    "EventFile",
    "LossTable",
    "Model",
    "PaintingLog",
    "Snapshots",
    "TrainingLog",
    "draw_model",
    "follow",
    "plot_losses",
    "plot_overlaid",
    "read_losses",
    "snapshot_files",
    "to_uint8",
]


def follow(*listeners: OnStep) -> OnStep:
    """Combine listeners into one that passes every step to each, in order."""

    def pass_on(step: Step) -> None:
        for listener in listeners:
            listener(step)

    return pass_on
