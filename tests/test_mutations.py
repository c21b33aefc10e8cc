"""Spoiled files of every kind are read, or refused in one line: a slice of tools/mutate."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FAST = (
    "png,jpeg,webp,avif,tiff,gif,mask,mp4,mkv,records,records-gzip,onnx,onnx-card,code,"
    "code-arrays,training,legacy-pth,safetensors,safetensors-header,manifest,run-manifest,"
    "manifest-in-png,applied-in-png,job,study,segment,film-recipe,film-state,models-table,"
    "assets-table,samples-table,weights-record,options"
)
"""Kinds of which hundreds are read in seconds."""


def mutated(*arguments):
    command = [sys.executable, "-m", "tools.mutate", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.skipif(sys.platform != "linux", reason="the tool limits memory as Linux does")
def test_a_slice_of_the_mutation_run():
    done = mutated("--count", "300", "--seed", "16", "--kinds", FAST)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert " 0 faults" in done.stdout
    read, refused = (int(done.stdout.splitlines()[-1].split()[place]) for place in (0, 2))
    assert read >= 33  # what is right of every kind
    assert refused > 100
