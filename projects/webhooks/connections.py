"""Connections that end when their time is up, however slowly the other side goes on."""

import http.client
import socket
import ssl
import threading
from contextlib import suppress
from typing import Self
from urllib.parse import SplitResult

from projects.webhooks import addresses


def to(parts: SplitResult, seconds: float) -> "Plain":
    """A connection to an address as `addresses.split` has it, opened by its first request."""
    host = parts.hostname or ""
    name = host if ":" in host else host.encode("idna").decode("ascii")  # as name services and certificates have it
    kind = Encrypted if parts.scheme == "https" else Plain
    return kind(name, addresses.port_of(parts), timeout=seconds)


class Plain(http.client.HTTPConnection):
    """Used as `with …:`, it is ended after its timeout, counted from there: then TimeoutError or another OSError."""

    is_late = False
    connected: socket.socket | None = None

    def __enter__(self) -> Self:
        self._timer = threading.Timer(self.timeout or 0, self._end)
        self._timer.daemon = True
        self._timer.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._timer.cancel()
        self.close()

    def connect(self) -> None:
        self._use(addresses.connect(self.host, self.port, self.timeout))

    def _use(self, connected: socket.socket) -> None:
        self.sock = self.connected = connected
        if self.is_late:
            raise TimeoutError

    def _end(self) -> None:
        self.is_late = True
        if self.connected is not None:
            with suppress(OSError):  # it was closed already
                # Not that of an encrypted socket: it takes apart what the thread that waits is using.
                socket.socket.shutdown(self.connected, socket.SHUT_RDWR)


class Encrypted(Plain):
    default_port = 443

    def connect(self) -> None:
        super().connect()
        context = ssl.create_default_context()
        encrypted = context.wrap_socket(self.sock, server_hostname=self.host, do_handshake_on_connect=False)
        self._use(encrypted)
        encrypted.do_handshake()
