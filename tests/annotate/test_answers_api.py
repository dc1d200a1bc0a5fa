"""What was said and agreed, by REST; and how the work is doing."""

import json
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.utils import timezone

from annotate.models import Annotation
from annotate.queue.leasing import lease_next
from annotate.queue.submitting import submit
from tests.annotate.test_assignments_api import signed_in
from tests.conftest import add_texts


@pytest.fixture
def answered(make_project, ann, abe):
    """Three texts, two votes each: ann and abe agree on two and differ on one."""
    project = make_project(votes_wanted=2)
    add_texts(project, ["one", "two", "three"])
    for who, values in ((ann, ["positive", "negative", "positive"]), (abe, ["positive", "negative", "negative"])):
        for value in values:
            submit(lease_next(project, who), value, seconds=2)
    return project


def read(who, project, tail):
    answer = signed_in(who).get(f"/api/projects/{project.pk}/{tail}")
    assert answer.status_code == 200, answer.json()
    return answer.json()


def test_reviewers_read_all_annotations_and_annotators_their_own(answered, rita, ann):
    everything = read(rita, answered, "annotations/")["results"]
    assert len(everything) == 6
    assert set(everything[0]) >= {"id", "item", "external_id", "annotator", "value", "seconds", "created_at"}
    assert {row["annotator"] for row in read(ann, answered, "annotations/")["results"]} == {"ann"}


def test_what_is_new_since_a_time_or_an_id(answered, mona):
    moment = timezone.now()
    newest = Annotation.objects.latest("id")
    Annotation.objects.filter(pk=newest.pk).update(updated_at=moment + timedelta(seconds=1))
    for since in (quote(moment.isoformat()), moment.isoformat(), newest.pk - 1):
        assert [row["id"] for row in read(mona, answered, f"annotations/?since={since}")["results"]] == [newest.pk]
    assert read(mona, answered, f"annotations/?since={newest.pk}")["results"] == []
    assert len(read(mona, answered, "annotations/?since=2020-01-31")["results"]) == 6


def test_since_the_time_of_the_last_one_known_there_is_nothing_new(answered, mona):
    known = read(mona, answered, "annotations/")["results"]
    last = max(row["updated_at"] for row in known)
    assert read(mona, answered, f"annotations/?since={last}")["results"] == []


@pytest.mark.parametrize("since", ["yesterday", "2026-13-45T00:00Z", "9999-12-31T23:59:59-23:59", "²"])
def test_a_time_that_is_none_is_refused(answered, mona, since):
    answer = signed_in(mona).get(f"/api/projects/{answered.pk}/annotations/?since={since}")
    assert answer.status_code in (200, 400)
    assert answer.status_code == 200 or list(answer.json()) == ["since"]


def test_consensus_is_made_when_it_is_read(answered, rita):
    rows = read(rita, answered, "consensus/")["results"]
    assert [(row["external_id"], row["value"], row["votes"]) for row in rows[:2]] == [
        ("item-1", "positive", 2),
        ("item-2", "negative", 2),
    ]
    assert set(rows[0]["belief"]) == {"positive", "negative"}


def test_consensus_pages_by_item(answered, rita):
    first = signed_in(rita).get(f"/api/projects/{answered.pk}/consensus/?page_size=2").json()
    assert [row["external_id"] for row in signed_in(rita).get(first["next"]).json()["results"]] == ["item-3"]


@pytest.mark.parametrize("format", ["jsonl", "csv", "parquet"])
def test_an_export_streams_a_file(answered, mona, format):
    answer = signed_in(mona).get(f"/api/projects/{answered.pk}/export/?format={format}")
    assert (answer.status_code, answer.streaming) == (200, True)
    assert f".{format}" in answer["Content-Disposition"]
    assert b"".join(answer.streaming_content)


def test_an_export_has_each_annotation_once(answered, mona):
    answer = signed_in(mona).get(f"/api/projects/{answered.pk}/export/?format=jsonl&what=annotations")
    rows = [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]
    assert len({(row["external_id"], row["annotator"]) for row in rows}) == len(rows) == 6


@pytest.mark.parametrize("query", ["format=docx", "what=everything", "since=once", "only_done=perhaps"])
def test_an_export_that_there_is_not_is_refused_by_field(answered, mona, query):
    answer = signed_in(mona).get(f"/api/projects/{answered.pk}/export/?{query}")
    assert (answer.status_code, list(answer.json())) == (400, [query.partition("=")[0]])


def test_progress_counts_items_and_votes(answered, ann, rita):
    add_texts(answered, ["one", "two", "three", "four"])
    lease_next(answered, rita)
    assert read(ann, answered, "progress/") == {
        "items": 4,
        "done": 3,
        "open": 1,
        "leased": 1,
        "votes_wanted": 8,
        "annotations": 6,
        "annotators": 2,
    }


def test_progress_of_an_empty_project_is_nothing(make_project, ann):
    assert set(read(ann, make_project(), "progress/").values()) == {0}


def test_annotators_are_told_apart(answered, rita):
    rows = {row["username"]: row for row in read(rita, answered, "annotators/")}
    assert set(rows) == {"ann", "abe"}
    assert (rows["ann"]["annotations"], rows["ann"]["seconds"]) == (3, 2.0)


def test_agreement_is_measured_beyond_chance(answered, rita):
    by_name = {row["name"]: row for row in read(rita, answered, "agreement/")["coefficients"]}
    alpha = by_name["krippendorff"]
    assert alpha["n_items"] == 3
    assert alpha["value"] == pytest.approx(1 - 5 * 2 / (2 * 3 * 3), abs=1e-9)


def test_nothing_to_compare_is_null(reviews, rita):
    assert {row["value"] for row in read(rita, reviews, "agreement/")["coefficients"]} == {None}
