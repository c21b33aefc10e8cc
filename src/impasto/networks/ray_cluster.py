"""A Ray cluster: that of ``RAY_ADDRESS``, or one started on this machine for the work."""

from __future__ import annotations

import logging
import os
import secrets
import signal
import socket
import sys
import tempfile
import threading
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, Final
from urllib.parse import urlsplit

from impasto.errors import ImpastoError, MissingExtraError, OptionError
from impasto.networks.session import physical_cores
from impasto.quiet import UNREACHABLE, environment

ADDRESS: Final = "RAY_ADDRESS"
"""Names the variable with the cluster's address that all Ray programs read."""

QUIET: Final = {"RAY_DEDUP_LOGS_SKIP_REGEX": "."}
"""Ray's variables while it starts: it would print deaths of workers on standard output."""

OWN: Final = {
    **UNREACHABLE,  # even with its statistics off Ray asks whose cloud it runs in
    "RAY_AUTH_TOKEN": secrets.token_hex(32),  # Ray would make one and keep it in the user's home
}
"""Variables for the processes of a cluster of our own."""

STORE: Final = 128 * 2**20
"""Bytes of shared memory for a cluster of our own: what goes through it is the model."""

_ANSWER: Final = 10.0  # seconds in which a cluster must answer; Ray itself would try for minutes

_LONGEST: Final = 24
"""Longest path of a folder for sockets: their own may have some 100 letters, Ray takes 75."""


@contextmanager
def connected() -> Iterator[Any]:
    """Give the package ``ray``, connected: as it is already, to ``RAY_ADDRESS``, or to its own.

    A cluster that is started here ends with the block and leaves no files.

    Raises:
        MissingExtraError: Ray is not installed.
        ImpastoError: There is no cluster at the address, or none can be started.
    """
    with _quiet(QUIET):
        try:
            import ray
        except ImportError:
            raise MissingExtraError("--engine ray", "ray") from None
    if ray.is_initialized():
        yield ray
        return
    with ExitStack() as stack:
        # Ray takes the signal for itself.
        stack.enter_context(_handler_kept(signal.SIGTERM))
        where = _where(os.environ.get(ADDRESS, ""), stack)
        stack.callback(ray.shutdown)
        try:
            own = where["address"] == "local"
            with _quiet({**QUIET, **OWN} if own else QUIET):
                ray.init(
                    **where,
                    namespace="impasto",
                    log_to_driver=False,
                    logging_level=logging.CRITICAL,
                )
        except Exception as error:  # of a dozen kinds
            reason = str(error).strip().partition("\n")[0]
            address = where["address"]
            raise ImpastoError(f"--engine ray: no cluster at {address} ({reason})") from None
        yield ray


def room_for(threads: int, nodes: Sequence[Mapping[str, Any]]) -> int:
    """How many workers of ``threads`` processors each have room on the machines of ``ray.nodes()``.

    Raises:
        OptionError: There is no machine with as many processors.
        ImpastoError: No machine has any.
    """
    processors = [int(each["Resources"].get("CPU", 0)) for each in nodes if each["Alive"]]
    most = max(processors, default=0)
    if most == 0:
        raise ImpastoError("--engine ray: the cluster has no processors for work")
    if threads > most:
        expected = f"at most {most}, as the cluster's largest machine has"
        raise OptionError("threads", expected, threads)
    return sum(each // threads for each in processors)


def _where(address: str, stack: ExitStack) -> dict[str, Any]:
    """Arguments of ``ray.init`` about where the cluster is."""
    if address not in ("", "local"):
        _check_answers(address)
        return {"address": address}
    place: dict[str, Any] = {}
    root = tempfile.gettempdir()
    if len(root) <= _LONGEST or sys.platform == "win32":
        folder = tempfile.TemporaryDirectory(prefix="impasto-", ignore_cleanup_errors=True)
        place = {"_temp_dir": stack.enter_context(folder)}
    return {
        "address": "local",
        "num_cpus": physical_cores(),
        "include_dashboard": False,
        "object_store_memory": STORE,
        **place,
    }


def _check_answers(address: str) -> None:
    """Check that something listens at ``host:port`` or ``ray://host:port`` (Ray knows more)."""
    parts = urlsplit(address if "//" in address else f"//{address}")
    try:
        if parts.hostname and parts.port:
            socket.create_connection((parts.hostname, parts.port), _ANSWER).close()
    except (OSError, ValueError) as error:
        raise ImpastoError(f"--engine ray: no cluster at {address} ({error})") from None


@contextmanager
def _quiet(values: Mapping[str, str]) -> Iterator[None]:
    with environment(values), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def _handler_kept(number: int) -> Iterator[None]:
    handler = signal.getsignal(number)
    try:
        yield
    finally:
        # One that was not set from Python cannot be set from it either.
        if handler is not None and threading.current_thread() is threading.main_thread():
            signal.signal(number, handler)
