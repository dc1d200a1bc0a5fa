"""Invitations: links by which people become members, and the mail that brings them."""

from projects.invitations.links import (
    LIFETIME,
    LONGEST,
    MOST_USES,
    Ended,
    Outcome,
    accept,
    bring,
    find,
    invite,
    path,
    renew,
    token,
    withdraw,
)

__all__ = [
    "LIFETIME",
    "LONGEST",
    "MOST_USES",
    "Ended",
    "Outcome",
    "accept",
    "bring",
    "find",
    "invite",
    "path",
    "renew",
    "token",
    "withdraw",
]
