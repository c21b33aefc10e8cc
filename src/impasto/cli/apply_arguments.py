"""The arguments of ``impasto apply`` as tyro needs them, for help and mistakes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from impasto.cli.apply import USUAL, ApplyArguments
from impasto.options.apply import ApplyOptions


@dataclass(frozen=True, kw_only=True)
class TypedArguments(ApplyArguments):  # noqa: D101
    __doc__ = ApplyArguments.__doc__

    input: Annotated[
        tyro.conf.Positional[tuple[Path, ...]], tyro.conf.arg(metavar="INPUT [...]")
    ] = ()
    style: tyro.conf.UseAppendAction[tuple[str, ...]] = ()
    output: Annotated[Path | None, tyro.conf.arg(aliases=["-o"])] = None
    recipe: tyro.conf.OmitArgPrefixes[ApplyOptions] = USUAL
