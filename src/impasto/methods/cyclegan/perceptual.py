"""What VGG says of made pictures: the strokes of real ones, and the shapes of what they show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import torch
from torch import Tensor

from impasto.methods.cyclegan.objective import PAINTING, PHOTO, Translated
from impasto.nn.channels import Features
from impasto.nn.losses import relative_squares
from impasto.nn.style import gram_matrix

GRAM_LAYERS: Final = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")
CONTENT_LAYER: Final = "relu4_1"


class PerceptualLosses:
    """Distances of made pictures from real ones in the maps of VGG; not in Zhu et al. 2017.

    - ``gram``: between the mean Gram matrices of made pictures and of real ones of that manner:
      what Gatys et al. 2016 call style, of two unpaired sets in place of two pictures. A
      discriminator needs many thousand steps until it can tell strokes.
    - ``content``: between the deepest map of a made picture and of the one it was made of
      (Johnson et al. 2016, equation 2): the way back can undo blots, so the cycle allows them.

    Args:
        features: Gives maps of ``GRAM_LAYERS``.
    """

    def __init__(self, features: Features) -> None:
        self._features = features

    def __call__(self, made: Translated, real: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Each relative to its target, the sum over both directions and, as gram/painting, alone.

        Args:
            made: What the generators gave.
            real: What they were given, photographs and paintings.
        """
        # Never rounded, whatever the generators are trained in.
        with torch.autocast(made.painting.device.type, enabled=False):
            with torch.no_grad():
                known = {name: self._features(real[name].float()) for name in (PHOTO, PAINTING)}
            losses = dict[str, Tensor]()
            pictures = ((PAINTING, PHOTO, made.painting), (PHOTO, PAINTING, made.photo))
            for name, source, picture in pictures:
                maps = self._features(picture.float())
                parts = [
                    relative_squares(_mean_gram(maps[each]), _mean_gram(known[name][each]))
                    for each in GRAM_LAYERS
                ]
                losses[f"gram/{name}"] = torch.stack(parts).mean()
                shapes = maps[CONTENT_LAYER], known[source][CONTENT_LAYER]
                losses[f"content/{name}"] = relative_squares(*shapes)
        for kind in ("gram", "content"):
            losses[kind] = losses[f"{kind}/{PAINTING}"] + losses[f"{kind}/{PHOTO}"]
        return losses


def _mean_gram(maps: Tensor) -> Tensor:
    return gram_matrix(maps).mean(0)
