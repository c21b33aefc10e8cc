"""What a generator and its critic want of each other, and what keeps a translation honest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

AdversarialForm = Callable[[Tensor, bool], Tensor]
"""Loss of a discriminator's scores that are to say real (True) or made (False)."""


def least_squares(scores: Float[Tensor, "*shape"], real: bool) -> Float[Tensor, ""]:
    """Mean of (D - 1)^2 for what is to pass as real, of D^2 for what is not (Mao et al. 2017)."""
    return (scores - 1.0 if real else scores).square().mean()


def log_likelihood(scores: Float[Tensor, "*shape"], real: bool) -> Float[Tensor, ""]:
    """Mean of -log D for what is to pass as real, of -log(1 - D) for what is not.

    Goodfellow et al. 2014. The scores are logits: D is their sigmoid, taken together with the
    logarithm so that neither overflows. A generator minimizes the first of the two on what it
    made, rather than maximizing the second, whose gradient fades where it is needed most.
    """
    return F.softplus(-scores if real else scores).mean()


ADVERSARIAL_FORMS: Final[Mapping[str, AdversarialForm]] = {
    "least-squares": least_squares,
    "log-likelihood": log_likelihood,
}


def discriminator_loss(
    form: AdversarialForm, real: Float[Tensor, "*shape"], made: Float[Tensor, "*shape"]
) -> Float[Tensor, ""]:
    """Half of what the scores of real and of made pictures cost the discriminator.

    Half, as Zhu et al. 2017 (section 7.1) slow the discriminator down against the generator.
    """
    return (form(real, True) + form(made, False)) / 2


def cycle_consistency_loss(
    restored: Float[Tensor, "batch 3 height width"], image: Float[Tensor, "batch 3 height width"]
) -> Float[Tensor, ""]:
    """Mean absolute difference of an image and what came back (Zhu et al. 2017, equation 2).

    Doubled, so that the paper's weights hold: its pixels reach from -1 to 1, ours from 0 to 1.
    """
    return 2 * (restored - image).abs().mean()


def identity_loss(
    kept: Float[Tensor, "batch 3 height width"], image: Float[Tensor, "batch 3 height width"]
) -> Float[Tensor, ""]:
    """Mean absolute difference of a picture and itself sent through the generator that makes such.

    Zhu et al. 2017, section 5.2: without it generators change tints for no reason, as a
    discriminator does not mind. Doubled as in :func:`cycle_consistency_loss`.
    """
    return 2 * (kept - image).abs().mean()
