"""An invitation by mail, where mail leaves this site."""

import logging
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.http import HttpRequest
from django.template.loader import render_to_string

from accounts import mail
from projects import invitations
from projects.models import Invitation

log = logging.getLogger(__name__)


def send(invitation: Invitation, request: HttpRequest) -> bool:
    """Mail the link to its address; False when it has none, or no mail server took the mail."""
    if not (mail.is_sent() and is_address(invitation.addressee)):
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


def is_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True
