"""A project as a data set of Hugging Face: a folder that `datasets.load_dataset` reads, in a zip.

`README.md` is the data set's card: its YAML names the files of each split and the features, with the names of the
labels. The splits are Parquet files, whose schema says the features too. An item's split follows from its name, so it
stays in it however often one exports. Beside what the library reads, the schema says of each of the user's own columns
which field it is, so that the data set can be imported again as it was.
"""

import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from django.core.files.storage import default_storage

from annotate.exports import _folder
from annotate.exports.splits import SPLITS, split_of
from projects import tasktypes
from projects.models import Project

AT_ONCE = 1000
IMAGES_AT_ONCE = 50


class Size(NamedTuple):
    """Of a split; the bytes are those in memory."""

    rows: int = 0
    bytes: int = 0


Row = dict[str, Any]
Feature = dict[str, Any]
_ARROW = {"string": pa.string(), "json": pa.string(), "int64": pa.int64(), "float64": pa.float64(), "bool": pa.bool_()}


def write(project: Project, rows: Iterable[Row], columns: Mapping[str, str], content: str) -> Iterator[bytes]:
    """The zip, piece by piece.

    `rows` are those of an export of items; `content` is what they show: text, image or data; `columns` are the fields
    of records and meta, such as `data.price`, in their order, with their types: string, json, int64, float64 or bool.
    """
    features = _features(project, columns, content)

    def fill(folder: Path) -> None:
        (folder / "data").mkdir()
        sizes = _write_splits(folder, project, rows, features, columns, content)
        (folder / "README.md").write_text(_card(project, features, sizes), encoding="utf-8")

    return _folder.zipped(project, fill, zipfile.ZIP_STORED)


# Features: as YAML and as the library keeps them in a schema


def _features(project: Project, columns: Mapping[str, str], content: str) -> dict[str, Feature]:
    """{column: its feature} in the order of the columns."""
    features: dict[str, Feature] = {"external_id": _value("string")}
    if content == "image":
        features["image"] = {"_type": "Image"}
    elif content == "text":
        features["text"] = _value("string")
    for name, kind in columns.items():
        features[_free(name, features)] = _value(kind)
    return features | _answer(project) | {"votes": _value("int64")}


def _value(kind: str) -> Feature:
    return {"dtype": "string" if kind == "json" else kind, "_type": "Value"}


def _answer(project: Project) -> dict[str, Feature]:
    if not project.labels_whole_items:
        questions = {name: _question(question) for name, question in _questions(project).items()}
        return {"value": _value("float64" if _is_numbers(project) else "string")} | questions
    label = _labels(project.label_names, has_several=project.is_multilabel)
    return {"labels": label} if project.is_multilabel else {"label": label}


def _labels(names: Sequence[str], *, has_several: bool) -> Feature:
    label = {"names": list(names), "_type": "ClassLabel"}
    return {"feature": label, "_type": "Sequence"} if has_several else label


def _questions(project: Project) -> dict[str, Any]:
    """The questions of a form by their columns, which stand beside the answers as a whole."""
    return {f"value.{question.name}": question for question in tasktypes.columns_of(project.kind, project.spec)}


def _question(question: Any) -> Feature:
    if question.names_labels:
        return _labels(question.labels, has_several=question.has_several)
    return _value("float64" if question.is_number else "string")


def _is_numbers(project: Project) -> bool:
    """Whether values are numbers, as ratings are."""
    return isinstance(project.kind.example(project.spec), int | float)


def _free(name: str, features: Mapping[str, Feature]) -> str:
    """The user's own name of a column; with its part before it where the name is taken."""
    short = name.partition(".")[2]
    is_taken = short in features or short in ("label", "labels", "value", "votes") or short.startswith("value.")
    return name if is_taken else short


def _schema(features: Mapping[str, Feature], own: Mapping[str, str], columns: Mapping[str, str]) -> pa.Schema:
    fields = {"columns": own, "json": [name for name, column in own.items() if columns[column] == "json"]}
    metadata = {"huggingface": orjson.dumps({"info": {"features": features}}), "annotate": orjson.dumps(fields)}
    return pa.schema([(name, _arrow(feature)) for name, feature in features.items()], metadata=metadata)


def _arrow(feature: Feature) -> pa.DataType:
    match feature["_type"]:
        case "Image":
            return pa.struct([("bytes", pa.binary()), ("path", pa.string())])
        case "ClassLabel":
            return pa.int64()
        case "Sequence":
            return pa.list_(pa.int64())
    return _ARROW[feature["dtype"]]


# Rows


