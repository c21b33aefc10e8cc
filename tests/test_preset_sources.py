"""The presets cs20, blog and gatys against the sources' programs, written again in numpy.

The program sees pixels of 0 to 255, takes the mean color off, pools by TensorFlow's SAME and adds
up the losses as the handout, the blog and the paper write them. Sides are odd in every block.
"""

import numpy as np
import pytest
import torch

from impasto.methods.gatys.objective import Objective, layers_needed
from impasto.methods.gatys.stages import GatysStages
from impasto.methods.gatys.tiled import TiledObjective
from impasto.nn.vgg import VGG, InputConvention
from impasto.options.presets import preset
from painting_parts import subject_of
from test_nn_vgg import random_image, small_weights
from vgg_by_numpy import features_by_numpy

MEAN_PIXELS = np.array([123.68, 116.779, 103.939])[:, None, None]
CONVENTION = InputConvention("RGB", 255.0, tuple(MEAN_PIXELS.flat), (1.0, 1.0, 1.0))
STYLE_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
SIZE = 25, 33
"""A tenth of the presets' 250 x 333: 25, 13, 7, 4, 2 by 33, 17, 9, 5, 3 with SAME."""

WEIGHTS = {name: each.float() for name, each in small_weights("vgg19").items()}


def gram(maps):
    flat = maps.reshape(len(maps), -1)
    return flat @ flat.T


def source_losses(name, image, content, style):
    """Content and style loss by the sources' formulas; images are (3, H, W) in [0, 1]."""
    F, P, S = (
        features_by_numpy(255 * each - MEAN_PIXELS, WEIGHTS, "vgg19", edge="keep")
        for each in (image, content, style)
    )
    squares = ((F["relu4_2"] - P["relu4_2"]) ** 2).sum()
    content_loss = squares / 2 if name == "gatys" else squares / (4 * P["relu4_2"].size)
    weights = [0.2] * 5 if name == "gatys" else [0.5, 1.0, 1.5, 3.0, 4.0]
    style_loss = 0.0
    for weight, layer in zip(weights, STYLE_LAYERS, strict=True):
        N, M = len(F[layer]), F[layer][0].size
        style_loss += weight * ((gram(F[layer]) - gram(S[layer])) ** 2).sum() / (4 * N**2 * M**2)
    return content_loss, style_loss


def network_of(options):
    pooling = options.pooling, options.pooling_edge
    return VGG("vgg19", WEIGHTS, layers_needed(options), CONVENTION, *pooling)


@pytest.mark.parametrize("tiled", [False, True], ids=["whole", "tiled"])
@pytest.mark.parametrize("name", ["cs20", "blog", "gatys"])
def test_the_losses_are_those_of_the_source_for_odd_sizes(name, tiled):
    options = preset(name)
    image, content, style = (random_image(*SIZE, seed=seed).float() for seed in range(3))
    arguments = network_of(options), subject_of(content, style), options
    objective = TiledObjective(*arguments, side=16, keepable=0) if tiled else Objective(*arguments)
    found = objective.backward(image.requires_grad_(True))
    pictures = (each[0].detach().double().numpy() for each in (image, content, style))
    content_loss, style_loss = source_losses(name, *pictures)
    total = options.content_weight * content_loss + options.style_weight * style_loss
    expected = {"content": content_loss, "style": style_loss, "total": total}
    found = {loss: found[loss].item() for loss in expected}
    assert found == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("name", "subtracted_first"), [("cs20", False), ("blog", True)])
def test_the_first_image_is_that_of_the_source(name, subtracted_first):
    options = preset(name)
    content = random_image(*SIZE).float()
    stages = GatysStages(subject_of(content, content), network_of(options), options)
    levels = 255 * content[0].double().numpy()
    photograph = levels - MEAN_PIXELS if subtracted_first else levels
    # The program's variable has no mean color; it is added when the picture is saved.
    shown = 255 * stages.first_image()[0].double().numpy()
    noise = (shown - MEAN_PIXELS - photograph * (1 - 0.6)) / 0.6
    expected = torch.rand(content.shape, generator=torch.Generator().manual_seed(options.seed))
    np.testing.assert_allclose(noise, 40 * expected[0].double().numpy() - 20, atol=1e-3)
