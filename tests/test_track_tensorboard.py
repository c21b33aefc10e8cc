"""What TensorBoard reads back, and the graph of a network."""

import io

import numpy as np
import pytest
import torch
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch import nn
from torch.nn import functional

from impasto.errors import OptionError
from impasto.step import Step
from impasto.track import EventFile, PaintingLog
from impasto.track.graph import graph_profile


def picture(number):
    """Red everywhere by a tenth of the number; the rest of the channels differ from it."""
    image = torch.zeros(1, 3, 5, 7)
    image[:, 0] = number / 10
    image[:, 2] = 1.0
    return image


def step(number, of=10, scale=1.0):
    losses = {"total": scale * number, "style": 2.0 * number, "style/relu1_1": 0.5}
    return Step(number, of, losses, lambda: picture(number))


def read(folder):
    everything = {"scalars": 0, "histograms": 0, "images": 0, "tensors": 0}
    return EventAccumulator(str(folder), size_guidance=everything).Reload()


def test_scalars_of_every_loss(tmp_path):
    with EventFile(tmp_path) as events:
        log = PaintingLog(events)
        for number in range(1, 11):
            log(step(number))
    events = read(tmp_path)
    assert set(events.Tags()["scalars"]) == {"loss/total", "loss/style", "style/relu1_1"}
    assert [(e.step, e.value) for e in events.Scalars("loss/style")] == [
        (number, 2.0 * number) for number in range(1, 11)
    ]


def test_scalars_now_and_then_and_at_the_end(tmp_path):
    with EventFile(tmp_path) as events:
        log = PaintingLog(events, every=4)
        for number in range(1, 11):
            log(step(number))
    assert [e.step for e in read(tmp_path).Scalars("loss/total")] == [4, 8, 10]


def test_histograms_hold_the_losses_since_the_last_ones(tmp_path):
    with EventFile(tmp_path) as events:
        log = PaintingLog(events, image_every=4)
        for number in range(1, 11):
            log(step(number))
    events = read(tmp_path)
    histograms = [event.histogram_value for event in events.Histograms("loss_histogram/total")]
    assert [(h.min, h.max, h.num) for h in histograms] == [(1, 4, 4), (5, 8, 4), (9, 10, 2)]
    assert all(sum(h.bucket) == h.num for h in histograms)
    constant = events.Histograms("loss_histogram/style/relu1_1")[0].histogram_value
    assert (constant.min, constant.max, sum(constant.bucket)) == (0.5, 0.5, 4)


@pytest.mark.parametrize("value", [0.0, 1e-30, -3.0, 1e12, 1e30])
def test_histograms_take_losses_of_any_size(tmp_path, value):
    with EventFile(tmp_path) as events:
        log = PaintingLog(events)
        log(step(1, of=1, scale=value))
    histogram = read(tmp_path).Histograms("loss_histogram/total")[0].histogram_value
    assert (histogram.min, sum(histogram.bucket)) == (value, 1)


def test_a_loss_that_is_not_finite_is_a_scalar_without_a_histogram(tmp_path):
    with EventFile(tmp_path) as events:
        log = PaintingLog(events)
        log(step(1, of=1, scale=float("nan")))
    events = read(tmp_path)
    assert np.isnan(events.Scalars("loss/total")[0].value)
    assert "loss_histogram/total" not in events.Tags()["histograms"]
    assert "loss_histogram/style" in events.Tags()["histograms"]


def test_pictures_and_the_values_of_their_channels(tmp_path):
    with EventFile(tmp_path) as events:
        log = PaintingLog(events, image_every=4)
        for number in range(1, 11):
            log(step(number))
    events = read(tmp_path)
    shown = events.Images("picture")
    assert [event.step for event in shown] == [4, 8, 10]
    assert (shown[0].width, shown[0].height) == (7, 5)
    pixels = np.asarray(Image.open(io.BytesIO(shown[0].encoded_image_string)))
    assert pixels[0, 0].tolist() == [102, 0, 255]
    means = {
        name: [event.histogram_value.sum / 35 for event in events.Histograms(f"pixels/{name}")]
        for name in ("red", "green", "blue")
    }
    np.testing.assert_allclose(means["red"], [0.4, 0.8, 1.0])
    assert means["green"] == [0, 0, 0]
    assert means["blue"] == [1, 1, 1]


