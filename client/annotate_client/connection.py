"""Requests to the server: a token on each, errors raised, lists read to their end."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import httpx

from annotate_client.errors import AnnotateError, ServerUnreachable
from annotate_client.pictures import Pictures

TIMEOUT = httpx.Timeout(30.0, read=600.0)


class Connection:
    """One server and one token. Reads are tried three times when the network fails; writes are not repeated."""

    def __init__(self, url: str, token: str | None, transport: httpx.BaseTransport | None = None) -> None:
        self.http = httpx.Client(
            base_url=url.rstrip("/"),
            headers={"Authorization": f"Token {token}"} if token else {},
            timeout=TIMEOUT,
            transport=transport or httpx.HTTPTransport(retries=3),
        )
        self.pictures = Pictures(self.content)

    def get(self, path: str, **parameters: Any) -> Any:
        return self._request("GET", path, params=parameters).json()

    def content(self, path: str) -> bytes:
        return self._request("GET", path).content

    def send(self, method: str, path: str, body: Any = None, **parameters: Any) -> Any:
        answer = self._request(method, path, json=body, params=parameters)
        return answer.json() if answer.content else None

    def send_rows(self, method: str, path: str, rows: Iterable[dict[str, Any]], **parameters: Any) -> Any:
        """Send rows as NDJSON, streaming: any number of them in constant memory."""
        lines = (json.dumps(row, ensure_ascii=False, allow_nan=False).encode() + b"\n" for row in rows)
        headers = {"Content-Type": "application/x-ndjson"}
        return self._request(method, path, content=lines, headers=headers, params=parameters).json()

    def send_files(self, method: str, path: str, files: dict[str, tuple[str, bytes]]) -> Any:
        return self._request(method, path, files=files).json()

    def rows(self, path: str, **parameters: Any) -> Iterator[dict[str, Any]]:
        """Every row of a list, page by page."""
        page = self.get(path, **{"page_size": 1000, **parameters})
        while True:
            yield from page["results"]
            if not page["next"]:
                return
            page = self._request("GET", page["next"]).json()

    def _request(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            answer = self.http.request(method, path, **options)
        except httpx.TransportError as error:
            raise ServerUnreachable(str(self.http.base_url), str(error) or type(error).__name__) from error
        if answer.is_success:
            return answer
        raise AnnotateError(answer.status_code, _message(answer))


def _message(answer: httpx.Response) -> str:
    """The server's own words: its detail, or each field with its messages."""
    try:
        body = answer.json()
    except ValueError:
        return answer.text[:300] or answer.reason_phrase
    if isinstance(body, dict) and "detail" in body:
        return str(body["detail"])
    return json.dumps(body, ensure_ascii=False)
