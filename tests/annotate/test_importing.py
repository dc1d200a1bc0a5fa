"""Files on their way in: what becomes of good rows, of bad ones, and of what people do meanwhile."""

import base64
import io
import threading
import zipfile
from collections.abc import Callable

import orjson
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.db.models import F

from annotate.consensus.refresh import refresh
from annotate.imports import chunks, run
from annotate.imports.run import Report, TooLarge, import_file, import_records
from annotate.models import Annotation, AnnotationChange, Assignment, Consensus, Item, QueueEntry, Suggestion
from annotate.queue.leasing import lease, release, skip
from annotate.queue.submitting import submit
from annotate_kit.formats import datasets
from annotate_kit.formats.datasets import Example
from annotate_kit.formats.readers import Unreadable
from annotate_kit.formats.records import Record
from projects.models import Event
from tests.annotate.test_renaming import rename

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8ffff3f0005fe02fe0def46b8"
    "0000000049454e44ae426082"
)


def sent(project, *records, **kwargs) -> Report:
    """Import records as JSON lines."""
    lines = b"\n".join(orjson.dumps(record) for record in records)
    return import_file(project, io.BytesIO(lines), name="records.jsonl", content_type=None, **kwargs)


def errors(report: Report) -> list[tuple[int, str]]:
    return [(row["row"], row["error"]) for row in report.rejected]


@pytest.fixture
def project(make_project):
    return make_project()


def test_records_become_items_with_a_place_in_the_queue(project, mona):
    report = sent(
        project,
        {"external_id": "a", "text": 'He said "no"\n\\.\nand left\t\\', "meta": {"by": "otto"}, "gold": "negative"},
        {"external_id": 7, "data": {"price": 3.5, "ü": None}, "votes_wanted": 3},
        by=mona,
    )
    assert (report.created, report.updated, report.unchanged, report.rejected) == (2, 0, 0, [])
    text, record = project.items.order_by("id")
    assert (text.text, text.meta, text.gold) == ('He said "no"\n\\.\nand left\t\\', {"by": "otto"}, "negative")
    assert (record.external_id, record.data, record.gold) == ("7", {"price": 3.5, "ü": None}, None)
    assert (text.queueentry.wanted, record.queueentry.wanted, record.queueentry.taken) == (1, 3, 0)
    event = Event.objects.get(project=project, act="import")
    assert (event.actor, event.data["created"]) == (mona, 2)


def test_items_keep_the_order_of_the_file(project, ann, monkeypatch):
    monkeypatch.setattr(chunks, "ROWS", 7)
    sent(project, *({"text": f"text {number}"} for number in range(50)))
    assert [a.item.text for a in lease(project, ann, 50)] == [f"text {number}" for number in range(50)]


def test_the_same_file_again_changes_nothing(project, ann):
    records = [{"text": "without an id"}, {"external_id": "b", "text": "with one", "votes_wanted": 2}]
    sent(project, *records)
    QueueEntry.objects.update(wanted=F("wanted") + 1)  # somebody asked for one more
    assert sent(project, *records) == Report(unchanged=2)
    assert list(QueueEntry.objects.order_by("item").values_list("wanted", flat=True)) == [2, 3]


def test_a_changed_row_changes_its_item_and_no_other(project):
    sent(project, {"external_id": "a", "text": "one"}, {"external_id": "b", "text": "two"})
    before = project.items.get(external_id="a").pk
    report = sent(project, {"external_id": "a", "text": "uno", "gold": "positive"}, {"external_id": "b", "text": "two"})
    assert (report.created, report.updated, report.unchanged) == (0, 1, 1)
    item = project.items.get(external_id="a")
    assert (item.pk, item.text, item.gold) == (before, "uno", "positive")


def test_the_order_of_keys_is_no_change(project):
    sent(project, {"external_id": "a", "data": {"x": 1, "y": 2}})
    assert sent(project, {"data": {"y": 2, "x": 1}, "external_id": "a"}).unchanged == 1


def test_votes_wanted_never_fall_below_what_is_taken(make_project, ann, abe):
    project = make_project(votes_wanted=3)
    sent(project, {"external_id": "a", "text": "one"})
    lease(project, ann)
    submit(lease(project, abe)[0], "positive")
    sent(project, {"external_id": "a", "text": "one", "votes_wanted": 1})
    assert QueueEntry.objects.get().wanted == 2
    sent(project, {"external_id": "a", "text": "one", "votes_wanted": 5})
    assert QueueEntry.objects.get().wanted == 5


