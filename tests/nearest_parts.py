"""What the tests of painting by nearest neighbors share."""

from impasto.methods.nearest.stages import NearestStages
from impasto.methods.nearest.stylizer import column_layers
from impasto.methods.painting import Painting
from impasto.methods.subject import Style, Subject
from impasto.nn.vgg import VGG
from impasto.options.nearest import NearestOptions


def few(**changes):
    """Options with everything set that a test may lean on."""
    fixed = {"network": "vgg16", "precision": "fp32", "device": "cpu", "init": "content"}
    recipe = {"size": 64, "coarsest": 0, "steps": 4, "learning_rate": 6.0, "palette_weight": 0.3}
    return NearestOptions(**{**fixed, **recipe, **changes})


NETWORKS = {}


def network_for(options, weights):
    """The network with this pooling, made once: a painting does not change it."""
    tensors, convention = weights
    if options.pooling not in NETWORKS:
        layers = column_layers("vgg16")
        NETWORKS[options.pooling] = VGG("vgg16", tensors, layers, convention, options.pooling)
    return NETWORKS[options.pooling]


def begin(weights, content, styles, options, *, masks=None, **subject):
    """A painting of images, without files."""
    images = styles if isinstance(styles, tuple) else (styles,)
    shares = options.style_weights or (1.0,) * len(images)
    places = [None] * len(images) if masks is None else masks.split(1, 1)
    found = Subject(content, tuple(map(Style, images, shares, places)), **subject)
    return Painting(NearestStages(found, network_for(options, weights), options))
