"""Who knows whom, and accounts by what people call them."""

from django.db.models import Q, QuerySet

from accounts.models import User


def colleagues_of(user: User) -> QuerySet[User]:
    """The members of the projects that this person manages."""
    managed = Q(memberships__project__memberships__user=user, memberships__project__memberships__role="manager")
    return User.objects.filter(pk__in=User.objects.filter(managed).values("pk"))


def account_named(name: str) -> User | None:
    """The active account with this user name or e-mail address."""
    if not name or "\0" in name:
        return None
    active = User.objects.filter(is_active=True)
    return active.filter(username=name).first() or active.filter(email__iexact=name).first()
