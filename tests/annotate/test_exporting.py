"""What was labelled, on its way out."""

import csv
import io
import zipfile
from datetime import timedelta
from pathlib import Path

import orjson
import pyarrow.parquet as pq
import pytest
from django.utils import timezone

from annotate.exports.rows import counts, export, file_name
from annotate.exports.splits import SPLITS, split_of
from annotate.imports.run import import_file
from annotate.models import Annotation, Consensus
from annotate.queue.leasing import lease
from annotate.queue.submitting import submit
from annotate_kit.formats import writers
from tests.conftest import add_texts


def rows(project, **kwargs) -> list[dict]:
    return [orjson.loads(line) for line in b"".join(export(project, "jsonl", **kwargs)).splitlines()]


@pytest.fixture
def labelled(make_project, ann, abe):
    """Three texts, two votes wanted: one done, one half done, one not begun."""
    project = make_project(votes_wanted=2)
    add_texts(project, ["one", "two", "three"], meta={"from": "otto"}, gold="negative")
    for assignment in lease(project, ann, 2):
        submit(assignment, "positive", seconds=1.5)
    submit(lease(project, abe)[0], "positive")
    return project


def test_an_item_comes_with_all_that_is_known_of_it(labelled):
    first = rows(labelled)[0]
    assert [annotation.pop("created_at")[:2] for annotation in first["annotations"]] == ["20", "20"]
    assert first == {
        "external_id": "item-1",
        "text": "one",
        "meta": {"from": "otto"},
        "gold": "negative",
        "consensus": "positive",
        "belief": Consensus.objects.get(item__external_id="item-1").belief,
        "votes": 2,
        "annotations": [
            {"annotator": "ann", "value": "positive", "seconds": 1.5},
            {"annotator": "abe", "value": "positive", "seconds": None},
        ],
    }


def test_an_item_without_votes_has_no_consensus(labelled):
    last = rows(labelled)[2]
    assert (last["consensus"], last["belief"], last["votes"], last["annotations"]) == (None, None, 0, [])


def test_each_annotation_comes_once_however_the_pages_fall(labelled, monkeypatch):
    monkeypatch.setattr("annotate.exports.rows.PAGE", 1)
    assert [len(row["annotations"]) for row in rows(labelled)] == [2, 1, 0]
    annotations = [(row["external_id"], row["annotator"]) for row in rows(labelled, what="annotations")]
    assert annotations == [("item-1", "ann"), ("item-2", "ann"), ("item-1", "abe")]


def test_only_what_is_done(labelled):
    assert [row["external_id"] for row in rows(labelled, only_done=True)] == ["item-1"]
    assert len(rows(labelled, what="annotations", only_done=True)) == 2
    assert counts(labelled, only_done=True) == {"items": 1, "annotations": 2}


