"""Teach a narrow VGG-16 the feature maps of the bundled one, for painting that is quick.

    python tools/train_encoder.py material --data ../shared/data --out runs/material
    python tools/train_encoder.py train --data ../shared/data --material runs/material \
        --run-dir runs/encoder
    python tools/train_encoder.py export runs/encoder encoder.safetensors

``material`` paints pairs of photographs and paintings and keeps pictures of the way: what an
optimization sees is neither a photograph nor a painting. ``train`` goes on where it was broken
off; every batch follows from the seed and its number. ``export`` writes the averaged weights.

The narrow network has VGG-16's layers up to conv5_1 with a quarter of their filters. A linear
head for each layer maps its features to the big network's; what counts is the squared error of
maps and of Gram matrices, each relative to the big network's own. Heads have no bias, so a head H
also says how to measure: a distance by the metric H'H in the narrow maps is the distance that the
big network would see. ``export`` keeps sqrt(H'H) of each layer beside the filters.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn

from impasto import GatysStylizer, Step
from impasto.nn.style import gram_matrix
from impasto.nn.vgg import BLOCKS, VGG, WIDTHS
from impasto.options.presets import preset
from impasto.weights import canonical, load, resolve
from impasto.weights.published import CONVENTIONS

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.learning import Learner, Pictures, as_image, learn_all

LAYERS: Final = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu4_2", "relu5_1")
SEED: Final = 16
BATCHES: Final = ((128, 12, 0.6), (192, 5, 0.25), (256, 3, 0.15))
"""Side of the crops in pixels, crops in a batch, share of the batches."""
PAIRS: Final = 20
KEPT_STEPS: Final = (2, 5, 12, 26, 34, 48)
RATE: Final = 2e-3
WARMUP: Final = 50
TERMS: Final = {"maps": 1.0, "gram": 0.3}
"""Weights of the two kinds of error."""
EMA: Final = 0.999
SAVED_EVERY: Final = 200


class NarrowVGG(nn.Module):
    """VGG-16 up to conv5_1 with a share of its filters, average pooling.

    Args:
        divisor: By which the filters of every convolution are fewer.
    """

    def __init__(self, divisor: int) -> None:
        super().__init__()
        self.convs = nn.ModuleDict()
        channels = 3
        for block, (count, width) in enumerate(zip(BLOCKS["vgg16"], WIDTHS, strict=True), 1):
            for number in range(1, (count if block < 5 else 1) + 1):
                conv = nn.Conv2d(channels, width // divisor, 3, padding=1)
                nn.init.kaiming_normal_(conv.weight)
                self.convs[f"conv{block}_{number}"] = conv
                channels = width // divisor
        self.mean = nn.Buffer(torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1))
        self.std = nn.Buffer(torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1))

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """The feature maps of LAYERS of images, (B, 3, H, W) sRGB in [0, 1]."""
        maps = ((image - self.mean) / self.std).contiguous(memory_format=torch.channels_last)
        features = {}
        for name, conv in self.convs.items():
            if name.endswith("_1") and name != "conv1_1":
                maps = F.avg_pool2d(maps, 2)
            maps = F.relu(conv(maps))
            if (layer := name.replace("conv", "relu")) in LAYERS:
                features[layer] = maps
        return features


def linear_heads(divisor: int) -> nn.ModuleDict:
    """For each layer the map from narrow features to the big network's."""
    widths = {layer: WIDTHS[int(layer[4]) - 1] for layer in LAYERS}
    return nn.ModuleDict(
        {
            layer: nn.Conv2d(width // divisor, width, 1, bias=False)
            for layer, width in widths.items()
        }
    )


class Crops:
    """Batches of training pictures, each a function of its number."""

    def __init__(self, data: Path, material: Path | None) -> None:
        photographs = sorted((data / "photos").rglob("*.jpg"))
        paintings = sorted((data / "paintings").rglob("*.jpg"))
        paintings += sorted((data / "van-gogh").rglob("*.jpg"))
        self.groups = [photographs, paintings]
        if material:
            self.groups.append(sorted(material.rglob("*.png")))
        if not all(self.groups):
            raise SystemExit(f"{data}: expected photos/, paintings/ and van-gogh/ with pictures")
        self.pictures = Pictures()

    def batch(self, number: int) -> Tensor:
        """Crops (B, 3, S, S), sRGB in [0, 1] and at times somewhat outside."""
        rng = np.random.default_rng((SEED, number))
        size, count, _ = BATCHES[rng.choice(len(BATCHES), p=[each[2] for each in BATCHES])]
        return torch.cat([self._example(rng, size) for _ in range(count)])

    def _example(self, rng: np.random.Generator, size: int) -> Tensor:
        image = self._crop(rng, size)
        if rng.random() < 0.25:
            image = torch.lerp(image, self._crop(rng, size), rng.random())
        if rng.random() < 0.4:
            image = image + _noise(rng, size) * rng.uniform(0, 0.15)
        if rng.random() < 0.15:
            coarse = F.interpolate(_noise(rng, size // 2), (size, size), mode="bilinear")
            image = image + coarse * rng.uniform(0, 0.2)
        if rng.random() < 0.2:
            middle = torch.from_numpy(rng.random((1, 3, 1, 1), np.float32))
            spread = rng.uniform(0.5, 1.6)
            image = (image - image.mean((2, 3), keepdim=True)) * spread + middle
        if rng.random() < 0.1:
            image = image[:, rng.permutation(3)]
        return image.flip(3) if rng.random() < 0.5 else image

    def _crop(self, rng: np.random.Generator, size: int) -> Tensor:
        group = self.groups[rng.integers(len(self.groups))]
        path = group[rng.integers(len(group))]
        return self.pictures.crop(path, rng, size, least=96)


def _noise(rng: np.random.Generator, size: int) -> Tensor:
    return torch.from_numpy(rng.standard_normal((1, 3, size, size), np.float32))


def teaching_losses(
    narrow: Mapping[str, Tensor], big: Mapping[str, Tensor], heads: nn.ModuleDict
) -> dict[str, Tensor]:
    """Relative squared errors of maps and of Gram matrices, by layer."""
    losses = {}
    for layer in LAYERS:
        seen, target = heads[layer](narrow[layer]).float(), big[layer].float()
        losses[f"maps/{layer}"] = _relative(seen, target)
        losses[f"gram/{layer}"] = _relative(gram_matrix(seen), gram_matrix(target))
    return losses


def _relative(values: Tensor, target: Tensor) -> Tensor:
    return (values - target).square().sum() / target.square().sum()


def train(arguments: argparse.Namespace) -> None:
    """Teach until the given number of batches is done, with a checkpoint every few minutes."""
    crops = Crops(arguments.data, arguments.material)
    torch.manual_seed(SEED)
    weights, convention = load(resolve("vgg16"))
    teacher = VGG("vgg16", weights, LAYERS, convention).bfloat16()
    narrow, heads = NarrowVGG(arguments.divisor), linear_heads(arguments.divisor)
    pupil = nn.ModuleDict({"narrow": narrow, "heads": heads})

    def rate(done: int) -> float:
        if done < WARMUP:
            return RATE * (done + 1) / WARMUP
        progress = done / arguments.batches
        return RATE * (0.01 + 0.99 * (0.5 + 0.5 * math.cos(math.pi * progress)))

    facts = {"divisor": arguments.divisor, "batches": arguments.batches}
    learner = Learner("pupil", pupil, rate, EMA, facts)

    def update() -> dict[str, float]:
        image = crops.batch(learner.done)
        with torch.no_grad():
            big = teacher(image)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            losses = teaching_losses(narrow(image), big, heads)
        learner.learn(torch.stack([TERMS[name[:4]] * each for name, each in losses.items()]).sum())
        return {name: float(each.detach()) for name, each in losses.items()}

    learn_all(learner, arguments.run_dir, arguments.batches, SAVED_EVERY, update)


def material(arguments: argparse.Namespace) -> None:
    """Paint pairs at 256 px and keep pictures of the way as PNG."""
    arguments.out.mkdir(parents=True, exist_ok=True)
    crops = Crops(arguments.data, None)
    options = preset("quick", size=256, coarsest=128)
    for number in range(PAIRS):
        photograph, painting = _pair(crops, number)
        if (arguments.out / f"{number:03}-{options.steps:03}.png").exists():
            continue

        def keep(step: Step, number: int = number) -> None:
            if step.number in KEPT_STEPS:
                levels = (step.image()[0].clamp(0, 1).permute(1, 2, 0) * 255).round().byte()
                picture = Image.fromarray(levels.cpu().numpy())
                picture.save(arguments.out / f"{number:03}-{step.number:03}.png")

        GatysStylizer(painting, options)(photograph, keep)
        print(f"{number + 1}/{PAIRS}", flush=True)


def _pair(crops: Crops, number: int) -> list[Tensor]:
    rng = np.random.default_rng((SEED, 1, number))
    chosen = [group[rng.integers(len(group))] for group in crops.groups]
    return [as_image(crops.pictures.read(path)) for path in chosen]


def export(arguments: argparse.Namespace) -> None:
    """Write filters and metrics in half precision as safetensors."""
    state = torch.load(arguments.run_dir / "checkpoint.pt", weights_only=True)
    arrays = {}
    for key, values in state["average"].items():
        part, _, name = key.partition(".")
        if part == "narrow" and name.startswith("convs."):
            arrays[name.removeprefix("convs.")] = values.contiguous().numpy().astype(np.float16)
        elif part == "heads":
            layer = name.removesuffix(".weight")
            arrays[f"{layer}.metric"] = _metric_root(values.flatten(1)).numpy().astype(np.float16)
    metadata = {
        "format": "impasto-narrow-vgg-1",
        "network": "vgg16",
        "name": f"vgg16-narrow-{state['divisor']}",
        "source": f"taught by tools/train_encoder.py, {state['done']} batches",
        "licence": "MIT",
        **CONVENTIONS["torchvision"],
    }
    canonical.save(arguments.file, arrays, metadata)
    print(f"{arguments.file}: {arguments.file.stat().st_size} bytes, {state['done']} batches")


def _metric_root(head: Tensor) -> Tensor:
    """The symmetric square root of H'H, (C, C)."""
    strengths, directions = torch.linalg.eigh(head.double().mT @ head.double())
    root: Tensor = directions @ torch.diag(strengths.clamp_min(0).sqrt()) @ directions.mT
    return root


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True)
    paints = commands.add_parser("material")
    paints.add_argument("--data", type=Path, required=True)
    paints.add_argument("--out", type=Path, required=True)
    paints.set_defaults(work=material)
    trains = commands.add_parser("train")
    trains.add_argument("--data", type=Path, required=True)
    trains.add_argument("--material", type=Path)
    trains.add_argument("--run-dir", type=Path, required=True)
    trains.add_argument("--divisor", type=int, default=4)
    trains.add_argument("--batches", type=int, default=14_000)
    trains.set_defaults(work=train)
    writes = commands.add_parser("export")
    writes.add_argument("run_dir", type=Path)
    writes.add_argument("file", type=Path)
    writes.set_defaults(work=export)
    arguments = parser.parse_args()
    arguments.work(arguments)


if __name__ == "__main__":
    main()
