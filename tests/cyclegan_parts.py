"""What the tests of CycleGAN share: tiny networks, small folders of pictures."""

from pathlib import Path

import numpy as np
import torch

from cli_pictures import write_photograph, write_style
from impasto.methods.cyclegan.method import METHOD, Translator
from impasto.methods.cyclegan.network import Generator
from impasto.methods.cyclegan.task import CycleGANTask
from impasto.nn.metrics import LAYERS
from impasto.options.cyclegan import CycleGANOptions
from impasto.options.training import TrainOptions
from impasto.training.train import train
from impasto.training.trained import read_networks

RESAMPLINGS = ("smooth", "transposed")

SIDE = 32


def options(**changes):
    """A pair that takes a few hundredths of a second a step, with a pool that is soon full."""
    return CycleGANOptions(
        **{"width": 2, "blocks": 1, "discriminator_width": 2, "pool": 4, **changes}
    )


def training(**changes):
    fixed = {"steps": 4, "batch": 1, "size": SIDE, "workers": 0, "learning_rate": 0.002}
    place = {"device": "cpu", "precision": "fp32", "validate_every": 50, "sheet_every": 50}
    schedule = {"schedule": "linear", "decay_from": 0.5, "ema": 0.9}
    return TrainOptions(**{**fixed, **place, **schedule, **changes})


def tiny(resampling="smooth", width=3, blocks=2, seed=0, residual=False):
    """A generator with weights as strong as a training would leave them, last biases too."""
    torch.manual_seed(seed)
    network = Generator(width, blocks, resampling, residual)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name.endswith(".weight"):
                parameter.normal_(0, 0.3)
        network.conv6.bias.normal_(0, 0.3)
    return network.eval()


def translator(resampling="smooth", name="photo-to-painting", **shape):
    network = tiny(resampling, **shape)
    given = options(
        width=3, blocks=len(network.blocks), resampling=resampling, residual=network.residual
    )
    return Translator(METHOD, network, given, 64, [{"name": name}], 7)


def read_pair(path):
    return read_networks(path, METHOD)


def images(*shape, seed=0):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def seer(image):
    """A quick stand-in for VGG: other maps for other pictures, as many layers."""
    return {
        name: torch.cat([image, image.square() * (number + 1)], dim=1)
        for number, name in enumerate(LAYERS)
    }


def task(count=3, given=None, learning_rate=0.002, seed=0, side=SIDE):
    torch.manual_seed(seed)
    real = {
        "photo": images(count, 3, side, side, seed=1),
        "painting": images(count, 3, side, side, seed=2),
    }
    return CycleGANTask(
        given or options(), learning_rate=learning_rate, real=real, seer=seer, seed=seed
    )


def batch(count=1, seed=5):
    return {
        "photo": images(count, 3, SIDE, SIDE, seed=seed),
        "painting": images(count, 3, SIDE, SIDE, seed=seed + 100),
        "position": torch.arange(count),
    }


def sets(folder: Path, photos=3, paintings=2):
    """Folders ``photos`` and ``paintings`` of small pictures that do not belong together."""
    for number in range(photos):
        write_photograph(folder / "photos" / f"{number}.png", 44, 38, seed=number)
    (folder / "paintings").mkdir(parents=True, exist_ok=True)
    for number in range(paintings):
        write_style(folder / "paintings" / f"{number}.png", number)
    return folder


def run(folder: Path, run_dir, recipe=None, photos=None, paintings=None, **given):
    """Train on the pictures of a folder."""
    changes = {name: given.pop(name) for name in list(given) if hasattr(TrainOptions, name)}
    paintings = paintings or folder / "paintings"
    return train(
        METHOD,
        {"photo": photos or folder / "photos", "painting": paintings},
        recipe or options(),
        training(**changes),
        run_dir=run_dir,
        **given,
    )


def stopping(after):
    """A wish to stop once so many steps have been taken."""
    asked = iter(range(after))
    return lambda: next(asked, None) is None


def bits(value):
    """Any state down to the bytes of its tensors, to be compared with ``==``."""
    if isinstance(value, torch.Tensor):
        return (tuple(value.shape), value.detach().cpu().contiguous().numpy().tobytes())
    if isinstance(value, dict):
        return {name: bits(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [bits(each) for each in value]
    return repr(value)


def array(*shape, seed=0):
    return np.random.default_rng(seed).random(shape, np.float32)
