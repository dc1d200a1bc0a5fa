"""Make the pictures of the documentation from the real pages of the demo, after two people labelled some digits.

make screenshots
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
PORT = 8739
BASE = f"http://localhost:{PORT}"
PASSWORD = "a-password-for-pictures"  # noqa: S105  of a demo that lives for a minute
LABELS = 340
PAGES = {
    "label": ("ann", "/projects/1/label/"),
    "dashboard": ("mona", "/projects/1/"),
    "rounds": ("mona", "/projects/1/rounds/"),
    "people": ("mona", "/projects/2/people/"),
}


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="annotate-pictures-") as folder, installation(folder):
        label()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
            )
            for name, (person, path) in PAGES.items():
                picture(browser, person, path, IMAGES / f"{name}.png")
            browser.close()


@contextmanager
def installation(folder: str) -> Iterator[None]:
    """The demo on a port of its own, its data in a folder of its own."""
    environment = {
        **os.environ,
        "VAR": folder,
        "PORT": str(PORT),
        "DEMO_PASSWORD": PASSWORD,
        "DEBUG": "0",
        "EMBEDDED": "1",
    }
    command = [sys.executable, "manage.py", "up", "--demo"]
    up = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert up.stdout
        next(line for line in up.stdout if line.startswith("Annotate is at"))
        yield
    finally:
        up.send_signal(signal.SIGTERM)
        up.wait()
        time.sleep(3)  # the database ends a moment after its last user


def label() -> None:
    """ann and abe label digits as they are, and reviews, about which they disagree now and then."""
    tokens = {
        name: call("POST", "/api/token/", {"username": name, "password": PASSWORD})["token"]
        for name in ("mona", "ann", "abe")
    }
    for project, count in ((1, LABELS), (2, 40)):
        items = call("GET", f"/api/projects/{project}/items/?page_size=1000", token=tokens["mona"])
        gold = {item["external_id"]: item["gold"] for item in items["results"]}
        if items["next"]:
            more = call("GET", items["next"].removeprefix(BASE), token=tokens["mona"])
            gold |= {item["external_id"]: item["gold"] for item in more["results"]}
        for number in range(count):
            answer(project, tokens["abe" if number % 2 else "ann"], gold, careless=project == 2 and number % 9 == 5)
        time.sleep(6)  # the last round


def answer(project: int, token: str, gold: dict[str, str], careless: bool) -> None:
    (assignment,) = call("POST", f"/api/projects/{project}/assignments/", {"count": 1}, token)
    value = gold[assignment["item"]["external_id"]]
    if careless:
        value = "negative" if value == "positive" else "positive"
    call("PUT", f"/api/assignments/{assignment['id']}/annotation/", {"value": value, "seconds": 1.6}, token)
    time.sleep(0.05)


def call(method: str, path: str, body: object = None, token: str = "") -> Any:
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Token {token}"} if token else {})
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(BASE + path, data, headers, method=method)  # noqa: S310  our own address
    with urllib.request.urlopen(request, timeout=60) as reply:  # noqa: S310
        return json.load(reply)


def picture(browser: Browser, person: str, path: str, file: Path) -> None:
    page = browser.new_context(viewport={"width": 1280, "height": 800}, device_scale_factor=1.5).new_page()
    page.goto(f"{BASE}/accounts/login/")
    page.fill("input[name=login]", person)
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{BASE}/")
    page.goto(BASE + path)
    page.wait_for_load_state("networkidle")
    page.screenshot(path=file)
    print(f"{file.relative_to(ROOT)}  {file.stat().st_size / 1024:.0f} kB")


if __name__ == "__main__":
    main()
