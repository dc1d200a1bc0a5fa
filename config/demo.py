"""The demo: scikit-learn's handwritten digits and short shop reviews, and four people to label them."""

import io
import json
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from accounts.models import User
from annotate.imports.run import import_records
from annotate_kit.formats.records import Record
from config import env
from projects.models import PALETTE, Label, Membership, Project, Role

ADMINISTRATOR = "admin"
PEOPLE = {"mona": Role.MANAGER, "rita": Role.REVIEWER, "ann": Role.ANNOTATOR, "abe": Role.ANNOTATOR}
SENTENCES = Path(__file__).with_name("demo_sentences.tsv")

DIGITS_GUIDELINES = """\
Which digit was written? Press its key.

- Choose what the writer **meant**, not what it looks most like at a glance.
- A *1* may have a foot and a flag; a *7* may have a bar through it.
- Can't tell at all? Skip it with **Space** and say why.
"""
REVIEWS_GUIDELINES = """\
Is the customer happy?

- **positive**: would buy again or recommend it. *"Arrived a day early and works like new."*
- **negative**: would not. *"Broke on the second day."*
- When both are said, choose what the sentence ends on.
"""


def build() -> dict[str, str]:
    """Make what is missing of the demo; returns the passwords by user name."""
    passwords = _passwords()
    people = {name: _person(name, password) for name, password in passwords.items()}
    digits = _project(people, [str(digit) for digit in range(10)], name="digits", **_DIGITS)
    reviews = _project(people, ["positive", "negative"], name="reviews", **_REVIEWS)
    for project, records in ((digits, _digits), (reviews, _sentences)):
        if not project.items.exists():
            import_records(project, records())
    return passwords


_DIGITS = {
    "guidelines": DIGITS_GUIDELINES,
    "features": "image_pixels",
    "estimator": "logistic_regression",
    "acquisition": "margin",
    "votes_wanted": 1,
    "retrain_every": 40,
}
_REVIEWS = {
    "guidelines": REVIEWS_GUIDELINES,
    "features": "text_hashing",
    "estimator": "logistic_regression",
    "acquisition": "margin",
    "votes_wanted": 2,
    "retrain_every": 20,
}


def _passwords() -> dict[str, str]:
    """DEMO_PASSWORD for all; else random ones, made once and kept, so that every start can print them."""
    if password := env.get("DEMO_PASSWORD"):
        return dict.fromkeys([*PEOPLE, ADMINISTRATOR], password)
    path = env.var() / "demo_passwords.json"
    stored = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    passwords = {name: stored.get(name) or secrets.token_urlsafe(6) for name in [*PEOPLE, ADMINISTRATOR]}
    with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as handle:
        json.dump(passwords, handle)
    return passwords


def _person(name: str, password: str) -> User:
    rights = {"is_staff": name == ADMINISTRATOR or PEOPLE[name] is Role.MANAGER, "is_superuser": name == ADMINISTRATOR}
    user, created = User.objects.get_or_create(username=name, defaults=rights)
    if created or (env.get("DEMO_PASSWORD") and not user.check_password(password)):
        user.set_password(password)
        user.save(update_fields=["password"])
    return user


def _project(people: dict[str, User], labels: list[str], name: str, **fields: object) -> Project:
    project, created = Project.objects.get_or_create(name=name, defaults=fields)
    if not created:
        return project
    Label.objects.bulk_create(
        Label(project=project, name=name, position=place, color=PALETTE[place % len(PALETTE)], hotkey=key)
        for place, (name, key) in enumerate(zip(labels, _keys(labels), strict=True))
    )
    Membership.objects.bulk_create(
        Membership(project=project, user=people[name], role=role) for name, role in PEOPLE.items()
    )
    return project


def _keys(labels: list[str]) -> list[str]:
    """A label that is a digit has that digit as its key; the others are counted from 1."""
    return (
        labels
        if all(name.isdigit() and len(name) == 1 for name in labels)
        else [str(n) for n in range(1, len(labels) + 1)]
    )


def _digits() -> Iterator[Record]:
    from sklearn.datasets import load_digits

    digits = load_digits()
    for row, (pixels, digit) in enumerate(zip(digits.images, digits.target, strict=True)):
        png = io.BytesIO()
        Image.fromarray(np.round(255 - pixels * (255 / 16)).astype(np.uint8)).save(png, "PNG")
        name = f"digit-{row:04}"
        yield Record(row=row + 1, external_id=name, image=png.getvalue(), image_name=f"{name}.png", gold=str(digit))


def _sentences() -> Iterator[Record]:
    lines = SENTENCES.read_text(encoding="utf-8").splitlines()
    for row, line in enumerate(lines, start=1):
        gold, text = line.split("\t")
        yield Record(row=row, external_id=f"review-{row:02}", text=text, gold=gold)
