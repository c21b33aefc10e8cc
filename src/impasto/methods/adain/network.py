"""The any-style network: it stylizes a photograph by a style's statistics, in one pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from impasto.methods.adain.convolutions import Plan, mirrored
from impasto.nn.blocks import doubled, mirroring
from impasto.nn.style import adaptive_instance_norm, channel_statistics
from impasto.nn.vgg import InputConvention

DEEPEST: Final = "relu4_1"
FINER: Final = ("relu3_1", "relu2_1")
"""Maps that the decoder may get besides the deepest one, in order of use."""

CONDITIONS: Final = 64
"""Numbers that a style's conditions are made of."""


class Encoder(nn.Module):
    """Returns the feature maps after the first convolution of each block.

    It pads by reflection although VGG was trained with zeros, which would cause a dark frame in the
    maps and in the picture (the paper's program also pads by reflection).

    Args:
        plan: Its convolutions.
        pooling: ``average`` or ``max``.
    """

    def __init__(self, plan: Plan, pooling: str = "average") -> None:
        super().__init__()
        self.plan = plan
        self.pooling = pooling
        self.convs = nn.ModuleDict(
            {name: mirroring(inner, out, 3) for name, (inner, out) in plan.convs.items()}
        )
        _initialize(self)

    def forward(
        self, image: Float[Tensor, "batch 3 height width"]
    ) -> dict[str, Float[Tensor, "batch _channels _height _width"]]:
        """Maps by the name of their layer (relu4_1, ...) of pictures, sRGB in [0, 1]."""
        maps, found = F.pixel_unshuffle(image, self.plan.fold), dict[str, Tensor]()
        for name, conv in self.convs.items():
            if name.endswith("_1") and found:
                maps = F.avg_pool2d(maps, 2) if self.pooling == "average" else F.max_pool2d(maps, 2)
            maps = F.relu(conv(maps))
            if name.endswith("_1"):
                found[name.replace("conv", "relu")] = maps
        return found


class Decoder(nn.Module):
    """Mirrors an encoder: nearest upsampling, reflection, no normalization, no ReLU at the end.

    Args:
        plan: Convolutions of the mirrored encoder, each from its output to its input.
        deepest: Channels of the encoder's deepest map.
        finer: Channels of the maps in ``FINER`` that the decoder gets.
    """

    def __init__(self, plan: Plan, deepest: int, finer: Sequence[int] = ()) -> None:
        super().__init__()
        self.plan = plan
        convs, before = {}, deepest
        for name, (out, _) in reversed(plan.convs.items()):
            convs[name] = mirroring(before, out, 3)
            before = out
        self.convs = nn.ModuleDict(convs)
        self.skips = nn.ModuleDict(
            {
                name: nn.Conv2d(channels, plan.convs[below(name)][0], 1)
                for name, channels in zip(FINER, finer, strict=False)
            }
        )
        _initialize(self)
        _begin_gray(convs[f"conv{plan.first}_1"], plan.fold**2)
        for skip in self.skips.values():
            assert isinstance(skip, nn.Conv2d)
            nn.init.zeros_(skip.weight)

    @property
    def widths(self) -> dict[str, int]:
        """Channels of each convolution except the last, by name."""
        *inner, _ = self.convs.items()
        return {name: conv.out_channels for name, conv in inner if isinstance(conv, nn.Conv2d)}

    def forward(
        self,
        maps: Mapping[str, Float[Tensor, "batch _channels _height _width"]],
        conditions: Mapping[str, tuple[Tensor, Tensor]] | None = None,
    ) -> Float[Tensor, "batch 3 height width"]:
        """The picture from maps by layer; not clamped to [0, 1].

        Args:
            maps: The normalized maps of the encoder's layers.
            conditions: Scale and shift of the convolutions' channels, if the style sets them.
        """
        found, last = maps[DEEPEST], f"conv{self.plan.first}_1"
        for name, conv in self.convs.items():
            found = conv(found)
            if conditions and name in conditions:
                scale, shift = conditions[name]
                found = found * scale + shift
            if name != last:
                found = F.relu(found)
            if name.endswith("_1") and name != last:
                found = doubled(found)
            for layer, skip in self.skips.items():
                if name == below(layer):
                    found = found + skip(maps[layer])
        return F.pixel_shuffle(found, self.plan.fold)


class Conditioning(nn.Module):
    """Predicts from a code a scale and a shift for each channel of the decoder's convolutions.

    Dumoulin et al. 2017 learn these for each style, and Ghiasi et al. 2017 predict them from a
    picture; here they come from the code's statistics, without a normalization before. Before
    training it changes nothing.

    Args:
        channels: Channels of a code.
        widths: Channels by the name of the convolution.
    """

    def __init__(self, channels: int, widths: Mapping[str, int]) -> None:
        super().__init__()
        self.names = tuple(widths)
        self.splits = [width for width in widths.values() for _ in range(2)]
        self.inner = nn.Conv2d(2 * channels, CONDITIONS, 1)
        self.outer = nn.Conv2d(CONDITIONS, sum(self.splits), 1)
        nn.init.kaiming_normal_(self.inner.weight, nonlinearity="relu")
        for each in (self.inner.bias, self.outer.weight, self.outer.bias):
            assert each is not None
            nn.init.zeros_(each)

    def forward(self, code: Float[Tensor, "batch channels 2"]) -> dict[str, tuple[Tensor, Tensor]]:
        """Scale and shift (B, C, 1, 1) by the name of the convolution."""
        told = self.outer(F.relu(self.inner(code.mT.flatten(1)[..., None, None])))
        parts = torch.split(told, self.splits, dim=1)
        pairs = zip(parts[::2], parts[1::2], strict=True)
        scaled = [(1 + scale, shift) for scale, shift in pairs]
        return dict(zip(self.names, scaled, strict=True))


