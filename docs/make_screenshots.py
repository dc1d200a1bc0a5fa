"""Make the pictures of the documentation, by day and by night, from the real pages of the demo and of four projects
more, after two people labelled some digits.

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
from typing import Any, Literal

from playwright.sync_api import Browser, ViewportSize, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
PORT = 8739
BASE = f"http://localhost:{PORT}"
PASSWORD = "a-password-for-pictures"  # noqa: S105  of a demo that lives for a minute
LABELS = 340
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WIDE = ViewportSize(width=1280, height=800)
PAGES = {
    "label": ("ann", "/projects/1/label/"),
    "overview": ("mona", "/projects/1/"),
    "items": ("mona", "/projects/2/items/"),
    "review": ("rita", "/projects/2/review/"),
    "rounds": ("mona", "/projects/1/rounds/"),
    "people": ("mona", "/projects/2/people/"),
    "label-10": ("ann", "/projects/{ten}/label/"),
    "label-50": ("ann", "/projects/{fifty}/label/"),
    "label-fields": ("ann", "/projects/{fields}/label/"),
    "label-form": ("ann", "/projects/{form}/label/"),
}
KEYS = {"label-form": "32"}
"""What is pressed before the picture is taken."""
QUESTIONS = """Mood: one of pleased | neutral | annoyed
About: any of delivery | price | quality | account
How urgent: number 1 to 5 (if Mood is annoyed)
Answer: line (optional)"""
TEN = ["delivery", "price", "quality", "returns", "payment", "account", "thanks", "question", "complaint", "other"]
STREET = {
    "vehicles": ["car", "van", "lorry", "bus", "tram", "train", "bicycle", "motorbike", "ferry", "tractor"],
    "people": ["walker", "runner", "child", "crowd", "worker", "police", "driver", "rider", "seller"],
    "animals": ["dog", "cat", "horse", "cow", "pigeon", "swan", "fox", "deer", "sheep"],
    "street": ["kerb", "crossing", "traffic light", "sign", "bench", "bin", "lamp", "tree", "hedge", "fence"],
    "weather": ["rain", "snow", "fog", "sun", "wind", "ice", "dusk", "night"],
}
SENTENCES = [
    "The parcel came a day late, and the box was open at one side. Who pays for sending it back?",
    "Thank you for the quick answer on Sunday. The new key works.",
    "I was charged twice for the same order, once in March and once today.",
]


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="annotate-pictures-") as folder, installation(folder):
        tokens = log_in()
        label(tokens)
        projects = more_projects(tokens["mona"])
        call("POST", "/api/projects/2/invitations/", {"email": "noor@example.org", "role": "reviewer"}, tokens["mona"])
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
            )
            for name, (person, path) in PAGES.items():
                pictures(browser, person, path.format(**projects), name)
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


def log_in() -> dict[str, str]:
    """The tokens of the demo's people."""
    return {
        name: call("POST", "/api/token/", {"username": name, "password": PASSWORD})["token"]
        for name in ("mona", "ann", "abe")
    }


def more_projects(token: str) -> dict[str, int]:
    """Projects that the demo has not: ten labels, fifty in groups, records of thirty fields, and a form."""
    ten = [{"name": name} for name in TEN]
    fifty = [{"name": group} for group in STREET]
    fifty += [{"name": name, "parent": group} for group, names in STREET.items() for name in names[:9]]
    texts = [{"external_id": f"mail-{place}", "text": text} for place, text in enumerate(SENTENCES)]
    return {
        "ten": project(token, {"name": "mails", "labels": ten}, texts),
        "fifty": project(token, {"name": "street scenes", "labels": fifty, "annotators_add_labels": True}, texts[2:]),
        "fields": project(
            token,
            {
                "name": "claims",
                "labels": [{"name": "pay"}, {"name": "refuse"}, {"name": "ask"}],
                "shown_fields": ["what happened", "claimed", "insured until", "photos", "excess", "days to report"],
            },
            [{"external_id": "claim-1", "data": claim()}],
        ),
        "form": project(
            token, {"name": "replies", "task_type": "form", "labels": [], "options": {"questions": QUESTIONS}}, texts
        ),
    }


def claim() -> dict[str, Any]:
    """A record of thirty fields."""
    fields: dict[str, Any] = {
        "what happened": "A branch fell on the roof of the garage in the storm of 3 March. Two tiles and the gutter "
        "are broken; water came in overnight.",
        "claimed": "1,840 €",
        "insured until": "2026-12-31",
        "photos": "https://claims.example.org/1/photos",
        "excess": "150 €",
        "days to report": 2,
        "policy": "HH-20871",
        "town": "Thun",
    }
    return fields | {f"former claim {number}": f"{200 + 35 * number} €, paid" for number in range(1, 31 - len(fields))}


def project(token: str, fields: dict[str, Any], items: list[dict[str, Any]]) -> int:
    """A project with ann in it; its number."""
    number: int = call("POST", "/api/projects/", fields, token)["id"]
    call("POST", f"/api/projects/{number}/members/", {"username": "ann", "role": "annotator"}, token)
    call("POST", f"/api/projects/{number}/items/", items, token)
    return number


def label(tokens: dict[str, str]) -> None:
    """ann and abe label digits as they are, and reviews, about which they disagree now and then."""
    for project, count in ((1, LABELS), (2, 40)):
        items = call("GET", f"/api/projects/{project}/items/?page_size=1000", token=tokens["mona"])
        gold = {item["external_id"]: item["gold"] for item in items["results"]}
        if items["next"]:
            more = call("GET", items["next"].removeprefix(BASE), token=tokens["mona"])
            gold |= {item["external_id"]: item["gold"] for item in more["results"]}
        for number in range(count):
            answer(project, tokens["abe" if number % 2 else "ann"], gold, careless=project == 2 and number % 9 == 5)
            if number % 60 == 59:
                wait_for_rounds(project, tokens["mona"])
        wait_for_rounds(project, tokens["mona"])


def wait_for_rounds(project: int, token: str) -> None:
    """Until no round waits or runs, two minutes at most."""
    until = time.monotonic() + 120
    time.sleep(2)  # the last answers may start one
    while time.monotonic() < until:
        rounds = call("GET", f"/api/projects/{project}/rounds/", token=token)["results"]
        if all(row["status"] in ("finished", "failed") for row in rounds):
            return
        time.sleep(1)


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


def pictures(browser: Browser, person: str, path: str, name: str) -> None:
    """The page by day and by night."""
    page = browser.new_context(viewport=WIDE).new_page()
    page.goto(f"{BASE}/accounts/login/")
    page.fill("input[name=login]", person)
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{BASE}/")
    page.goto(BASE + path)
    page.wait_for_load_state("networkidle")
    for key in KEYS.get(name, ""):
        page.keyboard.press(key)
        page.wait_for_timeout(100)  # until it is painted
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        file = IMAGES / f"{name}-{scheme}.png"
        page.screenshot(path=file)
        print(f"{file.relative_to(ROOT)}  {file.stat().st_size / 1024:.0f} kB")


if __name__ == "__main__":
    main()
