"""Mistakes in the arguments: one line that names the option and what to do."""

import pytest

from cli_pictures import desk, impasto, listing
from impasto.commands import table

PAINT = "(see impasto paint --help)"

MISTAKES = {
    # of paint, after CONTENT and --style
    "--stile-layers x": f"no option --stile-layers: did you mean --style-layers? {PAINT}",
    "--style_layer conv1_1": f"no option --style_layer: did you mean --style-layers? {PAINT}",
    "--sizes=64": f"no option --sizes: did you mean --size? {PAINT}",
    "--no-json": f"no option --no-json: did you mean --json? {PAINT}",
    "-x": f"no option -x {PAINT}",
    "--zzz": f"no option --zzz {PAINT}",
    "--size big": f"--size: expected a whole number or max, got 'big' {PAINT}",
    "--size 1.5": f"--size: expected a whole number or max, got '1.5' {PAINT}",
    "--size": f"--size: expected a value {PAINT}",
    "--output": f"--output: expected a value {PAINT}",
    "--preset": f"--preset: expected a value {PAINT}",
    "--style-weight 1,5": f"--style-weight: expected a number, got '1,5' {PAINT}",
    "--learning-rate None": f"--learning-rate: expected a number, got 'None' {PAINT}",
    "--bits x": f"--bits: expected a whole number, got 'x' {PAINT}",
    "--crop-fit 3": f"--crop-fit: expected two whole numbers {PAINT}",
    "--crop-fit 3 x": f"--crop-fit: expected two whole numbers, got '3 x' {PAINT}",
    "--style-layer-weights a b": f"--style-layer-weights: expected numbers, got 'a b' {PAINT}",
    "--pooling med": f"--pooling: expected average or max, got 'med' {PAINT}",
    "--precision 8": f"--precision: expected auto, bf16 or fp32, got '8' {PAINT}",
    "--size -3": "--size: expected a whole number of at least 0, or max, got -3",
    "--tile 64": "--tile: expected 0, or pixels from 128, got 64",
    "--masks": f"--masks: expected a value {PAINT}",
    "--masks --json": f"--masks: expected a value {PAINT}",
    "--style_weights --json": f"--style-weights: expected a value {PAINT}",
    "--json=yes": f"--json: takes no value {PAINT}",
    "--output=": f"--output: expected a path, got '' {PAINT}",
    "--style-weights -1 2": "--style-weights: expected weights of 0 or more, one above 0, "
    "got (-1.0, 2.0)",
    "--keep-color blue": "--keep-color: expected none, luminance, histogram or covariance, "
    f"got 'blue' {PAINT}",
    "--color-strength 2": "--color-strength: expected a number from 0 to 1, got 2.0",
    "--style-weight nan": "--style-weight: expected a number of at least 0, got nan",
    "--content-weight inf": "--content-weight: expected a number of at least 0, got inf",
    "--content-weight 0 --style-weight 0": "--content-weight, --style-weight: expected at least "
    "one above 0, got 0",
    "--noise-ratio 3": "--noise-ratio: expected a number from 0 to 1, got 3.0",
    "--crop-fit 3 0": "--crop-fit: expected a width and a height of at least 1, got (3, 0)",
    "--style-layers conv9_1": "--style-layers: expected layers such as conv4_2 or relu4_2, "
    "got 'conv9_1'",
    "--style-layer-weights 1 2": "--style-layer-weights: expected one weight for each of the 5 "
    "style layers, got (1.0, 2.0)",
    "--bits 12": "--bits: expected 8 or 16, got 12",
    "--snapshot-every 0": "--snapshot-every: expected a number of steps from 1, got 0",
    "--snapshot-steps 1 0": "--snapshot-steps: expected numbers of steps from 1, got (1, 0)",
    "--resume": "--resume needs --run-dir, the folder to continue from",
    "--preset quik": "--preset: expected one of quick, default, fine, classic, cs20, blog, "
    "gatys (did you mean quick?), got 'quik'",
    "--preset=": "--preset: expected one of quick, default, fine, classic, cs20, blog, gatys, "
    "got ''",
    "-o x.jpg --bits 16": "x.jpg: JPEG holds 8 bits per channel, take .png or .tif for 16",
    "-o x.jpgg": "x.jpgg: cannot write .jpgg files, did you mean .jpg?",
}

COMMANDS = {
    "pain a.png": "no command 'impasto pain': did you mean paint?",
    "frobnicate": "no command 'impasto frobnicate': there are " + ", ".join(table.COMMANDS),
    "--hlp": "no option --hlp before a command (see impasto --help)",
    "paint": "no photograph: name at least one CONTENT, a picture or a folder of them",
    "paint a.png": "no style image: name one with --style PICTURE",
    "paint a.png --style": f"--style: expected a value {PAINT}",
    "score": "CONTENT, STYLE and RESULT are missing (see impasto score --help)",
    "score a.png": "STYLE and RESULT are missing (see impasto score --help)",
    "score a.png s.png": "RESULT is missing (see impasto score --help)",
    "score a s a more": "more: one argument too many (see impasto score --help)",
    "demo --style": "--style: expected a value (see impasto demo --help)",
    "demo --preset finest": "--preset: expected one of quick, default, fine, classic, cs20, blog, "
    "gatys (did you mean fine?), got 'finest'",
    "weights lst": "no command 'impasto weights lst': did you mean list?",
    "weights list --jsn": "no option --jsn: did you mean --json? (see impasto weights list --help)",
    "weights import": "FILE is missing (see impasto weights import --help)",
    "weights import a.png --convention foo": "--convention: expected auto, torchvision, caffe or "
    "matconvnet, got 'foo' (see impasto weights import --help)",
    "weights import nothing": "nothing: cannot be read (No such file or directory)",
    "weights fetch a b": "b: one argument too many (see impasto weights fetch --help)",
    "weights verify x": "x: one argument too many (see impasto weights verify --help)",
}


@pytest.mark.parametrize("given", MISTAKES)
def test_a_mistake_in_painting(given, tmp_path):
    folder = desk(tmp_path)
    before = listing(tmp_path)
    outcome = impasto("paint", "a.png", "--style", "s.png", *given.split(" "), at=folder)
    assert outcome.complaint == MISTAKES[given]
    assert listing(tmp_path) == before


@pytest.mark.parametrize("given", COMMANDS)
def test_a_mistake_in_a_command(given, tmp_path):
    folder = desk(tmp_path)
    assert impasto(*given.split(), at=folder).complaint == COMMANDS[given]
    assert listing(tmp_path) == ["desk", "desk/a.png", "desk/s.png"]


def test_weights_that_nobody_publishes(tmp_path):
    complaint = impasto("weights", "fetch", "vgg99", at=tmp_path).complaint
    assert complaint.startswith("NAME: expected one of vgg19, vgg19-caffe, ")
    assert complaint.endswith("got 'vgg99'")


def test_a_sample_that_is_not_there(tmp_path):
    assert "(did you mean " in impasto("demo", "--content", "asronaut", at=tmp_path).complaint
    assert impasto("demo", "--style", "??", at=tmp_path).complaint.startswith("--style: expected")


def test_long_arguments_are_not_broken(tmp_path):
    long = "/" + "/".join(["a folder with a long name"] * 12) + "/photograph.jpeg"
    outcome = impasto("score", "a", "b", "c", long, at=tmp_path)
    assert outcome.complaint == f"{long}: one argument too many (see impasto score --help)"
    complaint = impasto("paint", "--size", long, at=tmp_path).complaint
    assert complaint.startswith(f"--size: expected a whole number or max, got '{long[:150]}")
