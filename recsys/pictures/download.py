"""A picture over HTTP: from listed hosts at public addresses alone, within a number of bytes and seconds.

A host is resolved once for each request and connected to at that very address, so a name that resolves to another
address right after (DNS rebinding) gains nothing. Proxies of the environment are not used.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
import time
from collections.abc import Collection
from functools import cache

import httpx

from recsys.pictures.unusable import Unusable
from recsys.settings import PictureSettings

MAX_REDIRECTS = 3
"""Each target has to be allowed as the first was."""
METADATA = frozenset(map(ipaddress.ip_address, ("168.63.129.16", "192.0.0.192")))
"""Metadata services of clouds at addresses that are not private; 169.254.169.254 and its kin are link-local."""
NAT64 = ipaddress.ip_network("64:ff9b::/96")
HEADERS = {"Accept": "image/*", "Accept-Encoding": "identity", "User-Agent": "recsys"}

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def checked(url: str | httpx.URL, hosts: Collection[str]) -> httpx.URL:
    """The URL, of a listed host; raises `Unusable` ("refused") for any other."""
    try:
        found = httpx.URL(url)
    except httpx.InvalidURL:
        raise Unusable("refused") from None
    host = found.host.lower().rstrip(".")
    name = host if found.port is None else f"{host}:{found.port}"
    if found.scheme not in ("http", "https") or found.userinfo or name not in {allowed.lower() for allowed in hosts}:
        raise Unusable("refused")
    return found


def fetch(url: httpx.URL, settings: PictureSettings) -> bytes:
    """The bytes at a checked URL; raises `Unusable`. Not for a thread in which an event loop runs."""
    end = time.monotonic() + settings.timeout_seconds
    for _ in range(1 + MAX_REDIRECTS):
        address = _address(url)
        answer = _within(end - time.monotonic(), url, address, settings.max_bytes)
        if isinstance(answer, bytes):
            return answer
        url = checked(answer, settings.hosts)
    raise Unusable("refused")


def is_public(address: str) -> bool:
    """Whether an address is of the public internet: not private, loopback, link-local, multicast or of metadata.

    >>> is_public("93.184.216.34"), is_public("127.0.0.1"), is_public("169.254.169.254"), is_public("::ffff:10.0.0.1")
    (True, False, False, False)
    """
    found = _embedded(ipaddress.ip_address(address))
    return found.is_global and not found.is_multicast and not found.is_reserved and found not in METADATA


def _embedded(address: Address) -> Address:
    """The IPv4 address that an IPv6 address leads to, else the address."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else address)


def _address(url: httpx.URL) -> str:
    """The address of a URL's host; raises `Unusable` where one of its addresses is not public."""
    try:
        found = socket.getaddrinfo(url.raw_host.decode(), url.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unusable("unreachable") from None
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses or not all(map(is_public, addresses)):
        raise Unusable("refused")
    return addresses[0]


def _within(seconds: float, url: httpx.URL, address: str, max_bytes: int) -> bytes | httpx.URL:
    """The whole answer within the seconds: a host that sends a byte now and then would never time out by itself."""
    try:
        return asyncio.run(asyncio.wait_for(_get(url, address, max_bytes), max(seconds, 0)))
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError, ValueError):
        raise Unusable("unreachable") from None


async def _get(url: httpx.URL, address: str, max_bytes: int) -> bytes | httpx.URL:
    """The body, or the URL that the answer redirects to. A client would log the URL, so there is none."""
    headers = {**HEADERS, "Host": url.netloc.decode()}
    extensions = {"sni_hostname": url.raw_host.decode()}
    request = httpx.Request("GET", url.copy_with(host=address), headers=headers, extensions=extensions)
    async with httpx.AsyncHTTPTransport(verify=_certificates(), trust_env=False) as transport:
        answer = await transport.handle_async_request(request)
        if answer.has_redirect_location:
            return url.join(answer.headers["Location"])
        if answer.status_code != httpx.codes.OK:
            raise Unusable("missing" if answer.status_code in (404, 410) else "unreachable")
        return await _body(answer, max_bytes)


async def _body(answer: httpx.Response, max_bytes: int) -> bytes:
    """The bytes as they are sent: nothing is unpacked, whatever the answer declares."""
    content = bytearray()
    async for chunk in answer.aiter_raw():
        content += chunk
        if len(content) > max_bytes:
            raise Unusable("too large")
    return bytes(content)


@cache
def _certificates() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)
