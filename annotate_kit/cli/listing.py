"""Commands that tell what there is: `info` and `modelinfo`. They load nothing but what they tell of."""

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


def modelinfo(options: dict[str, Any]) -> Rows:
    """Name the networks that `train`, `aggregate-deep` and their --model know."""
    registry = Registry("annotate_kit.networks")
    return [{"model": name, "is": registry.title(name), "about": registry.about(name)} for name in registry.names]
