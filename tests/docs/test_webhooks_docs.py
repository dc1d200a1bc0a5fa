"""The guide to webhooks names every event, and its receiver works as it stands there."""

import os
import re
import socket
import subprocess
import sys
import time
import uuid

import pytest

from config import env
from projects.models import Webhook, WebhookDelivery, WebhookEvent
from projects.webhooks import sending

GUIDE = (env.ROOT / "docs" / "how-to" / "webhooks.md").read_text(encoding="utf-8")


def test_the_guide_names_every_event_and_no_other():
    assert set(re.findall(r"^\| `([a-z]+\.[a-z]+)`", GUIDE, re.MULTILINE)) == set(WebhookEvent.values)


@pytest.fixture
def receiver(tmp_path):
    """The guide's receiver as a process of its own: its address, and what it prints."""
    [code] = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    printed = tmp_path / "printed"
    with printed.open("w") as output:
        environment = {**os.environ, "PORT": str(port), "SECRET": "a long random text"}
        process = subprocess.Popen([sys.executable, "-c", code], stdout=output, stderr=output, env=environment)
    try:
        yield f"http://127.0.0.1:{port}/", printed
    finally:
        process.kill()
        process.wait()


@pytest.mark.processes
def test_the_receiver_of_the_guide_takes_what_is_signed_and_each_delivery_once(reviews, receiver):
    url, printed = receiver
    webhook = Webhook.objects.create(project=reviews, url=url, events=["item.done"], secret="a long random text")
    events = '[{"event": "item.done", "at": "2026-01-31T12:00:00Z", "data": {"item": 7}}]'
    delivery = WebhookDelivery(webhook=webhook, key=uuid.uuid4(), names=["item.done"], events=events)
    deadline = time.monotonic() + 60
    while not (first := sending.send(webhook, delivery)).received:
        assert time.monotonic() < deadline, first
        time.sleep(0.05)
    assert sending.send(webhook, delivery).status == 204
    webhook.secret = "another secret"
    assert sending.send(webhook, delivery).status == 403
    assert [line for line in printed.read_text().splitlines() if "item.done" in line] == ["item.done {'item': 7}"]
