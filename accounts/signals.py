"""What accounts announces to whoever stands above it."""

from django.dispatch import Signal

# An account was disabled: the person takes no part anywhere. Argument: user.
account_disabled = Signal()
