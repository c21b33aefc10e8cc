"""The losses of a style network."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from impasto.image import read_picture
from impasto.nn.color import color_statistics, with_palette
from impasto.nn.losses import (
    grid_loss,
    light_loss,
    pixel_loss,
    structure_loss,
    tone_loss,
    total_variation_loss,
)
from impasto.nn.resize import resized, size_of
from impasto.nn.style import Shift, gram_matrix, shifted_gram_matrices
from impasto.nn.vgg import VGG, canonical_layer
from impasto.options.johnson import JohnsonOptions
from impasto.samples import samples
from impasto.training.predictor import LEAST_SEEN, SEEN, CodePredictor

IDENTITY_WEIGHT: Final = 40.0
"""Weight of the pixel loss for the photograph's slot: a difference of 5 levels of 255 counts like a
content loss of 0.015 elsewhere."""

SHIFTS: Final[Mapping[str, tuple[Shift, ...]]] = {
    "relu2_2": ((0, 4), (4, 0)),
    "relu3_3": ((0, 1), (1, 0), (0, 2), (2, 0), (0, 4), (4, 0)),
    "relu4_3": ((0, 2), (2, 0), (2, 2), (0, 4), (4, 0)),
}
"""Shifts (rows, columns) of maps compared with themselves: 4, 8, 16 and 32 pixels of the picture.
The middle of the slim network works on squares of 8 pixels, so its finest lattices have this
period; those of dots and rings have two or three times this."""

_PAINTED: Final = {"total_variation": total_variation_loss, "grid": grid_loss}
"""Losses of a picture alone."""
_BESIDE: Final = {
    "pixel": pixel_loss, "tone": tone_loss, "light": light_loss, "structure": structure_loss,
}  # fmt: skip
"""Losses of a picture beside its photograph."""
_TOLD: Final = ("content", "style", "total_variation", "pixel")
"""Losses that are told even if their weight is 0."""
_TERMS: Final = (*_TOLD, "tone", "light", "structure", "grid", "shift", "code")

_TINY: Final = 1e-12


class StyleObjective(nn.Module):
    """Content, style, total variation and pixel losses, each picture measured by its style.

    Johnson et al. 2016, equations 2 to 5. In the ``relative`` form every distance is divided by the
    energy of its target: styles with strong and weak correlations then have equal influence, which
    a network for many styles needs. In the ``paper`` form distances are the paper's, for pixels of
    0 to 255 like its weights, except total variation and pixels, which are means over [0, 1]. Style
    targets are computed once.

    Seven terms are not in the paper, each with an option that turns it off. The content target is
    the photograph recolored to the style (:func:`~impasto.nn.color.recolored`, the first image of
    ``impasto paint``), where the paper does not control where the style's colors go. Its colors are
    kept at a coarse scale (:func:`~impasto.nn.losses.tone_loss`), or only its light and dark
    (:func:`~impasto.nn.losses.light_loss`) and its fine structure
    (:func:`~impasto.nn.losses.structure_loss`). Gram matrices of shifted maps
    (:func:`~impasto.nn.style.shifted_gram_matrices`) distinguish varied strokes from a repeated
    one. What repeats with the network's own grid is punished
    (:func:`~impasto.nn.losses.grid_loss`). The codes of the any-style network's predictor
    (:class:`Codes`) tell colors and strokes of styles apart better than Gram matrices.

    Args:
        network: With at least the layers that the options name.
        styles: The style images, (1, 3, H, W) sRGB in [0, 1], at the size that has the wanted
            strokes.
        options: Layers, form and weights.
        first: The number of the first style to measure.
    """

    def __init__(
        self, network: VGG, styles: Sequence[Tensor], options: JohnsonOptions, first: int = 0
    ) -> None:
        super().__init__()
        self.first = first
        self.network = network
        self.options = options
        self.content_layers = _layers(options.content_layers, network)
        self.style_shares = _shares(options, network)
        self.palettes = [color_statistics(each) for each in styles] if options.recolor else []
        self.shifts = SHIFTS if options.shift_weight else {}
        grams: dict[str, list[Tensor]] = {name: [] for name in self.style_shares}
        moved: dict[str, list[Tensor]] = {name: [] for name in self.shifts}
        with torch.no_grad():
            for style in styles:
                features = network(style)
                for name, found in grams.items():
                    found.append(gram_matrix(features[name]))
                for name, found in moved.items():
                    found.append(shifted_gram_matrices(features[name], self.shifts[name]))
        self.targets = {name: torch.cat(each) for name, each in grams.items()}
        self.shifted = {name: torch.cat(each, dim=1) for name, each in moved.items()}
        self.codes = Codes(styles) if options.code_weight else None
        self.past = first + len(styles)
        weights = {name: getattr(options, f"{name}_weight") for name in _TERMS}
        self.weights = {name: each for name, each in weights.items() if each or name in _TOLD}

    def forward(
        self,
        painted: Float[Tensor, "batch 3 height width"],
        content: Float[Tensor, "batch 3 height width"],
        style: Int[Tensor, " batch"],
    ) -> dict[str, Float[Tensor, " batch"]]:
        """The losses of each picture; ``total`` is their weighted sum.

        A style number after the last means the photograph itself: such a picture should equal its
        content in pixels, and has no other loss.

        Args:
            painted: The pictures, sRGB in [0, 1] or slightly outside.
            content: The photographs.
            style: The number of the style of each.
        """
        styled = style < self.past
        # Gram matrices and distances are always in float32.
        with torch.autocast(painted.device.type, enabled=False):
            painted, number = painted.float(), style[styled] - self.first
            if styled.any():
                target = self._recolored(content[styled], number)
                losses = self._losses(painted[styled], target, number)
            else:
                losses = dict.fromkeys(self.weights, painted.new_zeros(0))
            losses["total"] = torch.stack(
                [weight * losses[name] for name, weight in self.weights.items()]
            ).sum(0)
            # The photograph's slot is not measured by the network, which takes most of the time.
            spread = {name: _spread(each, styled) for name, each in losses.items()}
            photograph = ~styled
            pixel = _of_each(pixel_loss, painted[photograph], content[photograph])
            spread["pixel"] = spread["pixel"] + _spread(pixel, photograph)
            spread["total"] = spread["total"] + IDENTITY_WEIGHT * _spread(pixel, photograph)
            return spread

    def _losses(self, painted: Tensor, content: Tensor, style: Tensor) -> dict[str, Tensor]:
        """Of pictures with styles, whose numbers are those of the targets."""
        with torch.no_grad():
            kept = self.network(content, self.content_layers)
        features = self.network(painted)
        losses = {"content": self._content(features, kept), "style": self._style(features, style)}
        for name in self.weights:
            if name in _PAINTED:
                losses[name] = _of_each(_PAINTED[name], painted)
            elif name in _BESIDE:
                losses[name] = _of_each(_BESIDE[name], painted, content)
        if self.shifts:
            losses["shift"] = self._shift(features, style)
        if self.codes is not None:
            losses["code"] = self.codes(painted, style)
        return losses

    def _recolored(self, content: Tensor, style: Tensor) -> Tensor:
        if not self.palettes:
            return content
        return torch.cat(
            [
                with_palette(photograph, self.palettes[number])
                for photograph, number in zip(torch.split(content, 1), style.tolist(), strict=True)
            ]
        )

    def _shift(self, features: Mapping[str, Tensor], style: Tensor) -> Tensor:
        parts = []
        for name, targets in self.shifted.items():
            found = shifted_gram_matrices(features[name], self.shifts[name])
            parts += [_relative(*each) for each in zip(found, targets[:, style], strict=True)]
        return torch.stack(parts).mean(0)

    def _content(self, features: Mapping[str, Tensor], kept: Mapping[str, Tensor]) -> Tensor:
        square = self.network.unit**2
        parts = [self._distance(features[name], kept[name], square) for name in self.content_layers]
        return torch.stack(parts).mean(0)

    def _style(self, features: Mapping[str, Tensor], style: Tensor) -> Tensor:
        parts = []
        for name, share in self.style_shares.items():
            target = self.targets[name][style]
            # The paper's Gram matrix is divided by CHW, ours by HW; the distance is not divided.
            scale = self.network.unit**4
            parts.append(share * self._distance(gram_matrix(features[name]), target, scale))
        return torch.stack(parts).sum(0)

    def _distance(self, values: Tensor, target: Tensor, scale: float) -> Tensor:
        """Of each of a batch; ``scale`` brings the paper's form to pixels of 0 to 255."""
        if self.options.form == "paper":
            # Of features (B, C, H, W): 1/(CHW). Of Gram matrices (B, C, C): 1/C^2, as C
            # divides each Gram matrix.
            return scale * _squares(values, target) / values[0].numel()
        return _relative(values, target)


