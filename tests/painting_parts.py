"""What the tests of painting share."""

from impasto.methods.gatys.memory_plan import WHOLE
from impasto.methods.gatys.objective import layers_needed
from impasto.methods.gatys.stages import GatysStages
from impasto.methods.painting import Painting
from impasto.methods.subject import Style, Subject
from impasto.nn.vgg import VGG
from impasto.options.gatys import PaintOptions

SHALLOW = {
    "network": "vgg16",
    "precision": "fp32",
    "device": "cpu",
    "content_layers": ("conv2_2",),
    "style_layers": ("conv1_1", "conv2_1"),
}
"""Options of a painting that takes a few hundredths of a second a step."""


def shallow(**changes):
    """Options with everything set that a test may lean on."""
    fixed = {"size": 64, "coarsest": 0, "steps": 4, "init": "content", "optimizer": "lbfgs"}
    weights = {"style_loss": "gram", "content_weight": 1.0, "style_weight": 10.0, "history": 5}
    return PaintOptions(**{**SHALLOW, **fixed, **weights, **changes})


def network_for(options, weights):
    tensors, convention = weights
    pooling = options.pooling, options.pooling_edge
    return VGG("vgg16", tensors, layers_needed(options), convention, *pooling)


def subject_of(content, *styles, **others):
    """A subject of images, each style with weight 1 and no mask."""
    return Subject(content, tuple(Style(image) for image in styles), **others)


def begin(weights, content, style, options, *, plan=WHOLE, **subject):
    """A painting of images, without files."""
    subject = subject_of(content, style, **subject)
    return Painting(GatysStages(subject, network_for(options, weights), options, plan))