def test_a_changed_text_keeps_the_number_of_votes_that_people_set(project):
    sent(project, {"external_id": "a", "text": "one"})
    QueueEntry.objects.update(wanted=4)
    sent(project, {"external_id": "a", "text": "uno"})
    assert QueueEntry.objects.get().wanted == 4


def test_an_id_may_be_in_two_projects(project, make_project):
    other = make_project(name="Other")
    sent(project, {"external_id": "a", "text": "here"})
    sent(other, {"external_id": "a", "text": "there"})
    assert (project.items.get().text, other.items.get().text) == ("here", "there")


BAD = {
    "broken JSON": (b'{"text": "a"', "broken JSON"),
    "an unknown field": (b'{"text": "a", "colour": 1}', "unknown field 'colour'"),
    "no content": (b'{"external_id": "x"}', "exactly one of text, image and data"),
    "an unknown label as gold": (
        b'{"text": "a", "gold": "purple"}',
        "gold: 'purple' is no label of this project",
    ),
    "an unknown label in an annotation": (
        b'{"text": "a", "annotations": [{"annotator": "ann", "value": "purple"}]}',
        "annotations: 'purple' is no label",
    ),
    "an annotation of nobody here": (
        b'{"text": "a", "annotations": [{"annotator": "otto", "value": "positive"}]}',
        "'otto' is no member of this project",
    ),
    "two annotations of one person": (
        b'{"text": "a", "annotations": [{"annotator": "ann", "value": "positive"}, '
        b'{"annotator": "ann", "value": "negative"}]}',
        "two answers of one annotator",
    ),
    "an image that is none": (b'{"image": "bm90IGFuIGltYWdl"}', "no image that can be shown"),
    "bytes that are no UTF-8": (b'{"text": "caf\xe9"}', "not UTF-8: byte 0xe9"),
    "an id that is too long": (b'{"text": "a", "external_id": "%s"}' % (b"x" * 201), "at most 200"),
    "a character that cannot be stored": (b'{"text": "a\\u0000"}', "U+0000"),
}


@pytest.mark.parametrize("bad", BAD)
def test_nothing_of_a_bad_row_is_stored_and_its_neighbours_are(project, otto, bad):
    line, reason = BAD[bad]
    content = b'{"external_id": "first", "text": "1"}\n' + line + b'\n{"external_id": "last", "text": "3"}'
    report = import_file(project, io.BytesIO(content), name="a.jsonl", content_type=None)
    assert [row for row, _ in errors(report)] == [2]
    assert reason in errors(report)[0][1]
    assert list(project.items.order_by("id").values_list("external_id", flat=True)) == ["first", "last"]
    assert not Annotation.objects.exists()


