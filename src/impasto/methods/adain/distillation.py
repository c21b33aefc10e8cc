"""What a slim encoder is to know of VGG's maps."""

from __future__ import annotations

from collections.abc import Mapping

from jaxtyping import Float
from torch import Tensor, nn

from impasto.methods.adain.plan import VGG, Plan


class Adapters(nn.Module):
    """Reads VGG's maps out of a slim encoder's, each by one matrix; needed in training only.

    A slim encoder of which the maps of VGG's own layers can be told linearly sees what VGG sees
    (Romero et al. 2015, FitNets). Layers that it does not have, relu1_1 at full resolution, are
    left out.

    Args:
        plan: The slim encoder's.
    """

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.convs = nn.ModuleDict(
            {
                name.replace("conv", "relu"): nn.Conv2d(width, VGG.convs[name][1], 1)
                for name, (_, width) in plan.convs.items()
                if name.endswith("_1")
            }
        )

    @property
    def layers(self) -> tuple[str, ...]:
        """Layers of VGG that are told of."""
        return tuple(self.convs)

    def forward(
        self, maps: Mapping[str, Float[Tensor, "batch _channels _height _width"]]
    ) -> dict[str, Float[Tensor, "batch _wide _height _width"]]:
        """VGG's maps as the slim encoder's tell them."""
        return {name: conv(maps[name]) for name, conv in self.convs.items()}
