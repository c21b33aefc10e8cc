"""What instance normalization divides by, in a graph for onnxruntime."""

from __future__ import annotations

from impasto.export.graph import Graph


def own_statistics(graph: Graph, maps: str, epsilon: float) -> tuple[str, str, str]:
    """The maps less their means; mean and 1/standard deviation of each, (batch, C, 1, 1).

    onnxruntime adds up in float32, one after the other. Over a whole map that is off by more than
    the deviation of a picture that is mostly of one color, and the difference of two squares even
    more so: row by row for the mean, and for the squares of what it leaves.
    """
    rows = graph.node("ReduceMean", maps, graph.integers(3), keepdims=1)
    mean = graph.node("ReduceMean", rows, graph.integers(2), keepdims=1)
    centered = graph.node("Sub", maps, mean)
    of_rows = graph.node("ReduceSumSquare", centered, graph.integers(3), keepdims=1)
    squares = graph.node("ReduceSum", of_rows, graph.integers(2), keepdims=1)
    sides = graph.node("Shape", maps, start=2, end=4)
    area = graph.node("ReduceProd", graph.node("Cast", sides, to=1), keepdims=0)
    variance = graph.node("Div", squares, area)
    above_zero = graph.node("Add", variance, graph.number(epsilon))
    return centered, mean, graph.node("Pow", above_zero, graph.number(-0.5))
