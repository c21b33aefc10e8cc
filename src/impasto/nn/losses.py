"""Losses: content, style, total variation, pixels, and adversarial."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

AFAR: Final = 8
"""Side in pixels of the squares in which tones are compared."""

LIGHT: Final = 16
"""Side in pixels of the squares whose lightness and contrast are compared."""

RELIEF: Final = 0.6
"""Share of a photograph's contrast that shall be left."""

RELIEF_WEIGHT: Final = 6.0
"""Of lost contrast beside lightness."""

STRUCTURE: Final = 9
"""Side in pixels of the squares whose structure is compared."""

GRID: Final = 8
"""Pixels after which a pattern of a network repeats: its coarsest maps are an eighth as large."""

_TINY: Final = 1e-12
"""Below any target, so that the distance from a black target is finite."""

_SEEN: Final = 4e-4
"""Variance of lightness, in [0, 1], from which a square has structure: two levels in a hundred."""

_FAINT: Final = 1e-5
"""Variance of lightness, in [0, 1], that cannot be seen; it keeps the gradient of a root finite."""

LossForm = Callable[[Tensor, Tensor], Tensor]

AdversarialForm = Callable[[Tensor, bool], Tensor]
"""Loss of a discriminator's scores for pictures that are real (True) or generated (False)."""


def half_sum_squares(
    features: Float[Tensor, "*shape"], target: Float[Tensor, "*shape"]
) -> Float[Tensor, ""]:
    """1/2 sum (F - P)^2: the content loss of Gatys et al. 2016, equation 1."""
    return _squares(features, target) / 2


def quarter_mean_squares(
    features: Float[Tensor, "*shape"], target: Float[Tensor, "*shape"]
) -> Float[Tensor, ""]:
    """Sum (F - P)^2 / (4 s), s the elements of P: the content loss of CS20, assignment 2."""
    return _squares(features, target) / (4 * target.numel())


def relative_squares(
    features: Float[Tensor, "*shape"], target: Float[Tensor, "*shape"]
) -> Float[Tensor, ""]:
    """Sum (F - P)^2 / sum P^2: independent of the scale of the features and the size of the image.

    VGG is positively homogeneous, so weights from different publishers give features of different
    scales; relative to its target, a distance of 1 is that of a black image for all of them.
    """
    energy = target.to(_wide(target)).square().sum().clamp_min(_TINY)
    return _squares(features, target) / energy


def paper_style_loss(
    gram: Float[Tensor, "batch n n"], target: Float[Tensor, "batch n n"]
) -> Float[Tensor, ""]:
    """1/(4 N^2 M^2) sum (G - A)^2: Gatys et al. 2016, equation 4.

    The paper's G and A are sums over M positions; ours are means (:func:`gram_matrix`), so the M^2
    cancels. For a style image of another size this is the paper's loss with A scaled to the M of
    the stylized image.
    """
    return _squares(gram, target) / (4 * gram.shape[-1] ** 2)


def temporal_loss(
    image: Float[Tensor, "1 3 height width"],
    brought: Float[Tensor, "1 3 height width"],
    weights: Float[Tensor, "1 1 height width"],
) -> Float[Tensor, ""]:
    """1/D sum c (x - w)^2, D = 3 H W: Ruder, Dosovitskiy and Brox 2016, equation 7.

    Args:
        image: The frame that is painted, x.
        brought: An earlier painted frame, warped along the motion, w.
        weights: How reliable each of its pixels is, c in [0, 1].
    """
    return (weights * (image - brought).square()).mean()


def tone_loss(
    image: Float[Tensor, "batch 3 height width"], target: Float[Tensor, "batch 3 height width"]
) -> Float[Tensor, ""]:
    """Mean squared difference of colors in squares of :data:`AFAR`: it keeps tones but not strokes.

    Of pictures smaller than a square, the difference of their mean colors.
    """
    square = [min(AFAR, side) for side in image.shape[-2:]]
    return F.avg_pool2d(image - target, square).square().mean()


def light_loss(
    image: Float[Tensor, "batch 3 height width"], target: Float[Tensor, "batch 3 height width"]
) -> Float[Tensor, ""]:
    """How much of a photograph's light and dark a picture has lost.

    The mean squared difference of lightness in squares of :data:`LIGHT` pixels, and, times
    :data:`RELIEF_WEIGHT`, :func:`lost_contrast`. Colors and strokes are free.
    """
    square = [min(LIGHT, side) for side in image.shape[-2:]]
    lightness = F.avg_pool2d((image - target).mean(1, keepdim=True), square)
    return lightness.square().mean() + RELIEF_WEIGHT * lost_contrast(image, target)


