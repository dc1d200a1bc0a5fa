"""Lists by cursor: a page costs the same at the millionth row as at the first."""

from typing import Any

from rest_framework import pagination
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

LARGEST = 2**63 - 1


class CursorPagination(pagination.CursorPagination):
    """Of DRF, but that a cursor which nobody gave out is 404 in every case."""

    ordering = "id"
    page_size = 100
    page_size_query_param = "page_size"
    max_page_size = 1000

    def paginate_queryset(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().paginate_queryset(*args, **kwargs)
        except (ValueError, OverflowError) as error:
            raise NotFound(self.invalid_cursor_message) from error


class SearchPagination(CursorPagination):
    """Pages of a search that says itself where the next one begins. There is no way back: `previous` is null."""

    def start(self, request: Request) -> tuple[int, int]:
        """(the id after which the page begins, its size)."""
        self.base_url = request.build_absolute_uri()
        cursor = self.decode_cursor(request)
        position = str(cursor.position or 0) if cursor else "0"
        if not position.isdecimal() or int(position) > LARGEST:
            raise NotFound(self.invalid_cursor_message)
        return int(position), self.get_page_size(request) or self.page_size

    def answer(self, rows: list[dict[str, Any]], after: int | None) -> Response:
        """The page with these rows; `after` is where the next one begins, None at the end."""
        following = (
            None if after is None else self.encode_cursor(pagination.Cursor(offset=0, reverse=False, position=after))
        )
        return Response({"next": following, "previous": None, "results": rows})
