"""Label Studio's tasks with several controls: into a project of forms, and out of one."""

import csv
import io
from string import printable

import orjson
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given, settings
from hypothesis import strategies as st

from annotate.exports import rows as exports
from annotate.exports.datasets import formats
from annotate.imports.run import import_records
from annotate.models import Suggestion
from annotate_kit.formats import readers
from annotate_kit.formats.datasets import Example, registry
from annotate_kit.formats.readers import Unreadable
from annotate_kit.formats.records import Record
from projects.tasktypes import Spec, form
from tests.annotate.test_export_and_import import imported, of_project
from tests.annotate.test_importing import PNG
from tests.annotate.test_importing_label_studio import TEXT, answers, by, errors, marked, sent, task
from tests.pages import markup_of

QUESTIONS = """mood: one of good | bad
topics: any of price | service (optional)
stars: number 1 to 5
share: number 0 to 1 by 0.25 (optional)
why: text (optional, if mood is bad)"""
SPEC = Spec((), options=form.Options(QUESTIONS))
BAD = {"mood": "bad", "topics": ["price", "service"], "stars": 2.0, "share": 0.25, "why": "late\nand open"}
GOOD = {"mood": "good", "topics": ["price"], "stars": 5.0}


@pytest.fixture
def reviews(make_project):
    return make_project((), task_type="form", options={"questions": QUESTIONS})


def answered(tag, type_, *values):
    field = "text" if type_ == "textarea" else type_
    value = values[0] if type_ in ("rating", "number") else list(values)
    return {"type": type_, "from_name": tag, "to_name": "text", "value": {field: value}}


ANSWERED = [
    answered("stars", "rating", 2), answered("mood", "choices", "bad"), answered("why", "textarea", "late", "and open"),
    answered("topics", "choices", "service", "price"), answered("share", "number", 0.25),
]  # fmt: skip
SHORT = [answered("mood", "choices", "good"), answered("topics", "choices", "price"), answered("stars", "rating", 5)]


