"""People, the tokens that let their programs in, and the attempts to guess either."""

import hashlib
import secrets
from datetime import datetime
from typing import Self

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.utils import timezone


class User(AbstractUser):
    single_key_shortcuts = models.BooleanField(
        default=True, help_text="Label with single keys. Off, every shortcut needs Alt as well (WCAG 2.1.4)."
    )

    def __str__(self) -> str:
        return self.get_full_name() or self.username


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def valid(self) -> Self:
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()), user__is_active=True)


class ApiTokenManager(models.Manager["ApiToken"]):
    def issue(self, user: User, name: str = "", expires_at: datetime | None = None) -> tuple["ApiToken", str]:
        """Make a token; the secret is returned here and never again, since only its digest is stored."""
        secret = secrets.token_urlsafe(32)
        token = self.create(user=user, name=name, expires_at=expires_at, digest=digest(secret), hint=secret[:6])
        return token, secret


class ApiToken(models.Model):
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(
        max_length=100, blank=True, help_text="What it is for, so that you know which one to revoke."
    )
    digest = models.CharField(max_length=64, unique=True, editable=False)
    hint = models.CharField(max_length=6, editable=False, help_text="The first characters of the secret.")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_on = models.DateField(null=True, editable=False)

    objects = ApiTokenManager.from_queryset(ApiTokenQuerySet)()

    class Meta:
        verbose_name = "API token"

    def __str__(self) -> str:
        return f"{self.hint}… {self.name}".strip()


class Attempt(models.Model):
    """A try at something that could be guessed; see `accounts/attempts.py`."""

    key = models.CharField(max_length=64, help_text="A digest of what is limited: an account and an address, say.")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(fields=["key", "at"], name="attempt_by_key"),
            models.Index(fields=["at"], name="attempt_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.key[:8]} {self.at:%H:%M:%S}"


def digest(secret: str) -> str:
    """SHA-256 of a secret: the secrets are 256 random bits, so a slow hash would add nothing."""
    return hashlib.sha256(secret.encode()).hexdigest()
