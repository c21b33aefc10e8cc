"""Small pictures, and the command run on them in this process."""

import io
import json
from collections.abc import Iterator
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from impasto.commands.main import main

EXACT = ("--device", "cpu", "--precision", "fp32")
"""The same pixels every time, and on this machine's processor whatever else it has."""

SMALL = ("--size", "48", "--steps", "4", "--coarsest", "32", *EXACT)
"""A recipe of less than a second: two sizes, four steps."""


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """The one line about what went wrong; there is nothing else, on neither stream."""
        lines = self.err.splitlines()
        assert self.code == 2, self
        assert len(lines) == 1, lines
        assert lines[0].startswith("impasto: ")
        assert self.out == ""
        return lines[0].removeprefix("impasto: ")

    @property
    def results(self) -> list[dict]:
        """What --json printed: a result a line and nothing else."""
        return [json.loads(line) for line in self.out.splitlines()]


def impasto(*arguments: object, at: Path) -> Outcome:
    """Run the command in a folder."""
    out, err = io.StringIO(), io.StringIO()
    with chdir(at), redirect_stdout(out), redirect_stderr(err), one_thread():
        code = main([str(each) for each in arguments])
    return Outcome(code, out.getvalue(), err.getvalue())


@contextmanager
def one_thread() -> Iterator[None]:
    """Threads that wait for each other take longer than pictures this small."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def paint(*arguments: object, at: Path) -> Outcome:
    """Paint in the manner of s.png with the small recipe, for programs; arguments may differ."""
    style = () if "--style" in arguments else ("--style", "s.png")
    return impasto("paint", *style, "--json", *SMALL, *arguments, at=at)


def desk(tmp_path: Path) -> Path:
    """A folder with the photograph a.png and the style s.png, and nothing else."""
    folder = tmp_path / "desk"
    folder.mkdir()
    write_photograph(folder / "a.png")
    write_style(folder / "s.png")
    return folder


def write_photograph(
    path: Path, width: int = 48, height: int = 36, mode: str = "RGB", seed: int = 0
) -> Path:
    """Write a picture of soft blobs."""
    shape = (5, 6, len(mode)) if len(mode) > 1 else (5, 6)
    blobs = Image.fromarray(np.random.default_rng(seed).integers(0, 256, shape, np.uint8))
    assert blobs.mode == mode
    path.parent.mkdir(parents=True, exist_ok=True)
    blobs.resize((width, height), Image.Resampling.BICUBIC).save(path)
    return path


def write_style(path: Path, seed: int = 7) -> Path:
    """Write a picture of colored stripes."""
    rows, columns = np.mgrid[:40, :52]
    colors = np.random.default_rng(seed).integers(0, 256, (4, 3), np.uint8)
    Image.fromarray(colors[(rows + 2 * columns) // 6 % 4]).save(path)
    return path


def pixels(path: Path) -> np.ndarray:
    """All samples of a picture file."""
    with Image.open(path) as picture:
        return np.asarray(picture)


def listing(folder: Path) -> list[str]:
    """Every file and folder below, hidden and half-written ones too."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))
