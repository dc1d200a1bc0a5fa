"""Where a project hides names, its reviewers see a pseudonym in place of everybody's name but their own.

A pseudonym is a keyed hash of the project and the person: it stays the same within a project, differs between projects,
and neither it nor its order tells the name.
"""

from collections.abc import Iterable, Mapping

from django.db.models import Q, QuerySet
from django.utils.crypto import salted_hmac

from accounts.models import User
from annotate.models import annotators_of
from projects.models import Project, Role

_DIGITS = "23456789BCDFGHJKLMNPQRSTVWXZ"  # no vowels, so that no words arise
_LENGTH = 6


def pseudonym(project_id: int, user_id: int) -> str:
    digest = salted_hmac("annotate.pseudonyms", f"{project_id}:{user_id}", algorithm="sha256").digest()
    return "Person " + "".join(_DIGITS[byte % len(_DIGITS)] for byte in digest[:_LENGTH])


def are_shown(project: Project, viewer: User) -> bool:
    """Whether this person sees pseudonyms."""
    return project.hide_names and project.role_of(viewer) == Role.REVIEWER


def hide(project: Project, viewer: User, people: Iterable[User | None]) -> bool:
    """Give these objects pseudonyms where the viewer sees such; they must not be saved. Returns whether they do."""
    if not are_shown(project, viewer):
        return False
    for user in people:
        if user is not None and user.pk != viewer.pk:
            user.username, user.first_name, user.last_name, user.email = pseudonym(project.pk, user.pk), "", "", ""
    return True


def by_username(project: Project, viewer: User, usernames: Iterable[str]) -> Mapping[str, str]:
    """The name that the viewer sees for each of these user names."""
    users = list(User.objects.filter(username__in=set(usernames)))
    originals = {user.pk: user.username for user in users}
    hide(project, viewer, users)
    return {originals[user.pk]: user.username for user in users}


def find(project: Project, viewer: User | None, name: str, among: QuerySet[User]) -> User | None:
    """Whom the viewer means by a name: by their pseudonym only, where the viewer sees pseudonyms."""
    if viewer is None or not are_shown(project, viewer):
        return None if "\0" in name else among.filter(username=name).first()
    people = among.only("pk", "username")
    return next((user for user in people if name == _name_seen(project, viewer, user)), None)


def everybody_in(project: Project) -> QuerySet[User]:
    """The members, and who annotated here before."""
    here = Q(memberships__project=project) | Q(pk__in=annotators_of(project))
    return User.objects.filter(here).distinct()


def _name_seen(project: Project, viewer: User, user: User) -> str:
    return user.username if user.pk == viewer.pk else pseudonym(project.pk, user.pk)
