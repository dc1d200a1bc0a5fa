"""What can go wrong."""


class AnnotateError(Exception):
    """The server refused. `status` is its HTTP status, the message what it said."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status
