"""The arguments of ``impasto models`` as tyro needs them, for help and mistakes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from impasto.cli.models import ModelsArguments


@dataclass(frozen=True, kw_only=True)
class TypedArguments(ModelsArguments):  # noqa: D101
    __doc__ = ModelsArguments.__doc__

    model: Annotated[
        tyro.conf.Positional[tuple[Path, ...]], tyro.conf.arg(metavar="[MODEL ...]")
    ] = ()
