"""The answers to a form in the cells of tables, and in lines."""

import io

import pytest

from annotate.imports.run import import_file
from annotate_kit.formats import writers
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
