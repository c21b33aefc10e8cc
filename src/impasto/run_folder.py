"""The run folder of a painting: losses, snapshots, animations and the checkpoint."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypedDict

from impasto.archive import load_errors
from impasto.checkpoint import WHOLE, KeptOf, load_checkpoint, save_checkpoint
from impasto.errors import RunError
from impasto.files import write_json
from impasto.methods.painting import Painting
from impasto.recipe import Decisive, difference
from impasto.records import parsed_record, read_record
from impasto.step import OnStep, Step
from impasto.track import (
    EventFile,
    LossTable,
    PaintingLog,
    Snapshots,
    follow,
    plot_losses,
    snapshot_files,
)

KIND: Final = "painting"


class Ended(TypedDict):
    """The manifest of a finished painting."""

    result: dict[str, Any]


class RunFolder:
    """Everything that is written about one painting except the picture.

    ::

        checkpoint.pt   to resume from          manifest.json   to paint the same again
        losses.csv      losses.png              snapshots/      000010.png, 000020.png, ...
        progress.gif    progress.mp4            tensorboard/    event files

    Any error while writing is a ``RunError`` that names the folder.

    Args:
        folder: Created when the painting begins.
        recipe: The values that determine the picture; a checkpoint of another recipe is refused.
        every: Steps between checkpoints and between snapshots.
        steps: The steps of the snapshots, instead of regular intervals.
    """

    def __init__(
        self, folder: Path, recipe: Mapping[str, Any], every: int, steps: Collection[int] = ()
    ) -> None:
        self.folder = folder
        self.recipe = recipe
        self.every = every
        self.steps = steps
        self.checkpoint = folder / "checkpoint.pt"

    def check(self) -> None:
        """Raise a RunError if the checkpoint is damaged or of another painting."""
        if self.checkpoint.exists():
            self._kept_state()

    def is_open(self) -> bool:
        """Whether there is an unfinished painting here."""
        try:
            read_record(self.folder / "manifest.json", Ended)
        except RunError:
            return self.checkpoint.exists()
        return False

    def begin(self, painting: Painting, output: Path, *, resume: bool) -> None:
        """Restore a painting from the checkpoint if asked to, and write the recipe.

        Raises:
            RunError: The checkpoint is damaged or was made from other pictures or options; there
                is one but ``resume`` is false; or the folder cannot be written.
        """
        if self.checkpoint.exists():
            if not resume:
                raise RunError(
                    f"{self.folder}: has a painting already: give --resume to continue it,  "
                    "or another --run-dir"
                )
            state = self._kept_state()
            with load_errors(self.checkpoint, WHOLE, RunError):
                painting.load_state_dict(state)
        self._write_manifest(self.recipe, output)

    @contextmanager
    def following(self, painting: Painting) -> Iterator[OnStep]:
        """The ``on_step`` that records losses, images, snapshots and checkpoints."""
        begun = painting.number
        folder = self.folder / "tensorboard"
        with EventFile(folder, begun) as events:
            if not begun:
                events.text("options", _markdown(painting.options.to_json()))
                events.graph(painting.network, painting.subject.content)

            def keep_if_due(step: Step) -> None:
                if step.number % self.every == 0:
                    self.keep(painting)

            table = LossTable(self.folder / "losses.csv", begun)
            log = PaintingLog(events, image_every=self.every)
            snapshots = Snapshots(self.folder / "snapshots", self.every, begun, self.steps)
            yield follow(table, log, snapshots, keep_if_due)

    def keep(self, painting: Painting) -> None:
        """Write a checkpoint; the last step must be complete."""
        contents = {"recipe": json.dumps(self.recipe), "state": painting.state_dict()}
        save_checkpoint(self.checkpoint, KIND, contents)

    def finish(self, painting: Painting, manifest: Mapping[str, Any], output: Path) -> None:
        """Write the loss plot and the animations, and the manifest last, to mark completion."""
        table, plot = self.folder / "losses.csv", self.folder / "losses.png"
        plot_losses(table, plot, marks=painting.marks())
        if frames := snapshot_files(self.folder / "snapshots"):
            # Here, as importing PyAV takes a tenth of a second and few have a run folder.
            from impasto.film.timelapse import write_gif, write_mp4

            write_gif(frames, self.folder / "progress.gif")
            write_mp4(frames, self.folder / "progress.mp4")
        self._write_manifest(manifest, output)

    def _kept_state(self) -> dict[str, Any]:
        kept = load_checkpoint(self.checkpoint, KIND, KeptOf)
        recipe = parsed_record(kept["recipe"], Decisive, str(self.checkpoint))
        if other := difference(recipe, self.recipe):
            raise RunError(
                f"{self.checkpoint}: made with other values of {other}; "
                "give those again, or another --run-dir"
            )
        return kept["state"]

    def _write_manifest(self, manifest: Mapping[str, Any], output: Path) -> None:
        write_json(self.folder / "manifest.json", {**manifest, "output": str(output)})


def _markdown(options: Mapping[str, Any]) -> str:
    rows = [f"| {name} | {value} |" for name, value in options.items()]
    return "\n".join(["| option | value |", "| --- | --- |", *rows])