def _write_splits(
    folder: Path,
    project: Project,
    rows: Iterable[Row],
    features: Mapping[str, Feature],
    columns: Mapping[str, str],
    content: str,
) -> dict[str, Size]:
    """A file for each split that has rows, and how large it is. The library cannot read a file without rows."""
    names = [name for name in features if name not in ("external_id", content, *_answer(project), "votes")]
    own = dict(zip(names, columns, strict=True))
    schema, sizes = _schema(features, own, columns), {split: Size() for split in SPLITS}
    writers = {split: pq.ParquetWriter(folder / _file(split), schema, compression="zstd") for split in SPLITS}
    rows, answers = iter(rows), _answers(project)
    while some := list(islice(rows, IMAGES_AT_ONCE if content == "image" else AT_ONCE)):
        for split in SPLITS:
            part = [_row(answers, row, own, columns, content) for row in some if split_of(row["external_id"]) == split]
            if part:
                table = pa.Table.from_pylist(part, schema=schema)
                writers[split].write_table(table)
                sizes[split] = Size(sizes[split].rows + len(part), sizes[split].bytes + table.nbytes)
    for split, writer in writers.items():
        writer.close()
        if not sizes[split].rows:
            (folder / _file(split)).unlink()
    return {split: size for split, size in sizes.items() if size.rows}


def _file(split: str) -> str:
    return f"data/{split}-00000-of-00001.parquet"


def _row(
    answers: Callable[[Any], Row], row: Row, own: Mapping[str, str], columns: Mapping[str, str], content: str
) -> Row:
    """Its answer is what is agreed on, else what is known to be right."""
    shown: Row = {}
    if content == "image":
        shown["image"] = _picture(row["image"])
    elif content == "text":
        shown["text"] = row["text"]
    for name, column in own.items():
        part, _, field = column.partition(".")
        shown[name] = _cell((row[part] or {}).get(field), columns[column])
    agreed = row["consensus"] if row["consensus"] is not None else row["gold"]
    return {"external_id": row["external_id"], **shown, **answers(agreed), "votes": row["votes"]}


def _picture(name: str | None) -> Row | None:
    if name is None:
        return None
    with default_storage.open(name) as file:
        return {"bytes": file.read(), "path": Path(name).name}


def _cell(value: Any, kind: str) -> Any:
    if kind == "json":
        return None if value is None else orjson.dumps(value).decode()
    if value is None or kind != "string":
        return value
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _answers(project: Project) -> Callable[[Any], Row]:
    """What a row has of its answer: labels by their number, anything else as JSON; of a form both."""
    if _is_numbers(project):
        return lambda value: {"value": value}
    if not project.labels_whole_items:
        questions = {column: (row.name, _places(row.labels)) for column, row in _questions(project).items()}
        return lambda value: {"value": _in_json(value)} | _by_question(value, questions)
    column, places = "labels" if project.is_multilabel else "label", _places(project.label_names)
    return lambda value: {column: _numbered(value, places)}


def _in_json(value: Any) -> str | None:
    return None if value is None else orjson.dumps(value).decode()


def _by_question(value: Any, questions: Mapping[str, tuple[str, dict[str, int]]]) -> Row:
    """The columns of a form's questions, each with its name in values and the numbers of its labels."""
    row = {}
    for column, (name, places) in questions.items():
        answer = (value or {}).get(name)
        row[column] = _numbered(answer, places) if places else answer
    return row


def _places(labels: Iterable[str]) -> dict[str, int]:
    return {name: place for place, name in enumerate(labels)}


def _numbered(value: Any, places: Mapping[str, int]) -> Any:
    """The number of a label, or those of several."""
    if isinstance(value, list):
        return [places[name] for name in value if name in places]
    return places.get(value) if isinstance(value, str) else None


# The card


def _card(project: Project, features: Mapping[str, Feature], sizes: Mapping[str, Size]) -> str:
    lines = ["---", "configs:", "- config_name: default", "  data_files:"]
    for split in sizes:
        lines += [f"  - split: {split}", f"    path: {_file(split)}"]
    lines += ["dataset_info:", "  features:"]
    for name, feature in features.items():
        lines += [f"  - name: {_quoted(name)}", *(f"    {line}" for line in _as_yaml(feature))]
    lines += ["  splits:"]
    for split, size in sizes.items():
        lines += [f"  - name: {split}", f"    num_examples: {size.rows}", f"    num_bytes: {size.bytes}"]
    return "\n".join([*lines, "---", "", f"# {project.name}", "", _ABOUT, ""])


def _as_yaml(feature: Feature) -> list[str]:
    match feature["_type"]:
        case "Image":
            return ["dtype: image"]
        case "Sequence":
            return ["sequence:", *(f"  {line}" for line in _class_label(feature["feature"]))]
        case "ClassLabel":
            return ["dtype:", *(f"  {line}" for line in _class_label(feature))]
    return [f"dtype: {feature['dtype']}"]


def _class_label(feature: Feature) -> list[str]:
    names = [f"    '{place}': {_quoted(name)}" for place, name in enumerate(feature["names"])]
    return ["class_label:", "  names:", *names]


def _quoted(text: str) -> str:
    """JSON's strings are YAML's."""
    return orjson.dumps(text).decode()


_ABOUT = (
    "Exported from Annotate. What is agreed on stands in `label`, `labels` or `value`; an item that nobody has "
    "labelled has none. One in five items is for testing, chosen by its name, so it stays so in later exports."
)
