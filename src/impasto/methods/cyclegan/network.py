"""The networks: generators translate images, discriminators recognize real ones."""

from __future__ import annotations

from typing import Final, Literal

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from impasto.nn.blocks import EPSILON, doubled_convolution, halved_convolution
from impasto.nn.resize import reflected

Resampling = Literal["smooth", "transposed"]

MULTIPLE: Final = 4
"""Sides of the padded picture are multiples of this: it is halved twice."""

LEAST: Final = 32
"""Shortest side in pixels at which every layer has maps to normalize.

Generators pad shorter sides; discriminators reject them."""

DEVIATION: Final = 0.02
"""Standard deviation of the initial weights, normally distributed (Zhu et al. 2017, 7.1)."""

LEAKAGE: Final = 0.2


class Generator(nn.Module):
    """c7s1-64, d128, d256, R256 x blocks, u128, u64, c7s1-3 (Zhu et al. 2017, section 7.2).

    ``transposed`` resampling is the paper's. With ``smooth`` the same weights are applied to
    blurred maps on the way down and to linearly enlarged maps on the way up (`impasto.nn.blocks`),
    which avoids checkerboards. As in the authors' program, edges are mirrored everywhere and
    normalizations have no scale and shift.

    Args:
        width: Channels of the first convolution; the next have twice and four times as many.
        blocks: Residual blocks in the middle.
        resampling: ``smooth`` or ``transposed``.
        residual: Whether the result is added to the image: a new generator then returns nearly the
            image itself, and has to learn only the style. Not in the paper.
    """

    def __init__(
        self,
        width: int = 64,
        blocks: int = 9,
        resampling: Resampling = "smooth",
        residual: bool = False,
    ) -> None:
        super().__init__()
        self.resampling = resampling
        self.residual = residual
        self.conv1 = nn.Conv2d(3, width, 7)
        self.conv2 = nn.Conv2d(width, 2 * width, 3, stride=2)
        self.conv3 = nn.Conv2d(2 * width, 4 * width, 3, stride=2)
        self.blocks = nn.ModuleList([_block(4 * width) for _ in range(blocks)])
        self.conv4 = _doubling(4 * width, 2 * width, resampling)
        self.conv5 = _doubling(2 * width, width, resampling)
        self.conv6 = nn.Conv2d(width, 3, 7)
        begin(self)
        still(*self.normalized)
        if residual:
            with torch.no_grad():
                self.conv6.weight.mul_(0.1)

    @property
    def normalized(self) -> list[nn.Conv2d | nn.ConvTranspose2d]:
        """The convolutions followed by a normalization, in order."""
        inner = [block[name] for block in self.pairs for name in ("conv1", "conv2")]
        return [self.conv1, self.conv2, self.conv3, *inner, self.conv4, self.conv5]

    @property
    def pairs(self) -> list[dict[str, nn.Conv2d]]:
        """The two convolutions of each residual block, by name."""
        return [dict(block.items()) for block in self.blocks]  # type: ignore[operator]

    @property
    def multiple(self) -> int:
        """Sides of the padded picture are multiples of this."""
        return MULTIPLE

    @property
    def reach(self) -> int:
        """Radius of the receptive field in pixels, apart from the statistics."""
        # An upper bound for transposed convolutions, which look at one side only.
        reaches = []
        for place in range(MULTIPLE):
            first, last = place - 3, place + 3
            for _ in range(2):
                first, last = first // 2 - 1, last // 2 + 1
            first, last = first - 2 * len(self.blocks), last + 2 * len(self.blocks)
            for _ in range(2):
                first, last = 2 * first - 2, 2 * last + 2
            reaches += [place - (first - 3), last + 3 - place]
        return max(reaches)

    def forward(
        self, image: Float[Tensor, "batch 3 height width"]
    ) -> Float[Tensor, "batch 3 height width"]:
        """Translate pictures of any size, sRGB in [0, 1].

        Results of a residual generator may exceed [0, 1], so that a loss can measure it; clamp
        them for use.
        """
        height, width = image.shape[-2:]
        below, right = (max(-side % MULTIPLE, LEAST - side) for side in image.shape[-2:])
        whole = not (below or right)
        padded = image if whole else reflected(image, (0, right, 0, below))
        maps = F.relu(instance_norm(self.conv1(_mirrored(2 * padded - 1, 3))))
        maps = F.relu(instance_norm(self._halved(maps, self.conv2)))
        maps = F.relu(instance_norm(self._halved(maps, self.conv3)))
        for pair in self.pairs:
            maps = maps + _residual(maps, pair)
        maps = F.relu(instance_norm(self._doubled(maps, self.conv4)))
        maps = F.relu(instance_norm(self._doubled(maps, self.conv5)))
        made = torch.tanh(self.conv6(_mirrored(maps, 3)).float())[..., :height, :width]
        return image + made if self.residual else 0.5 + 0.5 * made

    def _halved(self, maps: Tensor, conv: nn.Conv2d) -> Tensor:
        assert conv.bias is not None
        if self.resampling == "smooth":
            return halved_convolution(maps, conv.weight, conv.bias)
        halved: Tensor = conv(_mirrored(maps, 1))
        return halved

    def _doubled(self, maps: Tensor, conv: nn.Conv2d | nn.ConvTranspose2d) -> Tensor:
        assert conv.bias is not None
        if self.resampling == "smooth":
            return doubled_convolution(maps, conv.weight, conv.bias)
        doubled: Tensor = conv(maps)
        return doubled


