"""Every command: its arguments, its function, and one line of help.

Entries are ``file:name``: arguments are in ``impasto.options``, functions in ``impasto.commands``.
Help and errors do not import the functions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeVar

from impasto.errors import ImpastoError

Entry = TypeVar("Entry")


class Command:
    """One command; a plain class, as it is made at every start."""

    def __init__(self, arguments: str, worker: str, line: str) -> None:
        self.arguments = arguments  # the dataclass; ``usual`` gives defaults that depend on others
        self.worker = worker  # takes the arguments and returns the exit code
        self.line = line


class Group:
    """Commands of two words with the same first word."""

    def __init__(self, line: str, title: str, called: str, commands: Mapping[str, Command]) -> None:
        self.line, self.title, self.called, self.commands = line, title, called, commands


COMMANDS: Final[Mapping[str, Command | Group]] = {
    "paint": Command(
        "paint:PaintArguments", "paint:run", "paint photographs in the style of a picture"
    ),
    "apply": Command(
        "apply:ApplyArguments",
        "apply:run",
        "stylize pictures with a trained network, in under a second",
    ),
    "video": Command(
        "video:VideoArguments", "video:run", "stylize a video, without flicker and with its sound"
    ),
    "train": Group(
        "train a network that stylizes in one pass",
        "Train a network that stylizes in one pass.",
        "METHOD",
        {
            "johnson": Command(
                "train:JohnsonArguments",
                "train:run",
                "a style network for one or many styles",
            ),
            "adain": Command(
                "train:AdainArguments",
                "train:run",
                "an any-style network, which takes the style as an image",
            ),
            "cyclegan": Command(
                "train:CycleGANArguments",
                "train:run",
                "translation between photographs and paintings, from two folders",
            ),
        },
    ),
    "models": Command(
        "networks:ModelsArguments", "models:run", "list the trained networks and their styles"
    ),
    "sheet": Command(
        "networks:SheetArguments",
        "sheet:run",
        "show a photograph in all trained styles on one sheet",
    ),
    "mask": Command(
        "networks:MaskArguments",
        "masking:run",
        "write automatic masks of the subject of photographs",
    ),
    "study": Command(
        "study:StudyArguments",
        "study:run",
        "paint a photograph in several ways, side by side",
    ),
    "studio": Command("studio:StudioArguments", "studio:run", "paint on a web page"),
    "krita": Group(
        "paint layers from within Krita",
        "Paint layers from within Krita.",
        "COMMAND",
        {
            "install": Command(
                "krita:InstallArguments",
                "krita:install",
                "Install the plug-in for Krita, which paints layers with this impasto.",
            ),
        },
    ),
    "encode": Command(
        "networks:EncodeArguments",
        "encode:run",
        "write the code of a style image, for apply --style",
    ),
    "export": Command(
        "networks:ExportArguments", "export:run", "write a trained network as an ONNX file"
    ),
    "tfrecord": Group(
        "write and inspect TFRecord files",
        "TFRecord files of training pictures: write them, inspect them.",
        "COMMAND",
        {
            "write": Command(
                "tfrecord:WriteArguments",
                "tfrecord:write",
                "Write the pictures of a folder tree to TFRecord files, for training.",
            ),
            "inspect": Command(
                "tfrecord:InspectArguments",
                "tfrecord:inspect",
                "Read TFRecord files to the end and list what they hold.",
            ),
        },
    ),
    "demo": Command(
        "paint:DemoArguments",
        "paint:demo",
        "paint or copy sample pictures",
    ),
    "score": Command(
        "examine:ScoreArguments",
        "score:run",
        "measure a result against its photograph and style",
    ),
    "weights": Group(
        "list, fetch, import and verify network weights",
        "Network weights: list, download, import and verify them.",
        "COMMAND",
        {
            "list": Command(
                "weights:ListArguments",
                "weights:print_list",
                "List the weights that are installed and those you can get.",
            ),
            "fetch": Command(
                "weights:FetchArguments",
                "weights:fetch",
                "Download published weights. No other command uses the network.",
            ),
            "import": Command(
                "weights:ImportArguments",
                "weights:import_file",
                "Convert a VGG-16 or VGG-19 weights file and install it.",
            ),
            "verify": Command(
                "weights:VerifyArguments",
                "weights:verify",
                "Compare all installed weights with their recorded SHA-256.",
            ),
        },
    ),
    "doctor": Command(
        "examine:DoctorArguments",
        "doctor:run",
        "check the installation: what works and what is missing",
    ),
    "completion": Command(
        "completion:CompletionArguments",
        "completion:run",
        "print a script that completes commands and options in bash or zsh",
    ),
}


def chosen(name: str, commands: Mapping[str, Entry], prog: str) -> Entry:
    """The entry of a command.

    Raises:
        ImpastoError: There is no such command; the message names the nearest.
    """
    if name in commands:
        return commands[name]
    import difflib  # only for a mistake, as it takes a while

    near = difflib.get_close_matches(name, commands, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(commands)}"
    raise ImpastoError(f"no command '{prog} {name}': {hint}")


def listed(helps: Mapping[str, str]) -> str:
    """Names, one per line, each with its help."""
    width = max(map(len, helps))
    return "\n".join(f"  {name:<{width}}  {text}" for name, text in helps.items())
