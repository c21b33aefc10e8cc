"""What the tests of style networks share: tiny networks, shallow losses, a folder of pictures."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from cli_pictures import write_photograph, write_style
from impasto.methods.johnson.method import METHOD, StyleImage, StyleSources, TrainedStyles, built
from impasto.methods.johnson.network import StyleNetwork
from impasto.methods.johnson.objective import layers_needed
from impasto.networks.network import Network
from impasto.networks.resolve import Located
from impasto.nn.vgg import VGG
from impasto.options.johnson import SCRATCH
from impasto.options.training import TrainOptions
from impasto.source import open_source
from impasto.training.train import train
from impasto.training.trained import read_networks

LAYOUTS = ("half", "paper")

SHALLOW = {
    "width": 2,
    "blocks": 1,
    "grain": 0.0,
    "network": "vgg16",
    "content_layers": ("relu2_1",),
    "style_layers": ("relu1_1", "relu2_1"),
    "style_weight": 8.0,
    "style_size": 32,
    "recolor": False,
    "tone_weight": 0.0,
    "light_weight": 0.0,
    "structure_weight": 0.0,
    "grid_weight": 0.0,
    "shift_weight": 0.0,
    "code_weight": 0.0,
}
"""Options of a network and a loss that take a few hundredths of a second a step: the paper's terms
alone."""


def shallow(**changes):
    return replace(SCRATCH, **{**SHALLOW, **changes})


def training(**changes):
    fixed = {"steps": 4, "batch": 2, "size": 32, "workers": 0, "learning_rate": 0.01}
    place = {"device": "cpu", "precision": "fp32", "validate_every": 2, "sheet_every": 4}
    return TrainOptions(**{**fixed, **place, **changes})


def tiny(styles=2, layout="half", width=2, blocks=1, seed=0):
    """A network with parameters as different from its first ones as a training would leave them."""
    torch.manual_seed(seed)
    return unsettled(StyleNetwork(styles, width, blocks, layout))


def unsettled(network):
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name.endswith((".beta", ".bias")):
                parameter.normal_(0, 0.3)
            if name.endswith(".gamma"):
                parameter.uniform_(0.6, 1.4)
        if isinstance(network, StyleNetwork):
            network.conv6.weight.add_(torch.randn_like(network.conv6.weight), alpha=0.05)
    return network.eval()


def trained(names=("a", "b"), seed=0, own=(), **changes):
    """A network as it is read from a run folder, with random weights."""
    options = shallow(**changes)
    torch.manual_seed(seed)
    network = unsettled(built(options, len(names), own))
    for number in own:
        values = network.own[str(number)].detach()
        values.copy_((0.1 * torch.randn_like(values)).half())  # as the file keeps them
    entries = [{"name": name} for name in names]
    for number in own:
        entries[number]["own"] = "1"
    return TrainedStyles(METHOD, network, options, 64, entries)


def read_styles(path, best=False):
    [found] = read_networks(path, METHOD, best=best)
    return found


def model_file(path, what):
    path.write_bytes(what.onnx())
    return path


def opened(path):
    return Network(Located(path.stem, path), 1)


def one_hot(number, styles, batch=1):
    return torch.eye(styles)[number].expand(batch, -1)


def random_image(*shape, seed=0):
    return np.random.default_rng(seed).random(shape, np.float32)


def vgg_for(options, weights):
    tensors, convention = weights
    return VGG("vgg16", tensors, layers_needed(options), convention, options.pooling)


def parameters(network):
    return {name: each.detach().clone() for name, each in network.named_parameters()}


def bits(tensors):
    """Name and bytes of each, so that two networks are compared to the last bit."""
    return {name: each.detach().contiguous().numpy().tobytes() for name, each in tensors.items()}


def practice(folder: Path, count=5):
    """A folder of small photographs."""
    for number in range(count):
        write_photograph(folder / f"{number}.png", 44, 38, seed=number)
    return folder


def style_of(folder: Path, name, seed=7):
    """A style whose picture is written into a folder."""
    return StyleImage(name, open_source(write_style(folder / f"{name}.png", seed)))


def run(folder: Path, styles, run_dir, recipe=None, data=None, **given):
    """Train on the pictures of a folder."""
    changes = {name: given.pop(name) for name in list(given) if hasattr(TrainOptions, name)}
    more = {name: given.pop(name) for name in ("base", "only") if name in given}
    return train(
        METHOD,
        StyleSources(styles, data or folder / "photos", **more),
        recipe or shallow(),
        training(**changes),
        run_dir=run_dir,
        **given,
    )


def stopping(after):
    """A wish to stop once so many steps have been taken."""
    asked = iter(range(after))
    return lambda: next(asked, None) is None
