"""The bundled any-style network: codes from pictures, strength, sizes, tiles."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from torch import nn

from conftest import photograph_pixels
from impasto.errors import MemoryEstimateError, ModelError, OptionError
from impasto.image import Picture
from impasto.methods.johnson.onnx_model import StyledGraph, transformed
from impasto.methods.johnson.transformer import Transformer
from impasto.networks.large import stylized, whole_statistics
from impasto.networks.model import load_model
from impasto.networks.onnx_graph import Graph
from impasto.networks.resolve import located
from impasto.networks.session import opened, run
from impasto.networks.style_codes import own_code, style_input
from impasto.training.trained import read_trained


@pytest.fixture(scope="module")
def model():
    styles = {"red": picture(0), "blue": picture(1)}
    return load_model("any-style", threads=1).styled(styles)


def picture(number, height=70, width=90):
    pixels = photograph_pixels(height, width)
    return Picture(np.ascontiguousarray(np.roll(pixels, number, 2) ** (1 + number)))


def painted(model, photograph, **given):
    return np.asarray(model(photograph, style_weights="red", **given), float)


def test_codes_are_of_a_picture_and_of_nothing_else(model):
    red, blue = model.codes
    assert red.numbers.shape == (347, 2)
    assert np.abs(red.numbers - blue.numbers).mean() > 0.01
    again = model.styled({"red": picture(0)}).codes[0]
    assert again.sha256 == red.sha256
    with pytest.raises(OptionError, match=r"style_size: expected 0, .*: use style_scale"):
        model.styled({"red": picture(0)}, style_size=512)


def test_blends_are_sums_of_codes(model):
    red, blue = model.codes
    shares = {"red": 0.25, "blue": 0.75}
    given = style_input(model.network, model.codes, shares, photograph_pixels(40, 40), 1.0)
    assert_allclose(given, 0.25 * red.numbers + 0.75 * blue.numbers, rtol=1e-5, atol=1e-6)


def test_strength_leads_from_the_photograph_through_the_style_and_beyond(model):
    photograph = picture(2, 60, 80)
    own, code = own_code(model.network, photograph.pixels), model.codes[0].numbers
    half, twice = (
        style_input(model.network, model.codes, {"red": 1}, photograph.pixels, strength)
        for strength in (0.5, 2)
    )
    assert_allclose(half, (own + code) / 2, rtol=1e-5, atol=1e-6)
    # Strokes go beyond the style, colors and contrast do not.
    strokes = slice(5 * 2 * 32)
    assert_allclose(twice[strokes], (2 * code - own)[strokes], rtol=1e-5, atol=1e-6)
    assert_allclose(twice[strokes.stop :], code[strokes.stop :])
    faint, half, whole, twice = (
        painted(model, photograph, strength=each) for each in (0.02, 0.5, 1, 2)
    )
    assert np.abs(faint / 255 - photograph.pixels).max() < 0.06
    distances = [np.abs(each - faint).mean() for each in (half, whole, twice)]
    assert distances == sorted(distances)


def test_strokes_span_the_same_share_of_a_picture_of_any_size(model):
    """Coarse structure agrees between sizes, as all are first stylized at one."""
    large = picture(2, 840, 1120)
    sizes = [painted(model, large, size=side) for side in (200, 1120)]
    small = [np.asarray(Picture(each.astype(np.float32) / 255).pil().resize((50, 38)), float)
             for each in sizes]  # fmt: skip
    assert [each.shape[1] for each in sizes] == [200, 1120]
    assert np.corrcoef(small[0].ravel(), small[1].ravel())[0, 1] > 0.9


def test_tiles_under_common_statistics_have_no_seams(model, monkeypatch):
    pixels, network = photograph_pixels(400, 520), model.network
    code = model.codes[0].numbers
    whole, own = stylized(network, pixels, code, 1536)
    assert_allclose(whole_statistics(network, pixels, code, 1536), own, rtol=1e-5, atol=1e-6)
    monkeypatch.setattr("impasto.networks.large.whole_statistics", lambda *_: own)
    assert_allclose(stylized(network, pixels, code, 352)[0], whole, atol=1e-4)


@pytest.mark.parametrize("more", [{}, {"coarse": 6, "kernel": 5, "smooth": True}])
def test_the_graph_paints_what_torch_paints(more):
    torch.manual_seed(3)
    network = Transformer((4, 6, 8), 1, **more).eval()
    for name, values in network.named_parameters():
        if name.endswith("bias") or name.startswith("coarse."):
            nn.init.normal_(values, std=0.1)
    channels = sum(network.norms)
    graph = Graph()
    for name, shape in (("image", [1, 3, "h", "w"]), ("style", [channels, 2]),
                        ("statistics", [channels, 2]), ("given", [])):  # fmt: skip
        graph.input(name, shape)
    styles = [graph.column("style", column, network.norms) for column in (0, 1)]
    styled = StyledGraph(graph, network, network.norms, styles)
    graph.output(transformed(styled, network, "image"), "stylized", [1, 3, "h", "w"])
    image, style = torch.rand(1, 3, 40, 48), torch.randn(channels, 2)
    feeds = {"image": image.numpy(), "style": style.numpy(), "given": np.array(0, np.float32),
             "statistics": np.ones((channels, 2), np.float32)}  # fmt: skip
    [found] = run(opened(graph.model({}), "test", 1), ["stylized"], feeds)
    with torch.no_grad():
        expected = network(image, style[None, :, 0], style[None, :, 1])
    assert_allclose(found, expected.numpy(), atol=1e-5)


@pytest.mark.parametrize("more", [{}, {"coarse": 2, "kernel": 5, "smooth": True}])
def test_a_pixel_depends_on_no_more_than_the_reach(more, monkeypatch):
    # Without normalizations, which see everything, and rectifiers, which hide.
    module = "impasto.methods.johnson.transformer"
    monkeypatch.setattr(f"{module}._normed", lambda maps, *_: maps)
    monkeypatch.setattr(f"{module}.F.relu", lambda maps: maps)
    network = Transformer((2, 2, 2), 2, **more).double().eval()
    for each in network.coarse:
        nn.init.normal_(each.weight)
    image = torch.rand(1, 3, 48, 320, dtype=torch.double, requires_grad=True)
    numbers = torch.zeros(1, sum(network.norms), dtype=torch.double)
    for place in range(160, 168):
        [gradient] = torch.autograd.grad(
            network(image, numbers, numbers)[0, :, 24, place].sum(), image
        )
        places = torch.nonzero(gradient[0].abs().sum((0, 1)))
        assert 0 < (places - place).abs().max() <= network.reach


def test_strokes_too_fine_for_the_memory_are_refused_before_they_take_it(model, monkeypatch):
    monkeypatch.setattr("impasto.device.free_memory", lambda: 10_000_000)
    monkeypatch.setattr("impasto.networks.strokes.resampled", None)
    with pytest.raises(MemoryEstimateError, match="5120 x"):
        painted(model, picture(2, 300, 400), style_scale=0.1)


def test_it_is_not_exported_or_trained_on():
    with pytest.raises(ModelError, match=r"any-style\.onnx: not trained by impasto"):
        read_trained(located("any-style").path)


def test_another_network_s_codes_are_refused(model):
    with pytest.raises(ModelError, match="takes no --style"):
        load_model("the-scream", threads=1).styled({"red": model.codes[0]})


def test_kept_codes_paint_the_same(model, tmp_path):
    from impasto.networks.code_file import write_code

    write_code(model.codes[0], tmp_path / "red.imp")
    kept = load_model(tmp_path / "red.imp", threads=1)
    photograph = picture(2, 40, 60)
    assert_array_equal(
        np.asarray(kept(photograph)), np.asarray(model(photograph, style_weights="red"))
    )
