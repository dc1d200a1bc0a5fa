"""How much a file may hold: what comes out of a packed one, how many columns, how many members."""

from annotate_kit.formats.records import Unreadable

MAX_COLUMNS = 2_000
MAX_VALUES = 1_000_000  # of a record: each takes some fifty bytes of memory, and two in JSON
MOST_FROM_ONE_BYTE = 10
ALWAYS_ALLOWED = 100 * 10**6


class Budget:
    """The bytes that one packed file may become: ten times its own, and 100 MB."""

    def __init__(self, file_bytes: int) -> None:
        self.most = MOST_FROM_ONE_BYTE * file_bytes + ALWAYS_ALLOWED
        self._spent = 0

    def spend(self, size: int) -> None:
        """Unreadable when it is more than the file may become."""
        self._spent += size
        self.check(self._spent)

    def check(self, size: int) -> None:
        if size > self.most:
            raise Unreadable(
                f"unpacked, this file holds more than {self.most / 10**6:,.0f} MB, which is ten times its size "
                "and 100 MB; cut it into parts, or send it as CSV or JSON lines"
            )


def check_columns(count: int) -> None:
    if count > MAX_COLUMNS:
        raise Unreadable(f"the file has {count:,} columns, at most {MAX_COLUMNS:,} are read; leave some out")


def has_too_many_values(data: bytes) -> bool:
    """Whether this JSON may hold more than `MAX_VALUES` of them, without parsing it; commas in strings count too."""
    return len(data) > MAX_VALUES and sum(map(data.count, (b",", b"[", b"{"))) > MAX_VALUES
