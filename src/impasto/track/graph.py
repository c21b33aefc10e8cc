"""The graph of a network's calls for TensorBoard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Final

import torch
from tensorboard.compat.proto.config_pb2 import RunMetadata
from tensorboard.compat.proto.graph_pb2 import GraphDef
from tensorboard.compat.proto.node_def_pb2 import NodeDef
from tensorboard.compat.proto.versions_pb2 import VersionDef
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

PRODUCER: Final = 22
"""Version of the graph format, as torch.utils.tensorboard writes it."""

CONVERSIONS: Final = ("to", "contiguous", "type", "type_as", "float", "double", "half", "bfloat16")
"""Functions that return their input if there is nothing to convert."""


def graph_profile(module: nn.Module, example: Tensor) -> tuple[GraphDef, RunMetadata]:
    """Trace one call of a module into what ``FileWriter.add_graph`` writes.

    Nodes are the torch functions called, each under the names of the modules that called it; a
    module that calls only one (a convolution) is itself a node. `SummaryWriter.add_graph` is not
    used: its torch.jit.trace is deprecated, refuses modules that return a mapping, and hides the
    layers among constants and list constructions.

    The module is called once without gradients and in evaluation mode, so nothing in it changes.
    """
    trace = _Trace()
    trace.add("input", "Input", (), example)
    with torch.no_grad(), _evaluation(module), ExitStack() as hooks:
        for path, child in module.named_modules():
            if path:
                hooks.enter_context(child.register_forward_pre_hook(trace.entering(path)))
                hooks.enter_context(child.register_forward_hook(trace.leaving))
        with trace:
            outputs = module(example)
    for name, output in _named_outputs(outputs):
        trace.add(f"output/{name}", "Output", [output], output)
    names = trace.short_names()
    nodes = [_node_proto(call, names) for call in trace.calls]
    return GraphDef(node=nodes, versions=VersionDef(producer=PRODUCER)), RunMetadata()


@contextmanager
def _evaluation(module: nn.Module) -> Iterator[None]:
    modes = [(each, each.training) for each in module.modules()]
    module.eval()
    try:
        yield
    finally:
        for each, training in modes:
            each.training = training


@dataclass(frozen=True, slots=True)
class _Call:
    name: str
    function: str
    inputs: tuple[str, ...]
    shape: tuple[int, ...]


class _Trace(TorchFunctionMode):
    """Records every torch function that makes a tensor, with the calls that made its inputs."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[_Call] = []
        self._made_by: dict[int, str] = {}
        self._alive: list[Tensor] = []  # an id is only unique among living tensors
        self._paths: list[str] = []
        self._uses: Counter[str] = Counter()

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: object,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        function = getattr(func, "__name__", "")
        inputs = list(_tensors([*args, *(kwargs or {}).values()]))
        idle = function in CONVERSIONS and any(result is each for each in inputs)
        # Getters (image.shape, weight.data) compute nothing either.
        for output in () if idle or function == "__get__" else _tensors([result]):
            self.add(self._scoped(function), function.strip("_"), inputs, output)
        return result

    def add(self, name: str, function: str, inputs: Iterable[Tensor], output: Tensor) -> None:
        """Record a call; parameters and constants are not inputs, as no call made them."""
        self._uses[name] += 1
        if self._uses[name] > 1:
            name = f"{name}_{self._uses[name]}"
        makers = (self._made_by.get(id(each)) for each in inputs)
        known = tuple(dict.fromkeys(maker for maker in makers if maker))
        self.calls.append(_Call(name, function, known, tuple(output.shape)))
        self._made_by[id(output)] = name
        self._alive.append(output)

    def entering(self, path: str) -> Callable[[nn.Module, object], None]:
        """A hook that runs before the module of this path."""

        def enter(module: nn.Module, inputs: object) -> None:  # noqa: ARG001
            self._paths.append(path)

        return enter

    def leaving(self, module: nn.Module, inputs: object, output: object) -> None:  # noqa: ARG002
        """The hook that runs after every module."""
        self._paths.pop()

    def short_names(self) -> dict[str, str]:
        """Shorter names by name: the only call of a module gets the module's name."""
        scopes = Counter(call.name.rpartition("/")[0] for call in self.calls)
        taken = {call.name for call in self.calls}
        names = {}
        for call in self.calls:
            scope = call.name.rpartition("/")[0]
            alone = scopes[scope] == 1 and not any(each.startswith(f"{scope}/") for each in scopes)
            short = scope and alone and scope not in taken and call.function != "Output"
            names[call.name] = scope if short else call.name
        return names

    def _scoped(self, function: str) -> str:
        """The name of a call: its nested modules, each as its caller names it, and the function."""
        scope = []
        caller = ""
        for path in self._paths:
            scope.append(path.removeprefix(f"{caller}.") if caller else path)
            caller = path
        return "/".join([*scope, function.strip("_")])


def _tensors(values: Iterable[Any]) -> Iterator[Tensor]:
    for value in values:
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, list | tuple):
            yield from _tensors(value)


def _named_outputs(outputs: Any) -> Iterable[tuple[str, Tensor]]:
    if isinstance(outputs, Mapping):
        return outputs.items()
    return ((str(number), output) for number, output in enumerate(_tensors([outputs]), 1))


def _node_proto(call: _Call, names: Mapping[str, str]) -> NodeDef:
    node = NodeDef(name=names[call.name], op=call.function)
    node.input.extend(names[maker] for maker in call.inputs)
    shape = node.attr["_output_shapes"].list.shape.add()
    for side in call.shape:
        shape.dim.add(size=side)
    return node