def _block(channels: int) -> nn.ModuleDict:
    return nn.ModuleDict({name: nn.Conv2d(channels, channels, 3) for name in ("conv1", "conv2")})


def _residual(maps: Tensor, pair: dict[str, nn.Conv2d]) -> Tensor:
    inner = F.relu(instance_norm(pair["conv1"](_mirrored(maps, 1))))
    return instance_norm(pair["conv2"](_mirrored(inner, 1)))


def _doubling(inner: int, out: int, resampling: Resampling) -> nn.Conv2d | nn.ConvTranspose2d:
    if resampling == "smooth":
        return nn.Conv2d(inner, out, 3)
    return nn.ConvTranspose2d(inner, out, 3, stride=2, padding=1, output_padding=1)


def _mirrored(maps: Tensor, around: int) -> Tensor:
    return F.pad(maps, (around,) * 4, mode="reflect")


class Discriminator(nn.Module):
    """C64-C128-C256-C512 and a last convolution: the 70x70 PatchGAN (Zhu et al. 2017, 7.2).

    Every score is for a square of 70 pixels, so pictures of any size give a map of scores. The
    first layer has no normalization. Edges are padded with zeros, as in the authors' program.

    Args:
        width: Channels of the first convolution; twice, four and eight times that follow.
    """

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        widths = [3, width, 2 * width, 4 * width, 8 * width, 1]
        strides = [2, 2, 2, 1, 1]
        self.convs = nn.ModuleList(
            nn.Conv2d(inner, out, 4, stride, padding=1)
            for inner, out, stride in zip(widths, widths[1:], strides, strict=False)
        )
        begin(self)
        still(*(each for each in self.convs[1:-1] if isinstance(each, nn.Conv2d)))

    def forward(
        self, image: Float[Tensor, "batch 3 height width"]
    ) -> Float[Tensor, "batch 1 _rows _columns"]:
        """Score the patches of pictures in [0, 1], each side at least :data:`LEAST`.

        With least squares, scores should be 1 for real and 0 for generated patches; otherwise they
        are logits.
        """
        first, *inner, last = self.convs
        maps = F.leaky_relu(first(2 * image - 1), LEAKAGE)
        for conv in inner:
            maps = F.leaky_relu(instance_norm(conv(maps)), LEAKAGE)
        scores: Tensor = last(maps)
        return scores


def instance_norm(
    maps: Float[Tensor, "batch channels height width"],
) -> Float[Tensor, "batch channels height width"]:
    """Normalize each map of each picture to mean 0 and deviation 1 (Ulyanov et al. 2016)."""
    # For one picture at a time by batch normalization, which keeps channels_last order.
    one_by_one = (
        F.batch_norm(each, None, None, training=True, eps=EPSILON) for each in torch.split(maps, 1)
    )
    return torch.cat(list(one_by_one)) if len(maps) > 1 else next(one_by_one)


def begin(network: nn.Module) -> None:
    """Draw the initial weights; biases start at 0.

    A bias before a normalization has no effect and stays 0: its gradient is only rounding error,
    which Adam would turn into full steps. It exists to match the paper's shapes.
    """
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(module.weight, 0.0, DEVIATION)
            assert module.bias is not None
            nn.init.zeros_(module.bias)


def still(*convolutions: nn.Conv2d | nn.ConvTranspose2d) -> None:
    """Freeze the biases of convolutions that are followed by a normalization."""
    for each in convolutions:
        assert each.bias is not None
        each.bias.requires_grad_(False)
