"""Model files and weights that somebody made to do harm."""

import signal
import subprocess
import sys
import textwrap

import numpy as np
import onnx
import pytest

from impasto.errors import ModelError, WeightsError
from impasto.networks.model import load_model
from impasto.weights import apart, import_file
from trained_models import model_bytes


def changed(path, change):
    model = onnx.load_from_string(model_bytes())
    change(model)
    path.write_bytes(model.SerializeToString())
    return path


def elsewhere(model):
    tensor = model.graph.initializer[0]
    tensor.data_location = onnx.TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "/etc/passwd"


def own_function(model):
    model.functions.add().name = "f"


def pads(model, number):
    [node, *_] = [each for each in model.graph.node if each.op_type == "Pad"]
    [tensor] = [each for each in model.graph.initializer if each.name == node.input[1]]
    tensor.raw_data = np.full(8, number, "<i8").tobytes()


def strides(model, number):
    [node, *_] = [each for each in model.graph.node if each.op_type == "Conv"]
    node.attribute[0].ints[:] = [number, number]


HARM = {
    "another file": elsewhere,
    "functions": own_function,
    "operators of evil": lambda model: model.opset_import.add(domain="evil", version=1),
    "operators of com": lambda model: setattr(model.graph.node[3], "domain", "com"),
    "the operator Loop": lambda model: setattr(model.graph.node[3], "op_type", "Loop"),
    "its numbers lie beyond": lambda model: pads(model, 20_000),
    "strides is": lambda model: strides(model, 0),
    "multiple is 40000": lambda model: setattr(
        next(each for each in model.metadata_props if each.key == "impasto.multiple"),
        "value",
        "40000",
    ),
}


@pytest.mark.parametrize("told", HARM)
def test_models_that_are_not_opened(told, tmp_path):
    path = changed(tmp_path / "m.onnx", HARM[told])
    with pytest.raises(ModelError) as caught:
        load_model(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert told in str(caught.value)


CTRL_C = """
    import os, signal, sys, threading
    from impasto.networks import session

    class Long:
        def run(self, wanted, feeds, options):
            os.kill(os.getpid(), signal.SIGINT)
            while not options.terminate:
                threading.Event().wait(0.01)
            print("ended", flush=True)

    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        session.run(Long(), [], {})
    except KeyboardInterrupt:
        print("interrupted")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no signals between processes")
def test_ctrl_c_ends_a_run_of_onnxruntime():
    command = [sys.executable, "-c", textwrap.dedent(CTRL_C)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert sorted(done.stdout.split()) == ["ended", "interrupted"], done.stderr


@pytest.mark.parametrize("fault", [-signal.SIGSEGV, 1])
def test_a_reader_of_weights_that_crashes(fault, tmp_path, monkeypatch):
    path = tmp_path / "w.mat"
    path.write_bytes(b"MATLAB 5.0 MAT-file" + bytes(200))
    died = subprocess.CompletedProcess([], fault, b"", b"")
    monkeypatch.setattr(apart.subprocess, "run", lambda *_, **__: died)
    with pytest.raises(WeightsError, match=rf"w\.mat: damaged, .*ended with {fault}\)"):
        import_file(path)
