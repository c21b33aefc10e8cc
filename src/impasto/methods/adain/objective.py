"""The losses of an any-style network."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from impasto.nn.losses import tone_loss, total_variation_loss
from impasto.nn.style import adaptive_instance_norm, channel_statistics, gram_matrix
from impasto.nn.vgg import VGG, canonical_layer
from impasto.options.adain import AdainOptions

_TINY: Final = 1e-12

Maps = Mapping[str, Tensor]


class AnyStyleObjective(nn.Module):
    """Content, style and other weighted losses, each picture measured by its style.

    Huang and Belongie 2017, equations 12 and 13: the content target is the photograph's map with
    the statistics of the style's, the style is means and deviations. Three differences: the norms
    are squared, as in the authors' program; in the ``relative`` form every distance is divided by
    the energy of its target, so that a weight means the same for any publisher's VGG; and the
    targets are always VGG's own.

    Args:
        network: With at least the layers of :func:`layers_needed`.
        options: Layers, form and weights.
    """

    def __init__(self, network: VGG, options: AdainOptions) -> None:
        super().__init__()
        self.network = network
        self.options = options
        self.content_layer = canonical_layer(options.content_layer, network.name)
        self.style_layers = [canonical_layer(each, network.name) for each in options.style_layers]
        gram = options.gram_layers if options.gram_weight else ()
        self.gram_layers = [canonical_layer(each, network.name) for each in gram]

    def forward(
        self,
        painted: Float[Tensor, "batch 3 height width"],
        content: Float[Tensor, "batch 3 height width"],
        style: Float[Tensor, "batch 3 _height _width"],
        predicted: Sequence[Maps] = (),
    ) -> dict[str, Float[Tensor, " batch"]]:
        """The losses of each picture; ``total`` is their weighted sum.

        Args:
            painted: The pictures.
            content: The photographs, in the style's colors if the options say so.
            style: The style images.
            predicted: A slim encoder's predictions of VGG's maps of ``content`` and ``style``;
                empty without such an encoder.
        """
        # Statistics and distances are always in float32.
        with torch.autocast(painted.device.type, enabled=False):
            return self._losses(painted.float(), content, style, predicted)

    def _losses(
        self, painted: Tensor, content: Tensor, style: Tensor, predicted: Sequence[Maps]
    ) -> dict[str, Tensor]:
        with torch.no_grad():
            seen = self.network(content), self.network(style)
        features = self.network(painted)
        losses = {
            "content": self._content(features, *seen),
            "style": self._style(features, seen[1]),
            "total_variation": _of_each(total_variation_loss, painted),
        }
        if self.options.tone_weight:
            losses["tone"] = _of_each(tone_loss, painted, content)
        if self.gram_layers:
            losses["gram"] = self._gram(features, seen[1])
        if predicted:
            losses["distill"] = self._distilled(predicted, seen)
        weights = self.options
        losses["total"] = sum(
            (getattr(weights, f"{name}_weight") * each for name, each in losses.items()),
            torch.zeros_like(losses["content"]),
        )
        return losses

    def _content(self, features: Maps, content: Maps, style: Maps) -> Tensor:
        name = self.content_layer
        target = adaptive_instance_norm(content[name].float(), channel_statistics(style[name]))
        return self._distance(features[name], target)

    def _style(self, features: Maps, style: Maps) -> Tensor:
        parts = []
        for name in self.style_layers:
            found, wanted = channel_statistics(features[name]), channel_statistics(style[name])
            parts += [self._distance(found[..., each], wanted[..., each]) for each in (0, 1)]
        return torch.stack(parts).sum(0)

    def _gram(self, features: Maps, style: Maps) -> Tensor:
        parts = [
            self._distance(gram_matrix(features[name]), gram_matrix(style[name]))
            for name in self.gram_layers
        ]
        return torch.stack(parts).mean(0)

    def _distilled(self, predicted: Sequence[Maps], seen: Sequence[Maps]) -> Tensor:
        parts = [
            _relative(each, wanted[name])
            for maps, wanted in zip(predicted, seen, strict=True)
            for name, each in maps.items()
        ]
        return torch.stack(parts).mean(0)

    def _distance(self, values: Tensor, target: Tensor) -> Tensor:
        """Of each of a batch."""
        if self.options.form == "paper":
            return (values.float() - target.float()).square().flatten(1).mean(1)
        return _relative(values, target)


def layers_needed(options: AdainOptions, distilled: Sequence[str] = ()) -> tuple[str, ...]:
    """The layers of the options, and those that a slim encoder learns from."""
    gram = options.gram_layers if options.gram_weight else ()
    return (options.content_layer, *options.style_layers, *gram, *distilled)


def _relative(values: Tensor, target: Tensor) -> Tensor:
    squares = (values.float() - target.float()).square().flatten(1).sum(1)
    return squares / target.float().square().flatten(1).sum(1).clamp_min(_TINY)


def _of_each(loss: Callable[..., Tensor], *batches: Tensor) -> Tensor:
    rows = range(len(batches[0]))
    return torch.stack([loss(*(each[row : row + 1] for each in batches)) for row in rows])
