"""What is wrong with a label set."""

from collections import Counter
from collections.abc import Iterable, Sequence

from projects import tasktypes
from projects.labels import groups
from projects.labels.rows import LabelRow

MOST_LABELS = 1000
LONGEST_NAME = 100  # characters


def check_labels(task_type: str, labels: Sequence[LabelRow]) -> None:
    """ValueError says why these cannot be the label set of a project of this type."""
    least = tasktypes.registry.load(task_type).least_labels
    if not least <= len(labels) <= MOST_LABELS:
        raise ValueError(f"{least} to {MOST_LABELS} labels are needed for this task type, there are {len(labels)}.")
    _check_once("name", (label.name for label in labels))
    _check_once("key", (label.hotkey for label in labels if label.hotkey))
    groups.check({label.name: label.parent for label in labels})


def _check_once(what: str, values: Iterable[str]) -> None:
    value, times = Counter(values).most_common(1)[0] if (values := list(values)) else ("", 1)
    if times > 1:
        raise ValueError(f"Two labels have the same {what}, {value!r}.")
