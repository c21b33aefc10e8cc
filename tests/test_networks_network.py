"""Model files: what they say about themselves, what is refused, and what comes out."""

import numpy as np
import pytest

from impasto.errors import MemoryEstimateError, ModelError
from impasto.networks.card import card_in
from impasto.networks.network import Network
from impasto.networks.resolve import Located
from trained_models import STYLES, model_bytes, reach_of, write_model

FIRST = np.array([1, 0, 0], np.float32)


def network(tmp_path, **given):
    return Network(Located("m", write_model(tmp_path / "m.onnx", **given)), threads=1)


def planes(batch=2, height=40, width=48, seed=0):
    return np.random.default_rng(seed).random((batch, 3, height, width), np.float32)


def test_the_card(tmp_path):
    card = network(tmp_path, identity="3").card
    assert [each.name for each in card.styles] == list(STYLES)
    assert card.positions == {name: place for place, name in enumerate(STYLES)}
    assert (card.slots, card.identity, card.multiple, card.size) == (4, 3, 4, 256)
    assert card.reach == reach_of(1)
    assert (card.method, card.origin, card.licence) == ("johnson", "random weights", "CC0-1.0")


def test_a_slot_that_is_named_for_the_photograph_is_no_style(tmp_path):
    card = network(tmp_path, identity="starry-night").card
    assert card.identity == 1
    assert [each.name for each in card.styles] == ["great-wave", "the-scream"]
    assert card.positions == {"great-wave": 0, "the-scream": 2}


def test_each_image_by_its_own_statistics(tmp_path):
    net, batch = network(tmp_path), planes()
    stylized, own = net(batch, FIRST)
    assert stylized.shape == batch.shape
    assert own.shape == (2, net.channels, 2)
    for number in (0, 1):
        alone, statistics = net(batch[number : number + 1], FIRST)
        np.testing.assert_allclose(alone[0], stylized[number], atol=1e-5)
        np.testing.assert_allclose(statistics[0], own[number], rtol=1e-4, atol=1e-5)


def test_given_statistics_are_used(tmp_path):
    net, batch = network(tmp_path), planes()
    stylized, own = net(batch, FIRST)
    by_first, _ = net(batch, FIRST, own[0])
    np.testing.assert_allclose(by_first[0], stylized[0], atol=1e-5)
    assert np.abs(by_first[1] - stylized[1]).max() > 0.01


def test_weights_choose_the_style(tmp_path):
    net, image = network(tmp_path), planes(1)
    results = [net(image, row)[0] for row in np.eye(3, dtype=np.float32)]
    assert np.abs(results[0] - results[1]).mean() > 0.01
    blend, _ = net(image, np.array([0.5, 0.5, 0], np.float32))
    assert min(np.abs(blend - each).mean() for each in results) > 0.001


def test_without_statistics(tmp_path):
    net = network(tmp_path, statistics=False)
    stylized, own = net(planes(), FIRST)
    assert net.channels == 0
    assert own.shape == (2, 0, 2)
    with_them, _ = network(tmp_path, statistics=True)(planes(), FIRST)
    np.testing.assert_allclose(stylized, with_them, atol=1e-5)


REFUSED = [
    ({"impasto.format": None}, "not a model of impasto"),
    ({"impasto.format": "2"}, "a model of format 2, this impasto reads 1: update"),
    ({"impasto.method": "dream"}, "a model of method 'dream', this impasto runs johnson"),
    ({"impasto.method": None}, "a model of method '', this impasto runs johnson"),
    ({"impasto.styles": None}, r"its metadata is damaged \(no 'impasto.styles'\)"),
    ({"impasto.styles": "["}, "its metadata is damaged"),
    ({"impasto.styles": "3"}, "its metadata is damaged"),
    ({"impasto.styles": "[]"}, "its metadata is damaged"),
    ({"impasto.styles": '[{"title": "A"}]'}, "its metadata is damaged"),
    ({"impasto.styles": '[{"name": "a:b"}]'}, "with a colon or comma"),
    ({"impasto.styles": '[{"name": "a"}, {"name": "a"}]'}, "two of one name"),
    ({"impasto.styles": '[{"name": "a"}]'}, "takes weights of 3 styles, its metadata names 1"),
    ({"impasto.multiple": "0"}, "multiple is 0"),
    ({"impasto.reach": "far"}, "its metadata is damaged"),
    ({"impasto.identity": "9"}, "no slot 9 for identity"),
]


def test_metadata_that_is_refused(tmp_path):
    for metadata, message in REFUSED:
        with pytest.raises(ModelError, match=message) as caught:
            network(tmp_path, metadata=tuple(metadata.items()))
        assert str(caught.value).startswith(str(tmp_path / "m.onnx"))
        assert "\n" not in str(caught.value)


def test_what_may_be_missing():
    styles = '[{"name": "a", "year": 1889, "title": null}]'
    texts = {"impasto.format": "1", "impasto.method": "johnson", "impasto.styles": styles}
    card = card_in(texts, "m")
    assert (card.multiple, card.reach, card.size, card.identity, card.slots) == (1, 0, 0, None, 1)
    assert (card.styles[0].year, card.styles[0].title) == ("1889", "")


def test_files_that_are_no_models(tmp_path, capfd):
    path = tmp_path / "m.onnx"
    for data in (b"", b"\x89PNG\r\n\x1a\n" + bytes(100), b"hello", model_bytes()[:2000]):
        path.write_bytes(data)
        message = "not a model of impasto" if data else "is empty"
        with pytest.raises(ModelError, match=message) as caught:
            Network(Located("m", path))
        assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")
    with pytest.raises(ModelError, match="cannot be read"):
        Network(Located("m", tmp_path))


def test_inputs_of_another_method(tmp_path):
    import onnx

    model = onnx.load_from_string(model_bytes(statistics=False))
    for node in model.graph.node:
        node.input[:] = ["photo" if name == "image" else name for name in node.input]
    model.graph.input[0].name = "photo"
    onnx.save(model, tmp_path / "m.onnx")
    with pytest.raises(ModelError, match="inputs and outputs are not those of a johnson model"):
        Network(Located("m", tmp_path / "m.onnx"))


def test_a_network_that_cannot_run(tmp_path):
    net = network(tmp_path)
    with pytest.raises(ModelError, match=r"m.onnx: the network cannot run") as caught:
        net(planes(height=41), FIRST)  # no multiple of what the network halves
    assert "\n" not in str(caught.value)


def test_memory_that_runs_out(tmp_path, monkeypatch):
    net = network(tmp_path)

    class Full:
        def run(self, *_):
            raise RuntimeError("BFCArena::AllocateRawInternal Failed to allocate memory for 1 TB")

    monkeypatch.setattr(net, "_session", Full())
    with pytest.raises(MemoryEstimateError, match="give a smaller --tile or --size"):
        net(planes(), FIRST)
