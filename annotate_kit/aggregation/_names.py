"""The names people call methods by, and options written behind a name in brackets."""

import ast
import re
from typing import Any

ALIASES = {
    "mv": "majority_vote",
    "majority_voting": "majority_vote",
    "majorityvote": "majority_vote",
    "naivesoft": "naive_soft",
    "ns": "naive_soft",
    "ds": "dawid_skene",
    "dawidskene": "dawid_skene",
    "dawid_skene_sparse": "dawid_skene",
    "dswc": "dawid_skene_clust",
    "onecoindawidskene": "one_coin_dawid_skene",
    "one_coin": "one_coin_dawid_skene",
    "goldmajorityvote": "gold_majority_vote",
    "two_third": "twothird",
    "zerobasedskill": "zbs",
    "zero_based_skill": "zbs",
}
"""Names of peerannot (both releases) and crowd-kit, in lower case, and the entry that each means."""


def resolve(spelled: str) -> tuple[str, dict[str, Any]]:
    """Split `"plantnet[alpha=0.6,AI=ignored]"` into the entry's key and its options.

    Names are matched without regard to case. Raises KeyError for an unknown name, ValueError for brackets
    that are not `[option=value,…]`.
    """
    from annotate_kit.aggregation import registry

    name, options = name_and_options(spelled)
    name = ALIASES.get(name, name)
    registry.title(name)
    return name, options


def name_and_options(spelled: str) -> tuple[str, dict[str, Any]]:
    """`"plantnet[alpha=0.6]"` in its two parts, the name in lower case; ValueError where it is not written so."""
    match = re.fullmatch(r"\s*([\w-]+)\s*(?:\[(.*)\])?\s*", spelled)
    if not match:
        raise ValueError(f"{spelled!r} is not a method's name; write it as 'glad' or 'plantnet[alpha=0.6]'")
    return match[1].lower().replace("-", "_"), _options(match[2] or "", spelled)


def _options(inside: str, spelled: str) -> dict[str, Any]:
    pairs = [pair.partition("=") for pair in inside.split(",") if pair.strip()]
    if any(not equals or not option.strip() for option, equals, _ in pairs):
        raise ValueError(f"{spelled!r}: options are written [option=value,option=value]")
    return {option.strip(): _value(text.strip()) for option, _, text in pairs}


def _value(text: str) -> Any:
    """A number, true, false, none, or the text itself."""
    words = {"true": True, "false": False, "none": None}
    if text.lower() in words:
        return words[text.lower()]
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
