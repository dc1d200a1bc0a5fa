"""Which key chooses which label."""

from collections.abc import Iterable, Sequence

from projects.models import Label

DIGITS = "1234567890"  # as they lie on a keyboard
MOST_KEYS = len(DIGITS)  # of more labels, those that were used last stand on the digits, and the others are searched


def keys_of(labels: Iterable[Label]) -> list[str]:
    """A key per label: its own, else its name if that is one digit, else the next free digit.

    Of more than ten labels the free digits are nobody's: "" stands for no key.
    """
    labels = list(labels)
    keys = [label.hotkey for label in labels]
    for place, label in enumerate(labels):
        if not keys[place] and len(label.name) == 1 and label.name in DIGITS and label.name not in keys:
            keys[place] = label.name
    if len(labels) > MOST_KEYS:
        return keys
    free = iter([digit for digit in DIGITS if digit not in keys])
    return [key or next(free, "") for key in keys]


def for_scripts(labels: Sequence[Label]) -> list[dict[str, str]]:
    """The labels as the scripts of the screens take them: name, colour and key."""
    keys = keys_of(labels)
    return [
        {"name": label.name, "color": label.shown_color, "key": key} for label, key in zip(labels, keys, strict=True)
    ]
