"""How close a training step of CycleGAN comes to the arithmetic of its convolutions.

Usage: python -m benchmarks.bench_cyclegan [--size 128] [--updates 5] [--threads 2]
       [--precision fp32] [--blocks 9] [--width 64] [--markdown FILE]

Median time of an update, both directions, batch 1: four passes of generators (six with the
identity loss), the discriminators, all gradients, Adam and the moving average; no files are read.
The arithmetic is counted while a step runs. The rate is that of the convolution most of it is in,
the residual blocks', there and back, alone and in the same precision; twice, before and after, as
others may use the machine.

Last, the bundled generator: a picture of 256 x 256 translated, warm.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.tables import MEASURED, median_seconds, parser_of, tell
from impasto.methods.cyclegan.task import CycleGANTask
from impasto.networks.network import Network
from impasto.networks.resolve import located
from impasto.nn.metrics import LAYERS
from impasto.options.cyclegan import TRAINING, CycleGANOptions
from impasto.options.training import TrainOptions
from impasto.training.chance import seed_all
from impasto.training.processes import Processes
from impasto.training.task import Material
from impasto.training.trainer import Training


@dataclass
class Picture:
    """A picture of a stream."""

    image: Tensor
    skipped: tuple[tuple[str, str], ...] = ()


class Noise:
    """Pictures that cost nothing to read."""

    def __init__(self, size: int, seed: int) -> None:
        chance = torch.Generator().manual_seed(seed)
        self.image = torch.randint(256, (3, size, size), generator=chance, dtype=torch.uint8)

    def __len__(self) -> int:
        return 1000

    def __getitem__(self, _position: int) -> Picture:
        return Picture(self.image)


def training_of(recipe: CycleGANOptions, options: TrainOptions, processes: Processes) -> Training:
    seed_all(0)
    real = {name: torch.rand(1, 3, options.size, options.size) for name in ("photo", "painting")}
    task = CycleGANTask(
        recipe,
        learning_rate=options.learning_rate,
        real=real,
        seer=lambda image: dict.fromkeys(LAYERS, image),
    )
    streams = {"photo": Noise(options.size, 1), "painting": Noise(options.size, 2)}
    return Training(task, Material(streams, real), options, processes)


def convolution_rate(channels: int, side: int, dtype: torch.dtype) -> float:
    """Operations a second of a 3x3 convolution, forward, and both ways backward."""
    lay = torch.channels_last
    maps = torch.randn(1, channels, side, side, dtype=dtype).contiguous(memory_format=lay)
    weight = torch.randn(channels, channels, 3, 3, dtype=dtype).contiguous(memory_format=lay)
    maps.requires_grad_()
    weight.requires_grad_()
    gradient = torch.randn_like(maps)

    def there_and_back() -> None:
        result = F.conv2d(maps, weight, padding=1)
        torch.autograd.grad(result, (maps, weight), gradient)

    return 3 * 2 * 9 * channels**2 * side**2 / median_seconds(there_and_back, 15)


def translation(side: int = 256) -> Callable[[], object]:
    network = Network(located("photo-to-van-gogh"))
    planes = np.random.default_rng(0).random((1, 3, side, side), np.float32)
    return lambda: network(planes, np.zeros(0, np.float32))


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--updates", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--precision", choices=("auto", "bf16", "fp32"), default="fp32")
    parser.add_argument("--blocks", type=int, default=9)
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--resampling", choices=("smooth", "transposed"), default="smooth")
    parser.add_argument("--identity-weight", type=float, default=0.5)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    processes = Processes("cpu", given.precision)
    recipe = CycleGANOptions(
        width=given.width,
        blocks=given.blocks,
        resampling=given.resampling,
        identity_weight=given.identity_weight,
    )
    never = 1_000_000
    options = replace(
        TRAINING, size=given.size, steps=never, workers=0, validate_every=never,
        precision=given.precision, device="cpu",
    )  # fmt: skip
    training = training_of(recipe, options, processes)
    side, channels = given.size // 4, 4 * given.width
    before = convolution_rate(channels, side, processes.dtype)
    training.advance()  # the first two are slower
    step = median_seconds(training.advance, given.updates)
    rate = (before + convolution_rate(channels, side, processes.dtype)) / 2
    with FlopCounterMode(display=False) as counter:
        training.advance()
    work = counter.get_total_flops()
    rows = {
        "a training step": f"{step:.2f} s",
        "arithmetic of its convolutions": f"{work / 1e9:.0f} GFLOP",
        "measured rate of convolutions": f"{rate / 1e9:.0f} GFLOP/s",
        "that arithmetic at that rate": f"{work / rate:.2f} s",
        "step / arithmetic": f"{step * rate / work:.2f}",
        "bundled generator, 256 x 256, warm": f"{1000 * median_seconds(translation(), 15):.0f} ms",
    }
    title = f"{given.size} px, {given.blocks} blocks, width {given.width}, batch 1"
    of = f"{title}, {given.precision}, {given.threads} threads"
    tell("cyclegan", [(what, MEASURED, told) for what, told in rows.items()], given.markdown, of)


if __name__ == "__main__":
    main()
