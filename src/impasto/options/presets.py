"""Recipes by name: three of our own, three of the sources."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Mapping
from typing import Any, Final

from impasto.errors import OptionError
from impasto.options.gatys import PaintOptions

_CS20: Final[Mapping[str, Any]] = {
    "crop_fit": (333, 250),
    "coarsest": 0,
    "steps": 300,
    "init": "mix",
    "noise_ratio": 0.6,
    "optimizer": "adam",
    "learning_rate": 2.0,
    "style_layer_weights": (0.5, 1.0, 1.5, 3.0, 4.0),
    "content_form": "quarter-mean",
    "style_form": "paper",
    "content_weight": 0.01,
    "style_weight": 1.0,
}

PRESETS: Final[Mapping[str, Mapping[str, Any]]] = {
    # A look in about three seconds.
    "quick": {"size": 320, "steps": 48, "coarsest": 80},
    "default": {},
    # The best look.
    "fine": {"size": 768, "steps": 320, "history": 20},
    # Stanford CS20, assignment 2: style_transfer.py with its constants.
    "cs20": _CS20,
    # The same at the size of the course's blog post.
    "blog": {**_CS20, "crop_fit": (666, 500)},
    # Gatys, Ecker and Bethge 2016, section 2 and figure 2.
    "gatys": {
        "coarsest": 0,
        "steps": 500,
        "init": "noise",
        "content_form": "half-sum",
        "style_form": "paper",
        "style_layer_weights": (0.2, 0.2, 0.2, 0.2, 0.2),
        "content_weight": 1.0,
        "style_weight": 1000.0,
    },
}


def preset(name: str, **changes: Any) -> PaintOptions:
    """The options of a preset, with changes on top.

    Raises:
        OptionError: No such preset or option, or a value it cannot have.
    """
    if name not in PRESETS:
        near = difflib.get_close_matches(name, PRESETS, n=1)
        hint = f" (did you mean {near[0]}?)" if near else ""
        raise OptionError("preset", f"one of {', '.join(PRESETS)}{hint}", name)
    known = [each.name for each in dataclasses.fields(PaintOptions)]
    for option in changes:
        if option not in known:
            near = difflib.get_close_matches(option, known, n=1)
            hint = f"an option such as {near[0]}" if near else f"one of {', '.join(known)}"
            raise OptionError(option, hint, changes[option])
    return PaintOptions(**{**PRESETS[name], **changes})
