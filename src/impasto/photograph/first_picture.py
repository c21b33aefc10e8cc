"""The picture of the bundled any-style network, as the first image of a painting."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from impasto.image import Picture, scaled
from impasto.networks.model import load_model
from impasto.options.apply import ApplyOptions
from impasto.options.gatys import GatysOptions
from impasto.pixels.kept_color import faded


def from_any_style(
    photograph: Picture, styles: Sequence[Picture], options: GatysOptions, longer: int
) -> Tensor:
    """A photograph in several styles at once, (1, 3, H, W) sRGB in [0, 1].

    It is what ``impasto apply`` makes with the same strength, size of strokes and colors. Where the
    photograph's colors are kept by painting in gray, it is gray: they come at the end.

    Args:
        photograph: The photograph.
        styles: The style images.
        options: Of the painting.
        longer: Longer side of the result in pixels.
    """
    names = [str(number) for number in range(len(styles))]
    shares = options.style_weights or [1.0] * len(styles)
    brought_in = options.color_stage == "before"
    gray = brought_in and options.keep_color == "luminance"
    asked = ApplyOptions(
        style_weights=",".join(
            f"{name}:{share}" for name, share in zip(names, shares, strict=True)
        ),
        strength=options.strength,
        style_scale=min(max(options.style_scale, 0.1), 10.0),
        keep_color=options.keep_color if brought_in and not gray else "none",
        color_strength=options.color_strength,
    )
    model = load_model("any-style").styled(dict(zip(names, styles, strict=True)))
    picture = model.stylize(scaled(photograph, longer), asked)
    if gray:
        faded(picture.pixels, options.color_strength)
    return picture.tensor()
