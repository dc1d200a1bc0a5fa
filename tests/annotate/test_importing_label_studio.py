"""What Label Studio's users bring: every export it has had, into projects of every kind."""

import csv
import io

import orjson
import pytest
from django.core.management import call_command

from annotate.imports.run import Report, import_file
from annotate.models import Annotation, Suggestion
from annotate_kit.formats.datasets import registry
from annotate_kit.formats.readers import Unreadable
from tests.annotate.test_importing import PNG
from tests.annotate_kit.files import zipped
from tests.annotate_kit.test_annotated_zips import picture

TEXT = "Anna left Rome"
PER = [{"start": 0, "end": 4, "label": "PER"}]
LOC = [{"start": 10, "end": 14, "label": "LOC"}]
SPAN = {"start": 0, "end": 4, "text": "Anna", "labels": ["PER"]}


def sent(project, rows, name="export.json") -> Report:
    data = rows if isinstance(rows, bytes) else orjson.dumps(rows)
    return import_file(project, io.BytesIO(data), name=name, content_type=None, create_annotators=True)


def errors(report: Report) -> list[tuple[int, str]]:
    return [(row["row"], row["error"]) for row in report.rejected]


def chosen(*labels, tag="sentiment"):
    return {"type": "choices", "from_name": tag, "to_name": "text", "value": {"choices": list(labels)}}


def written(*texts, **place):
    return {"type": "textarea", "from_name": "t", "to_name": "text", "value": {"text": list(texts), **place}}


def marked(start=0, end=4, label="PER"):
    value = {"start": start, "end": end, "labels": [label]}
    return {"type": "labels", "from_name": "label", "to_name": "text", "id": "x", "value": value}


def by(person, *results, **fields):
    return {"completed_by": {"id": 1, "email": person}, "result": list(results), **fields}


def task(*annotations, **fields):
    return {"id": 7, "data": {"text": TEXT}, "annotations": list(annotations), **fields}


def answers(project) -> dict:
    return dict(Annotation.objects.filter(project=project).values_list("annotator__username", "value"))


@pytest.fixture
def spans(make_project):
    return make_project(("PER", "LOC"), task_type="spans")


@pytest.fixture
def reviews(make_project):
    return make_project(("Positive", "Negative", "Neutral"), task_type="single_choice")


@pytest.fixture
def topics(make_project):
    return make_project(("Positive", "Negative", "Neutral"), task_type="multiple_choice")


@pytest.fixture
def translations(make_project):
    return make_project((), task_type="text")


class TestJsonMin:
    """The fields of the task, its id, those of the tags, who answered: as Label Studio's converter writes it."""

    def row(self, annotator="ann@x.org", updated_at="2024-01-02T00:00:00Z", **tags):
        about = {"annotator": annotator, "annotation_id": 3, "created_at": "2024-01-01T00:00:00Z"}
        return {"text": TEXT, "id": 7, **tags, **about, "updated_at": updated_at, "lead_time": 4.2}

    def test_labels_are_spans_of_the_person_who_drew_them(self, spans):
        report = sent(spans, [self.row(label=[SPAN]), self.row("abe@x.org", label=[SPAN])])
        assert (report.created, errors(report)) == (1, [])
        assert answers(spans) == {"ann@x.org": PER, "abe@x.org": PER}
        assert spans.items.get().external_id == "7"

    def test_what_stands_as_one_string_was_chosen_or_written(self, reviews, translations):
        assert errors(sent(reviews, [self.row(sentiment="Positive")])) == []
        assert answers(reviews) == {"ann@x.org": "Positive"}
        assert errors(sent(translations, [self.row(translation="Anna ging")])) == []
        assert answers(translations) == {"ann@x.org": "Anna ging"}

    def test_several_choices_are_one_answer(self, topics):
        assert errors(sent(topics, [self.row(topic={"choices": ["Neutral", "Positive"]})])) == []
        assert answers(topics) == {"ann@x.org": ["Positive", "Neutral"]}

    def test_the_id_may_stand_first_where_the_text_is_called_so(self, reviews):
        row = {"id": 7, "text": TEXT, "sentiment": "Negative", "annotator": 4, "lead_time": 1.5}
        assert errors(sent(reviews, [row])) == []
        assert answers(reviews) == {"4": "Negative"}

    def test_a_text_that_cannot_be_told_from_what_was_chosen_is_refused(self, reviews):
        row = {"id": 7, "review": TEXT, "sentiment": "Negative", "annotator": 4, "lead_time": 1.5}
        ((number, error),) = errors_of_all(reviews, [row])
        assert number == 1
        assert "which of 'review', 'sentiment' was labelled is not told; call that field text" in error

    def test_a_person_who_answered_twice_has_the_newest_answer(self, reviews):
        rows = [
            self.row(sentiment="Negative", updated_at="2024-02-01T00:00:00Z"),
            self.row(sentiment="Positive", updated_at="2024-01-01T00:00:00Z"),
        ]
        assert errors(sent(reviews, rows)) == []
        assert answers(reviews) == {"ann@x.org": "Negative"}

    def test_a_later_row_that_is_wrong_is_named_by_its_number(self, reviews):
        rows = [self.row(sentiment="Positive"), self.row("abe", sentiment="Negative"), self.row(sentiment="Bad")]
        rows[2] |= {"id": 8, "text": "other"}
        ((number, error),) = errors(sent(reviews, rows))
        assert (number, "'Bad' is no label of this project" in error) == (3, True)

    def test_pictures_are_in_a_zip(self, make_project):
        boxes = make_project(("car",), task_type="boxes")
        region = {"x": 10, "y": 10, "width": 20, "height": 40, "rotation": 0, "rectanglelabels": ["car"]}
        row = {**self.row(tag=[{**region, "original_width": 100, "original_height": 50}]), "image": "/data/a.png"}
        row = {"image": row.pop("image"), **{name: value for name, value in row.items() if name != "text"}}
        assert errors(sent(boxes, zipped({"a.png": picture(), "min.json": orjson.dumps([row])}), "a.zip")) == []
        assert answers(boxes) == {"ann@x.org": [{"box": [10, 5, 30, 25], "label": "car"}]}


