"""The options of any-style networks."""

import pytest

from impasto.errors import OptionError
from impasto.options.adain import AdainOptions

REFUSED = [
    ({"encoder": "resnet"}, "encoder: expected slim or vgg, got 'resnet'"),
    ({"encoder_width": 0}, "encoder_width: expected a whole number of at least 1, got 0"),
    ({"decoder_width": 2.5}, "decoder_width: expected a whole number of at least 1, got 2.5"),
    ({"identity_every": -1}, "identity_every: expected a whole number of at least 0, got -1"),
    ({"skips": 3}, "skips: expected 0, 1 or 2, got 3"),
    ({"zoom": (1.5, 1.0)}, "zoom: expected two increasing numbers from 1, got (1.5, 1.0)"),
    ({"style_zoom": (0.5, 1.0)}, "style_zoom: expected two increasing numbers from 1, got (0.5"),
    ({"pooling": "none"}, "pooling: expected average or max, got 'none'"),
    ({"form": "x"}, "form: expected relative or paper, got 'x'"),
    ({"style_weight": -1.0}, "style_weight: expected a number of at least 0, got -1.0"),
    ({"gram_weight": float("nan")}, "gram_weight: expected a number of at least 0, got nan"),
    ({"distill_weight": "1"}, "distill_weight: expected a number of at least 0, got '1'"),
    ({"style_layers": ()}, "style_layers: expected at least one layer, in a tuple, got ()"),
    ({"gram_layers": ("relu9_1",)}, "gram_layers: expected layers such as conv4_1 or relu4_1"),
    ({"style_layers": ("relu1_1", "conv1_1")}, "style_layers: expected every layer once"),
    ({"content_layer": "pool4"}, "content_layer: expected layers such as conv4_1 or relu4_1"),
    (
        {"content_weight": 0.0, "style_weight": 0.0, "gram_weight": 0.0},
        "content_weight, style_weight, gram_weight: ",
    ),
]


@pytest.mark.parametrize(("values", "words"), REFUSED)
def test_values_that_cannot_be(values, words):
    with pytest.raises(OptionError) as caught:
        AdainOptions(**values)
    assert str(caught.value).startswith(words)


def test_weights_and_layers_of_the_paper_s_terms_are_the_paper_s():
    options = AdainOptions()
    assert (options.content_weight, options.style_weight) == (1, 10)
    assert options.style_layers == ("relu1_1", "relu2_1", "relu3_1", "relu4_1")
    assert options.content_layer == "relu4_1"


def test_json_and_back():
    options = AdainOptions(encoder="vgg", gram_weight=2.0, style_layers=("relu1_1",))
    assert AdainOptions.from_json(options.to_json()) == options
    with pytest.raises(OptionError, match="blocks: expected an option of impasto train adain"):
        AdainOptions.from_json({"blocks": 5})
