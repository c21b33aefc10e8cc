"""The losses of the generators and of the discriminators."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from impasto.methods.cyclegan.pool import RealPool
from impasto.nn.losses import (
    ADVERSARIAL_FORMS,
    cycle_consistency_loss,
    discriminator_loss,
    identity_loss,
    relative_squares,
)
from impasto.nn.metrics import Features
from impasto.nn.style import gram_matrix
from impasto.options.cyclegan import CycleGANOptions

Network = Callable[[Tensor], Tensor]

PHOTO = "photo"
PAINTING = "painting"

GRAM_LAYERS: Final = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")
CONTENT_LAYER: Final = "relu4_1"


@dataclass(frozen=True)
class Translated:
    """A batch of photographs x and of paintings y, passed through both generators.

    Attributes:
        painting: G(x), from photographs.
        photo: F(y), from paintings.
        photo_again: F(G(x)).
        painting_again: G(F(y)).
        painting_kept: G(y), for the identity loss; None if it has no weight.
        photo_kept: F(x), likewise.
    """

    painting: Tensor
    photo: Tensor
    photo_again: Tensor
    painting_again: Tensor
    painting_kept: Tensor | None = None
    photo_kept: Tensor | None = None


def translated(
    paint: Network, unpaint: Network, photo: Tensor, painting: Tensor, *, kept: bool
) -> Translated:
    """Translate pictures there and back, and, if ``kept``, also with the other generator.

    Args:
        paint: G, photographs to paintings.
        unpaint: F, paintings to photographs.
        photo: x, (B, 3, H, W).
        painting: y, of the same shape if ``kept``.
        kept: Whether the identity loss needs G(y) and F(x).
    """
    if not kept:
        made, unmade = paint(photo), unpaint(painting)
        return Translated(made, unmade, unpaint(made), paint(unmade))
    # In one batch, which changes nothing, as pictures are normalized separately.
    made, painting_kept = paint(torch.cat([photo, painting])).chunk(2)
    unmade, photo_kept = unpaint(torch.cat([painting, photo])).chunk(2)
    return Translated(made, unmade, unpaint(made), paint(unmade), painting_kept, photo_kept)


def generator_losses(
    made: Translated,
    scores: Mapping[str, Tensor],
    batch: Mapping[str, Tensor],
    options: CycleGANOptions,
    perceptual: Mapping[str, Tensor] | None = None,
) -> dict[str, Tensor]:
    """The losses of both generators by name; ``total`` is their weighted sum.

    Zhu et al. 2017, equation 3 from the generators' side, with the identity loss of section 5.2,
    and two that are not in the paper.

    Args:
        made: The results of the generators.
        scores: The discriminators' scores of ``painting`` and ``photo``.
        batch: Their inputs.
        options: Form and weights.
        perceptual: The results of :class:`PerceptualLosses`; None if they have no weight.
    """
    form = ADVERSARIAL_FORMS[options.adversarial]
    losses = {f"adversarial/{name}": form(each.float(), True) for name, each in scores.items()}
    adversarial = torch.stack(list(losses.values())).sum()
    losses["cycle/photo"] = cycle_consistency_loss(made.photo_again, batch[PHOTO])
    losses["cycle/painting"] = cycle_consistency_loss(made.painting_again, batch[PAINTING])
    losses["cycle"] = losses["cycle/photo"] + losses["cycle/painting"]
    total = adversarial + options.cycle_weight * losses["cycle"]
    if made.photo_kept is not None and made.painting_kept is not None:
        losses["identity"] = identity_loss(made.photo_kept, batch[PHOTO]) + identity_loss(
            made.painting_kept, batch[PAINTING]
        )
        total = total + options.identity_weight * options.cycle_weight * losses["identity"]
    if perceptual:
        losses |= perceptual
        total = total + options.gram_weight * losses["gram"]
        total = total + options.content_weight * losses["content"]
    return {**losses, "adversarial": adversarial, "total": total}


def critic_loss(critic: Network, real: Tensor, made: Tensor, options: CycleGANOptions) -> Tensor:
    """The loss of a discriminator on equally many real and generated pictures."""
    scores = critic(torch.cat([real, made])).float()
    return discriminator_loss(ADVERSARIAL_FORMS[options.adversarial], *scores.chunk(2))


class PerceptualLosses:
    """Distances between generated and real pictures in VGG's maps; not in Zhu et al. 2017.

    - ``gram``: between the mean Gram matrices of generated and real pictures: the style loss of
      Gatys et al. 2016, for two unpaired sets instead of two pictures. A discriminator needs
      thousands of steps to learn to recognize strokes.
    - ``content``: between the deepest maps of a generated picture and of its source (Johnson et
      al. 2016, equation 2). It prevents blots, which the cycle loss allows because the other
      generator can remove them.

    With a pool, ``gram`` is instead between each generated picture and the kept real one most like
    its source. The mean of all real pictures is a dull palette that suits no picture.

    Args:
        features: A network with the layers ``GRAM_LAYERS``.
        pool: Real pictures of each set to keep; 0 for none.
    """

    def __init__(self, features: Features, pool: int = 0) -> None:
        self._features = features
        self.pools = {name: RealPool(pool) for name in (PHOTO, PAINTING)} if pool else {}

    def __call__(self, made: Translated, real: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Each loss relative to its target, summed over both directions, and alone (gram/painting).

        Args:
            made: The results of the generators.
            real: Their inputs, photographs and paintings.
        """
        # In float32 whatever the generators' precision; VGG has that of its weights.
        with torch.autocast(made.painting.device.type, enabled=False):
            with torch.no_grad():
                known = {name: self._features(real[name].float()) for name in (PHOTO, PAINTING)}
                grams = self._grams(known, real)
            losses = dict[str, Tensor]()
            pictures = ((PAINTING, PHOTO, made.painting), (PHOTO, PAINTING, made.photo))
            for name, source, picture in pictures:
                maps = self._features(picture.float())
                own = self._own_grams(maps)
                parts = [self._distance(own[each], grams[name][each]) for each in GRAM_LAYERS]
                losses[f"gram/{name}"] = torch.stack(parts).mean()
                shapes = maps[CONTENT_LAYER], known[source][CONTENT_LAYER]
                losses[f"content/{name}"] = relative_squares(*shapes)
        for kind in ("gram", "content"):
            losses[kind] = losses[f"{kind}/{PAINTING}"] + losses[f"{kind}/{PHOTO}"]
        return losses

    def _grams(
        self, known: Mapping[str, Mapping[str, Tensor]], real: Mapping[str, Tensor]
    ) -> dict[str, dict[str, Tensor]]:
        """The Gram matrices by layer that pictures of each set are to have."""
        if not self.pools:
            return {name: self._own_grams(maps) for name, maps in known.items()}
        vectors = {name: _vector(maps) for name, maps in known.items()}
        for name, pool in self.pools.items():
            pool.keep(real[name].float(), vectors[name])
        wanted = {}
        for name, source in ((PAINTING, PHOTO), (PHOTO, PAINTING)):
            seen = self.pools[source].standardized(vectors[source])
            wanted[name] = self._own_grams(self._features(self.pools[name].nearest(seen)))
        return wanted

    def _distance(self, gram: Tensor, target: Tensor) -> Tensor:
        if not self.pools:
            return relative_squares(gram, target)
        # Relative to both, as the energy of a single dark picture is nearly 0.
        energy = gram.detach().square().sum() + target.square().sum()
        return 2 * (gram - target).square().sum() / energy.clamp_min(1e-12)

    def _own_grams(self, maps: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The Gram matrices of a batch by layer; their mean over the batch without a pool."""
        grams = {each: gram_matrix(maps[each]) for each in GRAM_LAYERS}
        return grams if self.pools else {each: gram.mean(0) for each, gram in grams.items()}


def _vector(maps: Mapping[str, Tensor]) -> Tensor:
    """What a picture shows and its tones: means of feature maps, both with the same weight."""
    means = [maps[each].float().mean((2, 3)) for each in (GRAM_LAYERS[0], CONTENT_LAYER)]
    return torch.cat([each / math.sqrt(each.shape[1]) for each in means], dim=1)