def errors_of_all(project, rows) -> list[tuple[int, str]]:
    """Of a file of which nothing can be stored."""
    report = sent(project, rows)
    assert not report.stored
    return errors(report)


def test_completions_of_old_versions_are_annotations(spans):
    row = {"id": 7, "data": {"text": TEXT}, "completions": [by("ann", marked()), by("abe", marked(), skipped=True)]}
    assert errors(sent(spans, [row])) == []
    assert answers(spans) == {"ann": PER}


def test_tasks_that_nobody_answered_are_items(spans):
    rows = [{"id": 7, "data": {"text": TEXT}, "annotations": [], "predictions": [], "drafts": [], "inner_id": 1}]
    assert errors(sent(spans, rows)) == []
    assert (spans.items.get().text, spans.items.get().gold) == (TEXT, None)


class TestPredictions:
    def test_predictions_are_suggestions(self, spans):
        newer = {"model_version": "bert", "result": [marked(10, 14, "LOC")], "score": 0.7, "created_at": "2024-02-01"}
        older = {"model_version": "bert", "result": [marked()], "created_at": "2024-01-01"}
        rows = [{"data": {"text": TEXT}, "predictions": [newer, older, {"result": [marked()]}]}]
        report = sent(spans, rows)
        assert (report.created, errors(report)) == (1, [])
        assert dict(Suggestion.objects.values_list("model", "value")) == {"bert": LOC, "predictions": PER}
        assert sent(spans, rows).unchanged == 1
        assert Suggestion.objects.count() == 2

    def test_pictures_have_them_as_well(self, make_project):
        boxes = make_project(("car",), task_type="boxes")
        place = {"x": 10, "y": 10, "width": 20, "height": 40, "rectanglelabels": ["car"]}
        result = {"type": "rectanglelabels", "original_width": 100, "original_height": 50, "value": place}
        rows = [{"data": {"image": "a.png"}, "predictions": [{"model_version": "yolo", "result": [result]}]}]
        files = {"a.png": picture(), "tasks.json": orjson.dumps(rows)}
        assert errors(sent(boxes, zipped(files), "a.zip")) == []
        assert Suggestion.objects.get().value == [{"box": [10, 5, 30, 25], "label": "car"}]

    PLACE = {"x": 10, "y": 10, "width": 20, "height": 40, "rectanglelabels": ["car"]}

    @pytest.mark.parametrize("image", ["a.png", "/data/upload/2/0a1b2c3d-a.png"])
    def test_models_often_do_not_say_how_large_a_picture_is(self, make_project, image):
        boxes = make_project(("car",), task_type="boxes")
        result = {"type": "rectanglelabels", "source": "$image", "value": self.PLACE}
        rows = [{"data": {"image": image}, "predictions": [{"model_version": "yolo", "result": [result]}]}]
        files = {"a.png": picture(), "tasks.json": orjson.dumps(rows)}
        assert errors(sent(boxes, zipped(files), "a.zip")) == []
        assert Suggestion.objects.get().value == [{"box": [10, 5, 30, 25], "label": "car"}]

    def test_beside_an_annotation_they_are_about_the_picture_that_it_is_about(self):
        result = {"type": "rectanglelabels", "value": self.PLACE}
        sized = {**result, "original_width": 100, "original_height": 50}
        row = {"data": {"image": "a.png"}, "annotations": [by("ann", sized)], "predictions": [{"result": [result]}]}
        (example,) = registry.load("label_studio").read({"x.json": orjson.dumps([row])})
        assert example.predictions[0]["value"] == example.annotations[0]["value"]

    def test_ids_of_predictions_that_were_not_exported_are_passed_over(self, spans):
        assert errors(sent(spans, [task(by("ann", marked()), predictions=[5, 6])])) == []
        assert (answers(spans), Suggestion.objects.count()) == ({"ann": PER}, 0)

    def test_they_come_with_how_sure_the_model_was(self, spans):
        scored = {"model_version": "bert", "result": [{**marked(), "score": 0.9}], "score": 0.75}
        in_part = {"model_version": "crf", "result": [{**marked(), "score": 0.9}, marked(10, 14, "LOC")]}
        assert errors(sent(spans, [task(predictions=[scored, in_part])])) == []
        bert, crf = Suggestion.objects.order_by("model")
        assert (bert.value, bert.parts, bert.score) == (PER, [{**PER[0], "probability": 0.9}], 0.25)
        assert (crf.value, crf.parts, crf.score) == ([*PER, *LOC], None, None)

    def test_of_shapes_too(self, make_project):
        boxes = make_project(("car",), task_type="boxes")
        result = {"type": "rectanglelabels", "value": self.PLACE, "score": 0.5}
        rows = [{"data": {"image": "a.png"}, "predictions": [{"model_version": "yolo", "result": [result]}]}]
        assert errors(sent(boxes, zipped({"a.png": picture(), "tasks.json": orjson.dumps(rows)}), "a.zip")) == []
        assert Suggestion.objects.get().parts == [{"box": [10, 5, 30, 25], "label": "car", "probability": 0.5}]

    @pytest.mark.parametrize(
        ("result", "error"),
        [
            ([chosen("Positive")], "it has choices, none of which are spans"),
            ([marked(0, 99)], "ends behind the text"),
            ([marked(label="MISC")], "'MISC' is no label of this project"),
            (["nonsense"], "the row is not of this format"),
            ([{**marked(), "score": 7}], "the probability of a part is a number from 0 to 1"),
        ],
    )
    def test_one_that_does_not_fit_costs_neither_the_text_nor_peoples_answers(self, spans, result, error):
        wrong, right = {"model_version": "bert", "result": result}, {"model_version": "crf", "result": [marked()]}
        report = sent(spans, [task(by("ann", marked()), predictions=[wrong, right])])
        ((row, actual),) = errors(report)
        assert (row, report.created, answers(spans)) == (1, 1, {"ann": PER})
        assert actual.startswith("the prediction of 'bert' is left out: ") and error in actual
        assert list(Suggestion.objects.values_list("model", flat=True)) == ["crf"]

    def test_one_of_other_shapes_costs_nothing_else_of_the_picture(self, make_project):
        boxes = make_project(("car",), task_type="boxes")
        drawn = {"type": "rectanglelabels", "value": self.PLACE}
        turned = {"type": "rectanglelabels", "value": {**self.PLACE, "rotation": 30}}
        row = {"data": {"image": "a.png"}, "annotations": [by("ann", drawn)], "predictions": [{"result": [turned]}]}
        report = sent(boxes, zipped({"a.png": picture(), "tasks.json": orjson.dumps([row])}), "a.zip")
        ((_, error),) = errors(report)
        assert "the prediction of 'predictions' is left out: it has other shapes than boxes" in error
        assert (answers(boxes), Suggestion.objects.count()) == ({"ann": [{"box": [10, 5, 30, 25], "label": "car"}]}, 0)

    def test_where_nobody_knows_the_size_that_is_told(self):
        row = {
            "data": {"image": "a.png"},
            "predictions": [{"result": [{"type": "rectanglelabels", "value": self.PLACE}]}],
        }
        example, rejected = registry.load("label_studio").read({"x.json": orjson.dumps([row])})
        assert (example.external_id, example.predictions) == ("a.png", [])
        assert "the prediction of 'predictions' is left out: the size of the picture is not known" in rejected.error
        assert "put the picture into a zip with this file" in rejected.error


