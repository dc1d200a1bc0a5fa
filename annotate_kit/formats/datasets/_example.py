"""What the files of labelling tools are read as, and written from."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from annotate_kit import merging
from annotate_kit.formats.records import Rejected, check_prediction, shown, without_prediction
from annotate_kit.merging import Content, keypoints, lines, points, polygons
from annotate_kit.merging import boxes as boxes_
from annotate_kit.merging.spans import spans_of

Value = Any
"""Spans or shapes in a list; or, with relations between spans, an object: see `annotate_kit.merging.spans`. Also, where
a reader is asked for them, a text, a number, one label or a list of labels; and `FormAnswers`."""


class FormAnswers(dict[str, Any]):
    """The answers to several questions about an item, by their names: each a label, a list of labels, a number or a
    text."""


SHAPES = {"box": boxes_, "polygon": polygons, "point": points, "line": lines, "keypoints": keypoints}
"""What a part is called, and the entry of `annotate_kit.merging` that knows it."""
KEYS = {entry.__name__.rpartition(".")[2]: key for key, entry in SHAPES.items()}
"""What a part of each kind of shapes is called."""
CHOICES = ("single_choice", "multiple_choice")
"""The kinds of value that are labels of the item as a whole."""
WHOLE = (*CHOICES, "text")
"""The kinds of value that are about the item as a whole."""


@dataclass(frozen=True)
class Example:
    """One item with what is known of it: a text, or a picture of that name; and its value, spans or shapes.

    external_id      of a picture, its file's name
    width, height    of a picture, in pixels
    value            the parts, in the form of `annotate_kit.merging`; None where nothing is settled
    annotations      what people said, each {"annotator": name, "value": parts, "seconds"?}
    predictions      what models said, each {"model": name, "value": parts, "parts"?: with probabilities, "score"?}
    meta             what else the file keeps with it
    row              of the file where it begins
    is_numbered      whether the file has no name for it, and external_id is only its place there
    left_out         what of the row is not read, and why
    """

    external_id: str
    text: str | None = None
    width: int | None = None
    height: int | None = None
    value: Value | None = None
    annotations: list[dict[str, Any]] = field(default_factory=list)
    predictions: list[dict[str, Any]] = field(default_factory=list)
    meta: dict[str, Any] | None = None
    row: int = field(default=0, compare=False)
    is_numbered: bool = field(default=False, compare=False)
    left_out: list[str] = field(default_factory=list, compare=False)

    @property
    def content(self) -> Content:
        return Content(None if self.text is None else len(self.text), self.width, self.height)

    @property
    def meta_with_name(self) -> dict[str, Any]:
        """`meta` with the name, for formats that have no other place for it."""
        return {**(self.meta or {}), "external_id": self.external_id}

    def cleaned(self) -> "Example":
        """The same with its values made canonical. ValueError says what would be right."""
        for pixels in (self.width, self.height):
            if pixels is not None and (not isinstance(pixels, int | float) or pixels < 0):
                raise ValueError(f"width and height must be numbers of pixels; one is {shown(pixels)}")
        annotations = [{**row, "value": self.clean(row["value"])} for row in self.annotations]
        value = None if self.value is None else self.clean(self.value)
        predictions, errors = fitting(self.predictions, self._predicted)
        left_out = [*self.left_out, *errors]
        return replace(self, value=value, annotations=annotations, predictions=predictions, left_out=left_out)

    def _predicted(self, row: dict[str, Any]) -> dict[str, Any]:
        check_prediction(row)
        if row.get("parts") is None:
            return {**row, "value": self.clean(row["value"])}
        return {**row, "value": self.clean(row["value"]), "parts": [self._part(part) for part in row["parts"]]}

    def _part(self, part: dict[str, Any]) -> dict[str, Any]:
        (clean,) = self.clean([{name: field for name, field in part.items() if name != "probability"}])
        return {**clean, "probability": part["probability"]}

    def clean(self, value: Value) -> Value:
        if is_whole(value):
            return value
        if self.text is not None:
            return merging.registry.load("spans").clean(value, self.content)
        of_kind: list[dict[str, Any]] = []
        for key, kind in SHAPES.items():
            of_kind += kind.clean([part for part in value if key in part], self.content)
        if len(of_kind) != len(value):
            raise ValueError(f"a part is one of {', '.join(SHAPES)}; these are {shown(value)}")
        return of_kind


def is_whole(value: Value) -> bool:
    """Whether this is a text, a number, labels or answers about the item as a whole, which have no parts."""
    return isinstance(value, str | int | float | FormAnswers) or (
        isinstance(value, list) and all(isinstance(label, str) for label in value)
    )


ERRORS = (ValueError, KeyError, TypeError, AttributeError, IndexError, ArithmeticError)
"""What reading a row raises that is of another form."""


def fitting(
    predictions: Iterable[dict[str, Any]], read: Callable[[dict[str, Any]], dict[str, Any]], like: str = ""
) -> tuple[list[dict[str, Any]], list[str]]:
    """What `read` makes of predictions, which have a "model"; and why others are left out, which costs nothing else."""
    read_ones, errors = [], []
    for prediction in predictions:
        try:
            read_ones.append(read(prediction))
        except ERRORS as error:
            errors.append(without_prediction(prediction["model"], _reason(error, like)))
    return read_ones, errors


def rows(
    numbered: Iterable[tuple[int, Any]],
    parse: Callable[[int, Any], Example],
    name_of: Callable[[Any], Any] = lambda row: None,
    like: str = "",
) -> Iterator[Example | Rejected]:
    """Each row parsed and cleaned, or Rejected with its number, its name where that is known, and the reason.

    `like` is what a row looks like, for who sends one that is something else.
    """
    for number, row in numbered:
        try:
            example = parse(number, row)
        except ERRORS as error:
            name = name_of(row)
            yield Rejected(number, None if name is None else str(name), _reason(error, like))
            continue
        known_name = None if example.is_numbered else example.external_id
        try:
            example = replace(example.cleaned(), row=number)
        except ValueError as error:
            yield Rejected(number, known_name, str(error))
            continue
        yield example
        for reason in example.left_out:
            yield Rejected(number, known_name, reason)


def _reason(error: Exception, like: str) -> str:
    if isinstance(error, ValueError):
        return str(error)
    what = f"the field {error.args[0]!r} is missing" if isinstance(error, KeyError) else "the row is not of this format"
    return f"{what}; it should be like {like}" if like else f"{what}: {error}"


def of_the_item(words: list[Any], kind: str | None) -> Value | None:
    """The labels, the text or the number that `words` are for a project of this kind; None where they say nothing."""
    if kind == "multiple_choice":
        return words
    if len(words) > 1:
        is_label = kind == "single_choice"
        only = "a single choice is one label; chosen are" if is_label else f"an answer is one {kind}; there are"
        raise ValueError(f"{only} {', '.join(map(shown, words))}")
    return words[0] if words else None


def words_of(value: Value) -> list[str]:
    """The labels or the text of an item as a whole, as formats list them: what `of_the_item` reads."""
    return [value] if isinstance(value, str) else value


def need_text(example: Example, format_name: str) -> str:
    if example.text is None:
        raise ValueError(f"{format_name} takes texts; {example.external_id!r} has none")
    return example.text


def need_size(example: Example, format_name: str) -> tuple[int, int]:
    if not example.width or not example.height:
        raise ValueError(f"{format_name} needs the width and height of {example.external_id!r}")
    return example.width, example.height


def parts_of(example: Example, keys: Iterable[str], format_name: str) -> Value:
    """The settled parts; ValueError when one is not among those that the format has a place for."""
    keys = tuple(keys)
    for part in example.value or ():
        if not any(key in part for key in keys):
            raise ValueError(f"{format_name} has no place for {shown(part)} of {example.external_id!r}; it has {keys}")
        if not part.get("label"):
            raise ValueError(f"{format_name} needs labels; {shown(part)} of {example.external_id!r} has none")
    return example.value or []


def bare(value: Value | None) -> list[dict[str, Any]]:
    """The spans of a value as they are without relations: start, end and label. ValueError where it has no parts."""
    if value and is_whole(value):
        raise ValueError(f'spans are wanted, such as [{{"start": 0, "end": 4, …}}]; this is {shown(value)}')
    return [{name: span[name] for name in ("start", "end", "label")} for span in spans_of(value)]


def corners(flat: Iterable[Any]) -> list[list[float]]:
    """[x, y, x, y, …] in pairs. ValueError for an odd number, or what is no number."""
    numbers = [float(number) for number in flat]
    if len(numbers) % 2:
        raise ValueError(f"corners come in pairs x, y; these are {len(numbers)} numbers")
    return [list(pair) for pair in zip(numbers[::2], numbers[1::2], strict=True)]
