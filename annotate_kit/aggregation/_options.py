"""The options that people give to a method, looked at before any work."""

import inspect
import math
from typing import Any

from ._names import resolve

SIGNED = {"glad.ability", "glad.log_ease"}
"""Numbers that may be below 0; all others may not."""
POSITIVE = {
    *("mace.alpha", "mace.beta", "mace.habit"),
    *("multidimensional.signal_noise", "multidimensional.weight_noise", "multidimensional.bias_noise"),
}
"""Numbers that may not even be 0."""
KINDS: tuple[tuple[Any, str], ...] = (
    (bool, "true or false"),
    (int, "a whole number"),
    (float, "a number"),
    (str, "a word"),
)


def checked(method: str, **parameters: Any) -> tuple[str, dict[str, Any]]:
    """The entry's key and its options, those in brackets after the method's name and those given by keyword.

    KeyError for an unknown method, TypeError for an option that it does not have, ValueError for a value that the
    option cannot have.
    """
    from annotate_kit.aggregation import registry

    name, bracketed = resolve(method)
    known = inspect.signature(registry.load(name).aggregate).parameters
    options = {**bracketed, **parameters}
    for option in options:
        if option not in known or option == "votes":
            raise TypeError(f"{name} has no option {option!r}; it has {', '.join(list(known)[1:]) or 'none'}")
    for option, value in bracketed.items():
        _check_kind(name, option, value, known[option].default)
    for option, value in options.items():
        _check_range(name, option, value, known[option].default)
    return name, options


def _check_kind(name: str, option: str, value: Any, default: Any) -> None:
    """ValueError unless a value written in brackets is of its default's kind."""
    for kind, words in KINDS:
        if type(default) is kind:
            if not (type(value) is kind or (kind is float and type(value) is int)):
                raise ValueError(f"{name}: {option} is {value!r}; it should be {words}, as {default!r} is")
            return


def _check_range(name: str, option: str, value: Any, default: Any) -> None:
    """ValueError for counts below 1, and for other numbers that are below 0 or not finite."""
    if type(default) is int and value < 1:
        raise ValueError(f"{name}: {option} is {value}; it must be 1 or more")
    if type(default) is float and not _allowed(f"{name}.{option}", value):
        raise ValueError(f"{name}: {option} is {value}; it must be {_words_for(f'{name}.{option}')}")


def _allowed(option: str, value: float) -> bool:
    least_included = value >= 0 and not (value == 0 and option in POSITIVE)
    return math.isfinite(value) and (option in SIGNED or least_included)


def _words_for(option: str) -> str:
    if option in SIGNED:
        return "a finite number"
    return "above 0" if option in POSITIVE else "0 or more"
