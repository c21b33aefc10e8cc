"""What the graph of a loss shows and why, in sentences written from the losses of the runs."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

from impasto.options.gatys import GatysOptions
from impasto.shown import compact
from impasto.study.ready import of_gatys
from impasto.study.results import Result

TURN: Final = 0.1
"""Share of a loss's whole range by which it turns before its end, to count as a turn."""

MOST: Final = 0.9
"""Share of the total from which one loss decides it."""

EARLY: Final = 0.25
"""Share of the steps within which half of the way is done early."""

LITTLE: Final = 0.05
"""Share of the whole change up to which the last steps make no difference."""

MANY: Final = 100.0
"""Times one weighted loss is the other from which the gradient serves it alone."""


def explanation(name: str, artworks: Sequence[Result]) -> str:
    """What a loss (``content``, ``style`` or ``total``) did in each artwork, and why.

    At most three sentences; every number is from the runs.
    """
    seen = "; ".join(f"for {each.label} it {in_words(_values(each, name))}" for each in artworks)
    why = _WHY[name](artworks) if all(_values(each, name) for each in artworks) else ()
    return " ".join((f"F{seen[1:]}.", *why))


def in_words(values: Sequence[float]) -> str:
    """How a loss developed: its ends, where it turned, and the step half-way between its ends."""
    finite = [(step, value) for step, value in enumerate(values, 1) if math.isfinite(value)]
    if not finite:
        return "is not measured"
    (_, first), (_, last) = finite[0], finite[-1]
    low, high = (found(finite, key=lambda each: each[1]) for found in (min, max))
    edge = TURN * (high[1] - low[1])
    for (step, value), there, back in ((low, "falls", "rises"), (high, "rises", "falls")):
        if min(abs(value - first), abs(value - last)) > edge:
            turn = f"{there} from {compact(first)} to {compact(value)} by step {step}"
            return f"{turn}, then {back} to {compact(last)}"
    if first == last:
        return f"stays at {compact(last)}"
    way = f"{'falls' if last < first else 'rises'} from {compact(first)} to {compact(last)}"
    return f"{way}, half of the way by step {_half(values)}"


def first_image(options: GatysOptions) -> str:
    """What the first image is, in words."""
    if options.init == "mix":
        noise = percent(options.noise_ratio), percent(1 - options.noise_ratio)
        bright = ", brightened by VGG's mean color" if options.mix_around == "black" else ""
        return f"{noise[0]} noise, {noise[1]} photograph{bright}"
    named = {
        "noise": "white noise",
        "content": "the photograph",
        "recolor": "the photograph in the colors of the style",
        "style": "the style image",
    }
    return named.get(options.init, Path(options.init).name)


def _values(result: Result, name: str) -> list[float]:
    return [value for value in result.losses.get(name, []) if math.isfinite(value)]


def _ends(result: Result, name: str) -> tuple[float, float]:
    values = _values(result, name)
    return values[0], values[-1]


def _half(values: Sequence[float]) -> int:
    """The first step at which half of the way from the first to the last value is done."""
    finite = [(step, value) for step, value in enumerate(values, 1) if math.isfinite(value)]
    first, last = finite[0][1], finite[-1][1]
    middle = (first + last) / 2
    return next(step for step, value in finite if (value <= middle) == (last < first))


def _way(artworks: Sequence[Result], name: str) -> str:
    """Whether a loss ``falls`` or ``rises`` in all artworks; "" where they differ."""
    ends = [_ends(each, name) for each in artworks]
    if all(last < first for first, last in ends):
        return "falls"
    return "rises" if all(last > first for first, last in ends) else ""


def _why_content(artworks: Sequence[Result]) -> Iterable[str]:
    options = of_gatys(artworks[0].cell.options)
    layers, begun = " and ".join(options.content_layers), first_image(options)
    way = _way(artworks, "content")
    if way == "rises" and options.init in ("mix", "content", "recolor"):
        yield (
            f"It rises because the first image ({begun}) is near the photograph, and every stroke "
            f"of the style moves the feature maps of {layers} away from it."
        )
    elif way == "rises":
        yield (
            "It rises because Gram matrices do not say where things are: what lowers the style "
            f"loss moves the feature maps of {layers}, and the content weight does not hold them."
        )
    elif way == "falls":
        yield (
            f"It falls because the feature maps of {layers} of the first image ({begun}) are far "
            "from the photograph's, and the content loss is part of the total that each step "
            "lowers."
        )
    else:
        yield (
            f"It falls where the first image ({begun}) lacks more of the photograph than the "
            "strokes take away, and rises where the strokes take away more."
        )
    ratios = [_weighted(each, "style", 0) / _weighted(each, "content", 0) for each in artworks
              if _weighted(each, "content", 0)]  # fmt: skip
    if ratios:
        yield _balance(ratios)


def _balance(ratios: Sequence[float]) -> str:
    times = f"At the first step β · style is {_range(ratios, compact)} times α · content"
    if min(ratios) >= MANY:
        return f"{times}, so the gradient serves the style almost alone."
    if min(ratios) > 1:
        return f"{times}, so the gradient serves the style more than the content."
    return f"{times}, so the content has its share in every step."


