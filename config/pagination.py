"""Lists by cursor: a page costs the same at the millionth row as at the first."""

from rest_framework import pagination


class CursorPagination(pagination.CursorPagination):
    ordering = "id"
    page_size = 100
    page_size_query_param = "page_size"
    max_page_size = 1000
