"""``impasto encode``: the code of a style."""

from __future__ import annotations

import json
from pathlib import Path

from impasto.errors import ImpastoError
from impasto.files import with_name
from impasto.networks.style_codes import encode
from impasto.options.apply import CODE_SUFFIX
from impasto.options.networks import EncodeArguments
from impasto.source import style_files


def run(given: EncodeArguments) -> int:
    """Write the code of a style; return the exit code."""
    output = given.output or (
        None if given.as_ else Path(f"{with_name(given.style).stem}{CODE_SUFFIX}")
    )
    if output and output.exists() and not given.overwrite:
        raise ImpastoError(f"{output} already exists: name another --output, or --overwrite")
    code = encode(
        given.style,
        output,
        as_=given.as_,
        overwrite=given.overwrite,
        model=given.model,
        style_size=given.style_size,
        style_mask=given.style_mask,
    )
    width, height = code.size
    if given.json:
        facts = {"output": str(output)} if output else {}
        facts |= {"as": given.as_} if given.as_ else {}
        more = {"seen": code.size, "channels": len(code.numbers), "encoder": code.encoder}
        print(json.dumps({**facts, "style": str(given.style), **more}))
        return 0
    count = len(style_files(given.style)) if given.style.is_dir() else 0
    what = f"{count} pictures of {with_name(given.style).name}" if count else given.style.name
    seen = f"{what} at {width} x {height}"
    if output:
        print(f"{output}: {seen}, {output.stat().st_size} bytes")
    if given.as_:
        print(f"{given.as_}: {seen}, for `impasto apply PHOTO --style {given.as_}`")
    return 0
