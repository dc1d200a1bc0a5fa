"""From an input to the painted frame, with 200 boxes on a picture and with 300 spans in a text of 10,000 words.

    .venv/bin/python benchmarks/painting.py [--inputs 60]

Chromium, headless, on the real pages. Prints the median and the 95th percentile in milliseconds for each gesture, and
beside them those of the same input on an empty page of the same run: a frame alone takes up to 17 ms. Needs
`requirements-dev.txt` and Debian's chromium; uses a built-in PostgreSQL in a temporary folder.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)  # the project, and not this folder

# ruff: noqa: E402
import argparse
import io
import os
import random
import shutil
import statistics
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

from benchmarks import installation as installed

BOXES, WORDS, SPANS = 200, 10_000, 300
SIZE = (1280, 800)
STOPWATCH = """
window.times = [];
let waiting = 0;
const watch = (event) => {
  if (waiting++) return;
  const from = event.timeStamp;
  requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => { times.push(performance.now() - from); waiting = 0; };
    channel.port2.postMessage(null);
  });
};
for (const type of ["keydown", "pointermove"]) addEventListener(type, watch, { capture: true, passive: true });
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=60)
    options = parser.parse_args()
    with installed.installation():
        boxes, spans, cookie = set_up()
        with installed.server():
            measure(boxes, spans, cookie, options.inputs)


def set_up() -> tuple[int, int, dict[str, str]]:
    """The projects' numbers and the session of somebody who annotates them."""
    from django.conf import settings
    from django.test import Client

    from accounts.models import User

    ann = User.objects.create(username="ann")
    client = Client()
    client.force_login(ann)
    session = {"name": settings.SESSION_COOKIE_NAME, "value": client.cookies[settings.SESSION_COOKIE_NAME].value}
    numbers = [_project(ann, task_type, *item) for task_type, item in (("boxes", _boxes()), ("spans", _spans()))]
    return numbers[0], numbers[1], session


