"""Which addresses webhooks may have.

Whoever manages a project could otherwise reach what only this host reaches. The address that is checked is the one
that is connected to: a name that leads elsewhere a moment later changes nothing.
"""

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

LONGEST_URL = 2000
NAT64 = IPv6Network("64:ff9b::/96")
DEFAULT_PORTS = {"http": 80, "https": 443}

Address = IPv4Address | IPv6Address


class Refused(ValueError):
    """Nothing is sent to this address; says why."""


def check(url: str) -> None:
    """Refused says what is wrong with an address that somebody enters."""
    parts = split(url)
    _allowed(parts.hostname or "", port_of(parts))


def split(url: str) -> SplitResult:
    """The parts of an address that is written as it should be; Refused says what would be right."""
    if len(url) > LONGEST_URL or not url.isprintable() or " " in url:
        raise Refused(f"An address has at most {LONGEST_URL} characters, and no spaces.")
    try:
        parts = urlsplit(url)
        port_of(parts)
        (parts.hostname or "").encode("idna")
    except ValueError as error:
        raise Refused("This is no address such as https://hooks.example.org/annotate.") from error
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        raise Refused("The address begins with https:// or http:// and names a host.")
    if "@" in parts.netloc:
        raise Refused("The address must not hold a user name or a password; use the secret.")
    return parts


def port_of(parts: SplitResult) -> int:
    return parts.port or DEFAULT_PORTS.get(parts.scheme, 0)


def connect(host: str, port: int, timeout: float | None) -> socket.socket:
    """A connection to the first allowed address of a host that answers; Refused where none is allowed."""
    error: OSError | None = None
    for family, address in _allowed(host, port):
        connection = socket.socket(family, socket.SOCK_STREAM)
        try:
            connection.settimeout(timeout)
            connection.connect(address)
        except OSError as failure:
            connection.close()
            error = failure
        else:
            return connection
    assert error is not None
    raise error


def _allowed(host: str, port: int) -> list[tuple[int, Any]]:
    """The allowed addresses of a host. The same message where there are others or none, so nobody can tell which."""
    try:
        resolved = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        resolved = []
    allowed: list[tuple[int, Any]]
    allowed = [(family, address) for family, _, _, _, address in resolved if is_allowed(str(address[0]))]
    if not allowed:
        raise Refused(
            f"{host} has no public address. Administrators may allow those of this network (WEBHOOKS_PRIVATE=1), but "
            "never link-local ones."
        )
    return allowed


def is_allowed(text: str) -> bool:
    """Whether this IP address is public; or private, where the setting WEBHOOKS_PRIVATE allows those. Never link-local:
    there clouds tell their machines' passwords."""
    address = _reached(ip_address(text))
    if address.is_multicast or address.is_link_local or address.is_unspecified:
        return False
    return address.is_global or bool(settings.WEBHOOKS_PRIVATE)


def _reached(address: Address) -> Address:
    """The IPv4 address to which an IPv6 address leads by translation, else the same."""
    if isinstance(address, IPv4Address):
        return address
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1] or address
