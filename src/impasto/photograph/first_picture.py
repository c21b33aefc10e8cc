"""The picture of the bundled any-style network, as the first image of a painting."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from impasto.image import Picture, from_tensor, scaled
from impasto.methods.subject import Style
from impasto.networks.model import load_model
from impasto.options.apply import ApplyOptions
from impasto.options.gatys import GatysOptions
from impasto.photograph.masks import shown
from impasto.pixels.kept_color import faded


def from_any_style(
    photograph: Picture, styles: Sequence[Style], options: GatysOptions, longer: int
) -> Tensor:
    """A photograph in a blend of styles, (1, 3, H, W) sRGB in [0, 1].

    It is the result of ``impasto apply`` with the same strength, strokes, colors and faces. If the
    photograph's colors are kept by painting in gray, it is gray.

    Args:
        photograph: The photograph.
        styles: The styles.
        options: Options of the painting.
        longer: Longer side of the result in pixels.
    """
    pictures: dict[str, Picture] = {}
    shares: dict[str, float] = {}
    for style, share in zip(styles, options.style_weights or [1.0] * len(styles), strict=True):
        images = shown(style)
        for image in images:
            name = str(len(pictures))
            pictures[name], shares[name] = from_tensor(image), share / len(images)
    brought_in = options.color_stage == "before"
    gray = brought_in and options.keep_color == "luminance"
    asked = ApplyOptions(
        style_weights=",".join(f"{name}:{share}" for name, share in shares.items()),
        strength=options.strength,
        style_scale=min(max(options.style_scale, 0.1), 10.0),
        keep_color=options.keep_color if brought_in and not gray else "none",
        color_strength=options.color_strength,
        faces=options.faces,
    )
    model = load_model("any-style").styled(pictures)
    picture = model.stylize(scaled(photograph, longer), asked)
    if gray:
        faded(picture.pixels, options.color_strength)
    return picture.tensor()
