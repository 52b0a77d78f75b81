"""Services as processes that this installation owns: started once, found again, ended whole, and no others.

Each service leads a session of its own, and whatever it starts stays in that session, also after its leader died.
`services.json` remembers a leader's pid with its start time, so that a pid that was reused is never taken for ours.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from recsys.artifacts import fingerprint
from recsys.errors import TransientError

MAX_LOG_BYTES = 50_000_000
"""Size from which on a service's log is rotated."""


@dataclass(frozen=True)
class Service:
    """A process to run."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    """Added to the environment of the caller."""


@dataclass(frozen=True)
class Record:
    """A service that was started."""

    pid: int
    """Of the leader, and so the id of the session."""
    created: float
    """When the leader was started, in seconds since 1970."""
    fingerprint: str
    """Digest of its command and environment: a service that is wanted otherwise is started anew."""


def start(home: Path, service: Service) -> bool:
    """False when the service runs already just as wanted; else it is started, and True."""
    wanted = fingerprint(list(service.command), dict(service.environment))
    record = records(home).get(service.name)
    if record and record.fingerprint == wanted and is_running(record):
        return False
    stop(home, service.name)
    log = log_path(home, service.name)
    log.parent.mkdir(exist_ok=True)
    if log.exists():
        log.replace(log.with_suffix(".log.1"))
    with log.open("ab") as output:  # to append, so that `rotate` may empty the file
        leader = subprocess.Popen(
            service.command,
            env=_environment(service),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    created = psutil.Process(leader.pid).create_time()
    _save(home, {**records(home), service.name: Record(leader.pid, created, wanted)})
    return True


def await_ready(home: Path, name: str, ready: Callable[[], bool], seconds: float = 120) -> None:
    """Returns when `ready` returns true.

    Raises `TransientError` with the end of the service's log when it dies first, or takes longer than `seconds`.
    """
    until = time.monotonic() + seconds
    while not ready():
        record = records(home).get(name)
        if record is None or not is_running(record):
            raise _failure(home, f"{name} died while starting", name)
        if time.monotonic() > until:
            raise _failure(home, f"{name} gave no answer within {seconds:g} s", name)
        time.sleep(0.1)


def _failure(home: Path, what: str, name: str) -> TransientError:
    return TransientError(
        what,
        where=str(log_path(home, name)),
        seen=last_lines(home, name),
        remedy="fix what the log names, then try again",
    )


def stop(home: Path, name: str, grace_seconds: float = 3) -> bool:
    """True when something of the service was running: it is asked to end, then killed, with all it started.

    The leader is asked first, because some can only end well while their workers still listen.
    """
    known = records(home)
    record = known.pop(name, None)
    if record is None:
        return False
    found = members(record)
    _signal([member for member in found if member.pid == record.pid], psutil.Process.terminate)
    _await_end(record, grace_seconds)
    _signal(members(record), psutil.Process.terminate)
    _await_end(record, grace_seconds)
    while left := members(record):
        _signal(left, psutil.Process.kill)
        _await_end(record, 0.1)
    _save(home, known)
    return bool(found)


def is_running(record: Record) -> bool:
    """True when the leader itself is alive."""
    return any(member.pid == record.pid for member in members(record))


def members(record: Record) -> list[psutil.Process]:
    """Living processes of the service's session; none when its pid belongs to someone else by now."""
    if psutil.pid_exists(record.pid) and not _is_leader(record):
        return []
    return [process for process in psutil.process_iter() if _is_member(process, record.pid)]


def records(home: Path) -> dict[str, Record]:
    """What was started and not yet stopped, by name, in the order of starting."""
    try:
        return {name: Record(**values) for name, values in json.loads((home / "services.json").read_text()).items()}
    except (OSError, ValueError, TypeError):
        return {}


def log_path(home: Path, name: str) -> Path:
    """File with all that the service prints."""
    return home / "logs" / f"{name}.log"


def rotate(home: Path) -> list[str]:
    """Names of services whose log had grown large: it went to NAME.log.1, in place of what was there, and is empty."""
    logs = {name: log_path(home, name) for name in records(home)} | {"postgres": home / "postgres" / "server.log"}
    large = [name for name, log in logs.items() if log.exists() and log.stat().st_size > MAX_LOG_BYTES]
    for name in large:
        shutil.copyfile(logs[name], logs[name].with_suffix(".log.1"))
        os.truncate(logs[name], 0)
    return large


def last_lines(home: Path, name: str, count: int = 15) -> str:
    """End of the service's log."""
    lines = log_path(home, name).read_text(errors="replace").splitlines() if log_path(home, name).exists() else []
    return "\n    ".join(["its last words", *lines[-count:]]) if lines else "an empty log"


def _save(home: Path, known: Mapping[str, Record]) -> None:
    aside = home / "services.json.new"
    aside.write_text(json.dumps({name: asdict(record) for name, record in known.items()}, indent=1))
    aside.replace(home / "services.json")


def _environment(service: Service) -> dict[str, str]:
    """The caller's own, with this Python's programs first on PATH, and what the service is given."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    return {**os.environ, "PATH": path, **service.environment}


def _await_end(record: Record, seconds: float) -> None:
    until = time.monotonic() + seconds
    while members(record) and time.monotonic() < until:
        time.sleep(0.05)


def _is_leader(record: Record) -> bool:
    try:
        return bool(abs(psutil.Process(record.pid).create_time() - record.created) < 1)
    except psutil.NoSuchProcess:
        return True


def _is_member(process: psutil.Process, session: int) -> bool:
    try:
        return os.getsid(process.pid) == session and process.status() != psutil.STATUS_ZOMBIE
    except (OSError, psutil.Error):
        return False


def _signal(processes: Sequence[psutil.Process], send: Callable[[psutil.Process], None]) -> None:
    for process in processes:
        try:
            send(process)
        except psutil.NoSuchProcess:
            continue