class AnyStyleNetwork(nn.Module):
    """An encoder, adaptive instance normalization, and a decoder (Huang and Belongie 2017).

    The style of a picture is its *code*, (channels, 2): mean and standard deviation of each channel
    of :attr:`layers`, layer by layer. Codes of several styles can be mixed.

    Args:
        plan: The convolutions of the encoder.
        decoder_width: Width of the decoder, see :func:`mirrored`.
        skips: How many of the normalized maps ``FINER`` the decoder gets as well.
        pooling: Pooling of the encoder.
        residual: Whether the result is added to the photograph; otherwise to gray.
        conditional: Whether the style also sets the decoder's scales and shifts.
    """

    def __init__(
        self,
        plan: Plan,
        decoder_width: int,
        *,
        skips: int = 0,
        pooling: str = "average",
        residual: bool = False,
        conditional: bool = False,
    ) -> None:
        super().__init__()
        self.residual = residual
        self.encoder = Encoder(plan, pooling)
        self.layers = (*reversed(FINER[:skips]), DEEPEST)
        self.widths = [plan.convs[name.replace("relu", "conv")][1] for name in self.layers]
        *finer, deepest = self.widths
        self.decoder = Decoder(mirrored(plan, decoder_width), deepest, finer[::-1])
        self.conditioning = (
            Conditioning(self.channels, self.decoder.widths) if conditional else None
        )

    @property
    def channels(self) -> int:
        """Rows of a code."""
        return sum(self.widths)

    @property
    def multiple(self) -> int:
        """Sides of a picture must be a multiple of this."""
        return self.encoder.plan.multiple

    @property
    def reach(self) -> int:
        """Radius of the receptive field in pixels, apart from the statistics."""
        return self.encoder.plan.reach

    def code(
        self, image: Float[Tensor, "batch 3 height width"]
    ) -> Float[Tensor, "batch channels 2"]:
        """The style of each picture."""
        return self.code_of(self.encoder(image))

    def forward(
        self,
        image: Float[Tensor, "batch 3 height width"],
        code: Float[Tensor, "batch channels 2"],
        alpha: float = 1.0,
    ) -> Float[Tensor, "batch 3 height width"]:
        """Paint pictures, sRGB in [0, 1], each in the style of its code.

        The result may exceed [0, 1], so that a loss can measure it; clamp it for use.

        Args:
            image: The photographs, with sides that are multiples of :attr:`multiple`.
            code: A style for each.
            alpha: From the photograph's own statistics (0) to the style's (1).
        """
        return self.painted(image, self.encoder(image), code, alpha)

    def painted(
        self,
        image: Float[Tensor, "batch 3 height width"],
        maps: Mapping[str, Float[Tensor, "batch _channels _height _width"]],
        code: Float[Tensor, "batch channels 2"],
        alpha: float = 1.0,
    ) -> Float[Tensor, "batch 3 height width"]:
        """Like :meth:`forward`, with the encoder's maps of the image."""
        styles = torch.split(code, self.widths, dim=1)
        styled = {
            name: adaptive_instance_norm(maps[name], style, alpha)
            for name, style in zip(self.layers, styles, strict=True)
        }
        conditions = None
        if self.conditioning is not None:
            wanted = code if alpha == 1 else self.code_of(maps).lerp(code, alpha)
            conditions = self.conditioning(wanted)
        strokes: Tensor = self.decoder(styled, conditions)
        return strokes + (image if self.residual else 0.5)

    def code_of(
        self, maps: Mapping[str, Float[Tensor, "batch _channels _height _width"]]
    ) -> Float[Tensor, "batch channels 2"]:
        """The style of pictures from the encoder's maps of them."""
        return torch.cat([channel_statistics(maps[name]) for name in self.layers], dim=1)


def below(layer: str) -> str:
    """The decoder's convolution after which, including doubling, maps have the finer map's size."""
    return f"conv{int(layer[4]) + 1}_1"


def take_over_vgg(
    encoder: Encoder, weights: Mapping[str, Tensor], convention: InputConvention
) -> None:
    """Turn an encoder into frozen VGG-16, with its input convention in the first convolution.

    This is exact because padding is by reflection; zeros would have another color.
    """
    scale = convention.scale / torch.tensor(convention.std)
    shift = -torch.tensor(convention.mean) / torch.tensor(convention.std)
    with torch.no_grad():
        for name, conv in encoder.convs.items():
            assert isinstance(conv, nn.Conv2d)
            assert conv.bias is not None
            weight, bias = weights[f"{name}.weight"].float(), weights[f"{name}.bias"].float()
            if name == "conv1_1":
                bias = bias + (weight * shift.view(3, 1, 1)).sum((1, 2, 3))
                weight = weight * scale.view(3, 1, 1)
                weight = weight.flip(1) if convention.channels == "BGR" else weight
            conv.weight.copy_(weight)
            conv.bias.copy_(bias)
    encoder.requires_grad_(False)


def _initialize(module: nn.Module) -> None:
    for each in module.modules():
        if isinstance(each, nn.Conv2d):
            nn.init.kaiming_normal_(each.weight, nonlinearity="relu")
            nn.init.zeros_(each.bias)  # type: ignore[arg-type]  # every one here has a bias


def _begin_gray(last: nn.Conv2d, places: int) -> None:
    # The pixels of one position of the last convolution start equal, so that there is no 2x2
    # pattern to unlearn (ICNR: Aitken et al. 2017).
    with torch.no_grad():
        last.weight.mul_(0.1)
        last.weight.copy_(last.weight[::places].repeat_interleave(places, dim=0))
