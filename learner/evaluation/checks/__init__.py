"""What may mislead those who read a round's score, each as a sentence that says what to do.

The checks are functions of arrays that return findings, plain dictionaries which the record of the round stores; those
say by `check` which function of `SENTENCES` puts them into words. They are computed in the round's job and never when
somebody looks.
"""

from collections.abc import Callable
from typing import Any

from accounts.models import User
from annotate import pseudonyms
from learner.evaluation.checks import drift, duplicates, imbalance, people
from learner.models import Round
from projects.models import Role

WARNINGS = "warnings"  # the name in the record of a round
OF_PEOPLE = "person"
SENTENCES: dict[str, Callable[[dict[str, Any]], str]] = {
    "rare_labels": imbalance.rare_labels,
    "one_label": imbalance.one_label,
    "test_in_training": duplicates.test_in_training,
    "drift": drift.drift,
    OF_PEOPLE: people.person,
}


def shown_to(viewer: User, role: Role | None, round: Round) -> list[dict[str, Any]]:
    """The warnings of a round, each with its `text`; those that name people for managers alone. `role` is the
    viewer's in its project. A query where people are named."""
    findings: list[dict[str, Any]] = round.record.get(WARNINGS, [])
    if role != Role.MANAGER:
        findings = [finding for finding in findings if finding["check"] != OF_PEOPLE]
    return [{**finding, "text": SENTENCES[finding["check"]](finding)} for finding in _named(viewer, round, findings)]


def _named(viewer: User, round: Round, findings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """With the `name` in place of the number of a person, as this viewer sees it."""
    ids = [finding["user"] for finding in findings if "user" in finding]
    if not ids:
        return findings
    users = User.objects.in_bulk(ids)
    pseudonyms.hide(round.project, viewer, users.values())
    names = {user: row.username for user, row in users.items()}
    return [
        {**finding, "user": names.get(finding["user"], "somebody")} if "user" in finding else finding
        for finding in findings
    ]
