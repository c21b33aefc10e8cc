"""Saving a painting: the picture first, then everything else."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from impasto.errors import ImpastoError, PictureError
from impasto.files import temporary_prefix
from impasto.image import Picture, write_picture
from impasto.methods.painting import Painting
from impasto.photograph import Diary, Painter, Settled
from impasto.recipe import shareable
from impasto.run_folder import RunFolder


@dataclass
class Keeping:
    """Writes a painting and its records; a failed write does not stop the others.

    Attributes:
        painter: With styles and options.
        content: The photograph.
        output: The picture's file; after saving, its actual path.
        bits: Bits per channel, as requested.
        dpi: Pixels per inch on paper, if requested.
        run: The run folder, if any.
        faults: The errors, in order.
    """

    painter: Painter
    content: Settled
    output: Path
    bits: int | None
    dpi: int | None
    run: RunFolder | None
    faults: list[ImpastoError] = field(default_factory=list)

    def keep(self, painting: Painting, diary: Diary, *, whole: bool) -> dict[str, Any]:
        """Write picture, checkpoint, scores and plots, in this order; return the manifest.

        Args:
            painting: The painting, done or stopped.
            diary: The records of its steps.
            whole: Whether the last step is complete; otherwise the previous checkpoint remains.

        Raises:
            ImpastoError: The picture cannot be written anywhere.
        """
        if self.run is None:
            painting.canvas.put_away()
        picture = self.painter.unscored(painting, self.content, diary)
        written = self._attempt(lambda: self._write(picture))
        if self.run is not None:
            run = self.run
            if whole:
                self._attempt(lambda: run.keep(painting))
            painting.canvas.put_away()
        if not written:
            self._put_elsewhere(picture)
            return dict(picture.manifest or {})
        scored = self.painter.scored(picture, painting, self.content)
        if scored is not picture:
            self._attempt(lambda: self._write(scored))
        manifest = dict(scored.manifest or {})
        if self.run is not None:
            run = self.run
            self._attempt(lambda: run.finish(painting, manifest, self.output))
        return manifest

    def _attempt(self, work: Callable[[], object]) -> bool:
        try:
            work()
        except ImpastoError as error:
            self.faults.append(error)
            return False
        return True

    def _write(self, picture: Picture) -> None:
        manifest = shareable(picture.manifest or {})
        travelling = replace(picture, manifest=manifest, dpi=self.dpi)
        write_picture(travelling, self.output, bits=self.bits)

    def _put_elsewhere(self, picture: Picture) -> None:
        """Save a picture elsewhere if its output cannot be written.

        Raises:
            ImpastoError: It cannot be saved anywhere.
        """
        name = f"{temporary_prefix().removeprefix('.')}{self.output.name[-40:]}"
        rescued = replace(self, output=Path(tempfile.gettempdir()) / name, faults=[])
        if not rescued._attempt(lambda: rescued._write(picture)):
            raise self.faults[0]
        self.output = rescued.output
        kept = f"{self.faults[0]}: the picture is saved as {rescued.output}"
        self.faults[0] = PictureError(kept)