UNREADABLE = {
    "an empty file": ("a.jsonl", b"", "the file is empty"),
    "a broken list": ("a.json", b'[{"text": "a"}, {"text": ', "broken JSON"),
    "a table in UTF-16": ("a.csv", "text\nä".encode("utf-16"), "UTF-16"),
    "a table in two encodings": ("a.csv", "text\nä\n".encode() + "ä\n".encode("latin-1"), "not UTF-8"),
    "a table of labels alone": ("a.csv", b"gold\nx\n", "header must name text"),
    "no zip": ("a.zip", b"PK\x03\x04 nothing", "zip"),
    "an unknown kind": ("a.docx", b"x", "no reader for a.docx"),
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_a_file_that_cannot_be_read_says_why_and_stores_nothing(project, kind):
    name, content, reason = UNREADABLE[kind]
    with pytest.raises(Unreadable, match=reason):
        import_file(project, io.BytesIO(content), name=name, content_type=None)
    assert not Item.objects.exists()


def test_a_file_that_breaks_in_the_middle_keeps_what_was_stored_before_and_says_so(project, monkeypatch):
    monkeypatch.setattr(chunks, "ROWS", 2)
    with pytest.raises(Unreadable, match="4 rows stored before that stay; correct the file and send it again"):
        import_file(project, io.BytesIO(b'[{"text":"1"},{"text":"2"},{"text":"3"},{"text":"4"},{"text'), name="a.json",
                    content_type=None)  # fmt: skip
    assert Item.objects.count() == 4


class Body(io.BytesIO):
    """A body as a web server gives it: one cannot go back in it."""

    def seekable(self) -> bool:
        return False


@pytest.mark.parametrize("stream", [io.BytesIO, Body])
def test_a_file_over_the_limit_is_refused(project, settings, stream):
    settings.UPLOAD_BYTES = 100
    with pytest.raises(TooLarge, match="larger than"):
        import_file(project, stream(b'{"text": "%s"}' % (b"x" * 200)), name="a.jsonl", content_type=None)
    assert not Item.objects.exists()


def test_an_id_given_twice_counts_once(project):
    report = sent(project, *({"external_id": id_, "text": f"{id_}{n}"} for n, id_ in enumerate("abcab")))
    assert errors(report) == [
        (4, "external_id was given in row 1 already; the first one counts"),
        (5, "external_id was given in row 2 already; the first one counts"),
    ]
    assert set(project.items.values_list("text", flat=True)) == {"a0", "b1", "c2"}


def test_an_id_given_twice_far_apart_counts_once(project, monkeypatch):
    monkeypatch.setattr(chunks, "ROWS", 10)
    records = [{"external_id": f"id-{number % 95}", "text": f"text {number}"} for number in range(100)]
    report = sent(project, *records)
    assert [row["row"] for row in report.rejected] == [96, 97, 98, 99, 100]
    assert "row 3 already" in report.rejected[2]["error"]
    assert project.items.get(external_id="id-2").text == "text 2"


def test_a_bad_row_does_not_spoil_the_good_one_with_its_id(project):
    report = sent(project, {"external_id": "a", "text": "1", "gold": "purple"}, {"external_id": "a", "text": "2"})
    assert (report.created, [row for row, _ in errors(report)]) == (1, [1])


def test_the_same_text_twice_without_ids_is_one_item(project):
    report = sent(project, {"text": "ok"}, {"text": "ok"})
    assert errors(report) == [
        (2, "the same content as row 1; if both are meant, give each an external_id of its own"),
    ]


def test_the_report_keeps_a_thousand_rows_and_counts_all(project):
    report = sent(project, *[{"text": ""}] * 1100)
    assert (len(report.rejected), report.rejected_count) == (1000, 1100)


def test_a_number_names_the_label_that_is_written_so(make_project):
    digits = make_project(labels=("0", "7"))
    assert sent(digits, {"text": "a", "gold": 7}).created == 1
    assert digits.items.get().gold == "7"


# Images


def test_an_image_is_kept_by_its_content_and_the_same_one_once(project):
    row = {"image": f"data:image/png;base64,{base64.b64encode(PNG).decode()}"}
    report = sent(project, row | {"external_id": "a"}, row | {"external_id": "b"})
    assert report.created == 2
    (name,) = set(project.items.values_list("image", flat=True))
    assert name.startswith(f"images/{project.pk}/") and name.endswith(".png")
    assert default_storage.open(name).read() == PNG


def test_an_image_of_which_a_killed_import_left_a_part_is_written_again(project):
    records = [Record(1, "a", image=PNG)]
    import_records(project, records)
    name = project.items.get().image
    default_storage.delete(name)
    default_storage.save(name, ContentFile(PNG[:20]))
    import_records(project, records)
    assert default_storage.open(name).read() == PNG


def test_no_image_of_a_rejected_row_is_kept(project):
    import_records(project, [Record(1, "a", image=PNG, gold="purple")])
    assert not default_storage.exists(f"images/{project.pk}")


def zip_of(*names: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in names:
            archive.writestr(name, PNG)
    return content.getvalue()


@pytest.mark.parametrize(("task_type", "gold"), [("single_choice", "positive"), ("multiple_choice", ["positive"])])
def test_the_folders_of_a_zip_may_be_labels(make_project, task_type, gold):
    project = make_project(task_type=task_type)
    content = zip_of("positive/1.png", "purple/2.png", "3.png")
    report = import_file(project, io.BytesIO(content), name="a.zip", content_type=None, folders_are_labels=True)
    assert (report.created, [row["external_id"] for row in report.rejected]) == (2, ["purple/2.png"])
    assert project.items.get(external_id="positive/1.png").gold == gold
    assert project.items.get(external_id="3.png").gold is None


# Annotations given with the records


def annotation(value: str, annotator: str = "ann") -> dict:
    return {"annotator": annotator, "value": value, "seconds": 2.5}


def test_given_annotations_are_kept_as_if_people_had_submitted_them(project, ann, abe):
    sent(
        project,
        {"external_id": "a", "text": "1", "annotations": [annotation("positive"), annotation("negative", "abe")]},
    )
    first = Annotation.objects.get(annotator=ann)
    assert (first.value, first.seconds, first.assignment.status) == ("positive", 2.5, Assignment.Status.SUBMITTED)
    entry = QueueEntry.objects.get()
    assert (entry.taken, entry.wanted, entry.open) == (2, 2, False)
    assert lease(project, abe, 5) == []
    refresh(project)
    assert Consensus.objects.get().votes == 2


def test_annotations_given_again_are_not_counted_again(project):
    record = {"external_id": "a", "text": "1", "votes_wanted": 3, "annotations": [annotation("positive")]}
    sent(project, record)
    assert sent(project, record).unchanged == 1
    entry = QueueEntry.objects.get()
    assert (Annotation.objects.count(), entry.taken, entry.wanted) == (1, 1, 3)


def test_a_changed_annotation_keeps_its_history(project, mona):
    sent(project, {"external_id": "a", "text": "1", "annotations": [annotation("positive")]})
    report = sent(project, {"external_id": "a", "text": "1", "annotations": [annotation("negative")]}, by=mona)
    assert (report.updated, Annotation.objects.get().value) == (1, "negative")
    change = AnnotationChange.objects.get()
    assert (change.value, change.act, change.by) == ("positive", "changed", mona)
    assert QueueEntry.objects.get().taken == 1


def test_what_a_person_answered_since_is_not_undone_by_the_same_file(project, ann):
    record = {"external_id": "a", "text": "1", "annotations": [annotation("positive")]}
    sent(project, record)
    submit(Assignment.objects.get(), "negative")
    sent(project, record)
    assert Annotation.objects.get().value == "negative"


@pytest.mark.parametrize("before", ["leased", "skipped", "released"])
def test_an_annotation_for_who_has_the_item_takes_the_place_once(project, ann, before):
    sent(project, {"external_id": "a", "text": "1"})
    (assignment,) = lease(project, ann)
    if before != "leased":
        {"skipped": skip, "released": release}[before](assignment)
    sent(project, {"external_id": "a", "text": "1", "annotations": [annotation("positive")]})
    entry = QueueEntry.objects.get()
    assert (entry.taken, entry.wanted) == (1, 1)
    assert Assignment.objects.get().status == "submitted"


def test_a_whole_chunk_is_stored_by_index_although_statistics_lag(project):
    """Row by row against row it would take minutes: a planner who knows nothing of a new project may choose that."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '20s'")
    for text, value in (("old", "positive"), ("new", "negative")):
        records = (Record(n, f"id-{n}", text, annotations=[annotation(value)]) for n in range(1, 15_001))
        assert import_records(project, records).stored == 15_000
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")  # not for the constraints that are checked after a test
    assert Annotation.objects.filter(value="negative").count() == AnnotationChange.objects.count() == 15_000


def test_a_row_finds_its_item_by_the_unique_index_in_a_project_that_seems_nearly_empty(project, ann):
    """By an index on the project, or on the annotator, all of theirs would be read for each row."""
    tables = ["annotate_item", "annotate_assignment", "annotate_annotation"]
    with connection.cursor() as cursor:
        for text, value in (("old", "positive"), ("new", "negative"), ("new", "negative")):
            import_records(
                project, [Record(n, f"id-{n}", text, annotations=[annotation(value)]) for n in range(1, 1001)]
            )
            cursor.execute("UPDATE pg_class SET reltuples = 100, relpages = 400 WHERE relname = ANY(%s)", [tables])
        cursor.execute("SELECT max(idx_tup_fetch) FROM pg_stat_xact_user_tables WHERE relname = ANY(%s)", [tables])
        assert cursor.fetchone()[0] < 50_000
    assert Annotation.objects.filter(value="negative").count() == 1000


# At the same time


def in_thread(work: Callable[[], object]) -> threading.Thread:
    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.mark.django_db(transaction=True)
def test_two_imports_of_one_file_at_once_store_it_once(project, monkeypatch):
    monkeypatch.setattr(chunks, "ROWS", 50)
    records = [
        {"external_id": f"id-{n}", "text": f"text {n}", "annotations": [annotation("positive")]} for n in range(400)
    ]
    reports: list[Report] = []
    threads = [
        in_thread(lambda: reports.append(sent(project, *records))),
        in_thread(lambda: reports.append(sent(project, *records[::-1]))),
    ]
    for thread in threads:
        thread.join()
    assert sum(report.created for report in reports) == 400
    assert sum(report.unchanged for report in reports) == 400
    assert QueueEntry.objects.filter(taken=1, wanted=1).count() == Annotation.objects.count() == 400


@pytest.mark.django_db(transaction=True)
def test_people_label_while_an_import_runs_and_every_promise_holds(make_project, ann, abe, monkeypatch):
    project = make_project(votes_wanted=2)
    monkeypatch.setattr(chunks, "ROWS", 40)
    records = [{"external_id": f"id-{n}", "text": f"text {n}", "votes_wanted": 2} for n in range(200)]
    sent(project, *records)
    others = [record | {"text": "new", "votes_wanted": 1 + n % 3, "annotations": [annotation("negative")]}
              for n, record in enumerate(records)]  # fmt: skip

    def label(person) -> None:
        for _ in range(30):
            for assignment in lease(project, person, 5):
                submit(assignment, "positive")

    threads = [in_thread(lambda: sent(project, *others)), in_thread(lambda: label(ann)), in_thread(lambda: label(abe))]
    for thread in threads:
        thread.join()
    answered = {entry.item_id: entry for entry in QueueEntry.objects.all()}
    live = Assignment.objects.live().count()
    assert sum(entry.taken for entry in answered.values()) == Annotation.objects.count() + live
    assert all(entry.taken <= entry.wanted for entry in answered.values())
    assert Annotation.objects.filter(annotator=ann).count() == 200


def test_a_zip_of_coco_fills_a_project_of_boxes(make_project, client, mona):
    """By REST, as by the page and the command, which read files with the same function."""
    project = make_project(labels=("car",), task_type="boxes")
    box = {"box": [0.0, 0.0, 1.0, 1.0], "label": "car"}
    example = Example("a.png", None, 1, 1, [box])
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("images/a.png", PNG)
        archive.writestr("images/b.png", PNG)
        archive.writestr("annotations.json", datasets.registry.load("coco").write([example]))
    client.force_login(mona)
    done = client.post(f"/api/projects/{project.pk}/items/", content.getvalue(), content_type="application/zip")
    assert (done.json()["created"], done.json()["rejected"]) == (2, [])
    assert dict(project.items.values_list("external_id", "gold")) == {"images/a.png": [box], "images/b.png": None}


def test_what_models_say_of_a_record_is_kept_as_suggestions(project):
    record = {"external_id": "a", "text": "x", "predictions": [{"model": "m", "value": "negative"}]}
    assert sent(project, record).created == 1
    assert [(row.model, row.value) for row in Suggestion.objects.all()] == [("m", "negative")]
    again = {**record, "predictions": [{"model": "m", "value": "positive"}, {"model": "n", "value": "negative"}]}
    assert sent(project, again).unchanged == 1
    assert dict(Suggestion.objects.values_list("model", "value")) == {"m": "positive", "n": "negative"}


def test_a_prediction_may_say_all_that_predictions_by_themselves_may(project, make_project):
    likely = {"model": "m", "proba": {"negative": 0.75, "positive": 0.25}, "score": 2.5}
    sent(project, {"text": "x", "predictions": [likely]})
    row = Suggestion.objects.get()
    assert (row.value, row.proba, row.score) == ("negative", {"positive": 0.25, "negative": 0.75}, 2.5)
    marked = make_project(("PER",), task_type="spans")
    part = {"start": 0, "end": 4, "label": "PER", "probability": 0.5}
    sent(marked, {"text": "Anna left", "predictions": [{"model": "m", "parts": [part]}]})
    row = marked.suggestions.get()
    assert (row.value, row.parts) == ([{"start": 0, "end": 4, "label": "PER"}], [part])


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"value": "purple"}, "'purple' is no label of this project; it has positive, negative"),
        ({"proba": {"positive": 0.5}}, "the probabilities must sum to 1, they sum to 0.5"),
        ({"proba": [0.5, 0.5]}, 'proba must be an object such as {"yes": 0.9, "no": 0.1}'),
        ({"value": "positive", "score": "high"}, "score must be a finite number; higher means: ask sooner"),
    ],
)
def test_a_prediction_that_does_not_fit_costs_neither_the_item_nor_its_answers(project, ann, wrong, error):
    record = {"external_id": "a", "text": "x", "annotations": [{"annotator": "ann", "value": "positive"}]}
    right = {"model": "n", "value": "negative"}
    report = sent(project, {**record, "predictions": [{"model": "m", **wrong}, right]})
    assert (report.created, report.rejected_count, Annotation.objects.count()) == (1, 1, 1)
    assert report.rejected == [{"row": 1, "external_id": "a", "error": f"the prediction of 'm' is left out: {error}"}]
    assert Suggestion.objects.get().model == "n"
    corrected = {**record, "predictions": [{"model": "m", "value": "positive"}, right]}
    assert (sent(project, corrected).unchanged, Suggestion.objects.count()) == (1, 2)


def test_what_models_say_follows_labels_that_were_renamed_meanwhile(project, mona, monkeypatch):
    def rename_first(of_project, chunk):
        rename(of_project, mona, {"negative": "bad"})
        return suggest(of_project, chunk)

    suggest = run._suggest
    monkeypatch.setattr(run, "_suggest", rename_first)
    sent(project, {"text": "x", "predictions": [{"model": "m", "value": "negative"}]})
    assert Suggestion.objects.get().value == "bad"