class TestReading:
    @pytest.mark.parametrize("field", ["annotations", "completions"])
    def test_each_control_answers_the_question_of_its_name(self, reviews, field):
        row = {"id": 7, "data": {"text": TEXT}, field: [by("ann@x.org", *ANSWERED), by("abe@x.org", *SHORT)]}
        assert errors(sent(reviews, [row])) == []
        assert answers(reviews) == {"ann@x.org": BAD, "abe@x.org": GOOD}

    def test_what_models_predict_is_a_suggestion(self, reviews):
        prediction = {"model_version": "m", "result": SHORT, "score": 0.75}
        assert errors(sent(reviews, [task(predictions=[prediction])])) == []
        assert Suggestion.objects.get().value == GOOD

    def test_json_min_says_one_label_or_text_without_a_list(self, reviews):
        about = {"annotator": "ann@x.org", "annotation_id": 3, "lead_time": 4.2}
        tags = {"mood": "bad", "topics": "price", "stars": [{"rating": 2}], "why": "late"}
        for row in ({"review": TEXT, "id": 7, **tags, **about}, {"id": 8, "text": TEXT, **tags, **about}):
            assert errors(sent(reviews, [row])) == []
            assert answers(reviews) == {"ann@x.org": {**GOOD, "mood": "bad", "stars": 2.0, "why": "late"}}
            reviews.items.all().delete()

    def test_several_labels_and_texts_of_json_min(self, reviews):
        tags = {"mood": "bad", "topics": {"choices": ["price", "service"]}, "stars": [{"rating": 2}],
                "share": [{"number": 0.25}], "why": {"text": ["late", "and open"]}}  # fmt: skip
        assert errors(sent(reviews, [{"text": TEXT, "id": 7, **tags, "annotator": 1, "lead_time": 2}])) == []
        assert answers(reviews) == {"1": BAD}

    def table(self, **changes) -> bytes:
        """As Label Studio's own converter writes it."""
        row = {
            "annotation_id": 3, "annotator": 1, "external_id": "a", "id": 7, "lead_time": 4.2, "mood": "bad",
            "share": '[{"number": 0.25}]', "source": "web", "stars": '[{"rating": 2}]', "text": TEXT,
            "topics": '{"choices": ["price", "service"]}', "why": "late\nand open", **changes,
        }  # fmt: skip
        table = csv.DictWriter(file := io.StringIO(), sorted(name for name in row if row[name] is not None))
        table.writeheader()
        table.writerow({name: cell for name, cell in row.items() if cell is not None})
        return file.getvalue().encode()

    def test_columns_of_a_table_that_are_called_as_questions_answer_them(self, reviews):
        assert errors(sent(reviews, self.table(), name="a.csv")) == []
        item = reviews.items.get()
        assert (answers(reviews), item.external_id, item.meta) == ({"1": BAD}, "a", {"source": "web"})

    def test_a_table_of_other_questions_is_refused(self, reviews, make_project):
        report = sent(reviews, self.table(taste='[{"rating": 2}]'), name="a.csv")
        assert errors(report) == [
            (1, "annotations: this form has no question 'taste'; it has mood, topics, stars, share, why")
        ]
        other = make_project((), task_type="form", options={"questions": "Mood: one of good | bad"})
        in_words = self.table(share=None, stars=None, topics=None)
        with pytest.raises(Unreadable, match=r"external_id, mood, source, why is called as a question .* it has Mood"):
            sent(other, in_words, name="a.csv")

    def test_a_page_asks_nothing_about_a_table_that_a_form_understands(self, client, reviews, mona):
        client.force_login(mona)
        in_words = self.table(share=None, stars=None, topics=None)
        file = SimpleUploadedFile("a.csv", in_words)
        page = client.post(f"/projects/{reviews.pk}/import/", {"file": file, "create_annotators": "on"}, follow=True)
        assert "“stars” is not answered" in markup_of(page)

    def test_without_a_project_every_column_beside_the_text_is_a_question(self):
        reader = readers.registry.load("csv")
        (record,) = readers.rows(reader, io.BytesIO(self.table(source=None, external_id=None)), kind="form")
        assert record.annotations[0]["value"] == BAD
        with pytest.raises(Unreadable, match="why was labelled is not told; call it text or image"):
            list(readers.rows(reader, io.BytesIO(self.table(text=None)), kind="form"))

    def test_a_control_that_is_no_question_is_named_with_the_questions(self, reviews):
        report = sent(reviews, [task(by("ann", *SHORT, answered("taste", "rating", 3)))])
        ((_, error),) = errors(report)
        assert error == "annotations: this form has no question 'taste'; it has mood, topics, stars, share, why"
        assert not answers(reviews)

    def test_what_is_about_regions_is_left_out_and_said(self, reviews):
        of_region = {**answered("mood", "choices", "bad"), "value": {"start": 0, "end": 4, "choices": ["bad"]}}
        report = sent(reviews, [task(by("ann", *SHORT, marked(), of_region))])
        ((_, error),) = errors(report)
        assert error == "left out: labels (1), choices of regions (1); labels go into a project of spans"
        assert answers(reviews) == {"ann": GOOD}

    def test_nothing_but_regions_is_refused(self, reviews):
        ((_, error),) = errors(sent(reviews, [task(by("ann", marked()))]))
        assert "it has labels, none of which are answers to the questions of a form; labels go into" in error

    def test_two_ratings_to_one_question_are_refused(self, reviews):
        twice = [*SHORT, answered("stars", "rating", 4)]
        ((_, error),) = errors(sent(reviews, [task(by("ann", *twice))]))
        assert error == "annotations: “stars”: a rating is a number from 1 to 5; this is [5, 4]"

    def test_a_result_without_answers_answers_a_form_of_optional_questions(self, make_project, reviews):
        optional = make_project((), task_type="form", options={"questions": "why: text (optional)"})
        assert errors(sent(optional, [task(by("ann"))])) == []
        assert answers(optional) == {"ann": {}}
        assert errors(sent(reviews, [task(by("ann"))])) == [(1, "annotations: “mood” is not answered")]


