"""The demo: handwritten digits, short shop reviews, a changelog and pictures of coins, and people to label them."""

import json
import os
import secrets
from collections.abc import Callable, Iterator
from typing import Any

from accounts.models import User
from annotate.imports.run import import_records
from annotate_kit.formats.records import Record
from config import demo_records, env
from core.palette import color_at
from projects.models import Label, Membership, Project, Role

ADMINISTRATOR = "admin"
PEOPLE = {"mona": Role.MANAGER, "rita": Role.REVIEWER, "ann": Role.ANNOTATOR, "abe": Role.ANNOTATOR}

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
CHANGELOG_GUIDELINES = """\
Who did it, where, and when? The sentences are the changelog of a map for sailors.

- **person**: a name of a person, all of it: *Mira Holt*.
- **place**: a town, country, sea or coast that is named.
- **date**: as exact as it is written: *3 March 2021*, *spring 2023*.
- Many sentences name nothing: submit those as they are.
"""
COINS_GUIDELINES = """\
Draw a box round every coin.

- The box touches the coin's edge on all four sides.
- **copper** is brown, **silver** is grey.
"""


def build() -> dict[str, str]:
    """Make what is missing of the demo; returns the passwords by user name."""
    passwords = _passwords()
    people = {name: _person(name, password) for name, password in passwords.items()}
    for name, (labels, records, fields) in PROJECTS.items():
        project = _project(people, labels, name=name, **fields)
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
_CHANGELOG = {
    "guidelines": CHANGELOG_GUIDELINES,
    "task_type": "spans",
    "votes_wanted": 2,
    "retrain_every": 20,
}
_COINS = {"guidelines": COINS_GUIDELINES, "task_type": "boxes", "votes_wanted": 2, "learning": False}
PROJECTS: dict[str, tuple[list[str], Callable[[], Iterator[Record]], dict[str, Any]]] = {
    "digits": ([str(digit) for digit in range(10)], demo_records.digits, _DIGITS),
    "reviews": (["positive", "negative"], demo_records.sentences, _REVIEWS),
    "changelog": (["person", "place", "date"], demo_records.changelog, _CHANGELOG),
    "coins": (list(demo_records.METALS), demo_records.coins, _COINS),
}
"""Their labels, what there is to label, and how they are set up."""


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
        Label(project=project, name=name, position=place, color=color_at(place), hotkey=key)
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
