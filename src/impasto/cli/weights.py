"""``impasto weights``: what is here, get more, check it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from impasto import weights
from impasto.cli import store
from impasto.cli.commands import chosen, listed
from impasto.cli.parser import parse
from impasto.errors import OptionError


@dataclass(frozen=True, kw_only=True)
class ListArguments:
    """Tell which weights are here and which can be had."""

    json: bool = False
    """Print them for programs, with path and SHA-256."""


@dataclass(frozen=True, kw_only=True)
class FetchArguments:
    """Download published weights and keep them; the only command that uses the network."""

    name: str = field(default="vgg19", metadata={"argument": "NAME"})
    """Which weights, as `impasto weights list` names them."""
    url: str = ""
    """A mirror of the same file, or a file:// address; the checksum must be the publisher's."""
    sha256: str = ""
    """SHA-256 of the file, for those whose publisher tells only a part of it, or an MD5."""

    def __post_init__(self) -> None:
        names = [each.name for each in weights.WEIGHTS]
        if self.name not in names:
            raise OptionError("NAME", f"one of {', '.join(names)}", self.name)


@dataclass(frozen=True, kw_only=True)
class ImportArguments:
    """Convert a file of VGG-16 or VGG-19 weights and keep it."""

    file: Path = field(metadata={"argument": "FILE"})
    """A PyTorch .pth, .safetensors, MatConvNet .mat or Keras .h5 file."""
    convention: Literal["auto", "torchvision", "caffe", "matconvnet"] = "auto"
    """The pixel values the weights expect, where the file does not tell: torchvision (RGB,
    normalized), caffe (BGR, 0 to 255), matconvnet (RGB, 0 to 255)."""
    out: Path | None = None
    """A .safetensors file to write instead of keeping the weights for all runs."""


@dataclass(frozen=True, kw_only=True)
class VerifyArguments:
    """Read all weights that are here and compare them with their recorded SHA-256."""


def main(arguments: list[str]) -> int:
    """Run one of the subcommands; give its exit code."""
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(_help())
        return 0
    kind, run = chosen(arguments[0], COMMANDS, "impasto weights")
    return run(parse(kind, arguments[1:], prog=f"impasto weights {arguments[0]}"))


def _list(given: ListArguments) -> int:
    return store.print_list(as_json=given.json)


def _fetch(given: FetchArguments) -> int:
    return store.fetch(given.name, given.url, given.sha256)


def _import(given: ImportArguments) -> int:
    convention = None if given.convention == "auto" else given.convention
    return store.import_file(given.file, convention, given.out)


def _verify(_given: VerifyArguments) -> int:
    return store.verify()


COMMANDS: Final[Mapping[str, tuple[type[Any], Callable[[Any], int]]]] = {
    "list": (ListArguments, _list),
    "fetch": (FetchArguments, _fetch),
    "import": (ImportArguments, _import),
    "verify": (VerifyArguments, _verify),
}
"""Every subcommand: its arguments, whose docstring is the help, and what it does with them."""


def _help() -> str:
    helps = {name: str(kind.__doc__) for name, (kind, _run) in COMMANDS.items()}
    return "\n".join(
        [
            "usage: impasto weights COMMAND ...",
            "",
            "Network weights: what is here, get more, check it.",
            "",
            listed(helps),
            "",
            "impasto weights COMMAND --help tells the options of a command.",
        ]
    )
