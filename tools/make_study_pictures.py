"""Makes the sheet that docs/study.md shows: python tools/make_study_pictures.py.

Twelve paintings of 256 pixels, some minutes on two cores; broken off, it goes on where it was.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from PIL import Image

from impasto.commands.main import main as impasto
from impasto.samples import sample

WORK = Path(tempfile.gettempdir()) / "impasto-study-pictures"
OUT = Path(__file__).parent.parent / "docs" / "pictures"


def main() -> int:
    content, style = sample("content", "coffee").path, sample("style", "night-swirl").path
    look = ("--size", "256", "--steps", "64", "--run-dir", str(WORK))
    given = ("study", str(content), "--style", str(style), "--study", "ratio-by-layer", *look)
    code = impasto(given)
    if code == 0:
        with Image.open(WORK / "sheet.png") as sheet:
            sheet.convert("RGB").save(OUT / "study.jpg", quality=88)
        with Image.open(WORK / "losses.png") as plot:
            plot.convert("RGB").save(OUT / "study-losses.png", optimize=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
