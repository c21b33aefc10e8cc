"""VGG: its maps against an independent program, its layers, weights and poolings."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from impasto.nn.vgg import BLOCKS, VGG, InputConvention, canonical_layer, conv_names
from vgg_by_numpy import TORCHVISION_MEAN, TORCHVISION_STD, features_by_numpy, golden_image

CAFFE = InputConvention("BGR", 255.0, (103.939, 116.779, 123.68), (1.0, 1.0, 1.0))
PLAIN = InputConvention(mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0))


def small_weights(network, seed=0):
    """A network of few filters: 4, 4, 6, 6, 6 in its blocks."""
    generator = torch.Generator().manual_seed(seed)
    weights, channels = {}, 3
    for name in conv_names(network):
        width = 4 if name[4] in "12" else 6
        scale = (2 / (9 * channels)) ** 0.5
        weight = torch.randn(width, channels, 3, 3, generator=generator, dtype=torch.float64)
        weights[f"{name}.weight"] = weight * scale
        weights[f"{name}.bias"] = torch.rand(width, generator=generator, dtype=torch.float64) / 10
        channels = width
    return weights


def random_image(height, width, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(1, 3, height, width, generator=generator, dtype=torch.float64)


def test_conv_names_of_vgg16_and_vgg19():
    assert conv_names("vgg16")[:5] == ("conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1")
    assert len(conv_names("vgg16")) == 13
    assert len(conv_names("vgg19")) == 16
    assert set(conv_names("vgg19")) - set(conv_names("vgg16")) == {"conv3_4", "conv4_4", "conv5_4"}


def test_both_names_of_a_layer_mean_the_map_after_its_relu():
    assert canonical_layer("conv4_2", "vgg16") == "relu4_2" == canonical_layer("relu4_2", "vgg16")


@pytest.mark.parametrize(
    "name", ["conv4_4", "conv6_1", "conv1_3", "pool1", "conv4", "relu4_2 ", "", "conv0_1"]
)
def test_unknown_layer_is_refused_by_name(name):
    with pytest.raises(ValueError, match=r"vgg16 has no layer .*; it has relu1_1, .*relu5_3"):
        canonical_layer(name, "vgg16")


def test_conv4_4_is_a_layer_of_vgg19():
    assert canonical_layer("conv4_4", "vgg19") == "relu4_4"


@pytest.mark.parametrize("network", BLOCKS)
@pytest.mark.parametrize(("pooling", "reduce"), [("average", np.mean), ("max", np.max)])
@pytest.mark.parametrize("edge", ["drop", "keep"])
def test_features_are_their_definition(network, pooling, reduce, edge):
    weights, image = small_weights(network), random_image(37, 34)
    vgg = VGG(network, weights, conv_names(network), pooling=pooling, pooling_edge=edge)
    mean, std = TORCHVISION_MEAN[:, None, None], TORCHVISION_STD[:, None, None]
    normalized = (image[0].numpy() - mean) / std
    expected = features_by_numpy(normalized, weights, network, reduce, edge)
    got = vgg(image)
    assert list(got) == list(expected)
    for layer, maps in expected.items():
        # The mean and std of the convention are float32.
        assert_allclose(got[layer][0], maps, rtol=1e-5, atol=1e-6)


def test_poolings_worked_by_hand():
    # The first block copies the red channel, the second is looked at after its first ReLU.
    weights = {f"conv{name}.weight": torch.zeros(1, 1, 3, 3) for name in ("1_2", "2_1")}
    weights |= {f"conv{name}.bias": torch.zeros(1) for name in ("1_1", "1_2", "2_1")}
    weights["conv1_1.weight"] = torch.zeros(1, 3, 3, 3)
    for weight in (each for name, each in weights.items() if name.endswith("weight")):
        weight[0, 0, 1, 1] = 1
    image = torch.zeros(1, 3, 2, 2)
    image[0, 0] = torch.tensor([[0.1, 0.2], [0.3, 0.6]])
    for pooling, expected in (("average", 0.3), ("max", 0.6)):
        vgg = VGG("vgg16", weights, ["relu2_1"], PLAIN, pooling)
        assert vgg(image)["relu2_1"].item() == pytest.approx(expected)


def test_nothing_past_the_deepest_layer_is_kept_or_needed():
    weights = small_weights("vgg16")
    needed = ["conv1_1", "conv1_2", "conv2_1"]
    few = {name: each for name, each in weights.items() if name.split(".")[0] in needed}
    vgg = VGG("vgg16", few, ["relu1_1", "conv2_1"])
    assert list(vgg.convs) == needed
    assert list(vgg(random_image(8, 8))) == ["relu1_1", "relu2_1"]


def test_only_the_layers_asked_for_come_out_and_do_not_depend_on_each_other():
    weights, image = small_weights("vgg16"), random_image(16, 16)
    every = VGG("vgg16", weights, conv_names("vgg16"))(image)
    few = VGG("vgg16", weights, ["relu3_2", "relu1_2"])(image)
    assert set(few) == {"relu1_2", "relu3_2"}
    for layer, maps in few.items():
        assert torch.equal(maps, every[layer])


def test_a_bgr_network_is_an_rgb_network_with_turned_and_scaled_weights():
    weights, image = small_weights("vgg16"), random_image(20, 24)
    turned = dict(weights)
    turned["conv1_1.weight"] = weights["conv1_1.weight"].flip(1) * 255
    mean = tuple(value / 255 for value in reversed(CAFFE.mean))
    rgb = VGG("vgg16", turned, ["relu5_1"], InputConvention("RGB", 1.0, mean, (1.0, 1.0, 1.0)))
    bgr = VGG("vgg16", weights, ["relu5_1"], CAFFE)
    torch.testing.assert_close(bgr(image)["relu5_1"], rgb(image)["relu5_1"], rtol=1e-5, atol=1e-5)
    assert not torch.allclose(bgr(image)["relu5_1"], bgr(image.flip(1))["relu5_1"], rtol=1e-2)


@pytest.mark.parametrize("convention", [InputConvention(), CAFFE], ids=["torchvision", "caffe"])
def test_the_neutral_color_is_what_the_network_sees_as_zero(convention):
    weights = small_weights("vgg16")
    vgg = VGG("vgg16", weights, ["relu1_1"], convention)
    maps = vgg(vgg.neutral_color.double().expand(1, 3, 4, 4))["relu1_1"]
    expected = weights["conv1_1.bias"].view(1, -1, 1, 1).expand_as(maps)
    torch.testing.assert_close(maps, expected, rtol=1e-4, atol=1e-4)


def test_the_neutral_color_of_caffe_is_in_rgb():
    color = VGG("vgg16", small_weights("vgg16"), ["relu1_1"], CAFFE).neutral_color
    assert_allclose(color.flatten(), np.array([123.68, 116.779, 103.939]) / 255, rtol=1e-6)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 40), (40, 1), (2, 3)])
def test_sides_of_one_pixel_pass_all_blocks(height, width):
    maps = VGG("vgg19", small_weights("vgg19"), ["relu5_4"])(random_image(height, width))
    assert maps["relu5_4"].shape == (1, 6, max(1, height // 16), max(1, width // 16))


def test_the_gradient_reaches_the_image_and_not_the_weights():
    vgg = VGG("vgg16", small_weights("vgg16"), ["relu2_2"])
    image = random_image(8, 8).requires_grad_(True)
    vgg(image)["relu2_2"].sum().backward()
    assert float(image.grad.abs().sum()) > 0
    assert not any(each.requires_grad for each in vgg.parameters())
    assert all(each.grad is None for each in vgg.parameters())


@pytest.mark.parametrize("size", [(3, 4), (4, 4), (1, 2)])
def test_the_gradient_of_features_is_their_slope(size):
    vgg = VGG("vgg16", small_weights("vgg16"), ["relu2_1"])
    image = random_image(*size).requires_grad_(True)
    assert torch.autograd.gradcheck(lambda each: vgg(each)["relu2_1"], image, atol=1e-4)


@pytest.mark.parametrize("pooling", ["average", "max"])
@pytest.mark.parametrize("order", [torch.contiguous_format, torch.channels_last])
def test_features_and_gradients_in_float32_are_those_in_float64(pooling, order):
    # Float32 on a processor goes by other code than float64; one network for all sizes, as a
    # painting has it.
    exact_weights = small_weights("vgg16")
    layers = ["relu1_2", "relu3_1", "relu5_1"]
    exact = VGG("vgg16", exact_weights, layers, pooling=pooling)
    plain = {name: each.float() for name, each in exact_weights.items()}
    single = VGG("vgg16", plain, layers, pooling=pooling)
    for size in ((32, 48), (17, 22), (1, 1), (1, 40), (32, 48)):
        # The second of the batch is the first, mirrored.
        image = torch.cat([random_image(*size), random_image(*size).flip(-1)])
        double = image.clone().requires_grad_(True)
        half = image.float().contiguous(memory_format=order).requires_grad_(True)
        expected, got = exact(double), single(half)
        for layer in layers:
            torch.testing.assert_close(got[layer].double(), expected[layer], rtol=1e-3, atol=1e-4)
        sum(each.square().sum() for each in expected.values()).backward()
        sum(each.square().sum() for each in got.values()).backward()
        error = (half.grad.double() - double.grad).norm() / double.grad.norm()
        assert error < 1e-4
        # The gradient of a plain sum comes in as one number for all places.
        (summed,) = torch.autograd.grad(single(half)["relu5_1"].sum(), half)
        (wanted,) = torch.autograd.grad(exact(double)["relu5_1"].sum(), double)
        assert (summed.double() - wanted).norm() <= 1e-4 * wanted.norm()


def test_state_dict_names():
    vgg = VGG("vgg16", small_weights("vgg16"), ["relu1_2"])
    assert list(vgg.state_dict()) == [
        "mean",
        "std",
        "convs.conv1_1.weight",
        "convs.conv1_1.bias",
        "convs.conv1_2.weight",
        "convs.conv1_2.bias",
    ]


def test_features_come_in_the_dtype_of_the_weights_and_channels_last():
    weights = {name: each.bfloat16() for name, each in small_weights("vgg16").items()}
    maps = VGG("vgg16", weights, ["relu1_1"])(random_image(6, 8).float())["relu1_1"]
    assert maps.dtype == torch.bfloat16
    assert maps.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"network": "vgg11"}, "network: expected one of vgg16, vgg19, got 'vgg11'"),
        ({"pooling": "median"}, "pooling: expected one of average, max, got 'median'"),
        ({"layers": ["conv5_4"]}, "vgg16 has no layer 'conv5_4'"),
    ],
)
def test_what_a_network_cannot_be_is_refused(change, message):
    fields = {"network": "vgg16", "weights": small_weights("vgg16"), "layers": ["conv1_1"]}
    with pytest.raises(ValueError, match=message):
        VGG(**{**fields, **change})


@settings(max_examples=10)
@given(scale=st.floats(0.1, 10), seed=st.integers(0, 1000))
def test_without_biases_features_are_positively_homogeneous(scale, seed):
    weights = {
        name: each * (not name.endswith("bias")) for name, each in small_weights("vgg16").items()
    }
    vgg, image = VGG("vgg16", weights, ["relu5_3"], PLAIN), random_image(8, 8, seed)
    torch.testing.assert_close(vgg(image * scale)["relu5_3"], vgg(image)["relu5_3"] * scale)


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
