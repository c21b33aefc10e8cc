"""The seven terms of the style networks' loss that are not Johnson's."""

import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper

from conftest import as_image, photograph_pixels, style_pixels
from impasto.methods.johnson.objective import SHIFTS, StyleObjective, layers_needed
from impasto.networks.network import Network
from impasto.networks.resolve import located
from impasto.nn.color import recolored
from impasto.nn.losses import AFAR, GRID, LIGHT
from impasto.options.apply import ANY_STYLE
from impasto.training.predictor import CodePredictor
from johnson_parts import shallow, vgg_for

STYLES = (as_image(style_pixels(40, 32)), as_image(style_pixels(32, 48)[:, ::-1, ::-1] * 0.6))
CONTENT = torch.cat([as_image(photograph_pixels(40, 48)), as_image(style_pixels(40, 48))])
PAINTED = (CONTENT * 0.6 + CONTENT.flip(0) * 0.3 + 0.05).contiguous()

TERMS = {
    "tone_weight": 5.0, "light_weight": 2.0, "structure_weight": 4.0, "grid_weight": 7.0,
    "shift_weight": 3.0,
}  # fmt: skip


@pytest.fixture
def losses(vgg16_weights):
    def measured(*numbers, painted=PAINTED, content=CONTENT, first=0, **changes):
        options = shallow(**changes)
        loss = StyleObjective(vgg_for(options, vgg16_weights), STYLES, options, first)
        with torch.no_grad():
            found = loss(painted, content, torch.tensor(numbers))
        return {name: each.double().numpy() for name, each in found.items()}

    return measured


def in_the_colors_of(*numbers):
    pairs = zip(CONTENT.split(1), numbers, strict=True)
    return torch.cat([recolored(photo, STYLES[number]) for photo, number in pairs])


def test_what_is_kept_is_the_photograph_in_the_colors_of_its_own_style(losses):
    got = losses(1, 0, recolor=True)
    expected = losses(1, 0, content=in_the_colors_of(1, 0))
    crossed = losses(1, 0, content=in_the_colors_of(0, 1))
    for name in ("content", "pixel"):
        assert got[name] == pytest.approx(expected[name], rel=1e-5)
        assert np.abs(got[name] / crossed[name] - 1).min() > 1e-3
    assert got["style"] == pytest.approx(expected["style"], rel=1e-6)


def test_the_photograph_that_is_to_be_given_back_keeps_its_colors(losses):
    got = losses(2, 2, painted=CONTENT, recolor=True, **TERMS)
    assert got["total"].tolist() == [0, 0]


def test_added_styles_bring_their_own_colors(losses):
    whole, added = losses(0, 1, recolor=True), losses(5, 6, first=5, recolor=True)
    assert added["content"] == pytest.approx(whole["content"], rel=1e-6)


