"""An invitation by mail, where mail leaves this site."""

import logging
from collections.abc import Iterable
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.http import HttpRequest
from django.template.loader import render_to_string

from accounts import attempts, mail
from accounts.attempts import Limit
from projects import invitations
from projects.models import Invitation

MOST_MAILS = 200  # of one person in a day

log = logging.getLogger(__name__)


def send(invitation: Invitation, request: HttpRequest) -> bool:
    """Mail the link to its address; False when it has none, no mail server took the mail, or MOST_MAILS were sent."""
    if not (mail.is_sent() and is_address(invitation.addressee) and _may_send(invitation)):
        return False
    context = {"invitation": invitation, "url": request.build_absolute_uri(invitations.path(invitation))}
    text = render_to_string("projects/invitation_mail.txt", context)
    subject = " ".join(f"{invitation.by} invites you to label: {invitation.project}".split())
    try:
        return EmailMessage(subject, text, to=[invitation.addressee]).send() == 1
    except OSError as error:  # SMTP's errors are such, too
        log.warning("The invitation of %s could not be mailed: %s", invitation.addressee, error)
        return False


def send_all(new: Iterable[Invitation], request: HttpRequest) -> int:
    """Mail several; returns how many were taken."""
    return sum(send(invitation, request) for invitation in new)


def _may_send(invitation: Invitation) -> bool:
    """Nobody writes to the whole world by this site."""
    try:
        attempts.begin([Limit(f"invitations mailed by {invitation.by_id}", MOST_MAILS, timedelta(days=1))])
    except attempts.TooMany:
        return False
    return True


def is_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True
