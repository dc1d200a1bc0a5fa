"""The way to the inbox, with what waits there, in the bar of every page."""

from typing import Any

from django import template
from django.template.context import Context

from accounts.models import User
from annotate import inbox

register = template.Library()


@register.inclusion_tag("annotate/inbox_link.html", takes_context=True)
def inbox_link(context: Context) -> dict[str, Any]:
    user = context.get("user")
    waiting = inbox.count(user) if isinstance(user, User) and user.is_authenticated else 0
    return {"waiting": waiting, "most": inbox.MOST_COUNTED}
