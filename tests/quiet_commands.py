"""Every command in a network of its own, beside a name server that writes down every question.

``unshare -n -m python quiet_commands.py FOLDER TEMPORARY`` runs them in FOLDER/work, with a
home and a folder for temporary files of their own; FOLDER/asked has the questions.
"""

import fcntl
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

from PIL import Image

FILMED = ["--model", "starry-night", "-o", "film.mp4"]
SMALL = ["--size", "64", "--steps", "2"]
TRAINING = ["--size", "64", "--batch", "1", "--steps", "1"]
PAINTED = ["paint", "a.png", "--style", "s.png", *SMALL]
COMMANDS = [
    ["apply", "a.png", "--model", "starry-night", "-o", "applied.png"],
    ["encode", "s.png", "-o", "s.imp"],
    ["sheet", "a.png", "-o", "sheet.png"],
    ["models"],
    ["weights", "list"],
    ["video", "frames", *FILMED],
    [*PAINTED, "--run-dir", "run", "-o", "p.png"],
    [
        "study",
        "a.png",
        "--style",
        "s.png",
        "--vary",
        "steps=1,2",
        "--size",
        "64",
        "--run-dir",
        "st",
    ],
    ["score", "a.png", "p.png", "s.png"],
    ["tfrecord", "write", "frames", "d.tfrecord"],
    ["tfrecord", "inspect", "d.tfrecord"],
    ["train", "johnson", "--style", "s.png", "--data", "d.tfrecord", "--run-dir", "j", *TRAINING],
    ["export", "j", "j.onnx"],
    ["doctor"],
]
LIST = "#EXTM3U\n#EXTINF:1,\nhttp://list.example/a.ts\n#EXT-X-ENDLIST\n"
SPEECH = "v=0\no=- 0 0 IN IP4 a.example\ns=-\nc=IN IP4 a.example\nt=0 0\nm=video 5004 RTP/AVP 26\n"
REFUSED = {"list.m3u8": LIST, "list.mp4": LIST, "call.sdp": SPEECH}
"""Films that are somewhere else."""
NAMES = {"resolv.conf": "nameserver 127.0.0.1", "nsswitch.conf": "hosts: files dns"}
RAY = [*COMMANDS[0][:-1], "ray.png", "--engine", "ray"]
STUDIO = ["studio", "--port", "0", "--run-dir", "studio"]


def confined(folder):
    """Bring up this machine's own address, and have names asked of nobody else."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as some:
        up = struct.pack("16sh14x", b"lo", 1)  # SIOCSIFFLAGS with IFF_UP
        fcntl.ioctl(some, 0x8914, up)
    for name, line in (
        ("resolv.conf", "nameserver 127.0.0.1"),
        ("nsswitch.conf", "hosts: files dns"),
    ):
        (folder / name).write_text(f"{line}\n")
        subprocess.run(["mount", "--bind", folder / name, f"/etc/{name}"], check=True)


def write_down(asked):
    """Answer that there is no such name, whatever is asked for."""
    place = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    place.bind(("127.0.0.1", 53))

    def serve():
        while True:
            data, who = place.recvfrom(4096)
            asked.append(name_in(data))
            place.sendto(data[:2] + b"\x81\x83" + data[4:6] + bytes(6) + data[12:], who)

    threading.Thread(target=serve, daemon=True).start()


def name_in(data):
    """The name that is asked for (RFC 1035, 4.1.2)."""
    words, at = [], 12
    while length := data[at]:
        words.append(data[at + 1 : at + 1 + length].decode())
        at += 1 + length
    return ".".join(words)


def begun(command, **streams):
    return subprocess.Popen([sys.executable, "-m", "impasto", *command], text=True, **streams)


def looked_at(studio):
    """Fetch the page of a studio that is being opened, and close it."""
    address = re.search(r"http://\S+", studio.stdout.readline())[0]
    assert b"impasto studio" in urllib.request.urlopen(address).read()
    studio.send_signal(signal.SIGINT)


def main(folder, temporary):
    asked = []
    confined(folder)
    write_down(asked)
    os.environ.update(HOME=str(folder / "home"), TMPDIR=temporary)
    (folder / "work" / "frames").mkdir(parents=True)
    os.chdir(folder / "work")
    for number, name in enumerate(["a.png", "s.png", "frames/0.png", "frames/1.png"]):
        Image.linear_gradient("L").resize((64, 48)).rotate(90 * number).convert("RGB").save(name)
    ray, studio = begun(RAY), begun(STUDIO, stdout=subprocess.PIPE)
    from impasto.commands.main import main as command

    for each in COMMANDS:
        assert command(each) == 0, each
    for name, text in REFUSED.items():
        (folder / name).write_text(text)
        assert (
            command(["video", str(folder / name), "--model", "starry-night", "-o", "no.mp4"]) == 2
        )
    looked_at(studio)
    assert (ray.wait(), studio.wait()) == (0, 0)
    (folder / "asked").write_text("\n".join(asked))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
