"""`impasto completion`: what a shell offers."""

import shutil
import subprocess

import pytest

from cli_pictures import impasto

ASK = """
COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_impasto
echo "${{COMPREPLY[@]}}"
"""

OFFERED = {
    "impasto pa": "paint",
    "impasto weights f": "fetch",
    "impasto train ''": "johnson adain cyclegan",
    "impasto train johnson --la": "--layout",
    "impasto train johnson --layout ''": "half paper ghiasi",
    "impasto encode a.png --as": "--as",
    "impasto models --r": "--remove",
    "impasto paint a.png --method n": "nearest",
    "impasto paint a.png --palette": "--palette-weight",  # of nearest
    "impasto paint a.png --noise": "--noise-ratio",  # of gatys
    "impasto paint a.png --no-such": "",
    "impasto paint a": "",  # files, by the shell itself
}


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_bash_completes(tmp_path):
    script = impasto("completion", "bash", at=tmp_path).out
    script += "".join(ASK.format(words=words) for words in OFFERED)
    done = subprocess.run(["bash", "-u"], input=script, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == list(OFFERED.values())


def test_zsh_reads_what_bash_does(tmp_path):
    bash, zsh = (impasto("completion", shell, at=tmp_path).out for shell in ("bash", "zsh"))
    assert zsh.endswith(bash)
    assert "bashcompinit" in zsh
