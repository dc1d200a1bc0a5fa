"""Who knows whom, and accounts by what people call them."""

from datetime import timedelta

from django.db.models import Q, QuerySet

from accounts import attempts
from accounts.attempts import Limit
from accounts.models import Attempt, User

MOST_NAMES = 10  # that are no account's, an hour


def colleagues_of(user: User) -> QuerySet[User]:
    """The members of the projects that this person manages."""
    managed = Q(memberships__project__memberships__user=user, memberships__project__memberships__role="manager")
    return User.objects.filter(pk__in=User.objects.filter(managed).values("pk"))


def sees_everybody(user: User) -> bool:
    """Whether this person may see all accounts: superusers, and staff with the right."""
    return user.is_staff and (user.has_perm("accounts.view_user") or user.has_perm("accounts.change_user"))


def find(name: str, by: User) -> User | None:
    """The active account that somebody names by its user name, or a colleague by their e-mail address.

    Which accounts there are is not for everybody: addresses are looked for among one's colleagues alone, and who has
    tried MOST_NAMES names in vain within an hour gets TooMany, whatever the next name is.
    """
    if not name or "\0" in name:
        return None
    active = User.objects.filter(is_active=True)
    visible = active if sees_everybody(by) else active.filter(pk__in=colleagues_of(by))
    if user := visible.filter(username=name).first() or visible.filter(email__iexact=name).first():
        return user
    return None if "@" in name or sees_everybody(by) else _guess(name, by)


def count_name(by: User) -> list[Attempt]:
    """Count that this person learns whether a name is an account's; TooMany when it was too often within an hour."""
    return attempts.begin([Limit(f"names by {by.pk}", MOST_NAMES, timedelta(hours=1))])


def _guess(name: str, by: User) -> User | None:
    tried = count_name(by)
    user = User.objects.filter(username=name, is_active=True).first()
    if user is not None:
        attempts.take_back(tried)
    return user
