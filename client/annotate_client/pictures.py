"""The files of pictures, cached: a loop that trains again does not fetch every picture again."""

import time
from collections.abc import Callable

SECONDS = 3600.0  # so long the server says that a picture may be cached
MOST_BYTES = 256 * 2**20


class Pictures:
    """Files by their address, fetched when they are wanted and kept for an hour, 256 MB of them at most."""

    def __init__(self, fetch: Callable[[str], bytes]) -> None:
        self._fetch = fetch
        self.clear()

    def clear(self) -> None:
        self._files: dict[str, tuple[float, bytes]] = {}
        self._size = 0

    def file(self, address: str) -> bytes:
        until, content = self._files.get(address, (0.0, b""))
        if time.monotonic() < until:
            return content
        content = self._fetch(address)
        if self._size + len(content) > MOST_BYTES:
            self.clear()
        self._files[address] = time.monotonic() + SECONDS, content
        self._size += len(content)
        return content