class TestChoicesAndTexts:
    def test_choices_are_answers_in_projects_of_choices(self, reviews, topics):
        right = by("rita", chosen("Neutral"), ground_truth=True)
        tasks = [task(by("ann", chosen("Positive")), by("abe", chosen("Negative")), right)]
        assert errors(sent(reviews, tasks)) == []
        assert (answers(reviews), reviews.items.get().gold) == ({"ann": "Positive", "abe": "Negative"}, "Neutral")
        assert errors(sent(topics, [task(by("ann", chosen("Neutral", "Positive")))])) == []
        assert answers(topics) == {"ann": ["Positive", "Neutral"]}

    def test_a_picture_that_was_classified_is_in_a_zip(self, reviews):
        data = {"image": "/data/upload/1/0a1b2c3d-a.png"}
        row = {"id": 1, "data": data, "annotations": [by("ann", chosen("Neutral"))]}
        files = {"a.png": PNG, "tasks.json": orjson.dumps([row])}
        assert errors(sent(reviews, zipped(files), "a.zip")) == []
        assert answers(reviews) == {"ann": "Neutral"}

    def test_a_text_that_was_written_is_an_answer_in_a_project_of_texts(self, translations):
        assert errors(sent(translations, [task(by("ann", written("Anna ging")))])) == []
        assert answers(translations) == {"ann": "Anna ging"}

    @pytest.mark.parametrize(
        ("kind", "result", "error"),
        [
            (
                "spans",
                chosen("Positive"),
                "it has choices, none of which are spans; choices go into a project of single",
            ),
            (
                "spans",
                written("x"),
                "it has textarea, none of which are spans; textarea go into a project of free text",
            ),
            (
                "single_choice",
                marked(),
                "it has labels, none of which are single choice; labels go into a project of spa",
            ),
            (
                "single_choice",
                chosen("Positive", "Neutral"),
                "a single choice is one label; chosen are 'Positive', 'Neu",
            ),
            ("text", written("a", "b"), "an answer is one text; there are 'a', 'b'"),
            ("text", written("a", start=0, end=4), "it has textarea of regions, none of which are free text"),
        ],
    )
    def test_what_does_not_fit_the_project_is_refused_with_what_would(self, make_project, kind, result, error):
        labels = {"spans": ("PER",), "text": ()}.get(kind, ("Positive", "Negative", "Neutral"))
        project = make_project(labels, task_type=kind)
        ((number, actual),) = errors_of_all(project, [task(by("ann", result))])
        assert number == 1
        assert error in actual

    def test_answers_to_several_questions_are_refused(self, reviews):
        result = [chosen("Positive"), chosen("Neutral", tag="topic")]
        ((_, error),) = errors_of_all(reviews, [task(by("ann", *result))])
        assert "answers to several questions (sentiment, topic); leave one of them in the file" in error

    def test_who_submitted_nothing_has_not_chosen(self, reviews):
        assert errors(sent(reviews, [task(by("ann"), by("abe", chosen("Neutral")))])) == []
        assert answers(reviews) == {"abe": "Neutral"}


