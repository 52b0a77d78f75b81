import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from recsys.pictures import download
from recsys.pictures.unusable import Unusable
from recsys.settings import PictureSettings

CONTENT = b"a picture"


class Handler(BaseHTTPRequestHandler):
    """Answers by path: a picture, redirects, errors, endless and slow bodies."""

    seen: list[dict[str, str]]

    def do_GET(self) -> None:
        self.seen.append({name.lower(): value for name, value in self.headers.items()} | {"path": self.path})
        name, _, target = self.path.strip("/").partition("?")
        if name == "to":
            self.answer(302, b"", Location=target)
        elif name == "endless":
            self.answer(200, b"x" * 100_000)
        elif name == "slow":
            self.send_response(200)
            self.end_headers()
            with suppress(ConnectionError):
                for _ in range(30):
                    self.wfile.write(b"x")
                    time.sleep(0.1)
        elif name in ("404", "500", "403"):
            self.answer(int(name), b"")
        else:
            self.answer(200, CONTENT)

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for header, value in headers.items():
            self.send_header(header, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    """Host and port of a server of this machine."""
    Handler.seen = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as made:
        Thread(target=made.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{made.server_port}"
        made.shutdown()


@pytest.fixture
def public(monkeypatch: pytest.MonkeyPatch) -> None:
    """127.0.0.1 counts as an address of the internet, and every name but `inside.test` leads there."""

    def resolved(host: str, port: int | None, **given: Any) -> list[Any]:
        return [(0, 0, 0, "", ("10.0.0.7" if host == "inside.test" else "127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    monkeypatch.setattr(download, "is_public", lambda address: address == "127.0.0.1")


def fetch(url: str, *hosts: str, seconds: float = 5.0) -> bytes:
    settings = PictureSettings(hosts=hosts, max_bytes=1024, timeout_seconds=seconds)
    return download.fetch(download.checked(url, hosts), settings)


def reason(url: str, *hosts: str, seconds: float = 5.0) -> str:
    with pytest.raises(Unusable) as caught:
        fetch(url, *hosts, seconds=seconds)
    return caught.value.reason


def test_this_machine_is_refused_even_if_it_is_listed(server: str) -> None:
    port = server.partition(":")[2]
    for host in (
        server,
        f"localhost:{port}",
        f"[::1]:{port}",
        f"0.0.0.0:{port}",
        f"[::ffff:7f00:1]:{port}",
        f"2130706433:{port}",
    ):
        assert (
            reason(f"http://{host}/a.png", host.strip("[]"), host, host.replace("[", "").replace("]", "")) == "refused"
        )
    assert Handler.seen == []


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.100.100.200", False),
        ("168.63.129.16", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00:ec2::254", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("2002:7f00:1::", False),
        ("ff02::1", False),
    ],
)
def test_only_addresses_of_the_internet_are_public(address: str, public: bool) -> None:
    assert download.is_public(address) is public


def test_only_listed_hosts_are_asked(public: None, server: str) -> None:
    port = server.partition(":")[2]
    listed = f"cdn.test:{port}"
    assert fetch(f"http://cdn.test:{port}/a.png", listed) == CONTENT
    assert fetch(f"http://CDN.test.:{port}/a.png", listed) == CONTENT
    for url in (
        f"http://other.test:{port}/",
        "http://cdn.test/",
        f"http://cdn.test.other.test:{port}/",
        f"http://cdn.test:{port}@other.test/",
        f"http://user@cdn.test:{port}/",
        f"ftp://cdn.test:{port}/",
        "http://",
        f"http://cdn.test:{port}\\@other.test/",
        "http://[::1",
    ):
        assert reason(url, listed) == "refused"
    assert len(Handler.seen) == 2


def test_a_listed_host_with_a_private_address_is_refused(public: None, server: str) -> None:
    assert reason("http://inside.test/a.png", "inside.test") == "refused"


def test_the_server_hears_the_name_and_is_sent_no_more(public: None, server: str) -> None:
    listed = f"cdn.test:{server.partition(':')[2]}"
    fetch(f"http://{listed}/a%20b.png?size=2", listed)
    (seen,) = Handler.seen
    assert (seen["host"], seen["path"]) == (listed, "/a%20b.png?size=2")
    assert seen["accept-encoding"] == "identity"
    assert "cookie" not in seen
    assert "referer" not in seen


def test_no_url_is_logged(public: None, server: str, caplog: pytest.LogCaptureFixture) -> None:
    listed = f"cdn.test:{server.partition(':')[2]}"
    with caplog.at_level("INFO"):
        fetch(f"http://{listed}/a.png", listed)
    assert caplog.messages == []


def test_a_redirect_leads_to_listed_hosts_alone(public: None, server: str) -> None:
    port = server.partition(":")[2]
    cdn, store, inside = (f"{name}.test:{port}" for name in ("cdn", "store", "inside"))
    assert fetch(f"http://{cdn}/to?http://{store}/a.png", cdn, store) == CONTENT
    assert fetch(f"http://{cdn}/to?/a.png", cdn) == CONTENT
    assert reason(f"http://{cdn}/to?http://{store}/a.png", cdn) == "refused"
    assert reason(f"http://{cdn}/to?http://{inside}/a.png", cdn, inside) == "refused"
    assert reason(f"http://{cdn}/to?file:///etc/passwd", cdn) == "refused"


def test_redirects_in_a_circle_end(public: None, server: str) -> None:
    listed = f"cdn.test:{server.partition(':')[2]}"
    circle = f"http://{listed}/to?"
    assert reason(circle + circle * 10, listed) == "refused"
    assert len(Handler.seen) == 1 + download.MAX_REDIRECTS


def test_bytes_and_seconds_are_bounded(public: None, server: str) -> None:
    listed = f"cdn.test:{server.partition(':')[2]}"
    assert reason(f"http://{listed}/endless", listed) == "too large"
    began = time.monotonic()
    assert reason(f"http://{listed}/slow", listed, seconds=0.4) == "unreachable"
    assert time.monotonic() - began < 2


def test_answers_without_a_picture_are_told_apart(public: None, server: str) -> None:
    listed = f"cdn.test:{server.partition(':')[2]}"
    assert [reason(f"http://{listed}/{status}", listed) for status in (404, 500, 403)] == [
        "missing",
        "unreachable",
        "unreachable",
    ]
    assert reason("http://closed.test:1/a.png", "closed.test:1") == "unreachable"


def test_a_name_that_leads_nowhere_is_unreachable() -> None:
    assert reason("http://no-such-name.invalid/a.png", "no-such-name.invalid") == "unreachable"
