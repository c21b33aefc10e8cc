"""From style pictures and photographs to a network: whole small trainings, resumed and widened."""

import dataclasses
import json

import pytest
import torch
from numpy.testing import assert_allclose

from conftest import photograph_pixels
from dataset_files import write_noise
from impasto.dataset.writing import write_records
from impasto.errors import ImpastoError, ModelError, OptionError, PictureError, RunError
from impasto.image import Picture
from impasto.methods.johnson.method import (
    StyleImage,
    _turns,
    begin_as_any_style,
    built,
    folded,
    widen,
)
from impasto.networks.model import load_model
from impasto.options.johnson import SCRATCH, JohnsonOptions
from impasto.options.tfrecord import WriteOptions
from impasto.training.trained import read_trained
from johnson_parts import (
    bits,
    model_file,
    practice,
    read_styles,
    run,
    shallow,
    stopping,
    style_of,
    trained,
)


@pytest.fixture
def desk(tmp_path):
    """A folder with photographs."""
    practice(tmp_path / "photos")
    return tmp_path


@pytest.fixture
def styles(desk):
    return [style_of(desk, "a", 1), style_of(desk, "b", 2)]


def weights(run_dir):
    found = read_trained(run_dir).weights["network"]
    return bits(found)


def manifest(run_dir):
    return json.loads((run_dir / "manifest.json").read_text())


def test_a_broken_run_ends_with_the_bytes_of_an_unbroken_one(desk, styles):
    given = {"steps": 5, "ema": 0.9, "schedule": "cosine", "warmup": 2, "clip": 1.0}
    whole = run(desk, styles, desk / "whole", **given)
    stopped = run(desk, styles, desk / "broken", stop=stopping(3), **given)
    assert (whole.status, stopped.status, stopped.steps) == ("trained", "stopped", 3)
    resumed = run(desk, styles, desk / "broken", resume=True, **given)
    assert resumed == whole
    assert weights(desk / "broken") == weights(desk / "whole")
    assert read_styles(desk / "broken").onnx() == read_styles(desk / "whole").onnx()


def test_a_run_can_be_read_as_a_network(desk, styles):
    result = run(desk, styles, desk / "run", steps=2)
    assert set(result.losses) >= {"total", "content", "style", "total_variation", "pixel"}
    assert result.losses["total"] > 0
    network = read_styles(desk / "run")
    assert [each["name"] for each in network.styles] == ["a", "b"]
    assert (network.size, network.options, network.network.styles) == (32, shallow(), 3)
    again = read_styles(model_file(desk / "m.onnx", network))
    assert bits(again.network.state_dict()) == weights(desk / "run")
    recipe = manifest(desk / "run")["recipe"]
    assert (recipe["method"], recipe["pictures"]) == ("johnson", 5)
    assert recipe["options"] == shallow().to_json()
    assert [each["sha256"] for each in recipe["styles"]] == [each.source.sha256 for each in styles]


def test_a_style_may_be_seen_at_a_size_of_its_own(desk, styles):
    first, second = styles
    seen = [first, dataclasses.replace(second, size=40)]
    network = read_styles_of(desk, "sized", seen)
    assert [each.get("size") for each in manifest(desk / "sized")["recipe"]["styles"]] == [
        None,
        "40",
    ]
    as_all = read_styles_of(desk, "all", styles)
    at_that = read_styles_of(desk, "40", styles, shallow(style_size=40))
    assert bits(network) != bits(as_all)
    assert bits(network) != bits(at_that)


def test_one_style_of_a_network_can_be_trained_alone(desk, styles):
    run(desk, styles, desk / "first", steps=2)
    before = read_styles(desk / "first").network.state_dict()
    run(desk, styles, desk / "polished", steps=2, start=desk / "first", only=["b"])
    after = read_styles(desk / "polished").network.state_dict()
    for name, tensor in before.items():
        same = [torch.equal(*pair) for pair in zip(tensor, after[name], strict=True)]
        if name.endswith((".gamma", ".beta")):
            assert same == [True, False, True], name
        else:
            assert all(same), name
    with pytest.raises(
        OptionError, match=r"only: expected styles of the network \(a, b\), got 'c'"
    ):
        run(desk, styles, desk / "other", steps=2, start=desk / "first", only=["c"])