def lost_contrast(
    image: Float[Tensor, "batch 3 height width"], target: Float[Tensor, "batch 3 height width"]
) -> Float[Tensor, ""]:
    """How far contrast in squares of :data:`LIGHT` pixels is below :data:`RELIEF` of the target's.

    Mean square. Contrast is the standard deviation of lightness, halved in size; squares overlap.
    """
    halved = [min(2, side) for side in image.shape[-2:]]
    spreads = []
    for each in (image, target):
        light = F.avg_pool2d(each.mean(1, keepdim=True), halved)
        square = [min(LIGHT // 2, side) for side in light.shape[-2:]]
        mean, mean_square = (F.avg_pool2d(x, square, LIGHT // 4) for x in (light, light.square()))
        spreads.append(((mean_square - mean.square()).clamp_min(0) + _FAINT).sqrt())
    return F.relu(RELIEF * spreads[1] - spreads[0]).square().mean()


def structure_loss(
    image: Float[Tensor, "batch 3 height width"], target: Float[Tensor, "batch 3 height width"]
) -> Float[Tensor, ""]:
    """One less the correlation of lightness in small squares, where the target has any structure.

    The mean over squares of :data:`STRUCTURE` pixels, which overlap; 2 is the target's negative.
    Lightness, contrast and colors are free. The structure of Wang et al. 2004, "Image quality
    assessment: from error visibility to structural similarity", equation 10, with equal weights
    within a square; those of even lightness count less, down to nothing.
    """
    square = [min(STRUCTURE, side) for side in image.shape[-2:]]

    def means(maps: Tensor) -> Tensor:
        return F.avg_pool2d(maps, square, 2)

    one, other = (each.mean(1, keepdim=True) for each in (image, target))
    mine, its = (
        (means(each.square()) - means(each).square()).clamp_min(0) for each in (one, other)
    )
    shared = means(one * other) - means(one) * means(other)
    unlike = 1 - (shared + 1e-4) / ((mine * its + 1e-9).sqrt() + 1e-4)
    return (its / (its + _SEEN) * unlike).mean()


def total_variation_loss(image: Float[Tensor, "batch 3 height width"]) -> Float[Tensor, ""]:
    """Mean squared difference of neighbors, across and down (Mahendran and Vedaldi 2015, beta 2).

    A mean, where Johnson et al. 2016 sum, so that a weight means the same at every size. A side
    of one pixel has no neighbors and adds nothing.
    """
    across = image[..., :, 1:] - image[..., :, :-1]
    down = image[..., 1:, :] - image[..., :-1, :]
    return sum((each.square().mean() for each in (across, down) if each.numel()), torch.zeros(()))


def grid_loss(image: Float[Tensor, "batch 3 height width"]) -> Float[Tensor, ""]:
    """How far places of one phase in a grid of GRID pixels differ in the mean from those of others.

    Strokes lie anywhere; what a network makes of nothing, such as dots and a weave, repeats with
    its grid. The means are of eight by eight places, or of fewer in a small picture; what lies
    beyond the last whole square of the grid is not counted.
    """
    height, width = (side // GRID * GRID for side in image.shape[-2:])
    phases = F.pixel_unshuffle(image[..., :height, :width], GRID)
    near = [min(GRID, side) for side in phases.shape[-2:]]
    means = F.avg_pool2d(phases, near, stride=GRID // 2)
    return means.view(len(means), 3, GRID**2, -1).var(2).sum(1).mean()


def pixel_loss(
    image: Float[Tensor, "batch 3 height width"], target: Float[Tensor, "batch 3 height width"]
) -> Float[Tensor, ""]:
    """Mean squared difference of pixels (Johnson et al. 2016, section 3.2, divided by CHW)."""
    return (image - target).square().mean()


CONTENT_FORMS: Final[Mapping[str, LossForm]] = {
    "relative": relative_squares,
    "half-sum": half_sum_squares,
    "quarter-mean": quarter_mean_squares,
}

STYLE_FORMS: Final[Mapping[str, LossForm]] = {
    "relative": relative_squares,
    "paper": paper_style_loss,
}


def _wide(values: Tensor) -> torch.dtype:
    return torch.promote_types(values.dtype, torch.float32)


def _squares(values: Tensor, target: Tensor) -> Tensor:
    return (values.to(_wide(values)) - target.to(_wide(target))).square().sum()


def least_squares(scores: Float[Tensor, "*shape"], real: bool) -> Float[Tensor, ""]:
    """Mean of (D - 1)^2 for scores that should be real, of D^2 for others (Mao et al. 2017)."""
    return (scores - 1.0 if real else scores).square().mean()


def log_likelihood(scores: Float[Tensor, "*shape"], real: bool) -> Float[Tensor, ""]:
    """Mean of -log D for scores that should be real, of -log(1 - D) for others.

    Goodfellow et al. 2014. The scores are logits: D is their sigmoid, taken together with the
    logarithm so that neither overflows. A generator minimizes the first for its pictures, and does
    not maximize the second, whose gradient vanishes where it is needed most.
    """
    return F.softplus(-scores if real else scores).mean()


ADVERSARIAL_FORMS: Final[Mapping[str, AdversarialForm]] = {
    "least-squares": least_squares,
    "log-likelihood": log_likelihood,
}


def discriminator_loss(
    form: AdversarialForm, real: Float[Tensor, "*shape"], made: Float[Tensor, "*shape"]
) -> Float[Tensor, ""]:
    """Half of the discriminator's losses on real and on generated pictures.

    Half, as Zhu et al. 2017 (section 7.1) slow the discriminator down against the generator.
    """
    return (form(real, True) + form(made, False)) / 2


def cycle_consistency_loss(
    restored: Float[Tensor, "batch 3 height width"], image: Float[Tensor, "batch 3 height width"]
) -> Float[Tensor, ""]:
    """Mean absolute difference of an image and its cycle (Zhu et al. 2017, equation 2).

    Doubled, so that the paper's weights apply: its pixels range from -1 to 1, ours from 0 to 1.
    """
    return 2 * (restored - image).abs().mean()


def identity_loss(
    kept: Float[Tensor, "batch 3 height width"], image: Float[Tensor, "batch 3 height width"]
) -> Float[Tensor, ""]:
    """Mean absolute difference of a picture and its translation into its own set.

    Zhu et al. 2017, section 5.2: without it generators change tints for no reason, which
    a discriminator does not penalize. Doubled as in :func:`cycle_consistency_loss`.
    """
    return 2 * (kept - image).abs().mean()
