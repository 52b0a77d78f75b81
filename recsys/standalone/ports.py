"""Ports: the usual ports when they are free, else the next free port, remembered in `ports.json`."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

import psutil

from recsys.errors import TransientError

USUAL: Mapping[str, int] = {"postgres": 54320, "mlflow": 5000, "airflow": 8080}
SPAN = 200
"""Ports tried above the usual port."""


def assign(home: Path, running: Collection[str], notice: Callable[[str], None]) -> dict[str, int]:
    """Port of each service; a running service keeps its port. What was changed and why goes to `notice`.

    Raises `TransientError` when no port near the usual port is free.
    """
    ports = {**USUAL, **remembered(home)}
    for name, port in ports.items():
        taken = {other for key, other in ports.items() if key != name}
        if name in running or (port not in taken and is_free(port)):
            continue
        ports[name] = next_free(name, taken)
        notice(f"port {port} is taken by {holder(port)}: {name} uses {ports[name]}")
    (home / "ports.json").write_text(json.dumps(ports))
    return ports


def remembered(home: Path) -> dict[str, int]:
    """Ports of the last start; empty before the first, or when the file cannot be read."""
    try:
        return {
            name: int(port) for name, port in json.loads((home / "ports.json").read_text()).items() if name in USUAL
        }
    except (OSError, ValueError, AttributeError):
        return {}


def next_free(name: str, taken: Collection[int]) -> int:
    """First free port from the service's usual port upwards, outside `taken`."""
    span = range(USUAL[name], USUAL[name] + SPAN)
    for port in span:
        if port not in taken and is_free(port):
            return port
    raise TransientError(
        f"no free port for {name}",
        where="127.0.0.1",
        seen=f"{span[0]} to {span[-1]} are taken",
        remedy="stop what holds them, then try again",
    )


def is_free(port: int) -> bool:
    """True when a server could listen on 127.0.0.1 at this port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def holder(port: int) -> str:
    """Who listens on the port, as `name (pid 123)`, as far as this user may know."""
    try:
        for link in psutil.net_connections("tcp"):
            if link.status == psutil.CONN_LISTEN and link.laddr.port == port and link.pid:
                return f"{psutil.Process(link.pid).name()} (pid {link.pid})"
    except psutil.Error:
        pass
    return "another process"
