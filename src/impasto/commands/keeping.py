"""A painting on its way to the disk: the picture first, everything else after it."""

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
    """Writes what there is of a painting; one thing that cannot be written never stops the others.

    Attributes:
        painter: With styles and options.
        content: The photograph.
        output: The picture's file; once it is kept, where it is kept.
        bits: Of the picture, as asked for.
        dpi: Pixels per inch on paper, if asked for.
        run: Where the run is followed, if it is.
        faults: What went wrong, in the order in which it did.
    """

    painter: Painter
    content: Settled
    output: Path
    bits: int | None
    dpi: int | None
    run: RunFolder | None
    faults: list[ImpastoError] = field(default_factory=list)

    def keep(self, painting: Painting, diary: Diary, *, whole: bool) -> dict[str, Any]:
        """Write picture, checkpoint, scores and plots, in this order; give the manifest.

        Args:
            painting: Done or stopped.
            diary: What its steps recorded.
            whole: Whether the last step was taken whole; else the checkpoint before it stays.

        Raises:
            ImpastoError: The picture can be written nowhere.
        """
        picture = self.painter.unscored(painting, self.content, diary)
        written = self._attempt(lambda: self._write(picture))
        if self.run is not None and whole:
            run = self.run
            self._attempt(lambda: run.keep(painting))
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
        """Rescue a picture that cannot be where it was to be, if there is any place for it.

        Raises:
            ImpastoError: There is none.
        """
        name = f"{temporary_prefix().removeprefix('.')}{self.output.name[-40:]}"
        rescued = replace(self, output=Path(tempfile.gettempdir()) / name, faults=[])
        if not rescued._attempt(lambda: rescued._write(picture)):
            raise self.faults[0]
        self.output = rescued.output
        kept = f"{self.faults[0]}: the picture is kept as {rescued.output}"
        self.faults[0] = PictureError(kept)
