"""Train a style network from style images and photographs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from impasto.dataset.choosing import facts_of, picture_set
from impasto.dataset.crops import Crops, centered, collate
from impasto.errors import ImpastoError, OptionError
from impasto.image import Picture, read_picture
from impasto.methods.johnson.network import StyleNetwork
from impasto.methods.johnson.objective import StyleObjective, layers_needed
from impasto.methods.johnson.onnx_model import onnx_model, parameters_in
from impasto.methods.johnson.task import BETAS, JohnsonTask
from impasto.methods.johnson.transformer import WORKING, StyledTransformer, Transformer, parted
from impasto.networks.blends import normalized, parsed
from impasto.networks.bundled import bundled
from impasto.networks.network import Network, grain
from impasto.networks.resolve import located
from impasto.networks.style_codes import encoded, own_code
from impasto.nn.resize import fitted_size, resized, size_of
from impasto.options.apply import ANY_STYLE
from impasto.options.johnson import JohnsonOptions
from impasto.options.training import TrainOptions
from impasto.records import checked_record
from impasto.samples import samples
from impasto.source import Source
from impasto.training.method import Method, Trained, TrainedNetwork, loss_network
from impasto.training.task import Material
from impasto.training.trained import Named, arrays_in, read_networks

if TYPE_CHECKING:
    from impasto.training.processes import Processes

AnyLayout: TypeAlias = StyleNetwork | StyledTransformer
TrainedStyles: TypeAlias = TrainedNetwork[AnyLayout, JohnsonOptions]

_SHAPE: Final = ("width", "middle", "coarse", "kernel", "blocks", "layout", "identity")

_MASTERS: Final = "masters"
"""The bundled network of ten styles."""

_VALIDATED: Final = 8
"""Training photographs used for validation if none can be held out."""


@dataclass(frozen=True)
class StyleImage:
    """A style to learn.

    Attributes:
        name: Its name, without colons and commas, which separate blends.
        source: The picture.
        about: ``title``, ``artist``, ``year``, ``origin``, if known.
        size: Longer side to which it is resized, in pixels; 0 for that of the options. So one
            network can learn fine strokes of one picture and broad ones of another.
    """

    name: str
    source: Source
    about: Mapping[str, str] = field(default_factory=dict)
    size: int = 0

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[^:,\s][^:,]*", self.name):
            raise OptionError("style", "a name without colons and commas", self.name)

    def entry(self) -> dict[str, str]:
        """The facts about it that the network stores."""
        extra = {"size": str(self.size)} if self.size else {}
        return {"name": self.name, "sha256": self.source.sha256, **self.about, **extra}


@dataclass(frozen=True)
class StyleSources:
    """The sources of a style network.

    Attributes:
        styles: The styles to learn.
        photographs: A folder tree of photographs, or TFRecord files.
        base: Run folder, checkpoint or model file of a network to add the styles to. Its
            convolutions and styles do not change; shape and grain are its own.
        only: Styles of the start network whose normalization alone is trained.
        validation: Photographs for validation; by default some are held out.
    """

    styles: Sequence[StyleImage]
    photographs: Path
    base: Path | None = None
    only: Sequence[str] = ()
    validation: Path | None = None


def prepare(
    sources: StyleSources, options: JohnsonOptions, training: TrainOptions, processes: Processes
) -> tuple[JohnsonTask, Material, dict[str, Any]]:
    """Build a network for some styles, or for those of a base and some more."""
    base = None if sources.base is None else read_networks(sources.base, METHOD)[0]
    if base is not None:
        # Also the grain, with which the styles of the base were trained.
        kept = (*_SHAPE, "grain")
        taken = {name: getattr(base.options, name) for name in kept}
        options = replace(options, pretrained=False, **taken)
    old = 0 if base is None else len(base.styles)
    entries = [*(base.styles if base else []), *(each.entry() for each in sources.styles)]
    names = [each["name"] for each in entries]
    _check_names(names, sources.only)
    learned = [names.index(name) for name in sources.only] if sources.only else None
    paths = sources.photographs, sources.validation
    pictures = picture_set(*paths, training, few=_VALIDATED, tell=processes.main)
    network = built(options, len(entries), own_styles(entries))
    if base is not None:
        widen(network, base)
        learned = list(range(old, len(entries)))
    elif options.pretrained:
        assert isinstance(network, StyledTransformer)
        begin_as_any_style(network, [each.source.picture for each in sources.styles])
    vgg = loss_network(
        options.network,
        layers_needed(options),
        processes,
        pooling=options.pooling,
        named={name: getattr(options, name) for name in ("content_layers", "style_layers")},
    )
    images = [
        _scaled(each.source.picture.tensor(), each.size or options.style_size).to(processes.device)
        for each in sources.styles
    ]
    held = centered(pictures.validation, training.size, pictures.count)
    validation = collate(held).images
    task = JohnsonTask(
        network.to(processes.device),
        StyleObjective(vgg, images, options, old),
        learning_rate=training.learning_rate,
        optimizer=training.optimizer,
        betas=training.betas(BETAS),
        shown=(validation.float() / 255).to(processes.device),
        learned=learned,
        turns=_turns(options, len(entries)) if learned is None else (),
    )
    given = pictures.training, training.size, training.seed
    crops = Crops(*given, flip=options.flip, zoom=options.zoom)
    counts = {"pictures": len(crops), **facts_of({"content": pictures})}
    facts = {"options": options.to_json(), "styles": entries, **counts}
    if sources.base is not None:
        facts["begun_with"] = sources.base.name
    if sources.only:
        facts["only"] = list(sources.only)
    return task, Material({"content": crops}, {"content": validation}), facts


def own_styles(entries: Sequence[Mapping[str, str]]) -> list[int]:
    """The numbers of the styles that have weights of their own."""
    return [number for number, each in enumerate(entries) if each.get("own")]


def built(options: JohnsonOptions, styles: int, own: Sequence[int] = ()) -> AnyLayout:
    """A new network for a number of styles, plus the photograph with ``identity``.

    Those of ``own`` have weights of their own, see :class:`StyledTransformer`.
    """
    slots = styles + options.identity
    if options.layout == "ghiasi":
        more = {"coarse": options.coarse, "kernel": options.kernel}
        shape = options.width, options.blocks, options.middle
        return StyledTransformer(slots, *shape, **more, own=own)
    return StyleNetwork(slots, options.width, options.blocks, options.layout)


def _turns(options: JohnsonOptions, styles: int) -> list[int]:
    """The cycle of styles; in the layout ghiasi the photograph's slot has at most every fifth turn.

    With a single style it would otherwise take half of the training.
    """
    if options.layout != "ghiasi" or not options.identity:
        return []
    return [*range(styles)] * 4 + [styles]


def begin_as_style(network: StyledTransformer, style: str) -> None:
    """Copy the weights of the ten-style network and one of its styles, or a blend.

    Raises:
        OptionError: It has no such style; names the option ``start_style``.
    """
    [listed] = [each for each in bundled() if each.name == _MASTERS]
    arrays, names = arrays_in(listed.path), [each.name for each in listed.styles]
    blend = normalized(parsed(style, "start_style"), names, "start_style")
    shares = torch.tensor([blend.get(name, 0.0) for name in names])
    with torch.no_grad():
        for name, parameter in network.transformer.named_parameters(prefix="transformer"):
            parameter.copy_(torch.from_numpy(np.array(arrays[name])))
        for name in ("gamma", "beta"):
            table = torch.from_numpy(np.array(arrays[name]))
            network.table[name][:] = shares @ table[: len(shares)]
        for number, share in enumerate(shares):
            if (own := arrays.get(f"own.{number}")) is not None:
                values = torch.from_numpy(np.array(own, np.float32))
                for name, part in parted(network.transformer, values).items():
                    network.transformer.get_parameter(name).add_(part, alpha=float(share))


def begin_as_any_style(network: StyledTransformer, styles: Sequence[Picture]) -> None:
    """Copy the weights of the bundled any-style network, and its codes for the styles.

    Additional channels of a wider network start without effect; smaller kernels at the ends get the
    sums of the larger ones.

    The photograph's slot, if there is one, starts as the mean code of the bundled photographs.
    """
    file = located(ANY_STYLE)
    arrays, predictor = arrays_in(file.path), Network(file)
    transformer = network.transformer
    codes = [encoded(predictor, each, name="style", sha256="").numbers for each in styles]
    if network.styles > len(codes):
        photographs = [read_picture(each.path).pixels for each in samples("content")]
        codes.append(np.mean([own_code(predictor, each) for each in photographs], axis=0))
    with torch.no_grad():
        for name, parameter in transformer.named_parameters():
            if name.startswith("coarse."):
                continue
            known = torch.from_numpy(np.array(arrays[name]))
            if known.ndim == 4:
                known = folded(known, parameter.shape[-1])
                parameter[: len(known), known.shape[1] :] = 0
                parameter[: len(known), : known.shape[1]] = known
            else:
                parameter[: len(known)] = known
        places = _places(Transformer().norms, transformer.norms)
        for column, name in enumerate(("gamma", "beta")):
            network.table[name][:, places] = torch.from_numpy(np.stack(codes)[..., column])


def _places(narrow: Sequence[int], wide: Sequence[int]) -> list[int]:
    """Indices of the normalized channels of a network among those of a wider one.

    Coarse blocks, which come first, have no counterpart.
    """
    starts = np.cumsum([0, *wide])[-len(narrow) - 1 :]
    return [int(start) + number for start, width in zip(starts, narrow, strict=False)
            for number in range(width)]  # fmt: skip


def folded(kernels: Tensor, side: int) -> Tensor:
    """Kernels (out, in, K, K) as smaller ones (out, in, side, side) with the same sums.

    Values outside are added to the nearest edge.
    """
    width = kernels.shape[-1]
    places = (torch.arange(width) - (width - side) // 2).clamp(0, side - 1)
    matrix = torch.nn.functional.one_hot(places, side).to(kernels)
    return torch.einsum("oiyx,ya,xb->oiab", kernels, matrix, matrix)


def widen(network: AnyLayout, base: TrainedStyles) -> None:
    """Copy the weights of a network with fewer styles.

    New styles start as the mean of the old ones that have no weights of their own, if there are
    any; the photograph's slot stays the last.
    """
    old, own = len(base.styles), own_styles(base.styles)
    shared = [number for number in range(old) if number not in own] or [*range(old)]
    parameters = dict(base.network.named_parameters())
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            known = parameters[name]
            if not name.endswith((".gamma", ".beta")):
                parameter.copy_(known)
                continue
            parameter.copy_(known[shared].mean(0).expand_as(parameter))
            parameter[:old] = known[:old]
            if base.options.identity:
                parameter[-1] = known[-1]


def _check_names(names: Sequence[str], only: Sequence[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise ImpastoError(
                f"two styles are called {name}: give one of them another name, --style NAME=PICTURE"
            )
    for name in only:
        if name not in names:
            raise OptionError("only", f"styles of the network ({', '.join(names)})", name)


def _scaled(style: Tensor, side: int) -> Tensor:
    smaller = fitted_size(size_of(style), min(side, max(size_of(style))))
    return resized(style, smaller).clamp(0, 1)


def _networks(trained: Trained) -> dict[str, TrainedStyles]:
    options = JohnsonOptions.from_json(trained.recipe["options"])
    size = int(trained.recipe["training"]["size"])
    styles = trained.recipe["styles"]
    checked_record(styles, list[Named], "styles")
    network = built(options, len(styles), own_styles(styles))
    if trained.arrays is None:
        network.load_state_dict(trained.weights["network"])
    else:
        network.load_state_dict(parameters_in(trained.arrays, network))
    origin, licence = trained.origin, trained.licence
    network.eval()
    known = TrainedNetwork(METHOD, network, options, size, styles, None, origin, licence)
    return {"network": known}


def _shape(recipe: Mapping[str, Any]) -> dict[str, Any]:
    options = JohnsonOptions.from_json(recipe["options"])
    shape = {name: getattr(options, name) for name in _SHAPE}
    styles = recipe["styles"]
    return {"styles": [each["name"] for each in styles], "own": own_styles(styles), **shape}


def _entries(trained: TrainedStyles) -> dict[str, str]:
    options = trained.options
    return {
        "identity": str(len(trained.styles)) if options.identity else "",
        "grain": str(options.grain) if options.grain else "",
        "working": str(WORKING) if options.layout == "ghiasi" else "",
    }


def _compared(
    trained: TrainedStyles, runner: Network, chance: np.random.Generator, size: tuple[int, int]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    image = chance.random((2, 3, *size), np.float32)
    weights = chance.dirichlet(np.ones(trained.network.styles)).astype(np.float32)
    shares = torch.from_numpy(weights).expand(2, -1)
    seen = torch.from_numpy(image + trained.options.grain * grain(*size))
    expected = trained.network(seen.float(), shares).clamp(0, 1).numpy()
    return runner(image, weights)[0], expected


METHOD: Final = Method(
    name="johnson",
    prepare=prepare,
    networks=_networks,
    started=("network",),
    shape=_shape,
    onnx_model=onnx_model,
    entries=_entries,
    compared=_compared,
)
