"""The network that stylizes an image in one pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from impasto.methods.johnson.transformer import LEAST
from impasto.nn.blocks import ConditionalInstanceNorm, ResidualBlock, doubled, mirroring
from impasto.nn.resize import reflected

Layout = Literal["half", "paper"]
"""The layouts of StyleNetwork; the third, ``ghiasi``, is another class."""


@dataclass(frozen=True)
class Ends:
    """The first and last layers of a layout.

    Attributes:
        fold: Side of the pixel squares that become channels before the first convolution.
        kernel: Side of the first and the last kernel.
        margin: Pixels of reflection around the picture, removed at the end.
        skips: Whether the decoder gets the encoder's maps.
    """

    fold: int
    kernel: int
    margin: int
    skips: bool


LAYOUTS: Final[dict[Layout, Ends]] = {
    # Half the resolution throughout: a quarter of the work for the same width.
    "half": Ends(fold=2, kernel=3, margin=8, skips=True),
    "paper": Ends(fold=1, kernel=9, margin=8, skips=False),
}
"""``paper`` is Johnson, Alahi and Fei-Fei 2016, supplement, table 1, with two differences.

Upsampling resizes and then convolves (no checkerboard), and the residual blocks keep their size by
reflection, where the paper's unpadded blocks remove a margin of 40.
"""

OVERSHOOT: Final = 1.2
"""The tanh exceeds black and white (in the paper: 150 instead of 127.5), so that both are easy to
reach; values outside are clipped later."""


class StyleNetwork(nn.Module):
    """Stylizes images in the styles it was trained on, or in a blend of them.

    Args:
        styles: How many.
        width: Channels of the first convolution; the next have twice and four times as many.
            32 in the paper.
        blocks: Residual blocks in the middle.
        layout: ``half`` or ``paper``; see :data:`LAYOUTS`.
    """

    def __init__(
        self, styles: int, width: int = 16, blocks: int = 5, layout: Layout = "half"
    ) -> None:
        super().__init__()
        self.styles = styles
        self.ends = LAYOUTS[layout]
        inner = 3 * self.ends.fold**2
        around = self.ends.kernel // 2
        # The encoder continues the picture by reflection; the decoder's zero padding, which is
        # faster, affects only the margin that is cut off.
        self.conv1 = mirroring(inner, width, self.ends.kernel)
        self.norm1 = ConditionalInstanceNorm(styles, width)
        self.conv2 = mirroring(width, 2 * width, 3, stride=2)
        self.norm2 = ConditionalInstanceNorm(styles, 2 * width)
        self.conv3 = mirroring(2 * width, 4 * width, 3, stride=2)
        self.norm3 = ConditionalInstanceNorm(styles, 4 * width)
        middle = [ResidualBlock(styles, 4 * width) for _ in range(blocks)]
        self.blocks = nn.ModuleList(middle)
        self.conv4 = nn.Conv2d(4 * width, 2 * width, 3, padding=1)
        self.norm4 = ConditionalInstanceNorm(styles, 2 * width)
        self.conv5 = nn.Conv2d(2 * width, width, 3, padding=1)
        self.norm5 = ConditionalInstanceNorm(styles, width)
        self.conv6 = nn.Conv2d(width, inner, self.ends.kernel, padding=around)
        _initialize(self)

    @property
    def multiple(self) -> int:
        """Sides of the padded picture must be a multiple of this."""
        return 4 * self.ends.fold

    @property
    def reach(self) -> int:
        """Radius of the receptive field in pixels, apart from the statistics."""
        fold, around = self.ends.fold, self.ends.kernel // 2
        # Each convolution reaches one position of its own scale, and resizing one more.
        encoder = fold * around + fold + 2 * fold
        decoder = (2 + 2) * fold + (1 + 1) * fold + fold * around
        within = fold - 1
        return encoder + 2 * len(self.blocks) * 4 * fold + decoder + within

    def forward(
        self,
        image: Float[Tensor, "batch 3 height width"],
        weights: Float[Tensor, "batch styles"],
    ) -> Float[Tensor, "batch 3 height width"]:
        """Paint pictures, sRGB in [0, 1], with ``weights`` of the styles for each.

        The result may exceed [0, 1] by 0.1, so that a loss can measure it; clamp it for use.
        """
        height, width = image.shape[-2:]
        margin = self.ends.margin
        maps = F.pixel_unshuffle(self._padded(image), self.ends.fold)
        fine = F.relu(self.norm1(self.conv1(maps), weights))
        middle = F.relu(self.norm2(self.conv2(fine), weights))
        maps = F.relu(self.norm3(self.conv3(middle), weights))
        for block in self.blocks:
            maps = block(maps, weights)
        maps = self._with_skip(self.conv4(doubled(maps)), middle)
        maps = F.relu(self.norm4(maps, weights))
        maps = self._with_skip(self.conv5(doubled(maps)), fine)
        maps = self.conv6(F.relu(self.norm5(maps, weights)))
        painted = 0.5 + 0.5 * OVERSHOOT * torch.tanh(F.pixel_shuffle(maps, self.ends.fold))
        return painted[..., margin : margin + height, margin : margin + width]

    def _with_skip(self, maps: Tensor, encoded: Tensor) -> Tensor:
        return maps + encoded if self.ends.skips else maps

    def _padded(self, image: Tensor) -> Tensor:
        # In two steps, because the exported network takes the first.
        margin = self.ends.margin
        below, right = (max(-side % self.multiple, LEAST - side) for side in image.shape[-2:])
        return reflected(reflected(image, (0, right, 0, below)), (margin,) * 4)


def _initialize(network: StyleNetwork) -> None:
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            nn.init.zeros_(module.bias)  # type: ignore[arg-type]  # every one here has a bias
    # The four pixels of one position of the last convolution start equal, so that there is no 2x2
    # pattern to unlearn (ICNR: Aitken et al. 2017). Small, to start near gray.
    last, places = network.conv6, network.ends.fold**2
    with torch.no_grad():
        last.weight.mul_(0.25)
        last.weight.copy_(last.weight[::places].repeat_interleave(places, dim=0))
    # Residual blocks start near the identity.
    for block in network.blocks:
        assert isinstance(block, ResidualBlock)
        nn.init.constant_(block.norm2.gamma, 0.5)
