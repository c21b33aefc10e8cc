"""The network of Ghiasi et al. 2017, in the size that Magenta published for phones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from impasto.nn.blocks import EPSILON, doubled, doubled_convolution, mirroring
from impasto.nn.resize import reflected

WORKING: Final = 512
"""Longer side of pictures at which its strokes have the best size."""

LEAST: Final = 32
"""Pixels of the shortest side that can be mirrored at every scale; shorter ones are padded."""

WIDTHS: Final = (8, 16, 32)
"""Channels at full size, half and a quarter of it, as published."""

COARSE_BLOCKS: Final = 3
"""Residual blocks at an eighth of the size, if any."""


class Transformer(nn.Module):
    """Stylizes pictures by a scale and a shift for each channel of its normalizations.

    Layers as in Johnson et al. 2016; the style sets only the normalizations, from the residual
    blocks on (Ghiasi et al. 2017, "Exploring the structure of a real-time, arbitrary neural
    artistic stylization network"). So one network works with a table of styles or with a predictor
    for any style image.

    Args:
        widths: Channels at full size, half and a quarter of it.
        blocks: Residual blocks.
        smooth: Enlarge maps linearly. Repeated pixels, as published, cause a grid of dots.
        coarse: Channels of blocks at an eighth of the size, for large shapes; 0 for none, as
            published.
        kernel: Side of the first and the last kernel.
    """

    def __init__(
        self,
        widths: tuple[int, int, int] = WIDTHS,
        blocks: int = 5,
        *,
        smooth: bool = False,
        coarse: int = 0,
        kernel: int = 9,
    ) -> None:
        super().__init__()
        self.smooth, self.kernel = smooth, kernel
        fine, half, middle = widths
        self.contract = nn.ModuleList(
            [mirroring(3, fine, kernel), mirroring(fine, half, 3, 2), mirroring(half, middle, 3, 2)]
        )
        self.coarse = nn.ModuleList()
        if coarse:
            inner = [mirroring(coarse, coarse, 3) for _ in range(2 * COARSE_BLOCKS)]
            ends = mirroring(middle, coarse, 3, 2), mirroring(coarse, middle, 3)
            nn.init.zeros_(ends[1].weight)  # starts without effect
            self.coarse = nn.ModuleList([ends[0], *inner, ends[1]])
        self.residual = nn.ModuleList(mirroring(middle, middle, 3) for _ in range(2 * blocks))
        self.expand = nn.ModuleList(
            [mirroring(middle, half, 3), mirroring(half, fine, 3), mirroring(fine, 3, kernel)]
        )
        before = [coarse] * (2 * COARSE_BLOCKS) if coarse else []
        self.norms = before + [middle] * (2 * blocks) + [half, fine, 3]

    @property
    def multiple(self) -> int:
        """Sides of pictures are multiples of this."""
        return 8 if self.coarse else 4

    @property
    def coloring(self) -> int:
        """How many of the normalized channels come after the residual blocks.

        They set colors and contrast, those before them strokes.
        """
        return sum(self.norms[-len(self.expand) :])

    @property
    def reach(self) -> int:
        """Radius of the receptive field in pixels, apart from the statistics."""
        around_ends, halvings, doublings = 2 * (self.kernel // 2), 1 + 2, (4 + 2) + (2 + 1)
        within = 4 + 8 * (2 * COARSE_BLOCKS) + 8 + 4 if self.coarse else 0
        trunk = 4 * len(self.residual)
        return around_ends + halvings + within + trunk + doublings + self.multiple - 1

    def forward(
        self,
        image: Float[Tensor, "batch 3 height width"],
        gamma: Float[Tensor, "batch channels"],
        beta: Float[Tensor, "batch channels"],
    ) -> Float[Tensor, "batch 3 height width"]:
        """Stylize pictures, sRGB in [0, 1].

        Args:
            image: The pictures, with sides that are multiples of ``multiple``.
            gamma: Scales of the normalizations, side by side in the order of ``norms``.
            beta: Their shifts.
        """
        norms = zip(*(torch.split(each, self.norms, 1) for each in (gamma, beta)), strict=True)
        maps = image
        for conv in self.contract:
            maps = F.relu(conv(maps))
        if self.coarse:
            first, *blocks, last = self.coarse
            large = F.relu(first(maps))
            for block in pairs(blocks):
                large = _added(block, large, norms)
            maps = maps + self._doubled(large, last)
        for block in pairs(self.residual):
            maps = _added(block, maps, norms)
        for conv in self.expand[:2]:
            maps = F.relu(_normed(self._doubled(maps, conv), *next(norms)))
        return torch.sigmoid(_normed(self.expand[2](maps), *next(norms)))

    def _doubled(self, maps: Tensor, conv: nn.Module) -> Tensor:
        assert isinstance(conv, nn.Conv2d)
        assert conv.bias is not None
        if self.smooth:
            return doubled_convolution(maps, conv.weight, conv.bias)
        repeated: Tensor = conv(doubled(maps))
        return repeated


class StyledTransformer(nn.Module):
    """A transformer with the scales and shifts of several styles, or of a blend.

    Args:
        styles: How many.
        width: Channels at full size; half the size has twice as many.
        blocks: Residual blocks.
        middle: Channels of these; 0 is four times the width.
        coarse: Channels of blocks at an eighth of the size; 0 has none.
        kernel: Side of the first and the last kernel.
        own: Styles with weights of their own, by their numbers. What these add to the shared ones
            is blended like the scales and shifts (Wang et al. 2019, "Deep Network Interpolation
            for Continuous Imagery Effect Transition").
    """

    def __init__(
        self,
        styles: int,
        width: int = WIDTHS[0],
        blocks: int = 5,
        middle: int = 0,
        *,
        coarse: int = 0,
        kernel: int = 9,
        own: Sequence[int] = (),
    ) -> None:
        super().__init__()
        self.styles = styles
        widths = width, 2 * width, middle or 4 * width
        self.transformer = Transformer(widths, blocks, smooth=True, coarse=coarse, kernel=kernel)
        channels = sum(self.transformer.norms)
        ones, zeros = torch.ones(styles, channels), torch.zeros(styles, channels)
        self.table = nn.ParameterDict({"gamma": ones, "beta": zeros})
        count = sum(each.numel() for each in self.transformer.parameters())
        self.own = nn.ParameterDict({str(each): torch.zeros(count) for each in own})

    @property
    def multiple(self) -> int:
        """Sides of padded pictures are multiples of this."""
        return self.transformer.multiple

    @property
    def reach(self) -> int:
        """Radius of the receptive field in pixels, apart from the statistics."""
        return self.transformer.reach

    def forward(
        self,
        image: Float[Tensor, "batch 3 height width"],
        weights: Float[Tensor, "batch styles"] | None = None,
    ) -> Float[Tensor, "batch 3 height width"]:
        """Stylize pictures, sRGB in [0, 1], with ``weights`` of the styles for each.

        A network with one style needs none. Weights that go beyond the styles, so that the
        photograph's is negative, make strokes stronger; colors and own weights stay those of the
        styles, since pictures would lose all contrast beyond them.
        """
        if weights is None:
            weights = image.new_ones(len(image), 1, dtype=torch.float32)
        height, width = image.shape[-2:]
        below, right = (max(-side % self.multiple, LEAST - side) for side in (height, width))
        with torch.autocast(image.device.type, enabled=False):
            within = weights.clamp_min(0)
            within = within / within.sum(1, keepdim=True)
            norms = [self._blended(weights, within, name) for name in ("gamma", "beta")]
            added = self._added(within)
        padded = reflected(image, (0, right, 0, below))
        if added is None:
            stylized: Tensor = self.transformer(padded, *norms)
        else:
            rows = zip(added, *(torch.split(each, 1) for each in (padded, *norms)), strict=True)
            stylized = torch.cat([self._moved(row, given) for row, *given in rows])
        return stylized[..., :height, :width]

    def _blended(self, weights: Tensor, within: Tensor, name: str) -> Tensor:
        cut = self.table[name].shape[1] - self.transformer.coloring
        strokes, colors = self.table[name].split((cut, self.transformer.coloring), 1)
        return torch.cat([weights @ strokes, within @ colors], 1)

    def _added(self, weights: Tensor) -> Tensor | None:
        """What is added to the parameters for each picture, (batch, parameters), if anything."""
        if not self.own:
            return None
        shares = weights[:, [int(number) for number in self.own]]
        return shares @ torch.stack([*self.own.values()]) if shares.any() else None

    def _moved(self, added: Tensor, given: Sequence[Tensor]) -> Tensor:
        parts = parted(self.transformer, added)
        shared = self.transformer.named_parameters()
        values = {name: each + parts[name] for name, each in shared}
        painted: Tensor = torch.func.functional_call(self.transformer, values, tuple(given))
        return painted


def parted(transformer: Transformer, values: Float[Tensor, " parameters"]) -> dict[str, Tensor]:
    """Values for all parameters, side by side in their order, as tensors by name."""
    parameters = dict(transformer.named_parameters())
    parts = torch.split(values, [each.numel() for each in parameters.values()])
    return {
        name: part.view(each.shape)
        for (name, each), part in zip(parameters.items(), parts, strict=True)
    }


def pairs(convs: Iterable[nn.Module]) -> Iterable[tuple[nn.Module, nn.Module]]:
    """The two convolutions of each residual block."""
    every = list(convs)
    return zip(every[::2], every[1::2], strict=True)


def _added(
    block: tuple[nn.Module, nn.Module], maps: Tensor, norms: Iterator[tuple[Tensor, Tensor]]
) -> Tensor:
    first, second = block
    inner = F.relu(_normed(first(maps), *next(norms)))
    return maps + _normed(second(inner), *next(norms))


def _normed(maps: Tensor, gamma: Tensor, beta: Tensor) -> Tensor:
    with torch.autocast(maps.device.type, enabled=False):
        exact = maps.float()
        variance, mean = torch.var_mean(exact, dim=(2, 3), correction=0, keepdim=True)
        scale = gamma[..., None, None] * torch.rsqrt(variance + EPSILON)
        # The mean is subtracted first, for precision: in a faint picture it is much larger than the
        # rest.
        return ((exact - mean) * scale + beta[..., None, None]).to(maps.dtype)
