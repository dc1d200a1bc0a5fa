"""What a request brings: who asks, and what they say, checked."""

from typing import Any

from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.serializers import Serializer

from accounts.models import User


def person(request: Request | HttpRequest) -> User:
    """Who asks; only for views that let nobody in without a log-in."""
    assert isinstance(request.user, User)
    return request.user


def whole_number(text: str) -> int:
    """The number that a form or an address says, as large as that of a row; 0, which no row has, where it says none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


def body(shape: type[Serializer], request: Request) -> dict[str, Any]:
    """The body's fields; what is wrong with them is answered by 400, field by field."""
    return _checked(shape(data=request.data))


def query(shape: type[Serializer], request: Request) -> dict[str, Any]:
    """The fields after the question mark, likewise."""
    return _checked(shape(data=request.query_params.dict()))


def _checked(serializer: Serializer) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data
