"""``python -X warn_default_encoding lacking.py COMMAND ...``: impasto without what others lack.

Modules, functions and signals that Windows or macOS have not are away; files that are open cannot
be renamed, replaced or removed; names hold none of Windows' signs; text has an encoding of its own.
It is impasto that goes without: the packages it is made of have other ways on other systems, which
are not here.
"""

import builtins
import functools
import io
import os
import signal
import sys
import warnings
from pathlib import Path

AWAY = {"fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios", "tty"}
FUNCTIONS = [
    "chown", "fchmod", "fork", "forkpty", "getegid", "geteuid", "getgid", "getloadavg", "getpgid",
    "getuid", "killpg", "mkfifo", "nice", "sched_getaffinity", "setsid", "statvfs", "sysconf",
    "uname", "posix_fadvise", "sync",
]  # fmt: skip
SIGNALS = ["SIGALRM", "SIGHUP", "SIGKILL", "SIGPIPE", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGTSTP"]


def is_ours(depth=2):
    """Whether impasto's own code calls."""
    return sys._getframe(depth).f_globals.get("__name__", "").partition(".")[0] == "impasto"


def without_modules():
    found = builtins.__import__

    def imported(name, *given, **named):
        if name.partition(".")[0] in AWAY and is_ours():
            raise ImportError(f"No module named {name!r} on this system")
        return found(name, *given, **named)

    builtins.__import__ = imported


def without(module, names):
    """Names that impasto does not find in a module; others do."""
    found = {name: getattr(module, name) for name in names if hasattr(module, name)}
    for name in found:
        delattr(module, name)

    def there(name):
        if name in found and not is_ours():
            return found[name]
        raise AttributeError(f"module {module.__name__!r} has no attribute {name!r} on this system")

    module.__getattr__ = there


def refuse(path):
    """As Windows does with names that it cannot have."""
    name = Path(os.fsdecode(path)).name
    if (
        len(name) > 255
        or set(name) & set('<>:"|?*\\')
        or (name[-1:] in (".", " ") and name != "..")
    ):
        raise OSError(22, "Invalid argument", path)


def in_use(path):
    """Whether this process has a file open or mapped."""
    target = os.path.realpath(path)
    kept = [os.path.realpath(each) for each in Path("/proc/self/fd").iterdir()]
    mapped = Path("/proc/self/maps").read_text("utf-8", "replace").splitlines()
    return Path(target).is_file() and (
        target in kept or any(line.endswith(f" {target}") for line in mapped)
    )


def strict(called, moves):
    """A function of files by Windows' rules."""

    @functools.wraps(called)
    def checked(path, *given, **named):
        if isinstance(path, (str, bytes, os.PathLike)):
            paths = [path, *given[:1]] if moves == 2 else [path]
            for each in paths:
                refuse(each)
                if moves and in_use(each):
                    raise PermissionError(13, "The process cannot access the file", each)
        return called(path, *given, **named)

    return checked


def by_windows_rules():
    builtins.open = io.open = strict(io.open, 0)
    moves_of = {"open": 0, "mkdir": 0, "rename": 2, "replace": 2, "unlink": 1, "remove": 1}
    for name, moves in moves_of.items():
        setattr(os, name, strict(getattr(os, name), moves))


def interrupted():
    """The first Ctrl-C comes in the first step of a painting, where INTERRUPT is set."""
    from impasto.methods.painting import Painting

    advance = Painting.advance

    def stopped(self):
        Painting.advance = advance
        signal.raise_signal(signal.SIGINT)
        return advance(self)

    Painting.advance = stopped


def take_away():
    without_modules()
    without(os, FUNCTIONS)
    without(signal, SIGNALS)
    by_windows_rules()


def main():
    take_away()
    warnings.filterwarnings("ignore", category=EncodingWarning)
    warnings.filterwarnings("error", category=EncodingWarning, module=r"impasto\.")
    if os.environ.get("INTERRUPT"):
        interrupted()
    from impasto.commands.main import main as command

    sys.exit(command(sys.argv[1:]))


if __name__ == "__main__":
    main()
