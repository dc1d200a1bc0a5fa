"""Invitations: a link that lets somebody take part in a project, with an account of their own.

The link is the invitation's number and a signature, so the database holds nothing with which a link could be made.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from django.core import signing
from django.utils import timezone

from accounts import people
from accounts.attempts import TooMany
from accounts.models import User
from core.postgres.transactions import atomic
from projects import members
from projects.models import Event, Invitation, Membership, Project, Role

LIFETIME = timedelta(days=7)
LONGEST = timedelta(days=90)
MOST_USES = 1000

_signer = signing.Signer(sep=".", salt="projects.invitations")


class Ended(ValueError):
    """An invitation that lets nobody in any more; says why."""


@atomic
def invite(
    project: Project,
    by: User,
    role: Role | str = Role.ANNOTATOR,
    addressee: str = "",
    uses: int = 1,
    lifetime: timedelta = LIFETIME,
    practice: bool = False,
) -> Invitation:
    """Make a link for one person, named by their address or otherwise, or for `uses` people. ValueError: a member."""
    if "@" in addressee:
        addressee = addressee.lower()
        if member := project.memberships.filter(user__email__iexact=addressee).select_related("user").first():
            raise ValueError(f"{addressee} is a member already, as {member.role}.")
    if addressee:  # a newer link takes the place of the former
        project.invitations.unused().filter(addressee=addressee).delete()
    expires_at = timezone.now() + lifetime
    invitation = Invitation.objects.create(
        project=project,
        by=by,
        role=role,
        addressee=addressee,
        uses=uses,
        practice=practice,
        expires_at=expires_at,
    )
    _note(invitation, by, "invited", role=str(role), uses=str(uses))
    return invitation


@dataclass
class Outcome:
    """What became of the people who were named: some take part now, some have a link, some were members already."""

    added: list[Membership] = field(default_factory=list)
    invited: list[Invitation] = field(default_factory=list)
    members: list[str] = field(default_factory=list)


def bring(
    project: Project,
    by: User,
    names: Iterable[str],
    role: Role | str,
    lifetime: timedelta = LIFETIME,
    practice: bool = False,
) -> Outcome:
    """Add those whose accounts this person may name, and invite the others."""
    outcome = Outcome()
    for name in names:
        user = _account(name, by)
        try:
            if user is not None:
                outcome.added.append(members.add(project, user, role, by, practice))
            else:
                outcome.invited.append(invite(project, by, role, name, lifetime=lifetime, practice=practice))
        except ValueError:  # takes part already
            outcome.members.append(name)
    return outcome


def _account(name: str, by: User) -> User | None:
    try:
        return people.find(name, by)
    except TooMany:
        return None


def token(invitation: Invitation) -> str:
    return _signer.sign(f"{invitation.pk}-{invitation.version}")


def path(invitation: Invitation) -> str:
    """The address that lets somebody in, below that of this site."""
    return f"/join/{token(invitation)}/"


def find(signed: str) -> Invitation | None:
    """The invitation of a link, which may have ended; None when it was withdrawn, replaced, or never was one."""
    try:
        number, _, version = _signer.unsign(signed).partition("-")
    except signing.BadSignature:
        return None
    return Invitation.objects.select_related("project", "by").filter(pk=number, version=version).first()


@atomic
def accept(invitation: Invitation, user: User) -> Membership:
    """Let this person take part. A member stays what they are, and no use is counted. Ended says why not."""
    current = Invitation.objects.select_for_update(of=["self"]).select_related("project").get(pk=invitation.pk)
    present = current.project.memberships.filter(user=user).first()
    if present is not None:
        return present
    if reason := current.ended:
        raise Ended(reason)
    current.used += 1
    current.save(update_fields=["used"])
    return members.add(current.project, user, current.role, current.by or user, current.practice)


@atomic
def renew(invitation: Invitation, by: User, lifetime: timedelta = LIFETIME) -> Invitation:
    """Make a new link in place of the old one, which ends."""
    current = Invitation.objects.select_for_update().get(pk=invitation.pk)
    current.version += 1
    current.expires_at = timezone.now() + lifetime
    current.save(update_fields=["version", "expires_at"])
    _note(current, by, "invitation renewed")
    return current


@atomic
def withdraw(invitation: Invitation, by: User) -> None:
    """End the link. Who joined by it stays."""
    _note(invitation, by, "invitation withdrawn")
    invitation.delete()


def _note(invitation: Invitation, by: User, action: str, **data: str) -> None:
    data["addressee"] = invitation.addressee
    Event.objects.create(project=invitation.project, actor=by, act=action, data=data)
