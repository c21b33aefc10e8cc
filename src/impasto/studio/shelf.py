"""The folder of all jobs, which keeps them over a restart."""

from __future__ import annotations

import logging
import secrets
import shutil
import threading
import time
from pathlib import Path
from typing import Any, Final

from impasto.errors import ImpastoError, RunError
from impasto.files import write_fault, write_json
from impasto.records import read_record
from impasto.studio.job import BROKEN, MAKING, OPEN, Job

logger = logging.getLogger("impasto")

RECORD: Final = "job.json"


class Shelf:
    """Keeps jobs, each in a folder of its own, and writes every change at once.

    Jobs are looked up by their ids among those that are known; no id ever becomes a path.

    Raises:
        RunError: The folder cannot be made or read.
    """

    def __init__(self, folder: Path) -> None:
        self._lock = threading.RLock()
        self._folder = folder
        self._unwritten: set[str] = set()
        # Every change has a number, so that a page is told what is new since the last it knows.
        self._epoch, self._now, self._gone = secrets.token_hex(4), 0, 0
        self._stamps: dict[str, int] = {}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._jobs = {job.id: job for job in map(_found, sorted(folder.iterdir())) if job}
        except OSError as error:
            raise RunError(f"{folder}: cannot be used ({error.strerror})") from None
        for job in list(self._jobs.values()):
            if job.state in OPEN:
                self.change(job.id, state=BROKEN)

    def new(self, kind: str, **values: Any) -> Job:
        """Make a job and its folder; it does not wait in any line yet.

        It is gone when the server ends before the job is changed for the first time.

        Raises:
            RunError: The disk is full.
        """
        made = time.time()
        name = time.strftime("%Y%m%d-%H%M%S-", time.gmtime(made)) + secrets.token_hex(8)
        job = Job(id=name, kind=kind, made=made, **values)
        folder = self._folder / name
        try:
            folder.mkdir(mode=0o700)
            self._write(job.with_(state=MAKING))
        except (OSError, ImpastoError) as error:
            shutil.rmtree(folder, ignore_errors=True)
            reason = write_fault(error)
            raise RunError(f"there is no room for another job ({reason})") from None
        with self._lock:
            self._jobs[name] = job
            self.touch(name)
        return job

    def job(self, name: str) -> Job:
        """The job of an id.

        Raises:
            RunError: There is none.
        """
        with self._lock:
            found = self._jobs.get(name)
        if found is None:
            raise RunError("there is no such job here, or it is not yours")
        return found

    def folder(self, name: str) -> Path:
        """The folder of a job that is there."""
        return self._folder / self.job(name).id

    def change(self, name: str, **values: Any) -> Job:
        """Change a job, in memory and on disk; give it as it is now.

        When the disk is full the older record stays whole, and the newer one is written with the
        next change of any job.
        """
        with self._lock:
            job = self._jobs[name] = self.job(name).with_(**values)
            self._unwritten.add(name)
            self.touch(name)
            if "removed" in values:
                self._gone = self._now
            for each in [*self._unwritten]:
                try:
                    self._write(self._jobs[each])
                    self._unwritten.discard(each)
                except (OSError, ImpastoError) as error:
                    logger.warning("%s: its record is not written yet (%s)", each, error)
        return job

    def count(self, name: str, number: int, of: int) -> None:
        """Note how far a job is, in memory only: it happens at every step."""
        with self._lock:
            self._jobs[name] = self.job(name).with_(number=number, of=of)
            self.touch(name)

    def jobs(self, owner: str | None = None) -> list[Job]:
        """All jobs that are not removed, or those of an owner, the newest first."""
        with self._lock:
            found = [
                job
                for job in self._jobs.values()
                if not job.removed and (owner is None or job.owner == owner)
            ]
        return sorted(found, key=lambda job: job.made, reverse=True)

    def removed(self, before: float) -> list[str]:
        """The ids of jobs that were removed before a time and are still kept."""
        with self._lock:
            return [job.id for job in self._jobs.values() if 0 < job.removed < before]

    def touch(self, name: str) -> None:
        """Let those who watch look at a job again."""
        with self._lock:
            self._now += 1
            self._stamps[name] = self._now

    def news(self, owner: str, since: str) -> tuple[str, list[Job], bool]:
        """What has changed for an owner since a version.

        Returns:
            The version now; the jobs that changed; and whether these are all there are, as after a
            removal or for an unknown version.
        """
        with self._lock:
            epoch, _, number = since.partition(".")
            known = epoch == self._epoch and number.isdecimal() and len(number) < 16
            seen = int(number) if known else -1
            whole = seen < self._gone
            jobs = [job for job in self.jobs(owner) if whole or self._stamps.get(job.id, 0) > seen]
            return f"{self._epoch}.{self._now}", jobs, whole

    def remove(self, name: str) -> None:
        """Throw a job and its folder away."""
        folder = self.folder(name)
        with self._lock:
            del self._jobs[name]
            self._unwritten.discard(name)
            self._now += 1
            self._gone = self._now
            self._stamps.pop(name, None)
        shutil.rmtree(folder, ignore_errors=True)

    def _write(self, job: Job) -> None:
        write_json(self._folder / job.id / RECORD, job.to_json())


def _found(folder: Path) -> Job | None:
    record = folder / RECORD
    if not record.is_file():
        return None
    try:
        job = Job.from_json(read_record(record, dict[str, Any]))
    except ImpastoError as error:
        logger.warning("%s: left aside, it cannot be read (%s)", record, error)
        return None
    if job.state == MAKING:
        shutil.rmtree(folder, ignore_errors=True)
    return job if job.id == folder.name and job.state != MAKING else None
