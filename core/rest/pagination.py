"""Lists by cursor: a page costs the same at the millionth row as at the first."""

from typing import Any

from rest_framework import pagination
from rest_framework.exceptions import NotFound


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