def test_what_cannot_be_kept_is_told_and_all_else_comes_in(spans):
    about_region = {**chosen("sure", tag="how_sure"), "value": {"start": 0, "end": 4, "choices": ["sure"]}}
    report = sent(spans, [task(by("ann", marked(), about_region))])
    assert (report.created, answers(spans)) == (1, {"ann": PER})
    assert errors(report) == [(1, "left out: choices of regions (1)")]


def test_a_taxonomy_is_answered_with_labels_that_have_parents(make_project):
    project = make_project(("food", "apple", "bread"), task_type="single_choice")
    path = {"type": "taxonomy", "from_name": "kind", "value": {"taxonomy": [["food", "apple"]]}}
    assert errors(sent(project, [task(by("ann", path))])) == []
    assert answers(project) == {"ann": "apple"}


class TestAnsweredTwice:
    def test_the_newest_counts_and_of_equally_old_ones_the_last(self, reviews):
        dated = [
            by("ann", chosen("Positive"), updated_at="2024-03-01T00:00:00Z"),
            by("ann", chosen("Negative"), updated_at="2024-01-01T00:00:00Z"),
        ]
        undated = [by("abe", chosen("Positive")), by("abe", chosen("Negative"))]
        assert errors(sent(reviews, [task(*dated, *undated)])) == []
        assert answers(reviews) == {"ann": "Positive", "abe": "Negative"}

    def test_of_several_ground_truths_too(self, reviews):
        newer = by("rita", chosen("Neutral"), ground_truth=True, updated_at="2024-03-01T00:00:00Z")
        older = by("mona", chosen("Negative"), ground_truth=True, updated_at="2024-01-01T00:00:00Z")
        assert errors(sent(reviews, [task(newer, older)])) == []
        assert reviews.items.get().gold == "Neutral"

    def test_of_prodigys_lines_the_last_counts(self, spans):
        def line(person, *spans):
            return {"text": TEXT, "spans": list(spans), "answer": "accept", "_annotator_id": person}

        rows = [line("ann"), line("abe"), line("ann", *PER)]
        assert errors(sent(spans, b"\n".join(map(orjson.dumps, rows)), "db.jsonl")) == []
        assert answers(spans) == {"ann": PER, "abe": []}


