"""VGG in numpy and float64, by its definition, for the tests of impasto.nn.vgg.

``python tests/vgg_by_numpy.py`` prints the golden values of test_nn_vgg_golden.py.
"""

import numpy as np

BLOCKS = {"vgg16": (2, 2, 3, 3, 3), "vgg19": (2, 2, 4, 4, 4)}
TORCHVISION_MEAN = np.array([0.485, 0.456, 0.406])
TORCHVISION_STD = np.array([0.229, 0.224, 0.225])


def convolved(maps, weight, bias):
    """A 3x3 convolution with a border of zeros, (I, H, W) -> (O, H, W), in loops over the taps."""
    height, width = maps.shape[1:]
    padded = np.pad(maps, ((0, 0), (1, 1), (1, 1)))
    total = np.zeros((len(bias), height, width)) + bias[:, None, None]
    for y in range(3):
        for x in range(3):
            window = padded[:, y : y + height, x : x + width]
            total += np.tensordot(weight[:, :, y, x], window, axes=1)
    return total


def pooled(maps, reduce, edge):
    """The mean or maximum of squares of 2x2; a side of one pixel stays.

    An odd rest is dropped, or for ``keep`` pooled as TensorFlow's SAME does: ceil(side / 2) squares
    (tf.nn, "Notes on padding"), of which the last hold what is there, as padding does not count.
    """
    count = (lambda side: -(-side // 2)) if edge == "keep" else (lambda side: max(1, side // 2))
    rows = [
        [
            reduce(maps[:, 2 * y : 2 * y + 2, 2 * x : 2 * x + 2], axis=(1, 2))
            for x in range(count(maps.shape[2]))
        ]
        for y in range(count(maps.shape[1]))
    ]
    return np.moveaxis(np.array(rows), 2, 0)


def features_by_numpy(image, weights, network, reduce=np.mean, edge="drop"):
    """Every map after its ReLU; ``image`` is (3, H, W), normalized as the network wants it."""
    maps, features = np.asarray(image, np.float64), {}
    for block, count in enumerate(BLOCKS[network], 1):
        if block > 1:
            maps = pooled(maps, reduce, edge)
        for number in range(1, count + 1):
            weight, bias = (
                np.asarray(weights[f"conv{block}_{number}.{part}"], np.float64)
                for part in ("weight", "bias")
            )
            maps = np.maximum(convolved(maps, weight, bias), 0)
            features[f"relu{block}_{number}"] = maps
    return features


def golden_image():
    """(3, 32, 32): every channel another wave."""
    y, x = np.mgrid[:32, :32] / 32
    waves = (np.sin(9 * x + 2 * y), np.cos(7 * y - x), np.sin(5 * x * y + 1))
    return 0.5 + 0.4 * np.stack(waves)


def _print_golden():
    from safetensors.numpy import load_file

    from impasto.weights import present

    weights = load_file(next(file for file in present() if file.where == "bundled").path)
    image = (golden_image() - TORCHVISION_MEAN[:, None, None]) / TORCHVISION_STD[:, None, None]
    for layer, maps in features_by_numpy(image, weights, "vgg16").items():
        print(f'    "{layer}": ({maps.mean():.8f}, {maps.std():.8f}, {maps.max():.8f}),')


if __name__ == "__main__":
    _print_golden()
