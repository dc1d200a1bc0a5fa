"""Commands that tell what there is: `info` and its like. They load nothing but what they tell of."""

from typing import Any

from annotate_kit.cli.printing import Rows
from annotate_kit.registry import Registry

KINDS = {
    "aggregate": "aggregation",
    "aggregate --type": "merging",
    "identify": "identification",
    "simulate": "simulation",
    "agreement": "agreement",
}
"""Commands, and the folder with what they can be told to do."""


def info(options: dict[str, Any]) -> Rows:
    """Tell what a folder holds; without one, which strategies and methods there are."""
    if options["path"]:
        from annotate_kit.cli import commands, folders

        return [{"what": name, "value": value} for name, value in folders.describe(commands.read(options)).items()]
    registries = {command: Registry(f"annotate_kit.{kind}") for command, kind in KINDS.items()}
    return [
        {"for": command, "name": name, "is": registry.title(name)}
        for command, registry in registries.items()
        for name in registry.names
    ]


def agginfo(options: dict[str, Any]) -> Rows:
    """Name the strategies of `aggregate`, and what else they are called."""
    from annotate_kit.aggregation._names import ALIASES

    return _named("strategy", "aggregation", ALIASES)


def identificationinfo(options: dict[str, Any]) -> Rows:
    """Name the methods of `identify`, and what else they are called."""
    from annotate_kit.identification import ALIASES

    return _named("method", "identification", ALIASES)


def _named(column: str, kind: str, aliases: dict[str, str]) -> Rows:
    registry = Registry(f"annotate_kit.{kind}")
    also: dict[str, list[str]] = {}
    for other, name in aliases.items():
        also.setdefault(name, []).append(other)
    return [
        {column: name, "is": registry.title(name), "also called": also.get(name, []), "about": registry.about(name)}
        for name in registry.names
    ]


def modelinfo(options: dict[str, Any]) -> Rows:
    """Name the networks that `train`, `aggregate-deep` and their --model know."""
    registry = Registry("annotate_kit.networks")
    return [{"model": name, "is": registry.title(name), "about": registry.about(name)} for name in registry.names]