def files_of(pieces) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as archive:
        return {Path(name).name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("what", ["items", "annotations"])
def test_each_split_is_a_file_of_its_own(make_project, ann, what):
    project = make_project()
    add_texts(project, [f"text {number}" for number in range(40)])
    for assignment in lease(project, ann, 40):
        submit(assignment, "positive")
    files = files_of(export(project, "jsonl", what=what, splits=True))
    assert list(files) == [f"reviews-test-{what}.jsonl", f"reviews-train-{what}.jsonl"]
    names = {
        split: [orjson.loads(line)["external_id"] for line in files[f"reviews-{split}-{what}.jsonl"].splitlines()]
        for split in SPLITS
    }
    assert sorted(names["train"] + names["test"]) == sorted(f"item-{number}" for number in range(1, 41))
    assert all(split_of(name) == split for split in SPLITS for name in names[split]) and names["test"]


def test_the_files_of_other_tools_have_splits_too(make_project, ann):
    project = make_project(task_type="spans", labels=("place",))
    add_texts(project, [f"Bern {number}" for number in range(12)])
    for assignment in lease(project, ann, 12):
        submit(assignment, [{"start": 0, "end": 4, "label": "place"}])
    files = files_of(export(project, "doccano", splits=True))
    lines = {name: len(content.splitlines()) for name, content in files.items()}
    assert list(lines) == ["reviews-test-doccano.jsonl", "reviews-train-doccano.jsonl"]
    assert sum(lines.values()) == 12 and min(lines.values()) > 0
    assert file_name(project, "doccano", splits=True) == "reviews-doccano-splits.zip"


def test_people_are_in_no_split(client, labelled, mona):
    with pytest.raises(ValueError, match="Annotators are in no split"):
        export(labelled, "csv", what="annotators", splits=True)
    client.force_login(mona)
    answer = client.get(f"/api/projects/{labelled.pk}/export/?format=csv&splits=1")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/zip")
    refused = client.get(f"/projects/{labelled.pk}/export/download/?format=csv&what=annotators&splits=on")
    assert refused.status_code == 400 and "Annotators are in no split" in refused.content.decode()
    page = client.get(f"/projects/{labelled.pk}/export/?format=csv&splits=on").content.decode()
    assert "--format csv --splits" in page and "reviews-csv-splits.zip" in page


def test_only_what_is_new(labelled, ann):
    Annotation.objects.update(created_at=timezone.now() - timedelta(days=2), updated_at=timezone.now())
    Annotation.objects.filter(item__external_id="item-1").update(updated_at=timezone.now() - timedelta(days=2))
    yesterday = timezone.now() - timedelta(days=1)
    assert [row["external_id"] for row in rows(labelled, since=yesterday)] == ["item-2"]
    assert [row["external_id"] for row in rows(labelled, what="annotations", since=yesterday)] == ["item-2"]
    assert counts(labelled, since=yesterday) == {"items": 1, "annotations": 1}


def test_nothing_of_another_project_comes(labelled, make_project):
    other = make_project(name="Other")
    add_texts(other, ["elsewhere"])
    assert [row["text"] for row in rows(other)] == ["elsewhere"]
    assert counts(other) == {"items": 1, "annotations": 0}


@pytest.fixture
def table(make_project, ann):
    project = make_project()
    lines = b'{"external_id": "=a", "data": {"price": 3, "name": "x"}}\n{"external_id": "b", "data": {"price": 4.5}}'
    import_file(project, io.BytesIO(lines), name="a.jsonl", content_type=None)
    submit(lease(project, ann)[0], "positive")
    return project


def test_csv_has_a_column_for_each_part_of_a_record(table):
    first, second = csv.DictReader(io.StringIO(b"".join(export(table, "csv")).decode()))
    assert (first["external_id"], first["data.price"], first["data.name"]) == ("'=a", "3", "x")
    assert (second["data.price"], second["data.name"], second["consensus"]) == ("4.5", "", "")
    assert orjson.loads(first["annotations"])[0]["value"] == "positive"


def test_parquet_has_types(table):
    columns = pq.read_table(io.BytesIO(b"".join(export(table, "parquet"))))
    assert columns["data.price"].to_pylist() == [3.0, 4.5]
    assert columns["votes"].to_pylist() == [1, 0]


def test_json_lines_keep_records_whole(table):
    assert rows(table)[0]["data"] == {"price": 3, "name": "x"}


@pytest.mark.parametrize("writer", writers.registry.names)
@pytest.mark.parametrize("what", ["items", "annotations"])
def test_an_empty_project_is_an_empty_file(make_project, writer, what):
    content = b"".join(export(make_project(), writer, what=what))
    if writer == "parquet":
        assert pq.read_table(io.BytesIO(content)).num_rows == 0
    else:
        assert len(content.splitlines()) == (writer == "csv")


def test_an_unknown_format_names_the_known_ones(labelled):
    with pytest.raises(KeyError, match=r"has no 'xml'; it has .*csv.*jsonl.*parquet"):
        export(labelled, "xml")


# The page


@pytest.fixture
def address(client, labelled, mona):
    client.force_login(mona)
    return f"/projects/{labelled.pk}/export/"


def test_the_page_counts_and_downloads(client, address):
    assert "--format jsonl" in client.get(address).content.decode()
    answer = client.get(f"{address}download/?format=csv&what=annotations&only_done=on")
    assert answer["Content-Disposition"] == 'attachment; filename="reviews-annotations.csv"'
    assert answer["Content-Type"].startswith("text/csv")
    assert len(b"".join(answer.streaming_content).splitlines()) == 3


def test_a_change_of_the_form_counts_anew(client, address):
    answer = client.get(f"{address}?format=parquet&what=items&only_done=on", headers={"HX-Request": "true"})
    text = answer.content.decode()
    assert "<html" not in text
    assert ">1<" in text and "--format parquet --only-done" in text and "format=parquet&amp;only_done=true" in text


def test_a_date_that_is_none_is_told(client, address):
    assert client.get(f"{address}download/?since=yesterday").status_code == 400


@pytest.mark.parametrize(("person", "status"), [("ann", 403), ("rita", 403), ("otto", 404)])
def test_only_managers_export(client, labelled, request, person, status):
    client.force_login(request.getfixturevalue(person))
    assert client.get(f"/projects/{labelled.pk}/export/").status_code == status
    assert client.get(f"/projects/{labelled.pk}/export/download/?format=csv").status_code == status
