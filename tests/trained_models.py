"""Small trained networks as ONNX files: the layout of the bundled ones, with random weights."""

import hashlib
import json
from functools import cache
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

STYLES = ("great-wave", "starry-night", "the-scream")
NETWORK = "masters"
EPSILON = 1e-5


class Graph:
    """Collects nodes and constants; each method gives the name of its result."""

    def __init__(self, seed):
        self.nodes, self.constants = [], []
        self.random = np.random.default_rng(seed)

    def constant(self, values, dtype=np.float32):
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(values, dtype), name))
        return name

    def op(self, kind, *inputs, output=None, **attributes):
        output = output or f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def split(self, x, sizes, count):
        names = [f"{x}s{number}" for number in range(count)]
        self.nodes.append(helper.make_node("Split", [x, sizes], names, axis=1))
        return names

    def conv(self, x, channels, kernel, stride=1):
        entered, left = channels
        scale = (2 / (entered * kernel**2)) ** 0.5
        weights = self.constant(self.random.normal(0, scale, (left, entered, kernel, kernel)))
        edge = kernel // 2
        pads = self.constant([0, 0, edge, edge, 0, 0, edge, edge], np.int64)
        padded = self.op("Pad", x, pads, mode="reflect")
        return self.op("Conv", padded, weights, strides=[stride, stride])


class Normalization:
    """Conditional instance normalization by the image's own or by given statistics.

    As few nodes as will do: opening a file takes a tenth of a millisecond a node.
    """

    def __init__(self, graph, slots, layers, *, given):
        g = self.graph = graph
        self.own = []
        channels = sum(layers)
        tables = (
            g.random.uniform(0.6, 1.4, (slots, channels)),
            g.random.normal(0, 0.3, (slots, channels)),
        )
        sizes = g.constant(layers, np.int64)
        column = g.constant([1, channels, 1, 1], np.int64)
        parts = [
            g.op("Reshape", g.op("MatMul", "style", g.constant(each)), column) for each in tables
        ]
        if given:
            self.given = g.op("Cast", "given", to=TensorProto.BOOL)
            halves = [
                g.op("Gather", "statistics", g.constant(at, np.int64), axis=1) for at in (0, 1)
            ]
            parts += [g.op("Reshape", each, column) for each in halves]
        self.layers = zip(*(g.split(each, sizes, len(layers)) for each in parts), strict=True)

    def __call__(self, x):
        g = self.graph
        gain, shift, *given = next(self.layers)
        mean = g.op("GlobalAveragePool", x)
        squares = g.op("GlobalAveragePool", g.op("Mul", x, x))
        variance = g.op("Sub", squares, g.op("Mul", mean, mean))
        inverse = g.op("Reciprocal", g.op("Sqrt", g.op("Add", variance, g.constant(EPSILON))))
        if given:
            self.own.append(g.op("Concat", mean, inverse, axis=2))
            mean, inverse = (
                g.op("Where", self.given, *each)
                for each in zip(given, (mean, inverse), strict=True)
            )
        factor = g.op("Mul", inverse, gain)
        offset = g.op("Sub", shift, g.op("Mul", mean, factor))
        return g.op("Add", g.op("Mul", x, factor), offset)


def reach_of(residuals):
    """Half resolution: 2 + 1 down, 4 a residual block, 1 + 2 up, 2 for the alignment of steps."""
    return 2 * (8 + 4 * residuals)


@cache
def model_bytes(
    *,
    styles=STYLES,
    statistics=True,
    identity="",
    width=4,
    residuals=1,
    seed=0,
    slots=None,
    metadata=(),
):
    """A model file of Johnson's layout at half resolution.

    ``metadata`` is pairs that are put in, or taken out where the value is None.
    """
    slots = slots or len(styles) + (identity == str(len(styles)))
    layers = [width, *[2 * width] * (1 + 2 * residuals), width]
    g = Graph(seed)
    normal = Normalization(g, slots, layers, given=statistics)
    x = g.op("SpaceToDepth", "image", blocksize=2)
    x = g.op("Relu", normal(g.conv(x, (12, width), 5)))
    x = g.op("Relu", normal(g.conv(x, (width, 2 * width), 3, 2)))
    for _ in range(residuals):
        y = g.op("Relu", normal(g.conv(x, (2 * width, 2 * width), 3)))
        x = g.op("Add", x, normal(g.conv(y, (2 * width, 2 * width), 3)))
    scales = g.constant([1, 1, 2, 2])
    x = g.op("Resize", x, "", scales, mode="nearest", nearest_mode="floor",
             coordinate_transformation_mode="asymmetric")  # fmt: skip
    x = g.op("Relu", normal(g.conv(x, (2 * width, width), 3)))
    x = g.op("DepthToSpace", g.conv(x, (width, 12), 5), blocksize=2)
    g.op("Sigmoid", x, output="stylized")
    channels = sum(layers) if statistics else 0
    return _file(g, normal, slots, channels, _metadata(styles, identity, residuals, metadata))


def _metadata(styles, identity, residuals, changes):
    texts = {
        "impasto.format": "1",
        "impasto.method": "johnson",
        "impasto.styles": json.dumps([style_entry(name) for name in styles]),
        "impasto.multiple": "4",
        "impasto.reach": str(reach_of(residuals)),
        "impasto.identity": identity,
        "impasto.size": "256",
        "impasto.origin": "random weights",
        "impasto.licence": "CC0-1.0",
        **dict(changes),
    }
    return {key: text for key, text in texts.items() if text is not None}


def style_entry(name):
    return {"name": name, "title": name.replace("-", " ").title(), "artist": "A. Painter"}


def _file(g, normal, slots, channels, metadata):
    real = TensorProto.FLOAT
    image = ["batch", 3, "height", "width"]
    inputs = [("image", image), ("style", [slots])]
    outputs = [("stylized", image)]
    if channels:
        own = g.op("Concat", *normal.own, axis=1)
        g.op("Squeeze", own, g.constant([3], np.int64), output="statistics_out")
        inputs += [("statistics", [channels, 2]), ("given", [])]
        outputs += [("statistics_out", ["batch", channels, 2])]
    graph = helper.make_graph(
        g.nodes,
        "test",
        [helper.make_tensor_value_info(name, real, shape) for name, shape in inputs],
        [helper.make_tensor_value_info(name, real, shape) for name, shape in outputs],
        g.constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    for key, text in metadata.items():
        entry = model.metadata_props.add()
        entry.key, entry.value = key, text
    return model.SerializeToString()


def write_model(path, **given):
    """Write a model file; a folder gets model.onnx, as a run folder has it."""
    path = Path(path)
    path = path if path.suffix == ".onnx" else path / "model.onnx"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(model_bytes(**given))
    return path


def write_assets(folder, names=(NETWORK,), **given):
    """Write a folder of assets with bundled networks, the tables too."""
    table, hashes = [], []
    for seed, name in enumerate(names):
        styles = STYLES if not seed else (f"{name}-1", f"{name}-2")
        path = write_model(folder / "models" / f"{name}.onnx", styles=styles, seed=seed, **given)
        sha = hashlib.sha256(path.read_bytes()).hexdigest()
        hashes.append({"file": f"models/{path.name}", "sha256": sha})
        table.append({
            "name": name, "file": path.name, "method": "johnson", "size": 256,
            "origin": "random weights", "licence": "CC0-1.0",
            "styles": [style_entry(each) for each in styles],
        })  # fmt: skip
    (folder / "models" / "MODELS.json").write_text(json.dumps(table))
    (folder / "ASSETS.json").write_text(json.dumps(hashes))
    return folder
