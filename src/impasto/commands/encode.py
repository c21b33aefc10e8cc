"""``impasto encode``: a style as the few numbers that a network knows it by."""

from __future__ import annotations

import json
from pathlib import Path

from impasto.errors import ImpastoError
from impasto.networks.style_codes import encode
from impasto.options.apply import CODE_SUFFIX
from impasto.options.networks import EncodeArguments


def run(given: EncodeArguments) -> int:
    """Write the code of a style; give the exit code."""
    output = given.output or Path(f"{given.style.stem}{CODE_SUFFIX}")
    if output.exists() and not given.overwrite:
        raise ImpastoError(f"{output} already exists: name another --output, or --overwrite")
    code = encode(given.style, output, model=given.model, style_size=given.style_size)
    facts = {"output": str(output), "style": str(given.style), "seen": list(code.size)}
    width, height = code.size
    print(
        json.dumps({**facts, "channels": len(code.numbers), "encoder": code.encoder})
        if given.json
        else f"{output}: {given.style.name} at {width} x {height}, {output.stat().st_size} bytes"
    )
    return 0
