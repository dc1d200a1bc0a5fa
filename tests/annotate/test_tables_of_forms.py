"""The answers to a form in the cells of tables, and in lines."""

import io

import orjson
import pytest

from annotate.exports import rows as exports
from annotate.imports.run import import_file, import_records
from annotate_kit.formats import writers
from annotate_kit.formats.records import Record
from tests.annotate.test_export_and_import import of_project
from tests.annotate.test_importing_label_studio import answers
from tests.annotate.test_label_studio_forms import BAD, GOOD, QUESTIONS


@pytest.fixture
def new_project(make_project):
    return lambda: make_project((), task_type="form", options={"questions": QUESTIONS})


def sent(project, rows, writer, **options):
    table = b"".join(writers.registry.load(writer).write(rows, list(rows[0])))
    name = f"rows{writers.registry.load(writer).suffix}"
    return import_file(project, io.BytesIO(table), name=name, content_type=None, **options)


@pytest.mark.parametrize("writer", writers.registry.names)
def test_gold_and_annotations_of_an_export_go_into_another_project(new_project, ann, writer):
    first, second = new_project(), new_project()
    people = [{"annotator": "ann", "value": BAD, "seconds": 2.5}]
    import_records(first, [Record(1, "a", text="one", gold=GOOD, annotations=people), Record(2, "b", text="two")])
    lines = [orjson.loads(line) for line in b"".join(exports.export(first, "jsonl")).splitlines()]
    rows = [
        {
            **{name: line[name] for name in ("external_id", "text", "gold")},
            "annotations": [{name: row[name] for name in people[0]} for row in line["annotations"]],
        }
        for line in lines
    ]
    assert sent(second, rows, writer).rejected == []
    assert of_project(second) == of_project(first)


@pytest.mark.parametrize("writer", writers.registry.names)
def test_a_column_of_one_person_has_their_answers(new_project, ann, writer):
    project = new_project()
    rows = [{"id": "a", "review": "Late again.", "rater": BAD}, {"id": "b", "review": "Fine.", "rater": GOOD}]
    report = sent(project, rows, writer, columns={"id": "external_id", "review": "text", "rater": "answer:ann"})
    assert (report.created, report.rejected) == (2, [])
    assert list(project.annotations.order_by("item__external_id").values_list("value", flat=True)) == [BAD, GOOD]


def test_a_cell_that_is_no_answer_is_told_with_what_would_be(new_project):
    project = new_project()
    (rejected,) = sent(project, [{"text": "one", "gold": "good"}], "csv").rejected
    assert rejected["error"].startswith("gold: the answers to a form are an object such as {'mood': 'good',")
    assert not answers(project)
