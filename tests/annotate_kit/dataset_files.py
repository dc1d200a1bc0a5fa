"""Items that the files of other tools have a place for, and how such a file is read."""

import random
import re
from importlib.util import find_spec

from annotate_kit.formats.datasets import Example, registry, unpacked

FORMATS = [name for name in registry.names if name != "peerannot"]
BOTH_WAYS = [name for name in FORMATS if hasattr(registry.load(name), "write")]
NEEDS = {name: registry.load(name).needs for name in FORMATS if hasattr(registry.load(name), "needs")}
MISSING = {name for name, package in NEEDS.items() if not find_spec(package)}
"""Those whose package is not installed; their tests are left out."""
READ_ONLY = {"brat", "cvat"}
PEOPLE = {"label_studio", "prodigy"}
"""Formats that keep who said what."""

TEXTS = ["Anna met Bo 👩‍🚀 in Saint-Étienne.\nShe left.", "שלום Anna, 🇫🇷🇩🇪!", "e\u0301te\u0301 \u200d\t x", "", "a  b"]
KEYS = {"boxes": "box", "polygons": "polygon", "points": "point", "lines": "line", "keypoints": "keypoints"}


def spans(rng: random.Random, text: str) -> list[dict]:
    """Some words of the text, none overlapping."""
    words = [match.span() for match in re.finditer(r"\w+", text)]
    chosen = sorted(rng.sample(words, rng.randint(0, len(words))))
    return [{"start": start, "end": end, "label": rng.choice(["PER", "LOC"])} for start, end in chosen]


def shapes(rng: random.Random, kinds: set[str], width: int, height: int) -> list[dict]:
    def corner():
        return [round(rng.uniform(0, width), 1), round(rng.uniform(0, height), 1)]

    def shape(kind):
        (x0, y0), (x1, y1) = corner(), corner()
        box = [min(x0, x1), min(y0, y1), max(x0, x1) + 1, max(y0, y1) + 1]
        places = {"boxes": box, "polygons": [corner() for _ in range(rng.randint(3, 6))], "points": corner()}
        joints = rng.sample(["nose", "left ear", "tail"], rng.randint(1, 3))
        places["keypoints"] = {name: [*corner(), rng.choice([1, 2])] for name in joints}
        return {KEYS[kind]: places.get(kind) or [corner(), corner()], "label": rng.choice(["car", "it's a bus"])}

    return [shape(rng.choice(sorted(kinds))) for _ in range(rng.randint(0, 6))]


def examples(name: str, seed: int = 0) -> list[Example]:
    """Items that this format has a place for."""
    rng, takes = random.Random(seed), registry.load(name).takes
    if "spans" in takes:
        items = [Example(f"n/{n}", text, value=spans(rng, text)) for n, text in enumerate(TEXTS)]
    else:
        items = []
    if takes & KEYS.keys():
        sizes = [(rng.randint(20, 4000), rng.randint(20, 4000)) for _ in range(4)]
        items += [
            Example(f"{folder} {n}.jpg", None, width, height, shapes(rng, takes & KEYS.keys(), width - 1, height - 1))
            for n, (width, height) in enumerate(sizes)
            for folder in ("one/Ä", "two/Ä")
        ]
    return [example.cleaned() for example in items]


def read(name, data, file=None, **options):
    return list(registry.load(name).read(unpacked(file or f"data{registry.load(name).suffix}", data), **options))
