"""A link with which somebody sets a new password, for whoever may give it to them."""

from allauth.account.adapter import get_adapter
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.http import HttpRequest

from accounts.models import User


def reset_link(request: HttpRequest, user: User) -> str:
    """It works once, for three days; as the one that comes by mail."""
    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    link: str = get_adapter(request).get_reset_password_from_key_url(key)
    return link