def _boxes() -> tuple[dict[str, Any], list[dict[str, Any]]]:
    from PIL import Image

    file = io.BytesIO()
    Image.effect_noise(SIZE, 60).convert("RGB").save(file, "PNG")
    places = [(20 + 60 * (n % 20), 20 + 75 * (n // 20)) for n in range(BOXES)]
    value = [{"box": [x, y, x + 45, y + 60], "label": "first"} for x, y in places]
    return {"image": file.getvalue(), "image_name": "noise.png"}, value


def _spans() -> tuple[dict[str, Any], list[dict[str, Any]]]:
    rng = random.Random(0)
    words = ["".join(rng.choice("abcdefghij") for _ in range(rng.randint(2, 9))) for _ in range(WORDS)]
    starts = [sum(len(word) + 1 for word in words[:n]) for n in range(0, WORDS, WORDS // SPANS)][:SPANS]
    ends = [start + len(words[n * (WORDS // SPANS)]) for n, start in enumerate(starts)]
    return {"text": " ".join(words)}, [
        {"start": start, "end": end, "label": "first"} for start, end in zip(starts, ends, strict=True)
    ]


def _project(person: Any, task_type: str, content: dict[str, Any], value: list[dict[str, Any]]) -> int:
    from annotate.imports.run import import_records
    from annotate.models import Suggestion
    from annotate_kit.formats.records import Record
    from projects.models import Label, Membership, Project

    project = Project.objects.create(name=task_type, task_type=task_type, learning=False, show_suggestions="shown")
    for place, name in enumerate(("first", "second")):
        Label.objects.create(project=project, name=name, position=place, hotkey=str(place + 1))
    Membership.objects.create(project=project, user=person, role="annotator")
    import_records(project, [Record(1, "one", **content)])
    item = project.items.get()
    Suggestion.objects.create(project=project, item=item, model="made", value=value, created_at=item.created_at)
    return int(project.pk)


def measure(boxes: int, spans: int, cookie: dict[str, str], inputs: int) -> None:
    from playwright.sync_api import sync_playwright

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    url = f"http://127.0.0.1:{installed.PORT}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        context.add_cookies([{"name": cookie["name"], "value": cookie["value"], "url": url}])
        context.add_init_script(STOPWATCH)
        page = context.new_page()
        page.goto("about:blank")
        empty = {"key": _times(page, inputs, _key("ArrowRight")), "pointer": _times(page, inputs, _pointer())}
        print(f"| what | input | p50 | p95 | empty page | p95 ÷ empty |\n|{'---|' * 6}")
        pages = _on_boxes(page, f"{url}/projects/{boxes}/label/"), _on_spans(page, f"{url}/projects/{spans}/label/")
        for about, name, of, gesture in chain(*pages):
            _print(about, name, _times(page, inputs, gesture), empty[of])
            page.mouse.up()
            page.keyboard.up("Shift")
        browser.close()


Gesture = Callable[[Any, int], None]


def _on_boxes(page: Any, address: str) -> Iterator[tuple[str, str, str, Gesture]]:
    """Each gesture, once the page is ready for it: about what, its name, kind of input, and how it is made."""
    page.goto(address)
    page.locator("[data-list=suggested] li").nth(BOXES - 1).wait_for(state="attached")
    page.keyboard.press("Shift+Y")
    page.locator("[data-list=drawn] li").nth(BOXES - 1).wait_for(state="attached")
    page.keyboard.press("Tab")
    page.wait_for_timeout(500)
    about = f"{BOXES} boxes"
    yield about, "an arrow moves the selected box", "key", _key("ArrowRight")
    yield about, "Tab, to the next box", "key", _key("Tab")
    page.keyboard.press("Escape")
    page.keyboard.press("z")
    x, y = _middle(page)
    page.mouse.move(x, y)
    yield about, "the pointer moves over them", "pointer", _pointer()
    page.mouse.move(x, y)
    page.mouse.down()
    yield about, "a new box is dragged", "pointer", _pointer()


def _on_spans(page: Any, address: str) -> Iterator[tuple[str, str, str, Gesture]]:
    page.goto(address)
    page.locator("[data-waiting]").filter(has_text=str(SPANS)).wait_for(state="attached")
    page.wait_for_timeout(500)
    page.keyboard.press("Shift+Y")
    page.wait_for_timeout(1000)
    about = f"{WORDS:,} words, {SPANS} spans"
    page.locator("#stage").click(position={"x": 200, "y": 120})
    page.keyboard.press("Escape")
    yield about, "the word caret moves", "key", _key("ArrowRight")
    page.keyboard.down("Shift")  # held, as people do: pressed each time it would ask for a frame of its own
    yield about, "a selection grows by a word", "key", _key("ArrowRight")
    page.keyboard.press("Escape")
    yield about, "a word is marked and the next chosen", "key", _alternating("1", "ArrowRight")
    yield about, "Tab, to the next span", "key", _key("Tab")
    page.keyboard.press("Escape")
    x, y = _middle(page)
    page.mouse.move(x - 150, y)
    page.mouse.down()
    yield about, "a selection is dragged", "pointer", _pointer()


def _middle(page: Any) -> tuple[float, float]:
    box = page.locator("#stage").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def _key(name: str) -> Gesture:
    return lambda page, _: page.keyboard.press(name)


def _alternating(*names: str) -> Gesture:
    return lambda page, n: page.keyboard.press(names[n % len(names)])


def _pointer() -> Gesture:
    """A short way to and fro."""
    return lambda page, n: page.mouse.move(500 + 4 * (n % 40), 300 + 3 * (n % 40))


def _times(page: Any, inputs: int, gesture: Gesture) -> list[float]:
    rng = random.Random(0)
    page.evaluate("times.length = 0")
    for n in range(inputs):
        gesture(page, n)
        page.wait_for_timeout(rng.uniform(40, 60))
    page.wait_for_timeout(200)
    return [float(time) for time in page.evaluate("times")]


def _print(about: str, name: str, times: list[float], empty: list[float]) -> None:
    p95, of_empty = _p95(times), _p95(empty)
    median = statistics.median(times)
    blank = f"{statistics.median(empty):.1f} · {of_empty:.1f}"
    print(f"| {about} | {name} | {median:.1f} | {p95:.1f} | {blank} | {p95 / of_empty:.1f} |", flush=True)


def _p95(times: list[float]) -> float:
    return sorted(times)[int(0.95 * (len(times) - 1))]


if __name__ == "__main__":
    main()
