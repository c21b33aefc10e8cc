"""What networks impasto has, whether trained yet or not: their options and how much they learn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from torch import nn

from impasto.methods.adain.method import built as any_style
from impasto.methods.cyclegan.network import Discriminator
from impasto.methods.cyclegan.task import built as generators
from impasto.methods.johnson.method import built as one_pass
from impasto.options.adain import TRAINING as ANY_STYLE_TRAINING
from impasto.options.adain import AdainOptions
from impasto.options.cyclegan import TRAINING as TRANSLATION_TRAINING
from impasto.options.cyclegan import CycleGANOptions
from impasto.options.johnson import JohnsonOptions

STYLES: Final = 10
"""Of the network whose weights are counted, as of the bundled one."""


def defaults() -> dict[str, Mapping[str, Any]]:
    """Every option of the trained methods and its value when nothing is said."""
    return {
        "johnson": JohnsonOptions().to_json(),
        "adain": {**AdainOptions().to_json(), **_training(ANY_STYLE_TRAINING)},
        "cyclegan": {**CycleGANOptions().to_json(), **_training(TRANSLATION_TRAINING)},
    }


def learned() -> dict[str, int]:
    """How many numbers each network learns: the default one, the paper's, and slim generators."""
    slim = CycleGANOptions(width=32, blocks=6)
    paper = JohnsonOptions(layout="paper", width=32)
    return {
        "johnson": _count(one_pass(JohnsonOptions(), STYLES)),
        "johnson_paper": _count(one_pass(paper, STYLES)),
        "adain": _count(any_style(AdainOptions())),
        "generator": _count(generators(CycleGANOptions())[0]),
        "generator_slim": _count(generators(slim)[0]),
        "discriminator": _count(Discriminator()),
    }


def _count(module: nn.Module) -> int:
    return sum(each.numel() for each in module.parameters() if each.requires_grad)


def _training(options: Any) -> dict[str, Any]:
    return {name: getattr(options, name) for name in ("batch", "learning_rate", "size")}
