"""What a task type knows of its answers. A type is three files with one stem: this folder's `X.py`,
`templates/annotate/tasktypes/X.html` and `annotate/static/annotate/tasktypes/X.js`.

Nobody outside asks which type it is. Each module has
    item_types    the item types that it can be asked about: {"text"}, {"image"}, …
    Options       a dataclass of its settings with defaults; the metadata `help` of a field explains it
    least_labels  how many labels a project of this type needs
    clean(value, spec, content) -> value       canonical, so that equal answers are equal bytes; ValueError says what
                                               would be right. `content` is None where the item is not known.
    from_form(form, spec) -> value | None      what the labelling screen's form says without JavaScript
    parts(value) -> [Part]                     what a value is made of: a label, or a label at a place
    rebuild(value, parts) -> value             the value made of other parts; of these alone where `value` is None
    example(spec) -> value | None              what an answer may look like
    distance(a, b, content) -> 0..1            0: the same
    questions(answers, spec) -> [Question]     what crowd methods can answer; [] where nothing can be voted on
    compose(answers, probabilities, spec) -> Composed     the value of each item, given the answers' probabilities
    draw(value, content, spec) -> SafeString   for pages
    draw_probabilities(probabilities, spec) -> SafeString   those of a composed value or of a model's suggestion
    learner       a key of `annotate_kit.learners`, or None
Types with another learner than one of choices may have
    learnable(value, spec) -> value | None     what of a value it learns; None where that is nothing
    proposed(value, spec) -> value             a prediction as it is suggested
Types with a learner of choices also have
    targets(values, spec) -> array             what it is fitted to: (n,) label numbers, or (n, K) of 0 and 1
    predicted(probabilities, spec) -> [value]  the values that (n, K) probabilities speak for
    checked_probabilities(row, spec) -> [float]   in the labels' order; ValueError says what would be right
A type may have `merging`, the key of its values' kind in `annotate_kit.merging` where that is another than its own,
and may have `every_value(spec)`, the list of all values that there can be, which spares the database a question.
Types whose values have parts at places may have
    draw_answers(values, content, spec) -> SafeString     all answers over what the item shows
    draw_parts(parts, value, content, spec) -> SafeString   what a consensus considered, with probabilities, near misses
                                                            included
Types that compare candidates have `beaten(value)`, the (better, worse) numbers of every two of which it says that.
A type may have `limits`, the names of the options on which hangs what `clean` takes: while there are answers, these
cannot become such that one of them is none.
A type that asks about something in a record has `check_record(data, spec)`; ValueError says what a record must have.
A type may have `file_settings(spec) -> {name: value}`, what a file says beside the values: arguments of `write` of the
data set formats that take them.
A type whose values may be objects that hold the list of their parts has `entries`, the field of that list, and
    drafted(entries, value, parts) -> value   what reviewers edit: entries of the consensus `value`, and of its `parts`
Types whose answers can lie nearer together or further apart have
    agreement(answers) -> {name: Agreement}   as `annotate_kit.merging.agreement` names them: sigma, found, …
    agreement_of_pairs(answers) -> ((A, A) σ, (A, A) items in common)   of every two people
A type whose labels stand in its settings has `labels_of(value, spec)`, the names of those in a value.
Types whose values are the answers to several questions may have
    columns(spec) -> [question]   each has its `name` in values and its `labels`; `names_labels`, `has_several` or
                                  `is_number` say what its answers are, else texts
    agreement_by_question(answers, spec) -> [(question, Agreement)]
"""

from collections.abc import Sequence
from contextlib import suppress
from types import ModuleType
from typing import Any

from annotate_kit.registry import Registry

from ._contract import Answers, Composed, Content, Part, Question, Spec
from ._drawing import label_chips

__all__ = [
    "Answers",
    "Composed",
    "Content",
    "Part",
    "Question",
    "Spec",
    "choices",
    "columns_of",
    "label_chips",
    "labels_named",
    "merging_of",
    "registry",
]

registry = Registry(__name__)
COMMON = ("single_choice", "multiple_choice", "spans", "boxes")  # first in the list that people choose from


def choices() -> list[tuple[str, str]]:
    """(key, name for people) of each type, the common ones first."""
    place = {key: place for place, key in enumerate(COMMON)}
    return sorted(registry.choices(), key=lambda choice: place.get(choice[0], len(COMMON)))


def merging_of(task_type: str) -> str:
    """The entry of `annotate_kit.merging` for the type's values."""
    return str(getattr(registry.load(task_type), "merging", task_type))


def columns_of(task_type: ModuleType, spec: Spec) -> Sequence[Any]:
    """What has a column of its own in tables of values; nothing of types without `columns`."""
    columns: Sequence[Any] = task_type.columns(spec) if hasattr(task_type, "columns") else ()
    return columns


def labels_named(task_type: ModuleType, value: Any) -> list[str]:
    """The labels that a value names, each once; none of what is no value of this type."""
    with suppress(ValueError, TypeError, KeyError):
        return list(dict.fromkeys(part.label for part in task_type.parts(value) if part.label is not None))
    return []