class Codes(nn.Module):
    """Compares pictures with styles by their codes, see :class:`CodePredictor`.

    The square of the distance, relative to that of the mean code of the bundled photographs. A crop
    is seen at half its size, as the predictor would see a picture of 512 pixels.

    Args:
        styles: The style images, (1, 3, H, W) sRGB in [0, 1].
    """

    def __init__(self, styles: Sequence[Tensor]) -> None:
        super().__init__()
        self.predictor = CodePredictor().to(styles[0].device)
        photographs = [read_picture(each.path).tensor() for each in samples("content")]
        with torch.no_grad():
            self.targets = torch.cat([self._code(each) for each in styles])
            usual = torch.cat([self._code(each.to(styles[0].device)) for each in photographs])
            apart = _squares(usual.mean(0, keepdim=True), self.targets)
            self.energies = apart.clamp_min(_TINY)

    def forward(
        self, painted: Float[Tensor, "batch 3 height width"], style: Int[Tensor, " batch"]
    ) -> Float[Tensor, " batch"]:
        """The distance of each picture to its style."""
        size = [max(side // 2, LEAST_SEEN) for side in size_of(painted)]
        seen = F.interpolate(painted, size, mode="bilinear", antialias=True)
        return _squares(self.predictor(seen), self.targets[style]) / self.energies[style]

    def _code(self, image: Tensor) -> Tensor:
        code: Tensor = self.predictor(resized(image, (SEEN, SEEN)).clamp(0, 1))
        return code


def layers_needed(options: JohnsonOptions) -> tuple[str, ...]:
    """The layers that the options name."""
    return (
        *options.content_layers,
        *options.style_layers,
        *(SHIFTS if options.shift_weight else ()),
    )


def _layers(names: Sequence[str], network: VGG) -> list[str]:
    return [canonical_layer(name, network.name) for name in names]


def _shares(options: JohnsonOptions, network: VGG) -> dict[str, float]:
    names = _layers(options.style_layers, network)
    weights = options.style_layer_weights or (1.0,) * len(names)
    whole = sum(weights) if options.form == "relative" else 1.0
    return {name: weight / whole for name, weight in zip(names, weights, strict=True)}


def _of_each(loss: Callable[..., Tensor], *batches: Tensor) -> Tensor:
    if not len(batches[0]):
        return batches[0].new_zeros(0)
    rows = range(len(batches[0]))
    return torch.stack([loss(*(each[row : row + 1] for each in batches)) for row in rows])


def _spread(values: Tensor, places: Tensor) -> Tensor:
    """The values at these places of a batch, and zeros elsewhere."""
    return values.new_zeros(len(places)).masked_scatter(places, values)


def _relative(values: Tensor, target: Tensor) -> Tensor:
    energy = target.float().square().flatten(1).sum(1).clamp_min(_TINY)
    return _squares(values, target) / energy


def _squares(values: Tensor, target: Tensor) -> Tensor:
    return (values.float() - target.float()).square().flatten(1).sum(1)
