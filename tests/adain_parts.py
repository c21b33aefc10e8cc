"""What the tests of any-style networks share: tiny networks, shallow losses, small pictures."""

import numpy as np
import torch
from torch import nn

from impasto.methods.adain.convolutions import Plan
from impasto.methods.adain.method import METHOD, TrainedAnyStyle, built, halved
from impasto.networks.network import Network
from impasto.networks.resolve import Located
from impasto.options.adain import AdainOptions
from impasto.options.training import TrainOptions
from impasto.training.trained import read_networks

TINY: Plan = Plan(1, 1, ((4, 4), (4, 4), (6, 6, 6), (8,)))
"""The shape of VGG-16 with few channels."""

SHALLOW = {
    "encoder_width": 2,
    "decoder_width": 2,
    "content_layer": "relu2_1",
    "style_layers": ("relu1_1", "relu2_1"),
    "gram_layers": ("relu2_1",),
    "identity_every": 4,
    "skips": 0,
    "residual": False,
    "conditional": False,
    "gram_weight": 0.0,
    "recolor": False,
    "tone_weight": 0.0,
}
"""Options of a network and a loss that take a few hundredths of a second a step."""


def shallow(**changes):
    return AdainOptions(**{**SHALLOW, **changes})


def training(**changes):
    fixed = {"steps": 4, "batch": 2, "size": 32, "workers": 0, "learning_rate": 0.01}
    place = {"device": "cpu", "precision": "fp32", "validate_every": 2, "sheet_every": 4}
    return TrainOptions(**{**fixed, **place, **changes})


def unsettled(network, seed=0):
    """Parameters as a training might leave them: few dead maps, a skip, and pictures that are not
    almost gray."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, nn.Conv2d):
                module.bias.uniform_(0, 0.2, generator=generator)
                if not module.weight.any():
                    module.weight.normal_(0, 0.3, generator=generator)
        last = list(network.decoder.convs.values())[-1]
        last.weight.normal_(0, 0.3, generator=generator)
    return network.eval()


def trained(seed=0, size=64, **changes):
    """A network as it is read from a run folder, with random weights."""
    options = shallow(**changes)
    torch.manual_seed(seed)
    network = unsettled(built(options), seed)
    network.load_state_dict(halved(network.state_dict()))
    return TrainedAnyStyle(METHOD, network, options, size)


def read_anystyle(path):
    [found] = read_networks(path, METHOD)
    return found


def model_file(path, what=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes((what or trained()).onnx())
    return path


def opened(path):
    return Network(Located(path.stem, path), 1)


def random_image(*shape, seed=0):
    """Squares of random colors: unlike noise they are still there in the deepest maps."""
    chance = np.random.default_rng(seed)
    *front, height, width = shape
    squares = chance.random((*front, -(-height // 8), -(-width // 8)), np.float32)
    large = squares.repeat(8, -2).repeat(8, -1)[..., :height, :width]
    noise = chance.random(shape, np.float32)
    return np.float32(chance.uniform(0.4, 0.9)) * large + np.float32(0.1) * noise
