"""What there is to label in the demo: digits, sentences about things bought, a changelog, and pictures of coins."""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from annotate_kit.formats.records import Record

SENTENCES = Path(__file__).with_name("demo_sentences.tsv")
CHANGELOG = Path(__file__).with_name("demo_changelog.txt")
MARKED = re.compile(r"\[(?P<words>[^|\]]+)\|(?P<label>\w+)\]")
"""A span in the file of the changelog: "[Mira Holt|person] wrote it"."""

METALS = {"copper": ((184, 115, 72), (120, 70, 42)), "silver": ((196, 200, 204), (120, 126, 134))}
"""The colours of a coin and of its edge."""
PICTURES, WIDTH, HEIGHT = 12, 480, 320
GAP = 8  # pixels between coins, and from a coin to the side of the picture


def digits() -> Iterator[Record]:
    from sklearn.datasets import load_digits

    data = load_digits()
    for row, (pixels, digit) in enumerate(zip(data.images, data.target, strict=True)):
        png = io.BytesIO()
        Image.fromarray(np.round(255 - pixels * (255 / 16)).astype(np.uint8)).save(png, "PNG")
        name = f"digit-{row:04}"
        yield Record(row=row + 1, external_id=name, image=png.getvalue(), image_name=f"{name}.png", gold=str(digit))


def sentences() -> Iterator[Record]:
    lines = SENTENCES.read_text(encoding="utf-8").splitlines()
    for row, line in enumerate(lines, start=1):
        gold, text = line.split("\t")
        yield Record(row=row, external_id=f"review-{row:02}", text=text, gold=gold)


def changelog() -> Iterator[Record]:
    """Sentences with the people, places and dates in them."""
    lines = CHANGELOG.read_text(encoding="utf-8").splitlines()
    for row, line in enumerate(lines, start=1):
        text, spans = _unmarked(line)
        yield Record(row=row, external_id=f"change-{row:02}", text=text, gold=spans)


def _unmarked(line: str) -> tuple[str, list[dict[str, Any]]]:
    """The sentence without its marks, and the spans that they stand for."""
    text, spans, behind = "", [], 0
    for mark in MARKED.finditer(line):
        text += line[behind : mark.start()]
        spans.append({"start": len(text), "end": len(text) + len(mark["words"]), "label": mark["label"]})
        text += mark["words"]
        behind = mark.end()
    return text + line[behind:], spans


def coins() -> Iterator[Record]:
    """Pictures of coins on a table. The right boxes of every second one are known."""
    random = np.random.default_rng(7)
    for row in range(1, PICTURES + 1):
        picture, boxes = _table(random), []
        for x, y, radius in _places(random):
            metal = str(random.choice(list(METALS)))
            _coin(ImageDraw.Draw(picture), x, y, radius, metal)
            boxes.append({"box": [x - radius, y - radius, x + radius + 1, y + radius + 1], "label": metal})
        file, name = io.BytesIO(), f"coins-{row:02}"
        picture.save(file, "JPEG", quality=90)
        gold = boxes if row % 2 else None
        yield Record(row=row, external_id=name, image=file.getvalue(), image_name=f"{name}.jpg", gold=gold)


def _table(random: np.random.Generator) -> Image.Image:
    """Dark noise, coarse and fine."""
    coarse = Image.fromarray(random.integers(60, 110, (HEIGHT // 20, WIDTH // 20), dtype=np.uint8))
    grey = np.asarray(coarse.resize((WIDTH, HEIGHT)), dtype=np.int16) + random.integers(-12, 13, (HEIGHT, WIDTH))
    return Image.fromarray(grey.clip(0, 255).astype(np.uint8)).convert("RGB")


def _places(random: np.random.Generator) -> list[tuple[int, int, int]]:
    """Centre and radius of four to eight coins that do not touch."""
    places: list[tuple[int, int, int]] = []
    wanted = int(random.integers(4, 9))
    for _ in range(200):
        radius = int(random.integers(20, 42))
        margin = radius + GAP
        x, y = int(random.integers(margin, WIDTH - margin)), int(random.integers(margin, HEIGHT - margin))
        if len(places) < wanted and all(np.hypot(x - a, y - b) > radius + r + GAP for a, b, r in places):
            places.append((x, y, radius))
    return places


def _coin(pen: ImageDraw.ImageDraw, x: int, y: int, radius: int, metal: str) -> None:
    face, edge = METALS[metal]
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=face, outline=edge, width=3)
    inner = radius * 2 // 3
    pen.ellipse((x - inner, y - inner, x + inner, y + inner), outline=edge, width=2)
