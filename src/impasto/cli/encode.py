"""``impasto encode``: a style as the few numbers that a network knows it by."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from impasto.cli.parser import parse
from impasto.errors import ImpastoError, OptionError
from impasto.networks.resolve import ANY_STYLE, CODE_SUFFIX

PROG: Final = "impasto encode"


@dataclass(frozen=True, kw_only=True)
class EncodeArguments:
    """Write the code of a style, for impasto apply --style CODE.

    A code is what the any-style network knows of a picture, some kilobytes; only networks of the
    same encoder understand it.
    """

    style: Path = field(metadata={"argument": "STYLE"})
    """The picture whose manner is wanted."""
    output: Path | None = None
    """The file; its name ends in .imp. STYLE.imp here when not given."""
    model: str = ANY_STYLE
    """A network that takes any style: a name of `impasto models`, an .onnx file or a run folder."""
    style_size: int = 0
    """Longer side in pixels at which the style is seen: larger gives larger strokes; 0 is 512, or
    its own where that is smaller."""
    overwrite: bool = False
    """Write the file again when it is there already."""
    json: bool = False
    """Print the result for programs."""

    def __post_init__(self) -> None:
        if self.output is not None and self.output.suffix.lower() != CODE_SUFFIX:
            expected = f"a file whose name ends in {CODE_SUFFIX}"
            raise OptionError("output", expected, str(self.output))


def main(arguments: list[str]) -> int:
    """Run the command; give its exit code."""
    given = parse(EncodeArguments, arguments, prog=PROG)
    output = given.output or Path(f"{given.style.stem}{CODE_SUFFIX}")
    if output.exists() and not given.overwrite:
        raise ImpastoError(f"{output} is there already: name another --output, or --overwrite")
    # Only now, so that help and mistakes do not wait for onnxruntime.
    from impasto.networks.network import Network
    from impasto.networks.resolve import located
    from impasto.networks.style_codes import USUAL_SIZE, encoded, write_code
    from impasto.source import open_source, tell_if_flat

    source = open_source(given.style, given.style_size or USUAL_SIZE)
    tell_if_flat(source)
    network = Network(located(given.model))
    code = encoded(
        network,
        source.picture,
        name=given.style.stem,
        sha256=source.sha256,
        style_size=given.style_size,
    )
    write_code(code, output)
    told = {"output": str(output), "style": str(given.style), "seen": list(code.size)}
    width, height = code.size
    print(
        json.dumps({**told, "channels": len(code.statistics), "encoder": code.encoder})
        if given.json
        else f"{output}: {given.style.name} at {width} x {height}, {output.stat().st_size} bytes"
    )
    return 0
