"""The process that paints: it may die, it ends when it is idle, and it alone has torch."""

import os
import signal
import subprocess
import sys

import pytest

from impasto.studio.job import DONE, FAILED
from impasto.studio.studio import Studio
from studio_parts import ANNA, LONG, QUICK, ended, ordered, reached, until


@pytest.mark.slow
def test_it_may_die_and_ends_when_it_is_idle(tmp_path):
    studio = Studio(tmp_path / "run")
    studio.worker._idle = 0.1
    assert studio.worker.process is None
    name = ordered(studio, tmp_path, asked=LONG).id
    reached(studio, ANNA, name, 2)
    os.kill(studio.worker.process, signal.SIGKILL)
    failed = ended(studio, ANNA, name)
    assert (failed.state, "ended unexpectedly" in failed.told) == (FAILED, True)
    studio.steer(ANNA, name, "go_on")
    reached(studio, ANNA, name, 2)
    studio.steer(ANNA, name, "cancel")
    assert ended(studio, ANNA, ordered(studio, tmp_path, asked=QUICK).id).state == DONE
    until(lambda: studio.worker.process is None)
    studio.close()


def test_the_studio_itself_does_without_torch():
    code = "import sys, impasto.studio.page.server; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
