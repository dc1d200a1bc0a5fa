"""One request to a webhook: signed, limited in time, and never redirected."""

import hashlib
import hmac
import http.client
import ssl
import time
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import SplitResult, quote
from uuid import UUID, uuid4

import orjson
from django.utils import timezone

from accounts.models import User
from projects.models import Webhook, WebhookDelivery
from projects.webhooks import addresses, connections

SECONDS = 10.0
"""What a receiver has for everything: to be connected to, to read, and to answer with a status."""
UNESCAPED = "/%:@!$&'()*+,;=~?"
TEST = "test"


@dataclass(frozen=True, slots=True)
class Attempt:
    """How a request went. `error` is empty where it was received: a status from 200 to 299."""

    error: str
    status: int | None
    seconds: float

    @property
    def received(self) -> bool:
        return not self.error


def send(webhook: Webhook, delivery: WebhookDelivery) -> Attempt:
    """Send what waits for this webhook."""
    return _post(webhook, delivery.key, delivery.names, delivery.events)


def send_test(webhook: Webhook, by: User) -> Attempt:
    """Send an event that says who tests, and nothing else that waits."""
    event = {"event": TEST, "at": timezone.now(), "data": {"by": by.username}}
    return _post(webhook, uuid4(), [TEST], orjson.dumps([event]).decode())


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What a receiver compares: HMAC-SHA256 of the time, a full stop and the body."""
    signed = timestamp.encode() + b"." + body
    return f"sha256={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


def _post(webhook: Webhook, key: UUID, names: list[str], events: str) -> Attempt:
    body = _body(webhook, key, events)
    began = time.monotonic()
    error, status = _answer(webhook.url, _headers(webhook, key, names, body), body)
    return Attempt(error, status, time.monotonic() - began)


def _body(webhook: Webhook, key: UUID, events: str) -> bytes:
    about = {
        "delivery": key,
        "sent_at": timezone.now(),
        "project": {"id": webhook.project_id, "name": webhook.project.name},
        "events": orjson.Fragment(events),
    }
    return orjson.dumps(about)


def _headers(webhook: Webhook, key: UUID, names: list[str], body: bytes) -> dict[str, str]:
    timestamp = str(int(time.time()))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Annotate",
        "X-Annotate-Event": ",".join(names),
        "X-Annotate-Delivery": str(key),
        "X-Annotate-Timestamp": timestamp,
    }
    if webhook.secret:
        headers["X-Annotate-Signature"] = signature(webhook.secret, timestamp, body)
    return headers


def _answer(url: str, headers: dict[str, str], body: bytes) -> tuple[str, int | None]:
    """(what went wrong, the status of the answer). What a receiver writes beside that is not read, and never shown."""
    connection = None
    try:
        parts = addresses.split(url)
        with connections.to(parts, SECONDS) as connection:
            connection.request("POST", _target(parts), body, headers)
            status = connection.getresponse().status
            if connection.is_late:
                raise TimeoutError
    except (addresses.Refused, OSError, http.client.HTTPException) as error:
        is_late = connection is not None and connection.is_late
        return _reason(TimeoutError() if is_late else error), None
    return ("" if 200 <= status < 300 else _refusal(status)), status


def _target(parts: SplitResult) -> str:
    """The path and the query, with what HTTP cannot say escaped."""
    path, query = quote(parts.path or "/", safe=UNESCAPED), quote(parts.query, safe=UNESCAPED)
    return f"{path}?{query}" if query else path


def _refusal(status: int) -> str:
    name = HTTPStatus(status).phrase if status in set(HTTPStatus) else ""
    hint = "; redirects are not followed" if 300 <= status < 400 else ""
    return f"It answered {' '.join([str(status), name]).strip()}{hint}."


def _reason(error: Exception) -> str:
    if isinstance(error, addresses.Refused):
        return str(error)
    if isinstance(error, TimeoutError):
        return f"It did not answer within {SECONDS:.0f} seconds."
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"Its certificate is not valid: {error.verify_message}."
    if isinstance(error, ssl.SSLError):
        return "No encrypted connection came about."
    if isinstance(error, http.client.HTTPException):
        return "What it answered is no HTTP."
    return f"The connection failed: {getattr(error, 'strerror', None) or 'it was closed'}."
