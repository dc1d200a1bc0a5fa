"""Texts."""

import re
from typing import Any

place = 1
about = "Sentences, messages, reviews, documents"
column = "text"
role = "text"
features = "text_hashing"


def sent(item_id: int, text: str) -> str:
    return text


def shown(text: str) -> dict[str, Any]:
    return {"text": text, "size": _size(text), "lines": _lines(text)}


def _lines(text: str) -> str:
    """Several lines keep their shape, and indented ones are code. The same rule as in `labelling/render.js`."""
    if "\n" not in text.strip():
        return ""
    return "code" if re.search(r"^(?: {2,}|\t)", text, re.MULTILINE) else "text"


def _size(text: str) -> str:
    """Short texts are set larger. The same rule as in `labelling/render.js`."""
    return "short" if len(text) <= 120 else "medium" if len(text) <= 600 else "long"


def for_model(text: str) -> str:
    return text


def glimpse(text: str) -> str:
    return " ".join(text.split())


def picture(item_id: int) -> None:
    return None