def test_the_command_says_what_does_not_fit(spans, tmp_path, capsys):
    path = tmp_path / "export.json"
    path.write_bytes(orjson.dumps([task(by("ann", marked())), {**task(by("ann", chosen("Bad"))), "id": 8}]))
    call_command("import_items", str(spans.pk), str(path), "--create-annotators")
    out = capsys.readouterr().out
    assert "created" in out
    assert "it has choices, none of which are spans" in out


class TestWhatElseATaskHas:
    def test_its_other_fields_are_kept_and_who_took_how_long(self, spans):
        data = {"text": TEXT, "source": "web", "page": 3}
        assert errors(sent(spans, [{**task(by("ann", marked(), lead_time=2.5)), "data": data}])) == []
        assert spans.items.get().meta == {"source": "web", "page": 3}
        assert Annotation.objects.get(project=spans).seconds == 2.5

    def test_of_pictures_too(self, reviews):
        row = {"id": 1, "data": {"image": "a.png", "site": "north"}, "annotations": [by("ann", chosen("Neutral"))]}
        sent(reviews, zipped({"a.png": PNG, "tasks.json": orjson.dumps([row])}), "a.zip")
        assert reviews.items.get().meta == {"site": "north"}

    @pytest.mark.parametrize(
        "row",
        [
            {"data": {"image": "a.png", "site": "\0"}, "annotations": [by("ann", chosen("Neutral"))]},
            {"data": {"image": "a.png"}, "predictions": [{"model_version": "m" * 101, "result": [chosen("Neutral")]}]},
        ],
    )
    def test_what_cannot_be_stored_of_a_picture_is_named(self, reviews, row):
        report = sent(reviews, zipped({"a.png": PNG, "tasks.json": orjson.dumps([row])}), "a.zip")
        ((_, error),) = errors(report)
        assert "U+0000" in error or "up to 100 characters" in error
        assert (report.created, reviews.items.get().meta) == (1, {})


def test_what_prodigy_doccano_and_spacy_keep_beside_a_text_is_kept(make_project):
    rows = {
        "prodigy": {"text": TEXT, "spans": PER, "answer": "accept", "meta": {"source": "web"}},
        "doccano": {"id": 3, "text": TEXT, "label": [[0, 4, "PER"]], "source": "web"},
        "spacy": {"text": TEXT, "spans": PER, "meta": {"source": "web", "external_id": "x"}},
    }
    for row in rows.values():
        project = make_project(("PER", "LOC"), task_type="spans")
        assert errors(sent(project, [row])) == []
        assert (project.items.get().meta, project.items.get().gold) == ({"source": "web"}, PER)


