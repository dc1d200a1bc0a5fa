"""How records are drawn: which fields stand first, and the addresses in their values as links."""

import re
from typing import Any

from django import template
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from annotate.items.context import shown_beside
from annotate.models import Item
from projects.itemtypes import data
from projects.models import Project

register = template.Library()

# Without the punctuation that ends a sentence or a bracket. The same rule as in `labelling/records.js`.
_ADDRESS = re.compile(r"""(https?://[^\s<>"'`]*[^\s<>"'`.,;:!?)\]}])""", re.IGNORECASE)


@register.filter
def fields_for(record: dict[str, Any], project: Project) -> data.Fields:
    """The fields of a record as the project shows them."""
    return data.fields(record, project.shown_fields)


@register.filter
def context_for(item: Item, project: Project) -> dict[str, Any]:
    """What the project shows beside an item."""
    return shown_beside(item, project)


@register.filter
def as_text(value: Any) -> str:
    """A value of a record or of its context as it is read."""
    return data.written(value)


@register.filter
def linked(text: str) -> SafeString:
    """The text with its http and https addresses as links that open in a new tab."""
    parts = _ADDRESS.split(text)
    return mark_safe("".join(_link(part) if place % 2 else escape(part) for place, part in enumerate(parts)))  # noqa: S308  each part is escaped


def _link(address: str) -> SafeString:
    return format_html('<a href="{0}" target="_blank" rel="noopener noreferrer">{0}</a>', address)