def read_styles_of(desk, name, styles, recipe=None):
    run(desk, styles, desk / name, recipe or shallow(), steps=3)
    return read_styles(desk / name).network.state_dict()


def test_the_loss_falls(desk, styles):
    told = []
    run(desk, styles[:1], desk / "run", shallow(width=4, identity=False), on_step=told.append,
        steps=20, batch=2, learning_rate=0.02)  # fmt: skip
    first, last = (sum(step.losses["total"] for step in part) / 4 for part in (told[:4], told[-4:]))
    assert last < 0.7 * first


def test_the_seed_decides_the_first_weights_and_the_crops(desk, styles):
    def trained_by(seed, **given):
        place = desk / f"{seed}{len(list(desk.iterdir()))}"
        result = run(desk, styles, place, steps=1, seed=seed, learning_rate=1e-12, **given)
        return read_styles(place).network.conv3.weight.detach(), result.losses["total"]

    (first, loss), (again, same), (other, _) = (trained_by(seed) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert loss == same
    assert float((other - first).abs().mean()) > 0.01, "the rate moves nothing so far"
    start = model_file(desk / "m.onnx", trained(width=2))
    losses = [trained_by(seed, start=start)[1] for seed in (1, 2)]
    assert abs(losses[0] / losses[1] - 1) > 1e-3, "the same weights, other crops"


@pytest.mark.parametrize("shards", [1, 2])
def test_records_train_as_the_folder_they_were_made_of(desk, styles, shards, tmp_path):
    for number in range(4):
        write_noise(desk / "noise" / f"{number}.png", 60, 50, seed=number)
    data = desk / "records" / "all.tfrecord"
    write_records(desk / "noise", data, WriteOptions(encoding="raw", shards=shards))
    run(desk, styles, desk / "one", data=desk / "noise", steps=3)
    found = data if shards == 1 else data.parent
    run(desk, styles, desk / "other", data=found, steps=3)
    if shards == 1:
        assert weights(desk / "one") == weights(desk / "other")
    assert manifest(desk / "other")["recipe"]["pictures"] == 4


def test_an_unreadable_photograph_is_named_and_passed_over(desk, styles):
    (desk / "photos" / "2.png").write_bytes(b"no picture")
    result = run(desk, styles, desk / "run", steps=4)
    assert list(result.skipped) == ["2.png"]
    assert "2.png: " in (desk / "run" / "skipped.txt").read_text()


def rows(tensors, name, count):
    return [tensors[name][number].numpy().tobytes() for number in range(count)]


@pytest.mark.parametrize("kind", ["run", "onnx"])
@pytest.mark.parametrize("identity", [True, False])
def test_adding_a_style_leaves_the_others_and_the_convolutions(desk, styles, kind, identity):
    recipe = shallow(identity=identity, width=3, grain=0.1)
    run(desk, styles, desk / "old", recipe, steps=2, ema=0.5)
    base = desk / "old" if kind == "run" else model_file(desk / "o.onnx", read_styles(desk / "old"))
    added = [style_of(desk, "c", 3), style_of(desk, "d", 4)]
    # The base's own shape and grain, whatever is asked for.
    run(desk, added, desk / "new", shallow(width=9, grain=0.3), base=base, steps=4, ema=0.5)
    old, new = read_styles(base), read_styles(desk / "new")
    assert [each["name"] for each in new.styles] == ["a", "b", "c", "d"]
    assert new.styles[0]["name"] == old.styles[0]["name"]
    assert (new.options.width, new.options.identity) == (3, identity)
    assert new.options.grain == 0.1, "the styles that were there would be painted otherwise"
    before, after = old.network.state_dict(), new.network.state_dict()
    assert set(before) == set(after)
    for name in before:
        if not name.endswith((".gamma", ".beta")):
            assert torch.equal(after[name], before[name]), name
            continue
        assert rows(after, name, 2) == rows(before, name, 2), name
        assert not torch.equal(after[name][2], after[name][3]), "both were learned alike"
        if identity:
            assert torch.equal(after[name][4], before[name][2]), name
        assert len(after[name]) == 4 + identity


def test_weights_of_their_own_stay_when_a_style_is_added(desk):
    base = trained(("a", "b"), layout="ghiasi", width=3, own=(0,))
    file = model_file(desk / "o.onnx", base)
    run(desk, [style_of(desk, "c", 3)], desk / "new", shallow(), base=file, steps=2)
    new, image = read_styles(desk / "new"), torch.rand(1, 3, 40, 48)
    with torch.no_grad():
        for number in (0, 1):
            shares = torch.eye(4)[number][None]
            assert torch.equal(
                new.network(image, shares), base.network(image, torch.eye(3)[number][None])
            )
    network = built(base.options, 3, (0,))
    widen(network, base)
    assert torch.equal(network.table["gamma"][2], base.network.table["gamma"][1])


def test_new_styles_begin_as_the_mean_of_the_old_ones():
    base = trained(("a", "b"), width=3)
    network = built(base.options, 3)
    widen(network, base)
    for norm, old in ((network.norm1, base.network.norm1), (network.norm5, base.network.norm5)):
        assert torch.equal(norm.gamma[:2], old.gamma[:2])
        torch.testing.assert_close(norm.beta[2], (old.beta[0] + old.beta[1]) / 2)
        assert torch.equal(norm.beta[3], old.beta[2]), "the photograph's own slot"


def test_a_training_starts_from_the_weights_of_another(desk, styles):
    run(desk, styles, desk / "first", steps=2)
    start = model_file(desk / "m.onnx", read_styles(desk / "first"))
    run(desk, styles, desk / "still", start=start, steps=1, learning_rate=1e-12)
    run(desk, styles, desk / "fresh", steps=1, learning_rate=1e-12)
    first, still, fresh = (
        read_styles(desk / each).network.state_dict() for each in ("first", "still", "fresh")
    )
    for name, tensor in first.items():
        torch.testing.assert_close(still[name], tensor, atol=1e-6, rtol=0)
    assert not torch.allclose(fresh["conv3.weight"], first["conv3.weight"], atol=1e-6)


def test_a_start_of_other_styles_or_another_shape_is_refused(desk, styles):
    start = model_file(desk / "m.onnx", trained(("a", "b")))
    with pytest.raises(ModelError) as caught:
        run(desk, styles[:1], desk / "run", start=start)
    words = "m.onnx: this training cannot start from it: "
    assert f'{words}styles (["a", "b"] then, ["a"] now)' in str(caught.value)
    with pytest.raises(ModelError) as caught:
        run(desk, styles, desk / "run", shallow(width=3), start=start)
    assert f"{words}width (2 then, 3 now)" in str(caught.value)
    assert not (desk / "run").exists()


REFUSED = {
    "two of one name": (
        lambda desk: {"styles": [style_of(desk, "a"), style_of(desk, "a")]},
        ImpastoError, "two styles are called a: give one of them another name",
    ),
    "one the base has": (
        lambda desk: {
            "styles": [style_of(desk, "b")], "base": model_file(desk / "m.onnx", trained()),
        },
        ImpastoError, "two styles are called b: ",
    ),
    "layer the network lacks": (
        lambda desk: {"recipe": shallow(style_layers=("relu1_4",))},
        OptionError, "style_layers: expected layers of vgg16, got 'relu1_4'",
    ),
    "no photographs": (
        lambda desk: {"data": desk / "none"}, PictureError, "none: no such file or folder",
    ),
    "a base that is none": (
        lambda desk: {"base": desk / "photos"}, RunError, "no checkpoint of a training",
    ),
    "a device that is none": (
        lambda desk: {"device": "abacus"}, OptionError, "device: expected auto or a device",
    ),
    "a batch that cannot be split": (
        lambda desk: {"batch": 3, "accumulate": 2}, OptionError, "batch: expected a multiple",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_trained(case, desk):
    build, kind, words = REFUSED[case]
    given = {"styles": [style_of(desk, "a")], **build(desk)}
    with pytest.raises(kind) as caught:
        run(desk, given.pop("styles"), desk / "run", **given)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (desk / "run").exists(), "a folder was left behind"


@pytest.mark.parametrize("name", ["", "a:b", "a,b", " a"])
def test_names_that_blends_could_not_hold(name, desk):
    source = style_of(desk, "a").source
    with pytest.raises(OptionError, match="style: expected a name without colons and commas"):
        StyleImage(name, source)


def test_another_recipe_does_not_go_on(desk, styles):
    run(desk, styles, desk / "run", steps=1)
    with pytest.raises(RunError, match="holds a training already: give --resume"):
        run(desk, styles, desk / "run", steps=1)
    for changes, words in (
        ({"recipe": shallow(style_weight=3.0)}, "options.style_weight (8.0 then, 3.0 now)"),
        ({"styles": styles[::-1]}, "styles ("),
        ({"seed": 5}, "training.seed (0 then, 5 now)"),
    ):
        given = {"styles": styles, **changes}
        with pytest.raises(RunError) as caught:
            run(desk, given.pop("styles"), desk / "run", resume=True, steps=2, **given)
        assert f"trained with other values of {words}" in str(caught.value)


def test_a_large_style_picture_is_reduced_and_a_small_one_is_not_enlarged(
    desk, styles, monkeypatch
):
    from impasto.methods.johnson import method as train

    seen = []
    scaled = train._scaled
    monkeypatch.setattr(train, "_scaled", lambda *given: seen.append(scaled(*given)) or seen[-1])
    run(desk, styles[:1], desk / "run", shallow(style_size=32), steps=1)
    run(desk, styles[:1], desk / "other", shallow(style_size=400), steps=1)
    # The picture is 52 x 40.
    assert [tuple(each.shape[2:]) for each in seen] == [(25, 32), (40, 52)]
    assert all(float(each.min()) >= 0 and float(each.max()) <= 1 for each in seen)


@pytest.mark.parametrize("more", [{}, {"middle": 36, "coarse": 8}])
def test_a_pretrained_network_begins_as_the_any_style_network(more):
    """Its style is painted as `impasto apply --style` paints it, but for the enlarging."""
    style = photograph_pixels(48, 64)
    network = built(dataclasses.replace(JohnsonOptions(), **more), 1)
    begin_as_any_style(network, [Picture(style)])
    network.transformer.smooth = False
    image = photograph_pixels(40, 48).transpose(2, 0, 1)[None].copy()
    any_style = load_model("any-style", threads=1).styled({"x": style})
    expected, _ = any_style.network(image, any_style.codes[0].numbers)
    with torch.no_grad():
        found = network(torch.from_numpy(image), torch.tensor([[1.0, 0.0]]))
    assert_allclose(found.numpy(), expected, atol=1e-4)


def test_folded_kernels_keep_their_sums_and_their_middle():
    kernels = torch.arange(162.0).reshape(2, 1, 9, 9)
    small = folded(kernels, 5)
    assert_allclose(small.sum((2, 3)), kernels.sum((2, 3)))
    assert_allclose(small[..., 1:4, 1:4], kernels[..., 3:6, 3:6])
    assert_allclose(folded(kernels, 9), kernels)


def test_the_photograph_s_slot_of_a_pretrained_network_has_every_fifth_turn():
    for styles, turns in ((1, [0, 0, 0, 0, 1]), (2, [0, 1] * 4 + [2])):
        assert _turns(JohnsonOptions(), styles) == turns
    assert _turns(SCRATCH, 2) == []


def test_a_pretrained_network_of_another_shape_is_refused():
    with pytest.raises(OptionError, match="pretrained: expected layout ghiasi, width 8, 5 blocks"):
        dataclasses.replace(SCRATCH, pretrained=True)
