"""What networks impasto has, whether trained yet or not: their options and how much they learn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from torch import nn

from impasto.methods.cyclegan.network import Discriminator
from impasto.methods.cyclegan.task import built as generators
from impasto.methods.johnson.method import built as one_pass
from impasto.options.cyclegan import CycleGANOptions
from impasto.options.johnson import SCRATCH

STYLES: Final = 10
"""Of the network whose weights are counted, as of the bundled one."""


def defaults() -> dict[str, Mapping[str, Any]]:
    """Options of the trained methods and their values when nothing is said, by the method."""
    return {"cyclegan": CycleGANOptions().to_json()}


def learned() -> dict[str, int]:
    """How many numbers networks learn that are not bundled: the papers' own."""
    paper = replace(SCRATCH, layout="paper", width=32)
    return {
        "johnson_paper": _count(one_pass(paper, STYLES)),
        "generator": _count(generators(CycleGANOptions())[0]),
        "discriminator": _count(Discriminator()),
    }


def _count(module: nn.Module) -> int:
    return sum(each.numel() for each in module.parameters() if each.requires_grad)
