"""The folder in which a painting is followed and from which it can go on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypedDict

from impasto.archive import load_errors
from impasto.checkpoint import WHOLE, KeptOf, load_checkpoint, save_checkpoint
from impasto.errors import RunError
from impasto.files import write_json
from impasto.film.timelapse import write_gif, write_mp4
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
    """A manifest that was written at a painting's end."""

    result: dict[str, Any]


class RunFolder:
    """Holds everything that is written of one painting besides the picture.

    ::

        checkpoint.pt   to go on from           manifest.json   to make the same again
        losses.csv      losses.png              snapshots/      000010.png, 000020.png, ...
        progress.gif    progress.mp4            tensorboard/    event files

    An error while writing anything is a ``RunError`` that names the folder.

    Args:
        folder: Made when the painting begins.
        recipe: What decides how the picture becomes; a checkpoint of another is refused.
        every: Steps from one checkpoint and snapshot to the next.
    """

    def __init__(self, folder: Path, recipe: Mapping[str, Any], every: int) -> None:
        self.folder = folder
        self.recipe = recipe
        self.every = every
        self.checkpoint = folder / "checkpoint.pt"

    def check(self) -> None:
        """Refuse to go on from a checkpoint of another painting.

        Raises:
            RunError: There is one, damaged or made from other pictures or options.
        """
        if self.checkpoint.exists():
            self._kept_state()

    def is_open(self) -> bool:
        """Whether a painting was begun here of which not all has been written."""
        try:
            read_record(self.folder / "manifest.json", Ended)
        except RunError:
            return self.checkpoint.exists()
        return False

    def begin(self, painting: Painting, output: Path, *, resume: bool) -> None:
        """Bring a painting to the checkpoint's state if asked to, and write the recipe down.

        Raises:
            RunError: The checkpoint is damaged or was made from other pictures or options, or
                there is one and it was not asked for; or the folder cannot be written.
        """
        if self.checkpoint.exists():
            if not resume:
                raise RunError(
                    f"{self.folder}: a painting was begun here; give --resume to go on with it, "
                    "or another --run-dir"
                )
            state = self._kept_state()
            with load_errors(self.checkpoint, WHOLE, RunError):
                painting.load_state_dict(state)
        self._write_manifest(self.recipe, output)

    @contextmanager
    def following(self, painting: Painting) -> Iterator[OnStep]:
        """What follows the steps from here on, checkpoints included."""
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
            snapshots = Snapshots(self.folder / "snapshots", self.every, begun)
            yield follow(table, log, snapshots, keep_if_due)

    def keep(self, painting: Painting) -> None:
        """Write the checkpoint of a painting whose last step was taken whole."""
        contents = {"recipe": json.dumps(self.recipe), "state": painting.state_dict()}
        save_checkpoint(self.checkpoint, KIND, contents)

    def finish(self, painting: Painting, manifest: Mapping[str, Any], output: Path) -> None:
        """Draw the loss plot and the films; write the manifest last, as a sign that all is there.

        Args:
            painting: Done or stopped.
            manifest: All there is to say of the result.
            output: Where the result went.
        """
        table, plot = self.folder / "losses.csv", self.folder / "losses.png"
        plot_losses(table, plot, marks=painting.marks())
        if frames := snapshot_files(self.folder / "snapshots"):
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