class TestWriting:
    def test_each_answer_is_a_result_of_the_control_that_asks_for_it(self, reviews, ann):
        people = [{"annotator": "ann", "value": BAD, "seconds": 2.5}]
        import_records(reviews, [Record(1, "a", text=TEXT, annotations=people)])
        (row,) = orjson.loads(b"".join(exports.export(reviews, "label_studio")))
        (annotation, *_) = row["annotations"]
        results = annotation["result"]
        assert [(entry["from_name"], entry["type"], entry["value"]) for entry in results] == [
            ("mood", "choices", {"choices": ["bad"]}),
            ("topics", "choices", {"choices": ["price", "service"]}),
            ("stars", "rating", {"rating": 2.0}),
            ("share", "number", {"number": 0.25}),
            ("why", "textarea", {"text": ["late\nand open"]}),
        ]
        assert {entry["to_name"] for entry in results} == {"text"}
        assert len({entry["id"] for entry in results}) == len(results)

    def test_a_form_goes_into_another_project(self, make_project, reviews, ann):
        second = make_project((), task_type="form", options={"questions": QUESTIONS})
        people = [{"annotator": "ann", "value": GOOD, "seconds": 2.5}]
        import_records(reviews, [
            Record(1, "a", text="one", gold=BAD, meta={"source": "web"}),
            Record(2, "b", text="two", annotations=people, gold={**GOOD, "topics": []}),
            Record(3, "c", text="three"),
        ])  # fmt: skip
        exported = b"".join(exports.export(reviews, "label_studio"))
        assert errors(sent(second, exported)) == []
        reviews.items.filter(external_id="b").update(gold=GOOD)  # an export has what is agreed on before what is right
        assert of_project(second) == of_project(reviews)

    def test_so_do_pictures(self, make_project, reviews):
        second = make_project((), task_type="form", options={"questions": QUESTIONS})
        import_records(reviews, [Record(1, "a.png", image=PNG, gold=BAD)])
        exported = b"".join(exports.export(reviews, "label_studio"))
        assert imported(second, {"a.png": PNG, "tasks.json": exported}).rejected == []
        assert of_project(second) == of_project(reviews)
        settled_again = exported.replace(b'"bad"', b'"good"').replace(b'"why"', b'"share"')
        report = imported(second, {"a.png": PNG, "1.json": exported, "2.json": settled_again})
        assert "it is settled twice, as " in report.rejected[0]["error"]

    def test_label_studio_is_offered_for_forms(self):
        assert [name for name, _ in formats("form")] == ["label_studio"]


def test_an_answer_of_which_the_type_is_not_known_is_not_left_out():
    with pytest.raises(ValueError, match="an answer to 'mood', and `questions` has no type of its result; it has why"):
        registry.load("label_studio").write([Example("a", "x", value=GOOD)], kind="form", questions={"why": "textarea"})


TEXTS = st.text(st.sampled_from(printable + "ßü界🎉\u0301"), min_size=1).filter(str.strip)
VALUES = st.fixed_dictionaries(
    {"mood": st.just("bad"), "topics": st.sets(st.sampled_from(["price", "service"])).map(list),
     "stars": st.integers(10, 50).map(lambda tenths: tenths / 10)},
    optional={"share": st.floats(0, 1), "why": TEXTS},
).map(lambda value: form.clean(value, SPEC))  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(value=VALUES)
def test_any_answers_come_back_as_they_were(value):
    entry = registry.load("label_studio")
    item = Example("a", "a text", value=value, predictions=[{"model": "m", "value": value, "score": 0.25}])
    (read,) = entry.read({"a.json": entry.write([item], kind="form", **form.file_settings(SPEC))}, kind="form")
    for written, value_read in ((item.value, read.value), (value, read.predictions[0]["value"])):
        assert form.clean(value_read, SPEC) == written
