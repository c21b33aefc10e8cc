"""Ready-made studies: what they vary and show."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from impasto.errors import ImpastoError, OptionError
from impasto.options.gatys import INITS, GatysOptions
from impasto.options.nearest import INITS as NEAREST_INITS
from impasto.options.shared import SharedOptions
from impasto.study.grid import Axis, Variant, axis_over, value_text
from impasto.weights import present


@dataclass(frozen=True)
class Ready:
    """A ready-made study.

    Attributes:
        shows: What it shows, in a line.
        axes: What is varied, starting from the given options.
        base: Options it sets for all of its paintings.
    """

    shows: str
    axes: Callable[[SharedOptions], tuple[Axis, ...]]
    base: Mapping[str, Any]


def ready(name: str) -> Ready:
    """The ready-made study of a name; an unknown one is an OptionError with the nearest name."""
    if name not in READY:
        near = difflib.get_close_matches(name, READY, n=1)
        hint = f" (did you mean {near[0]}?)" if near else ""
        raise OptionError("study", f"list, {' or '.join(READY)}{hint}", name)
    return READY[name]


def of_gatys(base: SharedOptions) -> GatysOptions:
    """The same options; an OptionError unless they are of the method gatys."""
    if not isinstance(base, GatysOptions):
        raise OptionError("method", "gatys, as this study compares what only it has", base.method)
    return base


def _ratio_by_layer(shared: SharedOptions) -> tuple[Axis, ...]:
    """Alpha / beta, varied through beta over two orders of magnitude around the given value."""
    base, ratios = of_gatys(shared), []
    for factor in (10.0, 1.0, 0.1):
        weight = base.style_weight * factor
        label = f"1:{value_text(float(f'{weight / (base.content_weight or 1):.4g}'))}"
        ratios.append(Variant(label, {"style_weight": weight}))
    layers = axis_over("content_layers", [("conv2_2",), ("conv3_2",), ("conv4_2",), ("conv5_2",)])
    return Axis("alpha:beta", tuple(ratios)), layers


def _layers(shared: SharedOptions) -> tuple[Axis, ...]:
    base = of_gatys(shared)
    alone = (
        Variant("content", {"style_weight": 0.0, "content_weight": base.content_weight or 1.0}),
        Variant("style", {"content_weight": 0.0, "style_weight": base.style_weight or 1.0}),
    )
    layers = [
        Variant(
            name, {"content_layers": (name,), "style_layers": (name,), "style_layer_weights": ()}
        )
        for name in (f"conv{block}_1" for block in range(1, 6))
    ]
    return Axis("reconstructed", alone), Axis("layer", tuple(layers))


def _init(base: SharedOptions) -> tuple[Axis, ...]:
    return (axis_over("init", INITS if isinstance(base, GatysOptions) else NEAREST_INITS),)


def _optimizer(base: SharedOptions) -> tuple[Axis, ...]:
    of_gatys(base)
    # Learning rates of the two cannot be compared, so each gets its default.
    variants = [
        Variant(name, {"optimizer": name, "learning_rate": None}) for name in ("lbfgs", "adam")
    ]
    return (Axis("optimizer", tuple(variants)),)


def style_layers_axis(base: GatysOptions) -> Axis:
    """The first style layer only, the first two, ..., all of them."""
    layers, weights = base.style_layers, base.style_layer_weights
    variants = [
        Variant(str(n), {"style_layers": layers[:n], "style_layer_weights": weights[:n]})
        for n in range(1, len(layers) + 1)
    ]
    return Axis("number of style layers", tuple(variants))


def _network(_base: SharedOptions) -> tuple[Axis, ...]:
    names = list(dict.fromkeys(file.network for file in present()))
    if len(names) < 2:
        raise ImpastoError(
            f"the study network compares networks, and only {' '.join(names)} is installed: "
            "`impasto weights import FILE` or `impasto weights fetch vgg19` installs another"
        )
    return (axis_over("network", sorted(names)),)


READY: Final[Mapping[str, Ready]] = {
    "ratio-by-layer": Ready(
        "alpha/beta, the weight of content to style, by the content layer: what is kept, and how "
        "literally",
        _ratio_by_layer,
        {},
    ),
    "layers": Ready(
        "content alone and style alone, from noise, by one layer at a time: what each layer holds",
        _layers,
        # One size only: what a coarser painting leaves behind would be credited to the layer.
        {"init": "noise", "coarsest": 0},
    ),
    "pooling": Ready(
        "average or max pooling in the network",
        lambda _: (axis_over("pooling", ["average", "max"]),),
        {},
    ),
    "init": Ready("the first image: does the result depend on where it begins?", _init, {}),
    "optimizer": Ready("L-BFGS or Adam, step for step, each at its usual rate", _optimizer, {}),
    "style-layers": Ready(
        "the style from the first layer only, the first two, ...: the scale of its patterns",
        lambda base: (style_layers_axis(of_gatys(base)),),
        {},
    ),
    "network": Ready("VGG-16 or VGG-19, where the weights of both are here", _network, {}),
}
"""Every ready-made study by name, those of the courses first."""