def test_texts(tmp_path):
    with EventFile(tmp_path) as events:
        events.text("options", "| steps | 10 |")
    (event,) = read(tmp_path).Tensors("options/text_summary")
    assert event.tensor_proto.string_val[0] == b"| steps | 10 |"


def test_a_resumed_run_replaces_the_steps_after_its_checkpoint(tmp_path):
    with EventFile(tmp_path) as events:
        log = PaintingLog(events)
        for number in range(1, 8):
            log(step(number))
    with EventFile(tmp_path, resume_from=4) as events:
        log = PaintingLog(events)
        for number in range(5, 11):
            log(step(number, scale=100.0))
    values = [(e.step, e.value) for e in read(tmp_path).Scalars("loss/total")]
    assert values == [(n, n if n <= 4 else 100 * n) for n in range(1, 11)]


@pytest.mark.parametrize("option", ["every", "image_every"])
def test_intervals_are_positive(tmp_path, option):
    with pytest.raises(OptionError, match=option):
        PaintingLog(None, **{option: 0})


class TwoScales(nn.Module):
    """Layers in a container, functions between them, a mapping as output: as VGG."""

    def __init__(self):
        super().__init__()
        names = ("conv1_1", "conv1_2")
        self.convs = nn.ModuleDict({name: nn.Conv2d(3, 3, 3, padding=1) for name in names})
        self.head = nn.Sequential(nn.Conv2d(3, 2, 1), nn.BatchNorm2d(2))

    def forward(self, image):
        relu1_1 = functional.relu_(self.convs["conv1_1"](image - 0.5))
        relu1_2 = functional.relu_(self.convs["conv1_2"](relu1_1)).contiguous()
        return {"relu1_1": relu1_1, "relu1_2": relu1_2, "head": self.head(relu1_1 + relu1_2)}


def test_the_graph_has_the_layers_by_name_and_how_they_are_joined():
    graph, _ = graph_profile(TwoScales(), torch.zeros(1, 3, 8, 6))
    assert [(node.name, node.op, list(node.input)) for node in graph.node] == [
        ("input", "Input", []),
        ("sub", "sub", ["input"]),
        ("convs.conv1_1", "conv2d", ["sub"]),
        ("relu", "relu", ["convs.conv1_1"]),
        ("convs.conv1_2", "conv2d", ["relu"]),
        ("relu_2", "relu", ["convs.conv1_2"]),
        ("add", "add", ["relu", "relu_2"]),
        ("head/0", "conv2d", ["add"]),
        ("head/1", "batch_norm", ["head/0"]),
        ("output/relu1_1", "Output", ["relu"]),
        ("output/relu1_2", "Output", ["relu_2"]),
        ("output/head", "Output", ["head/1"]),
    ]
    shape = graph.node[7].attr["_output_shapes"].list.shape[0]
    assert [side.size for side in shape.dim] == [1, 2, 8, 6]


def test_names_in_the_graph_are_unique():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.relu = nn.ReLU()
            self.block = nn.Sequential(nn.Conv2d(3, 3, 1), nn.ReLU(inplace=True))

        def forward(self, image):
            first = torch.relu(self.block(self.relu(image)))
            return self.block(first), first.chunk(3, dim=1)

    graph, _ = graph_profile(Twice(), torch.zeros(1, 3, 4, 4))
    names = [node.name for node in graph.node]
    assert len(set(names)) == len(names)
    assert {maker for node in graph.node for maker in node.input} < set(names)
    assert sum(node.op == "conv2d" for node in graph.node) == 2
    assert sum(node.op == "Output" for node in graph.node) == 4


def test_making_the_graph_changes_nothing_in_the_network():
    network = TwoScales()
    network.head.eval()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    graph_profile(network, torch.rand(1, 3, 8, 6))
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())
    assert (network.training, network.head.training) == (True, False)
    assert not any(module._forward_hooks for module in network.modules())


def test_tensorboard_reads_the_graph(tmp_path):
    with EventFile(tmp_path) as events:
        events.graph(TwoScales(), torch.zeros(1, 3, 8, 6))
    assert "convs.conv1_2" in [node.name for node in read(tmp_path).Graph().node]
