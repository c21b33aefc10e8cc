"""The bundled VGG-16 gives the numbers that an independent program gives."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from impasto.nn.vgg import VGG, conv_names
from vgg_by_numpy import golden_image

# Mean, standard deviation and maximum of each map, by numpy 2.4.6 in float64:
# python tests/vgg_by_numpy.py
GOLDEN = {
    "relu1_1": (0.62036885, 0.99427253, 9.46634920),
    "relu1_2": (1.08486533, 2.40398452, 25.20558982),
    "relu2_1": (1.42248788, 2.66195760, 41.03133582),
    "relu2_2": (1.85589016, 4.24063647, 80.95338544),
    "relu3_1": (2.12765315, 3.98085275, 51.24214035),
    "relu3_2": (1.86226890, 4.26505990, 68.09295962),
    "relu3_3": (1.33080935, 4.05540227, 78.55110972),
    "relu4_1": (0.98909246, 2.49183316, 37.46416572),
    "relu4_2": (0.53674109, 1.50460763, 18.74653433),
    "relu4_3": (0.19241072, 0.74907355, 12.08290531),
    "relu5_1": (0.22452306, 0.47279532, 4.07755532),
    "relu5_2": (0.13892565, 0.33596927, 2.80852398),
    "relu5_3": (0.04647046, 0.18134128, 1.98220043),
}


@pytest.fixture(scope="module")
def image():
    return torch.from_numpy(golden_image())[None].float()


def numbers(maps):
    return float(maps.mean()), float(maps.std(correction=0)), float(maps.max())


def test_bundled_vgg16_in_float32(vgg16, image):
    features = vgg16(image)
    assert list(features) == list(GOLDEN)
    for layer, expected in GOLDEN.items():
        assert_allclose(numbers(features[layer].double()), expected, rtol=2e-5, err_msg=layer)


def test_bundled_vgg16_in_bfloat16_is_close(vgg16_weights, image):
    tensors, convention = vgg16_weights
    half = {name: each.bfloat16() for name, each in tensors.items()}
    features = VGG("vgg16", half, conv_names("vgg16"), convention)(image)
    for layer, expected in GOLDEN.items():
        assert_allclose(numbers(features[layer].double()), expected, rtol=0.05, err_msg=layer)


def test_red_and_blue_are_not_alike_to_the_bundled_vgg16(vgg16, image):
    turned = numbers(vgg16(image.flip(1))["relu3_1"])
    assert abs(turned[0] / GOLDEN["relu3_1"][0] - 1) > 0.01
    assert np.isfinite(turned).all()
