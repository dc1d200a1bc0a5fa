"""Offsets in texts as other tools count them."""


def from_utf16(text: str, units: int) -> int:
    """The code points in the first so many UTF-16 units; ValueError when the text is shorter or one is cut."""
    if text.isascii():
        return units
    data = text.encode("utf-16-le")
    if 2 * units > len(data):
        raise ValueError(f"the text has {len(data) // 2} UTF-16 units, not {units}")
    return len(data[: 2 * units].decode("utf-16-le"))