def test_tones_are_compared_in_squares_of_eight(losses):
    got = losses(0, 1, tone_weight=5.0)["tone"]
    for number in (0, 1):
        squares = (
            each[number].view(3, 40 // AFAR, AFAR, 48 // AFAR, AFAR).mean((2, 4)).double()
            for each in (PAINTED, CONTENT)
        )
        painted, kept = squares
        assert got[number] == pytest.approx(float((painted - kept).square().mean()), rel=1e-4)


def test_strokes_within_a_square_do_not_change_its_tone(losses):
    checks = torch.ones(1, 1, 40, 48)
    checks[..., ::2, ::2] = checks[..., 1::2, 1::2] = -1
    strokes = CONTENT + 0.2 * checks
    got = losses(0, 1, painted=strokes, tone_weight=5.0)
    assert got["tone"] == pytest.approx(0, abs=1e-9)
    assert got["pixel"] == pytest.approx(0.04, rel=1e-4)


def test_light_is_kept_whatever_the_colors_and_the_strokes(losses):
    def light(painted):
        return losses(0, painted=painted, content=content, light_weight=2.0)["light"][0]

    content = CONTENT[:1, :, :32]
    gray = content.mean(1, keepdim=True).expand_as(content)
    other_colors = gray + torch.tensor([0.1, -0.15, 0.05]).view(1, 3, 1, 1)
    strokes = torch.ones_like(gray)
    strokes[..., ::4, :] = strokes[..., 1::4, :] = -1
    assert light(other_colors) == pytest.approx(0, abs=1e-9)
    assert light(gray + 0.1 * strokes) == pytest.approx(0, abs=1e-5)
    assert light(gray + 0.1) == pytest.approx(0.01, rel=1e-3)  # lighter
    squares = torch.nn.functional.avg_pool2d(gray, LIGHT)
    assert light(squares.repeat_interleave(LIGHT, 2).repeat_interleave(LIGHT, 3)) > 1e-4  # flat


@pytest.mark.parametrize("sides", [(1, 1), (5, 40)])
def test_small_pictures_have_light_too(losses, sides):
    small = CONTENT[:1, :, : sides[0], : sides[1]]
    found = losses(0, painted=small + 0.1, content=small, light_weight=2.0)["light"][0]
    assert found == pytest.approx(0.01, rel=1e-3)


def test_structure_is_kept_whatever_the_contrast_and_the_colors(losses):
    def structure(painted):
        found = losses(0, painted=painted, content=content, structure_weight=2.0)
        return found["structure"][0]

    content = CONTENT[1:]
    tinted = 0.5 * content + torch.tensor([0.3, 0.1, 0.2]).view(1, 3, 1, 1)
    assert structure(tinted) == pytest.approx(0, abs=1e-4)
    assert structure(1 - content) == pytest.approx(2, abs=0.05)
    assert structure(content.flip(-1)) == pytest.approx(1, abs=0.1)
    even = torch.full_like(content, 0.5)
    assert losses(0, painted=content, content=even, structure_weight=2.0)["structure"][0] == 0


@pytest.mark.parametrize("sides", [(1, 1), (5, 40)])
def test_small_pictures_have_structure_too(losses, sides):
    small = CONTENT[1:, :, : sides[0], : sides[1]]
    found = losses(0, painted=small * 0.5, content=small, structure_weight=2.0)["structure"]
    assert found[0] == pytest.approx(0, abs=1e-4)


def test_what_lies_anywhere_is_less_of_a_grid_than_what_repeats_with_it(losses):
    grid, anywhere = torch.zeros(2, 1, 1, 48, 48)
    grid[..., ::GRID, ::GRID] = 0.5
    chance = torch.Generator().manual_seed(0)
    anywhere.view(-1)[torch.randperm(48 * 48, generator=chance)[:36]] = 0.5
    photograph = torch.full((1, 3, 48, 48), 0.4)
    told = [
        losses(0, painted=photograph + each, content=photograph, grid_weight=2.0)["grid"][0]
        for each in (grid, anywhere, torch.zeros(()))
    ]
    dots = np.full(GRID**2, 0.4)
    dots[0] = 0.9
    assert told[0] == pytest.approx(3 * dots.var(ddof=1), rel=1e-4)
    assert told[0] > 10 * told[1] > 0
    assert told[2] == 0


@pytest.mark.parametrize("sides", [(8, 8), (13, 40)])
def test_a_grid_is_looked_for_in_small_pictures_too(losses, sides):
    small = CONTENT[:1, :, : sides[0], : sides[1]]
    assert losses(0, painted=small, content=small, grid_weight=2.0)["grid"][0] > 0


def test_moved_maps_are_compared_with_the_style_image_own(losses, vgg16_weights):
    got = losses(1, 0, shift_weight=2.0)["shift"]
    network = vgg_for(shallow(shift_weight=2.0), vgg16_weights)
    for number in (0, 1):
        distances = []
        for name, shifts in SHIFTS.items():
            with torch.no_grad():
                found, wanted = (
                    network(each)[name][0].double().numpy()
                    for each in (PAINTED[number : number + 1], STYLES[1 - number])
                )
            for shift in shifts:
                G, A = moved(found, *shift), moved(wanted, *shift)
                distances.append(((G - A) ** 2).sum() / (A**2).sum())
        assert got[number] == pytest.approx(np.mean(distances), rel=1e-4)


def moved(maps, rows, columns):
    _, height, width = maps.shape
    rows, columns = min(rows, height - 1), min(columns, width - 1)  # small maps, small moves
    here = maps[:, : height - rows, : width - columns].reshape(len(maps), -1)
    there = maps[:, rows:, columns:].reshape(len(maps), -1)
    return here @ there.T / here.shape[1]


def test_they_are_part_of_the_total_by_their_weights(losses):
    bare, got = losses(0, 1), losses(0, 1, **TERMS)
    weighed = {name.removesuffix("_weight"): weight for name, weight in TERMS.items()}
    expected = bare["total"] + sum(weight * got[name] for name, weight in weighed.items())
    assert got["total"] == pytest.approx(expected, rel=1e-5)
    assert not set(weighed) & set(bare)


def test_the_layers_of_moved_maps_are_asked_of_the_network_where_they_are_needed():
    assert set(SHIFTS) <= set(layers_needed(shallow(shift_weight=1.0)))
    assert not set(SHIFTS) & set(layers_needed(shallow()))


def test_the_predictor_gives_the_numbers_of_the_graph_that_is_run():
    file = located(ANY_STYLE)
    photograph = as_image(photograph_pixels(256, 256))
    weights, predictor = arrays_of_the_predictor(file.path), CodePredictor()
    with torch.no_grad():
        code = predictor(photograph).numpy()
    expected = Network(file).encoded(photograph.numpy())[0]
    for column, (weight, bias) in enumerate(weights):
        assert code @ weight + bias == pytest.approx(expected[None, :, column], rel=1e-3, abs=1e-3)


def arrays_of_the_predictor(path):
    """The matrices and vectors by which a code becomes scales and shifts."""
    graph = onnx.load(path).graph
    [branch] = [each.g for node in graph.node for each in node.attribute
                if each.name == "else_branch"]  # fmt: skip
    made = {each.output[0]: each for each in branch.node}
    values = {each.name: numpy_helper.to_array(each) for each in branch.initializer}
    products = [each for each in branch.node if each.op_type == "MatMul"]
    sums = {each.input[0]: each.input[1] for each in branch.node if each.op_type == "Add"}
    for product in products:
        weight = values[made[product.input[1]].input[0]].astype(np.float32)
        yield weight, values[sums[product.output[0]]]


def test_a_picture_of_the_style_has_its_code_and_a_photograph_another(losses):
    style = torch.nn.functional.interpolate(STYLES[0], (512, 512), mode="bicubic").clamp(0, 1)
    photograph = as_image(photograph_pixels(512, 512))
    painted, content = torch.cat([style, photograph]), photograph.expand(2, -1, -1, -1)
    near, far = losses(0, 0, painted=painted, content=content, code_weight=1.0)["code"]
    assert near < 0.02 < 0.3 < far


def test_the_photograph_that_is_given_back_has_no_code_to_keep(losses):
    got = losses(2, 2, painted=CONTENT, code_weight=3.0)
    assert got["code"].tolist() == got["total"].tolist() == [0, 0]
