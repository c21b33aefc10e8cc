"""``impasto encode``: a style as the few numbers that a network knows it by."""

from __future__ import annotations

import json
from pathlib import Path

from impasto.errors import ImpastoError
from impasto.networks.network import Network
from impasto.networks.resolve import located
from impasto.networks.style_codes import USUAL_SIZE, encoded, write_code
from impasto.options.apply import CODE_SUFFIX
from impasto.options.networks import EncodeArguments
from impasto.source import open_source, tell_if_flat


def run(given: EncodeArguments) -> int:
    """Write the code of a style; give the exit code."""
    output = given.output or Path(f"{given.style.stem}{CODE_SUFFIX}")
    if output.exists() and not given.overwrite:
        raise ImpastoError(f"{output} is there already: name another --output, or --overwrite")
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
