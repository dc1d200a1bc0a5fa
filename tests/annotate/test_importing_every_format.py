"""Every kind of file into every type of project, by REST and by the command: what does not fit says what would."""

import orjson
import pytest
from django.core.management import CommandError, call_command

from annotate_kit.formats import writers
from annotate_kit.formats.datasets import Example, registry, unpacked
from projects import tasktypes
from tests.annotate.test_importing_label_studio import by, chosen, marked, task, zipped
from tests.annotate_kit.test_annotated_zips import picture

TEXT = "Anna left Rome"
SPANS = [{"start": 0, "end": 4, "label": "PER"}]
BOX = [{"box": [1.0, 2.0, 30.0, 20.0], "label": "PER"}]
CVAT = """<annotations><version>1.1</version><image id="0" name="a.png" width="100" height="50">
    <box label="PER" xtl="1" ytl="2" xbr="30" ybr="20" occluded="0"/></image></annotations>"""
OPTIONS = {"keypoints": {"joints": "nose\ntail", "edges": "nose - tail"}}
CONTENT_TYPES = {
    "csv": "text/csv", "json": "application/json", "jsonl": "application/x-ndjson", "zip": "application/zip",
    "conll": "text/x-conll", "parquet": "application/vnd.apache.parquet",
}  # fmt: skip
CHOICES = {"single_choice", "multiple_choice"}
TEXTS = {*CHOICES, "spans", "text", "rating", "form"}
PICTURES = set(tasktypes.registry.names) - {"spans", "ranking", "pairwise"}


def about_text(tool: str) -> bytes:
    return registry.load(tool).write([Example("t", TEXT, value=SPANS)])


def about_choice(tool: str) -> bytes:
    return registry.load(tool).write([Example("t", TEXT, value="PER")], kind="single_choice")


def about_picture(tool: str) -> bytes:
    entry = registry.load(tool)
    written = entry.write([Example("a.png", None, 100, 50, BOX)])
    return zipped({"a.png": picture(), **unpacked(f"x{entry.suffix}", written)})


FILES: dict[str, tuple[bytes, set[str]]] = {
    # what the file is: its content, and the types of project that take all of it
    "conll.conll": (about_text("conll"), {"spans"}),
    "doccano.jsonl": (about_text("doccano"), {"spans"}),
    "spacy.jsonl": (about_text("spacy"), {"spans"}),
    "prodigy.jsonl": (about_text("prodigy"), {"spans"}),
    "tasks.json": (about_text("label_studio"), {"spans"}),
    "choices.json": (orjson.dumps([task(by("ann", chosen("PER")))]), CHOICES),
    "form.json": (orjson.dumps([task(by("ann", chosen("good", tag="Mood"), chosen("price", tag="Topics")))]), {"form"}),
    "choices-doccano.jsonl": (about_choice("doccano"), {*CHOICES, "text"}),
    "choices-spacy.jsonl": (about_choice("spacy"), CHOICES),
    "choices-prodigy.jsonl": (about_choice("prodigy"), CHOICES),
    "predictions.json": (orjson.dumps([{"data": {"text": TEXT}, "predictions": [{"result": [marked()]}]}]), {"spans"}),
    "min.json": (
        orjson.dumps([{"text": TEXT, "id": 4, "c": "PER", "annotator": "ann", "lead_time": 2}]),
        {"single_choice", "multiple_choice", "text"},
    ),
    "coco.zip": (about_picture("coco"), {"boxes"}),
    "yolo.zip": (about_picture("yolo"), {"boxes"}),
    "voc.zip": (about_picture("voc"), {"boxes"}),
    "labelme.zip": (about_picture("labelme"), {"boxes"}),
    "studio.zip": (about_picture("label_studio"), {"boxes"}),
    "cvat.zip": (zipped({"a.png": picture(), "x.xml": CVAT.encode()}), {"boxes"}),
    "brat.zip": (zipped({"a.txt": TEXT.encode(), "a.ann": b"T1\tPER 0 4\tAnna\n"}), {"spans"}),
    "pictures.zip": (zipped({"a.png": picture()}), PICTURES),
    "gold.csv": (b"external_id,text,gold\na,one,PER\n", {"single_choice", "text"}),
    "plain.csv": (b"id,review\n1,good\n2,bad\n", TEXTS),
    "votes.jsonl": (b'{"text": "x", "annotations": [{"annotator": "ann", "value": ["PER"]}]}', {"multiple_choice"}),
    "gold.parquet": (b"".join(writers.registry.load("parquet").write([{"text": "x", "gold": "PER"}], ["text", "gold"])),
                     {"single_choice", "text"}),
}  # fmt: skip
RIGHT = (
    "it has PER, LOC", "is wanted, such as", "are an object such as", "a text is a string",
    "a rating is a number from 1 to 5", "a span is {", "spans are a list of", "a part is {", "a value is a list of {",
    "are for images", "are for texts", "are for records", "into a project of", ", which holds", "are read of",
    "it has other shapes than", "this form has no question", "by itself", "import the pictures as a zip", "JPEG, GIF",
    "labels are PER, LOC",
)  # fmt: skip
"""What errors say would be right."""


@pytest.fixture(params=tasktypes.registry.names)
def task_type(request) -> str:
    return request.param


@pytest.fixture
def new_project(make_project, task_type):
    labels = ("PER", "LOC") if tasktypes.registry.load(task_type).least_labels else ()
    return lambda: make_project(labels, task_type=task_type, options=OPTIONS.get(task_type, {}))


def check(project, name: str, problems: list[str]) -> None:
    """All of it is stored where it fits; else errors say what would be right, and no answer is stored."""
    where = f"{name} into {project.task_type}: {problems}"
    if project.task_type in FILES[name][1]:
        assert project.items.exists() and not problems, where
        return
    assert problems, where
    assert all(any(right in problem for right in RIGHT) for problem in problems), where
    answers = [project.items.exclude(gold=None), project.annotations.all(), project.suggestions.all()]
    assert not any(rows.exists() for rows in answers), where


def test_by_rest(new_project, client, mona):
    client.force_login(mona)
    for name, (content, _) in FILES.items():
        project = new_project()
        kind = CONTENT_TYPES[name.rpartition(".")[2]]
        answer = client.post(f"/api/projects/{project.pk}/items/", content, content_type=kind)
        report = answer.json()
        assert answer.status_code == (400 if "detail" in report else 200), (name, report)
        assert all(row["row"] >= 1 for row in report.get("rejected", []))
        problems = [row["error"] for row in report.get("rejected", [])] or [report.get("detail", "")]
        check(project, name, list(filter(None, problems)))


def test_by_the_command(new_project, task_type, tmp_path, capsys):
    """A third of the files for each type, as it is the same import."""
    some = list(FILES)[tasktypes.registry.names.index(task_type) % 3 :: 3]
    for name, (content, _) in ((name, FILES[name]) for name in some):
        project, path, failures = new_project(), tmp_path / name, []
        path.write_bytes(content)
        try:
            call_command("import_items", str(project.pk), str(path))
        except CommandError as error:
            failures = [str(error)]
        _, _, table = capsys.readouterr().out.partition("reason\n")
        rows = table.splitlines()
        assert all(int(row[:9]) >= 1 for row in rows)
        check(project, name, [row[37:] for row in rows] or failures)
