"""What impasto is asked to do, and what it answers: text only, nothing of Krita or Qt."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from pathlib import Path

WHERE = Path(__file__).with_name("where.json")
"""Written by `impasto krita install`: how to call impasto, and the styles it had then."""

_COUNT = re.compile(r"(?:^|\s)([\d,]+) of ([\d,]+)\b")


def read_where(path: Path = WHERE) -> dict:
    """The words that call impasto, and names and titles of styles.

    Raises:
        ValueError: The file is missing or damaged; the message says what to do.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {
            "command": [str(word) for word in found["command"]],
            "styles": [(str(name), str(title)) for name, title in found["styles"]],
        }
    except (OSError, ValueError, KeyError, TypeError):
        raise ValueError("Run `impasto krita install` again, then start Krita anew.") from None


class Errand:
    """One picture for impasto, in a folder of its own."""

    def __init__(self, command: list[str]) -> None:
        """Make the folder; ``command`` calls impasto."""
        self._command = command
        self.folder = Path(tempfile.mkdtemp(prefix="impasto-krita-"))
        self.photo, self.mask, self.result = (
            str(self.folder / name) for name in ("layer.png", "keep.png", "result.png")
        )
        self._said = ""

    def words(
        self, style: str, *, picture: bool, paint: bool, masked: bool, strength: int, size: int
    ) -> list[str]:
        """The words of the command.

        Args:
            style: A style's name, or a picture's file.
            picture: Whether it is a file.
            paint: Whether to paint it step by step, which only a picture can be.
            masked: Whether ``mask`` is there: white is kept as it is.
            strength: In per cent; 100 is the style.
            size: Longer side in pixels at which it is painted step by step.
        """
        words = [*self._command, "paint" if paint else "apply", self.photo]
        words += ["--style" if picture else "--model", style, "--output", self.result]
        words += ["--strength", str(strength / 100)]
        if paint:
            words += ["--size", str(size)]
        if masked:
            words += ["--content-mask", self.mask]
        return words

    def heard(self, text: str) -> tuple[int, int] | None:
        """Take what impasto wrote on standard error; steps done, and of how many, if it said."""
        self._said = (self._said + text)[-10_000:]
        counts = _COUNT.findall(self._said)
        if not counts:
            return None
        done, of = (int(each.replace(",", "")) for each in counts[-1])
        return done, of

    def complaint(self) -> str:
        """What went wrong, as impasto put it."""
        lines = [each.strip() for each in self._said.splitlines() if each.strip()]
        own = [each for each in lines if each.startswith("impasto: ")]
        found = (own or lines or ["impasto ended without a picture."])[-1]
        return found.replace("impasto: ", "", 1)

    def close(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)


def clean_environment(values: dict[str, str]) -> dict[str, str]:
    """The environment for impasto's Python, without what leads Krita to a Python of its own."""
    krita = ("PYTHONHOME", "PYTHONPATH", "LD_LIBRARY_PATH", "LD_PRELOAD")
    return {name: value for name, value in values.items() if name not in krita}
