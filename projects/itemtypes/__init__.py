"""What an item type knows of what its items show. A type is this folder's `X.py` and `templates/annotate/items/X.html`.

Nobody outside asks which type an item is. Each module has
    place       where it stands among the types that are offered
    about       what it is for, in a few words
    column      the attribute in which an item, a record of a file or a row of a lease has it; null for other types
    role        the role of a column of a table that holds it; see `annotate_kit.formats.columns`
    features    a key of `annotate_kit.features`: what a new project's model looks at
    sent(item_id, content) -> value     as JSON, beside the item's id; the labelling screen shows it
    shown(content) -> {name: value}     what the template of the labelling screen has as `item`
    for_model(content) -> value         as `annotate_kit.features` takes it
    glimpse(content) -> str             its words in one line; empty where it has none
    picture(item_id) -> address | None  of a picture that stands for it
The template is drawn for the labelling screen, and with `on_page` for pages, where `item` is the row itself.
"""

from functools import cache
from types import ModuleType
from typing import Any, NamedTuple

from annotate_kit.registry import Registry

registry = Registry(__name__)


class Shown(NamedTuple):
    """What an item shows: its type and the content that is in the type's column."""

    name: str
    type: ModuleType
    content: Any


@cache
def in_order() -> tuple[tuple[str, ModuleType], ...]:
    """Every type by its key, as they are offered."""
    loaded = [(name, registry.load(name)) for name in registry.names]
    return tuple(sorted(loaded, key=lambda named: named[1].place))


def shown_by(item: Any) -> Shown:
    """What an item, a record or a row shows; ValueError when it is none of the types."""
    for name, item_type in in_order():
        content = getattr(item, item_type.column)
        if content is not None:
            return Shown(name, item_type, content)
    raise ValueError(f"an item has one of {', '.join(columns())}; this one has none")


def columns() -> list[str]:
    return [item_type.column for _, item_type in in_order()]


def choices() -> list[tuple[str, str]]:
    """(key, name for people and what it is for, on two lines)."""
    return [(name, f"{registry.title(name)}\n{item_type.about}") for name, item_type in in_order()]