class TestTables:
    """CSV and TSV as Label Studio's converter writes them: columns in the order of the alphabet, answers in strings or
    JSON."""

    ABOUT = {"annotation_id": "3", "created_at": "2024-01-01T00:00:00Z", "id": "7", "lead_time": "4.5"}

    def table(self, *rows, delimiter=",") -> bytes:
        rows = [{**self.ABOUT, "text": TEXT, "annotator": "ann@x.org", **row} for row in rows]
        names = sorted({name for row in rows for name in row})
        file = io.StringIO()
        writer = csv.DictWriter(file, names, delimiter=delimiter, quoting=csv.QUOTE_NONNUMERIC)
        writer.writeheader()
        writer.writerows(rows)
        return file.getvalue().encode()

    @pytest.mark.parametrize(("name", "delimiter"), [("result.csv", ","), ("result.tsv", "\t")])
    def test_one_string_was_chosen_or_written(self, reviews, translations, name, delimiter):
        rows = self.table({"tag": "Positive"}, {"tag": "Negative", "annotator": "abe"}, delimiter=delimiter)
        for project in (reviews, translations):
            report = sent(project, rows, name)
            assert (report.created, errors(report)) == (1, [])
            assert answers(project) == {"ann@x.org": "Positive", "abe": "Negative"}
            assert (project.items.get().external_id, project.items.get().text) == ("7", TEXT)
            assert set(project.annotations.values_list("seconds", flat=True)) == {4.5}

    def test_several_choices_are_in_json_and_other_columns_are_kept(self, topics):
        several = '{"choices":["Neutral","Positive"]}'
        extra = {"source": "web", "tags": '["a"]'}
        rows = self.table({"topic": several, **extra}, {"topic": "Positive", "id": "8", "text": "[1] good", **extra})
        assert errors(sent(topics, rows, "result.csv")) == []
        values = [row.value for row in topics.annotations.order_by("item__external_id")]
        assert values == [["Positive", "Neutral"], ["Positive"]]
        assert [item.meta for item in topics.items.all()] == [{"source": "web", "tags": ["a"]}] * 2
        assert topics.items.get(external_id="8").text == "[1] good"

    def test_regions_are_spans(self, spans):
        rows = self.table({"label": orjson.dumps([SPAN]).decode(), "source": "web"})
        assert errors(sent(spans, rows, "result.csv")) == []
        assert (answers(spans), spans.items.get().meta) == ({"ann@x.org": PER}, {"source": "web"})

    def test_of_a_text_with_several_answers_that_is_told(self, translations):
        ((_, error),) = errors(sent(translations, self.table({"t": '{"text":["a","b"]}'}), "result.csv"))
        assert "an answer is one text; there are 'a', 'b'" in error

    def test_a_field_of_the_task_that_is_called_as_a_tag_is_the_text(self, reviews):
        row = {"_data_text": TEXT, "text": "Positive"}
        assert errors(sent(reviews, self.table(row), "result.csv")) == []
        assert (answers(reviews), reviews.items.get().text) == ({"ann@x.org": "Positive"}, TEXT)

    def test_a_row_that_is_cut_off_is_named_and_the_others_come_in(self, reviews):
        rows = self.table({"tag": "Positive"}) + b'"3","abe"\n'
        report = sent(reviews, rows, "result.csv")
        assert (report.created, answers(reviews)) == (1, {"ann@x.org": "Positive"})
        assert errors(report) == [(2, "this row has 2 cells, the header 7")]

    def test_where_columns_do_not_tell_what_was_chosen_roles_do(self, reviews):
        rows = self.table({"source": "web", "tag": "Positive"})
        with pytest.raises(Unreadable, match="may be what was answered: say which one is by columns=NAME:answer"):
            sent(reviews, rows, "result.csv")
        roles = {"id": "external_id", "text": "text", "tag": "answer", "annotator": "annotator", "source": "meta"}
        file = io.BytesIO(rows)
        report = import_file(reviews, file, name="a.csv", content_type=None, columns=roles, create_annotators=True)
        assert errors(report) == []
        assert (answers(reviews), reviews.items.get().meta["source"]) == ({"ann@x.org": "Positive"}, "web")

    def test_by_rest(self, client, reviews, mona):
        client.force_login(mona)
        address = f"/api/projects/{reviews.pk}/items/?create_annotators=1"
        answer = client.post(address, self.table({"tag": "Positive"}), content_type="text/csv").json()
        assert (answer["created"], answer["rejected"], answers(reviews)) == (1, [], {"ann@x.org": "Positive"})
