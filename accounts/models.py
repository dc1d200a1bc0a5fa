"""People, the tokens that let their programs in, and the attempts to guess either."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any, Self

from django.contrib.auth.models import AbstractUser
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from accounts.signals import account_disabled

TOKEN_LIFETIME = timedelta(days=365)


class User(AbstractUser):
    """Who takes part. A new password, or an account that is disabled, ends sessions and API tokens for good."""

    single_key_shortcuts = models.BooleanField(
        default=True, help_text="Label with single keys. Off, every shortcut needs Alt as well (WCAG 2.1.4)."
    )
    sessions_ended = models.PositiveIntegerField(
        default=0, editable=False, help_text="Counted up to end all sessions of this person."
    )
    inbox_read_at = models.DateTimeField(null=True, editable=False)

    _stored: dict[str, Any] = {}  # what the database has of the fields that revoke something when they change

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    @classmethod
    def from_db(cls, *args: Any, **kwargs: Any) -> Self:
        user = super().from_db(*args, **kwargs)
        user._note_stored()
        return user

    def save(self, *args: Any, **kwargs: Any) -> None:
        disabled = self._was_active and not self.is_active
        revokes = disabled or (self._has_new_password and self.pk is not None)
        if disabled:
            self.sessions_ended += 1
        if disabled and kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "sessions_ended"}
        with transaction.atomic():
            super().save(*args, **kwargs)
            if revokes:
                self.api_tokens.all().delete()
            if disabled:
                account_disabled.send(User, user=self)
        self._note_stored()

    def _note_stored(self) -> None:
        self._stored = {name: vars(self).get(name) for name in ("is_active", "password")}

    @property
    def _was_active(self) -> bool:
        return bool(self._stored.get("is_active"))

    @property
    def _has_new_password(self) -> bool:
        """Not so when only its hash is made anew, which Django does at a log-in and marks in `_password`."""
        if self.password == self._stored.get("password"):
            return False
        return self._password is not None or not self.has_usable_password()  # type: ignore[attr-defined]

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """With the count of ended sessions in it; as Django's while that is 0."""
        digest: str = super()._get_session_auth_hash(secret)  # type: ignore[misc]
        return f"{digest}.{self.sessions_ended}" if self.sessions_ended else digest


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def valid(self) -> Self:
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()), user__is_active=True)


class ApiTokenManager(models.Manager["ApiToken"]):
    def issue(self, user: User, name: str = "", lifetime: timedelta | None = TOKEN_LIFETIME) -> tuple["ApiToken", str]:
        """Make a token; the secret is returned here and never again, since only its digest is stored.

        Without a lifetime it works for ever.
        """
        secret = secrets.token_urlsafe(32)
        expires_at: datetime | None = timezone.now() + lifetime if lifetime else None
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
