"""The presets: quick, default and fine for each method, and four more for gatys."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, overload

from impasto.errors import OptionError
from impasto.options.gatys import STYLE_LAYERS, GatysOptions
from impasto.options.nearest import NearestOptions
from impasto.options.shared import SharedOptions

OPTIONS: Final[Mapping[str, type[SharedOptions]]] = {
    "gatys": GatysOptions,
    "nearest": NearestOptions,
}
"""The options of each painting method."""

_WHOLE: Final[Mapping[str, Any]] = {
    "style_loss": "gram", "shallow": 0.0, "deep_size": 0, "first_step": 0.0, "faces": 0.0,
    "resampling": "bicubic",
}  # fmt: skip
"""Gram matrices, every step with the whole network and torch's L-BFGS, and without faces."""

_CS20: Final[Mapping[str, Any]] = {
    **_WHOLE,
    "crop_fit": (333, 250),
    "coarsest": 0,
    "precision": "fp32",
    "pooling_edge": "keep",
    "steps": 300,
    "init": "mix",
    "noise_ratio": 0.6,
    "mix_around": "black",
    "optimizer": "adam",
    "learning_rate": 2.0,
    "style_layer_weights": (0.5, 1.0, 1.5, 3.0, 4.0),
    "content_form": "quarter-mean",
    "style_form": "paper",
    "content_weight": 0.01,
    "style_weight": 1.0,
}

PRESETS: Final[Mapping[str, Mapping[str, Mapping[str, Any]]]] = {
    "gatys": {
        # A preview in a few seconds.
        "quick": {"size": 320, "steps": 24, "coarsest": 80, "shallow": 0.85},
        "default": {},
        # The best quality. In so many steps, deep layers of equal weight would put whole pieces of
        # the painting, a tree or an eye, in place of what the photograph has there.
        "fine": {
            "size": 768,
            "steps": 340,
            "history": 20,
            "style_layer_weights": (1.0, 1.0, 1.0, 0.5, 0.1),
        },
        # The default of earlier versions.
        "classic": {**_WHOLE, "steps": 110},
        # Stanford CS20, assignment 2: style_transfer.py with its constants.
        "cs20": _CS20,
        # The blog post about it: at its size, and with the mean subtracted before mixing.
        "blog": {**_CS20, "crop_fit": (666, 500), "mix_around": "mean"},
        # Gatys, Ecker and Bethge 2016, section 2 and figure 2.
        "gatys": {
            **_WHOLE,
            "coarsest": 0,
            "precision": "fp32",
            "pooling_edge": "keep",
            "steps": 500,
            "init": "noise",
            "content_form": "half-sum",
            "style_form": "paper",
            "style_layer_weights": (0.2, 0.2, 0.2, 0.2, 0.2),
            "content_weight": 1.0,
            "style_weight": 1000.0,
        },
    },
    "nearest": {
        "quick": {"size": 320, "steps": 48, "coarsest": 80},
        "default": {},
        "fine": {"size": 768, "steps": 320},
    },
}
"""The options that each preset of a method changes."""


@overload
def preset(name: str, *, method: Literal["gatys"] = "gatys", **changes: Any) -> GatysOptions: ...
@overload
def preset(name: str, *, method: Literal["nearest"], **changes: Any) -> NearestOptions: ...
@overload
def preset(name: str, *, method: str, **changes: Any) -> SharedOptions: ...
def preset(name: str, *, method: str = "gatys", **changes: Any) -> SharedOptions:
    """The options of a preset of a method, with changes on top.

    Raises:
        OptionError: No such method, preset or option, or a value it cannot have.
    """
    if method not in OPTIONS:
        raise OptionError("method", " or ".join(OPTIONS), method)
    known = PRESETS[method]
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f" (did you mean {near[0]}?)" if near else ""
        if any(name in each for each in PRESETS.values()):
            hint = f" with the method {method}"
        raise OptionError("preset", f"one of {', '.join(known)}{hint}", name)
    return _made(method, {**_weighed(known[name], changes), **changes})


def with_changes(options: SharedOptions, changes: Mapping[str, Any]) -> SharedOptions:
    """Options with changes on top.

    If the method changes, options with default values get the defaults of the new method, and those
    that a preset of the old one set are left out where the new one lacks them. A preset's weights
    of style layers do not stay for other layers; weights that were given do.

    Raises:
        OptionError: The method has no such option, or it cannot have the value.
    """
    values = {field.name: getattr(options, field.name) for field in dataclasses.fields(options)}
    method = changes.get("method", options.method)
    if method != options.method:
        usual = type(options)()  # type: ignore[call-arg]
        values = {name: each for name, each in values.items() if each != getattr(usual, name)}
        known = OPTIONS[method].__dataclass_fields__ if method in OPTIONS else values
        of_presets = [each.items() for each in PRESETS[options.method].values()]
        values = {
            name: each
            for name, each in values.items()
            if name in known or not any((name, each) in items for items in of_presets)
        }
    return _made(method, {**_weighed(values, changes), **changes, "method": method})


def weights_for(layers: Sequence[str], values: Mapping[str, Any]) -> tuple[float, ...]:
    """The weights in values, or none if they are a preset's and the style layers are others."""
    weights: tuple[float, ...] = values.get("style_layer_weights", ())
    if tuple(layers) == values.get("style_layers", STYLE_LAYERS):
        return weights
    of_presets = [each.get("style_layer_weights") for each in PRESETS["gatys"].values()]
    return () if weights in of_presets else weights


def _weighed(values: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    if "style_layers" not in changes or "style_layer_weights" not in values:
        return dict(values)
    return {**values, "style_layer_weights": weights_for(changes["style_layers"], values)}


def check_known(option: str, value: object, method: str) -> None:
    """Raise an OptionError for an option that only another method has."""
    known = [name for name, each in OPTIONS.items() if option in each.__dataclass_fields__]
    if known and method not in known:
        raise OptionError(option, f"nothing, as the method {method} has no such option", value)


def _made(method: str, values: Mapping[str, Any]) -> SharedOptions:
    known = [each.name for each in dataclasses.fields(OPTIONS[method])]
    for option in values:
        if option in known:
            continue
        check_known(option, values[option], method)
        if near := difflib.get_close_matches(option, known, n=1):
            expected = f"an option such as {near[0]}"
        else:
            expected = f"one of {', '.join(known)}"
        raise OptionError(option, expected, values[option])
    return OPTIONS[method](**values)
