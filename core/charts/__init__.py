"""Charts as geometry: numbers in, places in a drawing out. Knows neither Django nor SVG."""

from core.charts.bars import bars, probabilities, whisker
from core.charts.columns import days
from core.charts.matrix import confusion, pairs
from core.charts.shades import contrast, luminance, shade
from core.charts.timeline import timeline

__all__ = [
    "bars", "confusion", "contrast", "days", "luminance", "pairs", "probabilities", "shade", "timeline", "whisker",
]  # fmt: skip
