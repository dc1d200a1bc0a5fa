"""Who takes part in a project, and in which role. There is always a manager."""

from django.contrib.auth.hashers import make_password
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet

from accounts.models import User
from accounts.people import colleagues_of
from core.postgres.transactions import atomic
from projects.models import Event, Membership, Project, Role
from projects.signals import member_left

TOO_MANY_NAMES = "Too many names that are no account's. Wait an hour, or invite people by a link."


PRACTICE_ITEMS = 20
"""Items whose right answer is known, with which people begin who are invited so."""


class LastManager(ValueError):
    """A project without a manager could never be set up again."""


class NoPerson(ValueError):
    """A machine does not become a person, nor a person a machine."""


@atomic
def add(project: Project, user: User, role: Role | str, by: User, practice: bool = False) -> Membership:
    """Let somebody take part, perhaps with practice first; ValueError when they do already."""
    membership, created = Membership.objects.get_or_create(
        project=project, user=user, defaults={"role": role, "practice_left": PRACTICE_ITEMS if practice else 0}
    )
    if not created:
        raise ValueError(f"{user.username} is a member already, as {membership.role}.")
    _note(project, by, "member added", user, role=str(role))
    return membership


@atomic
def add_machine(project: Project, username: str, by: User) -> Membership:
    """Let a model, a rule or a program from elsewhere vote under this name, which nobody can log in by.

    ValueError where the name is no user name, that of a person, or a member already.
    """
    try:
        User._meta.get_field("username").run_validators(username)
    except ValidationError as error:
        raise ValueError(" ".join(error.messages)) from error
    user, created = User.objects.get_or_create(
        username=username, defaults={"is_active": False, "password": make_password(None)}
    )
    elsewhere = user.memberships.all()
    if not created and (not elsewhere.exists() or elsewhere.of_people().exists() or user.is_active):
        raise ValueError(f"{username} is the name of a person's account; a machine has one of its own.")
    return add(project, user, Role.MACHINE, by)


@atomic
def change_role(membership: Membership, role: Role | str, by: User) -> Membership:
    """Give a member another role; LastManager when nobody else manages the project, NoPerson of machines."""
    stored = Membership.objects.select_related("project", "user").get(pk=membership.pk)
    if Role.MACHINE in (stored.role, role) and stored.role != role:
        raise NoPerson(f"{stored.user.username} stays {stored.role}: machines and people are different members.")
    _keep_a_manager(stored, role)
    Membership.objects.filter(pk=stored.pk).update(role=role)
    _note(stored.project, by, "role changed", stored.user, was=str(stored.role), role=str(role))
    membership.role = role
    return membership


@atomic
def remove(membership: Membership, by: User) -> None:
    """End somebody's part: their leases are released, their annotations stay. LastManager when nobody else manages."""
    _keep_a_manager(membership, None)
    project, user = membership.project, membership.user
    Membership.objects.filter(pk=membership.pk).delete()
    _note(project, by, "member removed", user, was=str(membership.role))
    member_left.send(Membership, project=project, user=user)


def accounts_managed_by(manager: User) -> QuerySet[User]:
    """The people whose accounts are in this person's care: all their projects are, and they are not of the staff.

    Staff with the right to change accounts do so in the admin, for everybody; here they see those of others, too.
    """
    others = User.objects.filter(is_staff=False, is_superuser=False).exclude(pk=manager.pk)
    if manager.is_staff and manager.has_perm("accounts.change_user"):
        return others
    elsewhere = Membership.objects.exclude(project__in=Project.objects.of(manager, Role.MANAGER))
    return others.filter(pk__in=colleagues_of(manager)).exclude(memberships__in=elsewhere)


@atomic
def set_active(project: Project, user: User, active: bool, by: User) -> None:
    """Disable an account, or enable it again; PermissionDenied when it is not in this person's care."""
    _check_care(user, by)
    user = User.objects.get(pk=user.pk)
    user.is_active = active
    user.save(update_fields=["is_active"])
    _note(project, by, "account enabled" if active else "account disabled", user)


def note_reset(project: Project, user: User, by: User) -> None:
    """Somebody is given a link for a new password; PermissionDenied when the account is not in this person's care."""
    _check_care(user, by)
    _note(project, by, "new password offered", user)


def _check_care(user: User, by: User) -> None:
    if not accounts_managed_by(by).filter(pk=user.pk).exists():
        raise PermissionDenied(f"{user.username} takes part elsewhere too, or is of the staff: ask an administrator.")


def _keep_a_manager(membership: Membership, role: Role | str | None) -> None:
    """Managers are locked while we look, so that the last two cannot leave at once."""
    if membership.role != Role.MANAGER or role == Role.MANAGER:
        return
    managers = Membership.objects.select_for_update().filter(project=membership.project_id, role=Role.MANAGER)
    if not any(other.pk != membership.pk for other in managers.order_by("pk")):
        raise LastManager(f"{membership.user.username} is the only manager; make somebody else one first.")


def _note(project: Project, by: User, action: str, user: User, **data: str) -> None:
    Event.objects.create(project=project, actor=by, act=action, data={"username": user.username, **data})