def _why_style(artworks: Sequence[Result]) -> Iterable[str]:
    shares = [_share(each, 0) for each in artworks]
    if _way(artworks, "style") == "falls":
        halves = [_half(each.losses["style"]) / len(each.losses["style"]) for each in artworks]
        early = ", and it falls fastest early, where the Gram matrices differ most"
        yield (
            "It falls because each step follows the gradient of the total, of which β · style is "
            f"{_range(shares, percent)} at the first step{early * (max(halves) <= EARLY)}."
        )
    else:
        yield (
            f"β · style is {_range(shares, percent)} of the total at the first step: where it is "
            "the smaller part, a step may raise it to lower the content loss."
        )
    yield from _layer_by_layer(artworks[0])


def _layer_by_layer(result: Result) -> Iterable[str]:
    """How soon the shallowest and the deepest style layer were half-way down, or the largest."""
    options = of_gatys(result.cell.options)
    weights = options.style_layer_weights or (1.0,) * len(options.style_layers)
    names = [name for name in result.losses if name.startswith("style/") and _values(result, name)]
    if len(names) < 2 or len(names) != len(weights):
        return
    near, deep = names[0], names[-1]
    soon, late = _half(_values(result, near)), _half(_values(result, deep))
    falling = all(_ends(result, name)[1] < _ends(result, name)[0] for name in (near, deep))
    if falling and soon < late:
        yield (
            f"For {result.label}, {_layer(near)} is half of the way down by step {soon} and "
            f"{_layer(deep)} by step {late}: colors and fine grain change with single pixels, but "
            "a large stroke needs many pixels to change together."
        )
        return
    largest = []
    for end in (0, -1):
        own = [_values(result, name)[end] * each for name, each in zip(names, weights, strict=True)]
        share = percent(max(own) / (sum(own) or 1.0))
        largest.append((_layer(names[own.index(max(own))]), share))
    (first, before), (last, after) = largest
    yield (
        f"For {result.label}, the layer with the largest part is {first} at the first step "
        f"({before}) and {'still ' * (first == last)}{last} at the last ({after}): a step changes "
        "most what the weighted Gram matrices differ most in."
    )


def _why_total(artworks: Sequence[Result]) -> Iterable[str]:
    first, last = ([_share(each, end) for each in artworks] for end in (0, -1))
    begun, ended = _range(first, percent), _range(last, percent)
    when = f"{begun} of it at the first step and {ended} at the last"
    if begun == ended:
        when = f"{begun} of it from the first step to the last"
    whole = f"It is the weighted sum of both, and β · style is {when}"
    if min(*first, *last) >= MOST:
        yield f"{whole}, so its graph is nearly that of the style loss."
    elif max(*first, *last) <= 1 - MOST:
        yield f"{whole}, so its graph is nearly that of the content loss."
    else:
        yield f"{whole}, so both graphs show in it."
    yield f"{_rises(artworks)}, and {_tail(artworks)}."


def _rises(artworks: Sequence[Result]) -> str:
    """How often the total went up from one step to the next, and why."""
    options = of_gatys(artworks[0].cell.options)
    counts = []
    for each in artworks:
        values = _values(each, "total")
        counts.append(sum(after > before for before, after in itertools.pairwise(values)))
    if not any(counts):
        return "No step makes it larger, so the steps are short enough"
    times = f"It goes up at {_range(counts, str)} of {options.steps - 1} steps"
    if options.coarsest:
        return f"{times}, above all where the picture is enlarged and the painting goes on"
    if options.optimizer == "adam":
        return f"{times}, as Adam goes on along earlier gradients and every pixel moves equally far"
    return f"{times}, as L-BFGS takes its whole step without looking whether the loss falls"


def _tail(artworks: Sequence[Result]) -> str:
    """What the last tenth of the steps brought."""
    shares = []
    for each in artworks:
        values = _values(each, "total")
        before = values[-1 - max(1, len(values) // 10)] if len(values) > 1 else values[-1]
        shares.append((before - values[-1]) / ((values[0] - values[-1]) or 1.0))
    if not all(0 <= each <= 1 for each in shares):
        return "at the end it still goes up and down"
    told = f"the last tenth of the steps brings {_range(shares, percent)} of the change"
    if max(shares) <= LITTLE:
        return f"{told}, as the gradient shrinks with the differences that are left"
    return f"{told}, so more steps would change it further"


_WHY: Final[dict[str, Callable[[Sequence[Result]], Iterable[str]]]] = {
    "content": _why_content,
    "style": _why_style,
    "total": _why_total,
}


def percent(share: float) -> str:
    """A share of a whole in percent, never rounded to all or nothing."""
    if 0 < share < 0.001:
        return "less than 0.1 %"
    if 0.999 < share < 1:
        return "more than 99.9 %"
    return f"{100 * share:.{3 if share > 0.99 else 2}g} %"


def _weighted(result: Result, name: str, end: int) -> float:
    weight: float = getattr(result.cell.options, f"{name}_weight")
    return weight * _values(result, name)[end]


def _share(result: Result, end: int) -> float:
    """The share of the style in the total loss at the first (0) or last (-1) step."""
    return _weighted(result, "style", end) / (_values(result, "total")[end] or 1.0)


def _range(values: Iterable[float], text: Callable[[float], str]) -> str:
    """The smallest and the largest of some numbers as text; one if they look equal."""
    ordered = sorted(values)
    low, high = text(ordered[0]), text(ordered[-1])
    return low if low == high else f"{low} to {high}"


def _layer(name: str) -> str:
    return name.removeprefix("style/").replace("relu", "conv")
