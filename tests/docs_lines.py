"""The commands of the pages, read as a shell would, and the list of those that cannot be run."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

ONLY_READ: Final = {
    r"impasto (apply|video) .*--engine ray": "starts a cluster; tests/test_networks_ray.py does",
    r"impasto video \d+ --show": "needs a camera and a display",
    r"impasto weights (fetch|import)": "needs a file of half a gigabyte; tests/test_weights.py",
    r"impasto paint .*conv4_4": "needs VGG-19; tests/test_nn_vgg.py",
    r"impasto doctor": "half a minute; tests/test_packaging.py runs it",
    r"impasto krita install$": "writes into Krita's own folder; tests/test_krita.py",
    r"impasto studio": "serves until Ctrl-C; tests/test_studio_page.py runs one",
    r"impasto study .*--(course|study)": "dozens of paintings; tests/test_study_course.py, _ready",
    r"(accelerate|torchrun) .*-m impasto": "several processes; tests/test_training_processes.py",
}
"""Commands that are only parsed, not run, with the reason."""

NOT_OURS: Final = {
    r"scripts/[\w-]+( .*)?": "installs or runs everything; only checked to exist",
    r"pip install .+": "installs; only the extras are checked",
}
"""Commands of other programs."""


@dataclass(frozen=True)
class Line:
    """A command of a page, joined to one line, with its line number.

    Attributes:
        promised: The file named first in the comment after the command, if any.
    """

    text: str
    number: int
    promised: str = ""

    @property
    def words(self) -> list[str]:
        """The arguments from ``impasto`` on, without redirections."""
        words = shlex.split(self.text, comments=True)
        if "-m" in words:  # accelerate launch -m impasto ...
            words = words[words.index("-m") + 1 :]
        for sign in ("<", ">"):
            if sign in words:
                words = [*words[: words.index(sign)], *words[words.index(sign) + 2 :]]
        return words

    def beside(self, sign: str) -> str:
        """The file after ``<`` or ``>``, or nothing."""
        words = shlex.split(self.text, comments=True)
        return words[words.index(sign) + 1] if sign in words else ""


def lines(text: str, first: int) -> Iterator[Line]:
    """The commands of a block, without comments and empty lines, with continued lines joined."""
    number = first
    for piece in re.split(r"(?<!\\)\n", text):
        joined = re.sub(r"\s*\\\n\s*", " ", piece).strip()
        if joined and not joined.startswith("#"):
            command, _, comment = joined.partition(" #")
            promised = re.match(r"\s*([\w+-]+\.(?:png|jpg|mp4))\b", comment)
            yield Line(command.strip(), number, promised[1] if promised else "")
        number += piece.count("\n") + 1


def matching(table: dict[str, str], text: str) -> bool:
    """Whether a command matches a pattern of the table."""
    return any(re.match(pattern, text) for pattern in table)
