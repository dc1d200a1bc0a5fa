"""The schema of REST, exact to the last refusal."""

from collections.abc import Iterator
from typing import Any

from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers


class Refusal(serializers.Serializer):
    detail = serializers.CharField()


class Schema(AutoSchema):
    """Adds the refusals that follow from what an operation takes, so that views name only those of their own."""

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        operation = super().get_operation(*args, **kwargs)
        if operation:
            answers = operation["responses"]
            for status, description in self._refusals(operation):
                answers.setdefault(status, {"description": description, "content": self._refusal(status)})
            for status, answer in answers.items():
                if status >= "4":
                    answer.setdefault("content", self._refusal(status))
            operation["responses"] = dict(sorted(answers.items()))
        return operation

    def get_serializer_name(self, serializer: Any, direction: str) -> str:
        """`Member` of MemberShape and of MemberRequest; what is sent gets the ending Request anyway."""
        return type(serializer).__name__.removesuffix("Shape").removesuffix("Request")

    def _refusals(self, operation: dict[str, Any]) -> Iterator[tuple[str, str]]:
        parameters = operation.get("parameters", [])
        asks = "requestBody" in operation or any(parameter["in"] == "query" for parameter in parameters)
        yield from [("400", "What is wrong, by field or as `detail`.")] if asks else []
        yield from [("401", "Nobody is logged in.")] if operation.get("security") != [{}] else []
        if self.method not in ("GET", "HEAD") and {"cookieAuth": []} in operation.get("security", []):
            yield "403", "The session comes without its CSRF token."
        if any(parameter["in"] == "path" or parameter["name"] == "cursor" for parameter in parameters):
            yield "404", "There is no such thing, or I have no part in it."
        if "requestBody" in operation:
            yield "413", "The body is too large."
            yield "415", "The body is of a type that is not taken here."

    def _refusal(self, status: str) -> dict[str, Any]:
        by_field = {"type": "object", "additionalProperties": {}}
        shape = self.resolve_serializer(Refusal, "response").ref if status != "400" else by_field
        return {"application/json": {"schema": shape}}
