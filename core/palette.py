"""Colours that people can tell apart, in the order in which they are given out."""

# The eight Okabe–Ito colours and two more: people who confuse red and green can tell them apart.
PALETTE = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#b8a900", "#7f6bd6", "#6b7280", "#8c564b"]
# How far each further ten are from the palette, and towards what: black or white.
SHADES = [(0.0, 0), (0.3, 0), (0.4, 255), (0.45, 0), (0.65, 255)]


def color_at(place: int) -> str:
    """The colour at this place: from the palette, and beyond it the same ones darker or lighter."""
    shade, place = divmod(place, len(PALETTE))
    weight, towards = SHADES[shade % len(SHADES)]
    channels = [int(PALETTE[place][start : start + 2], 16) for start in (1, 3, 5)]
    return "#" + "".join(f"{round(channel + weight * (towards - channel)):02x}" for channel in channels)
