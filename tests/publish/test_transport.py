"""How a connection travels: TLS settings are passed through, and a socket is as good as TCP."""

import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg2
import pytest

from recsys.errors import SettingsError
from recsys.publish.connection import session
from recsys.publish.migrations import migrate
from recsys.publish.publication import publish
from recsys.settings import DatabaseSettings
from recsys.standalone import cluster
from recsys.standalone import postgres as embedded
from recsys.standalone.postgres import Server
from tests.conftest import free_port

LIMITS = DatabaseSettings()
Write = Any
CERTIFICATE = [
    "openssl",
    "req",
    "-x509",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-days",
    "2",
    "-subj",
    "/CN=localhost",
    "-addext",
    "subjectAltName=DNS:localhost",
]


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate of localhost that is its own authority, and its key beside it."""
    if not shutil.which("openssl"):
        pytest.skip("a certificate needs openssl")
    subprocess.run(
        [*CERTIFICATE, "-keyout", str(tmp_path / "key"), "-out", str(tmp_path / "certificate")],
        check=True,
        capture_output=True,
    )
    return tmp_path / "certificate"


@pytest.fixture
def guarded(postgres: Server, certificate: Path) -> Iterator[int]:
    """Port at which the server answers by TLS: what it cannot do itself, as it is built without."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_name("key"))
    with closing(socket.create_server(("127.0.0.1", 0))) as door:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    threading.Thread(
                        target=answer, args=(door.accept()[0], context, postgres.port), daemon=True
                    ).start()

        threading.Thread(target=serve, daemon=True).start()
        yield door.getsockname()[1]


def answer(client: socket.socket, context: ssl.SSLContext, port: int) -> None:
    """Says yes to libpq's request for TLS, then passes on in both directions."""
    with suppress(OSError), closing(socket.create_connection(("127.0.0.1", port))) as server:
        client.recv(8)
        client.sendall(b"S")
        with context.wrap_socket(client, server_side=True) as inside:
            threading.Thread(target=pass_on, args=(server, inside), daemon=True).start()
            pass_on(inside, server)


def pass_on(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while data := one.recv(65536):
            other.sendall(data)


def by_tls(store: str, port: int, mode: str, **more: object) -> str:
    """The connection string of a store by way of the port, with TLS settings."""
    front, _, back = store.rpartition("@")
    database = back.rsplit("/", 1)[1]
    given = "".join(f"&{name}={quote(str(value))}" for name, value in more.items())
    return f"{front}@localhost:{port}/{database}?sslmode={mode}{given}"


def test_a_set_is_published_by_tls_with_a_verified_certificate(
    store: str, guarded: int, certificate: Path, write: Write
) -> None:
    dsn = by_tls(store, guarded, "verify-full", sslrootcert=certificate)
    migrate(dsn)
    assert publish(dsn, write({"u1": [("a", 1.0)]}), LIMITS).published == "yes"
    with session(dsn) as db:
        assert db.info.ssl_in_use


@pytest.mark.parametrize("root", ["/no/such/file", "/etc/hostname"])
def test_a_certificate_that_cannot_be_verified_keeps_us_out(store: str, guarded: int, root: str) -> None:
    with (
        pytest.raises(SettingsError, match="certificate"),
        session(by_tls(store, guarded, "verify-full", sslrootcert=root)),
    ):
        pass


def test_tls_that_the_server_cannot_do_is_not_done_without(store: str, postgres: Server) -> None:
    with pytest.raises(SettingsError, match="SSL"), session(by_tls(store, postgres.port, "require")):
        pass


def test_a_set_is_published_by_a_socket(write: Write) -> None:
    with tempfile.TemporaryDirectory(prefix="recsys-test-socket-") as folder:
        home, sockets = Path(folder), Path(folder, "sockets")
        home.chmod(0o755)
        try:
            server = embedded.start(home, free_port())
            dsn = server.create_database("recsys", "recsys")
            sockets.mkdir()
            cluster.give(sockets)
            with closing(psycopg2.connect(server.dsn("postgres", "postgres"))) as db, db.cursor() as cursor:
                db.autocommit = True
                cursor.execute("ALTER SYSTEM SET unix_socket_directories = %s", (str(sockets),))
            embedded.stop(home)
            embedded.start(home, server.port)
            by_socket = f"{dsn.rpartition('@')[0]}@{quote(str(sockets), safe='')}:{server.port}/recsys"
            migrate(by_socket)
            assert publish(by_socket, write({"u1": [("a", 1.0)]}), LIMITS).published == "yes"
        finally:
            embedded.stop(home, "immediate")
