"""What can go wrong."""


class AnnotateError(Exception):
    """The server refused. `status` is its HTTP status, the message is the server's."""

    def __init__(self, status: int | None, message: str) -> None:
        super().__init__(message if status is None else f"{status}: {message}")
        self.status = status


class ServerUnreachable(AnnotateError):
    """No answer came: the server is not running, the address is wrong, or the network failed. `status` is None."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(
            None, f"{url} cannot be reached ({reason}). Is the server running, and is this its address, with http://?"
        )


class PredictionsRejected(AnnotateError):
    """The server answered, but did not take the predictions. `rejected` has its rows {row, external_id, error}."""

    def __init__(self, rejected: list[dict[str, str]], count: int, sent: int) -> None:
        reasons = list(dict.fromkeys(row["error"] for row in rejected))[:3]
        super().__init__(None, f"the server rejected {count} of {sent} predictions: {'; '.join(reasons)}")
        self.rejected = rejected
