"""Colours of figures, and what reads on them: relative luminance and contrast as WCAG has them."""

from collections.abc import Sequence

PALEST, DEEPEST = (0xE3, 0xE7, 0xFB), (0x1F, 0x2B, 0x8A)


def shade(share: float) -> tuple[str, str]:
    """A colour for 0 to 1, pale to deep, and black or white, whichever reads better on it."""
    share = min(1.0, max(0.0, share)) ** 0.8
    channels = [round(pale + (deep - pale) * share) for pale, deep in zip(PALEST, DEEPEST, strict=True)]
    return "#{:02x}{:02x}{:02x}".format(*channels), ink_on(channels)


def ink_on(channels: Sequence[int]) -> str:
    """Black or white, whichever reads better on a colour of this red, green and blue."""
    return "#000000" if luminance(channels) > 0.179 else "#ffffff"


def channels_of(color: str) -> list[int]:
    """Red, green and blue of `#rrggbb`."""
    return [int(color[place : place + 2], 16) for place in (1, 3, 5)]


def luminance(channels: Sequence[int]) -> float:
    """WCAG's relative luminance of red, green and blue, 0 black to 1 white."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (channel / 255 for channel in channels)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: float, second: float) -> float:
    """WCAG's contrast of two luminances, 1 to 21."""
    return (max(first, second) + 0.05) / (min(first, second) + 0.05)
