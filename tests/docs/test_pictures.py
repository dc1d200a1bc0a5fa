"""Pictures in the documentation: each is there by day and by night, and is shown somewhere."""

import re
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
SHOWN = re.compile(r'(?:src|srcset)="([^"]+\.png)"|!\[[^\]]*\]\(([^)]+\.png)\)')


def test_every_picture_is_shown_and_every_shown_one_is_there():
    pages = [*DOCS.rglob("*.md"), DOCS.parent / "README.md"]
    shown = {
        (page.parent / (first or second)).resolve()
        for page in pages
        for first, second in SHOWN.findall(page.read_text(encoding="utf-8"))
    }
    assert shown == set((DOCS / "images").glob("*.png"))


def test_every_picture_has_one_by_day_and_one_by_night():
    names = {file.stem.rpartition("-")[::2] for file in (DOCS / "images").glob("*.png")}
    assert names == {(name, scheme) for name, _ in names for scheme in ("light", "dark")}
