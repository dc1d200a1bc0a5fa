"""The people whose answers a file gives: members and, where this is wanted, new members who cannot log in."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, make_password
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError

from accounts import people
from accounts.attempts import TooMany
from accounts.models import User
from annotate_kit.formats.readers import Unreadable
from annotate_kit.formats.records import shown
from projects.models import Membership, Project, Role

MOST_CREATED = 10_000

_RESOLVE = """
    UPDATE import_annotations a SET annotator_id = m.id
    FROM unnest(%s::bigint[], %s::bigint[]) AS m (placeholder, id) WHERE a.annotator_id = m.placeholder
"""


class Annotators:
    """Ids by user name. Who is to be created has a number below zero until then.

    Asks the database when it is made, else never, so that a thread can use it.
    """

    def __init__(self, project: Project, *, create: bool) -> None:
        self._ids = dict(project.memberships.of_people().values_list("user__username", "user_id"))
        self._create = create
        self._accounts = set(_who_can_log_in().values_list("username", flat=True)) if create else set()
        self.names: dict[int, str] = {}  # of those who are to be created
        self.refused: set[str] = set()  # the names of accounts that are no members

    def id_of(self, name: str) -> int:
        """ValueError when this is no member, and cannot become one."""
        if name not in self._ids:
            if not self._create:
                raise ValueError(f"annotations: {name!r} is no member of this project; add them to its people first")
            self._ids[name] = self._placeholder(name)
        return self._ids[name]

    def _placeholder(self, name: str) -> int:
        if name in self._accounts:  # somebody else's answers must not become those of a person who knows nothing of it
            self.refused.add(name)
            raise ValueError(f"annotations: {name!r} has an account but is no member; add them to the people first")
        _check_name(name)
        if len(self.names) >= MOST_CREATED:
            raise ValueError(f"annotations: more than {MOST_CREATED:,} new people in one file; cut it into parts")
        placeholder = -1 - len(self.names)
        self.names[placeholder] = name
        return placeholder


def _check_name(name: str) -> None:
    try:
        User._meta.get_field("username").run_validators(name)
        UnicodeUsernameValidator()(name)
    except ValidationError:
        raise ValueError(
            f"annotations: {shown(name)} cannot be a user name, which has at most 150 letters, digits and @ . + - _"
        ) from None


def _who_can_log_in() -> Any:
    """All accounts but those that an import made."""
    return User.objects.exclude(is_active=False, password__startswith=UNUSABLE_PASSWORD_PREFIX)


def create(cursor: Any, project: Project, names: Mapping[int, str]) -> int:
    """Make members of those who are staged under numbers below zero; returns how many of them are new here."""
    existing = User.objects.filter(username__in=names.values())
    missing = set(names.values()) - set(existing.values_list("username", flat=True))
    User.objects.bulk_create(
        [User(username=name, password=make_password(None), is_active=False) for name in sorted(missing)],
        ignore_conflicts=True,
    )
    ids = dict(existing.values_list("username", "pk"))
    before = project.memberships.count()
    Membership.objects.bulk_create(
        [Membership(project=project, user_id=pk, role=Role.ANNOTATOR) for pk in ids.values()], ignore_conflicts=True
    )
    cursor.execute(_RESOLVE, [list(names), [ids[name] for name in names.values()]])
    return project.memberships.count() - before


def count_guesses(by: User | None, count: int) -> None:
    """Which accounts there are is not for everybody: Unreadable when somebody has named too many within an hour."""
    if by is None or people.sees_everybody(by):
        return
    try:
        for _ in range(count):
            people.count_name(by)
    except TooMany:
        raise Unreadable(
            "too many annotators of this file have accounts but are no members; add these people to the project first"
        ) from None
