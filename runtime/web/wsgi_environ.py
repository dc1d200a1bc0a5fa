"""What WSGI calls the environment of a request, made of what ASGI calls its scope."""

import sys
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote_to_bytes
from wsgiref.util import FileWrapper

FILE_BLOCK = 2**16
_PLAIN = {"CONTENT_TYPE", "CONTENT_LENGTH"}


class FileBlocks(FileWrapper):
    """A file in blocks of a size of our own; Django's are of 4 kB."""

    def __init__(self, file: Any, block_size: int = FILE_BLOCK) -> None:
        super().__init__(file, FILE_BLOCK)


def environ(scope: dict[str, Any], body: Any, length: int | None = None) -> dict[str, Any]:
    """The path as bytes in Latin-1, as WSGI has it; names of headers with an underscore are dropped, as nginx does.

    `length` is that of a body that is here as a whole, however it came.
    """
    host, port = scope.get("server") or ("localhost", 80)
    client = scope.get("client") or ("", 0)
    return {
        **_headers(scope["headers"]),
        **({} if length is None else {"CONTENT_LENGTH": str(length), "HTTP_TRANSFER_ENCODING": ""}),
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "REMOTE_ADDR": client[0],
        "REMOTE_PORT": str(client[1]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": FileBlocks,
    }


def _headers(pairs: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name_bytes, value_bytes in pairs:
        if b"_" in name_bytes:
            continue
        name = name_bytes.decode("latin-1").upper().replace("-", "_")
        name = name if name in _PLAIN else f"HTTP_{name}"
        value = value_bytes.decode("latin-1")
        if name in headers:
            value = f"{headers[name]}{';' if name == 'HTTP_COOKIE' else ','}{value}"
        headers[name] = value
    if headers.get("HTTP_TRANSFER_ENCODING"):
        headers.pop("CONTENT_LENGTH", None)  # the chunks say how long it is
    return headers
