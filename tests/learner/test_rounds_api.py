"""Rounds and vectors by REST."""

import io
import json

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from learner.features import of_items
from learner.models import Round
from tests.annotate.test_assignments_api import signed_in


@pytest.fixture
def api(mona) -> APIClient:
    return signed_in(mona)


def test_retrain_now_queues_a_round(api, reviews, mona):
    answer = api.post(f"/api/projects/{reviews.pk}/rounds/")
    new_round = Round.objects.get()
    assert (answer.status_code, answer.json()) == (202, {"id": new_round.pk, "status": "queued"})
    assert new_round.asked_by == mona


def test_a_second_click_is_the_same_round(api, reviews):
    first, second = (api.post(f"/api/projects/{reviews.pk}/rounds/").json() for _ in range(2))
    assert first == second


def test_a_round_tells_how_it_is_doing_and_why_it_failed(api, reviews):
    failed = Round.objects.create(project=reviews, trigger="click", status="failed", reason="out of memory")
    shown = api.get(f"/api/rounds/{failed.pk}/").json()
    assert (shown["status"], shown["reason"], shown["asked_by"]) == ("failed", "out of memory", None)


def test_rounds_are_listed_newest_first(api, reviews):
    ids = [Round.objects.create(project=reviews, trigger="click", status="finished").pk for _ in range(2)]
    assert [row["id"] for row in api.get(f"/api/projects/{reviews.pk}/rounds/").json()["results"]] == ids[::-1]


def test_undone_rounds_cost_no_query_each(api, reviews, mona, django_assert_num_queries):
    address = f"/api/projects/{reviews.pk}/rounds/"
    Round.objects.create(project=reviews, status="finished", undone_by=mona)
    with CaptureQueriesContext(connection) as captured:
        api.get(address)
    Round.objects.bulk_create(Round(project=reviews, status="finished", undone_by=mona) for _ in range(3))
    with django_assert_num_queries(len(captured)):
        rounds = api.get(address).json()["results"]
    assert [round["undone_by"] for round in rounds] == ["mona"] * 4


def npy(array) -> SimpleUploadedFile:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return SimpleUploadedFile("vectors.npy", buffer.getvalue())


def put(api, project, **form):
    return api.put(f"/api/projects/{project.pk}/features/", form, format="multipart")


IDS = [f"item-{n}" for n in (1, 2, 3)]


@pytest.mark.parametrize(
    "ids", [json.dumps(IDS), "\n".join(IDS), SimpleUploadedFile("ids.json", json.dumps(IDS).encode())]
)
def test_vectors_are_kept_for_given_vectors(api, make_project, reviews, ids):
    reviews.features = "given_vectors"
    reviews.save()
    answer = put(api, reviews, vectors=npy(np.eye(3, 5)), ids=ids)
    assert (answer.status_code, answer.json()) == (200, {"stored": 3, "unknown_count": 0, "unknown": []})
    assert of_items(reviews).columns == 5


def test_ids_of_no_item_are_named(api, reviews):
    answer = put(api, reviews, vectors=npy(np.eye(2)), ids=json.dumps(["item-1", "nobody"]))
    assert answer.json() == {"stored": 1, "unknown_count": 1, "unknown": ["nobody"]}


def cut(array) -> SimpleUploadedFile:
    whole = npy(array).read()
    return SimpleUploadedFile("cut.npy", whole[:-8])


@pytest.mark.parametrize(
    ("vectors", "ids", "field"),
    [
        (np.eye(3), json.dumps(IDS[:2]), "vectors"),
        (np.eye(3), json.dumps([IDS[0]] * 3), "vectors"),
        (np.eye(3) * np.nan, json.dumps(IDS), "vectors"),
        (np.array(["a", "b", "c"]), json.dumps(IDS), "vectors"),
        (np.array([{}], dtype=object), json.dumps(IDS[:1]), "vectors"),
        (np.zeros(3), json.dumps(IDS), "vectors"),
        (np.zeros((3, 2), dtype=complex), json.dumps(IDS), "vectors"),
        (np.eye(3), "[1", "ids"),
        (np.eye(3), json.dumps([None, {}, 1]), "ids"),
        (np.eye(1), json.dumps(["\0"]), "ids"),
    ],
)
def test_vectors_that_are_none_are_refused(api, reviews, vectors, ids, field):
    answer = put(api, reviews, vectors=npy(vectors), ids=ids)
    assert (answer.status_code, list(answer.json())) == (400, [field])


def npz() -> SimpleUploadedFile:
    buffer = io.BytesIO()
    np.savez(buffer, np.eye(3))
    return SimpleUploadedFile("vectors.npz", buffer.getvalue())


def with_a_broken_header() -> SimpleUploadedFile:
    return SimpleUploadedFile("vectors.npy", npy(np.eye(3)).read().replace(b"(3, 3)", b"(3, 3 "))


@pytest.mark.parametrize(
    "file",
    [
        SimpleUploadedFile("v.npy", b"\x93NUMPY junk"),
        SimpleUploadedFile("v.npy", b"hello"),
        npz(),
        with_a_broken_header(),
        cut(np.eye(3)),
    ],
)
def test_a_file_that_is_no_array_is_refused(api, reviews, file):
    answer = put(api, reviews, vectors=file, ids=json.dumps(IDS))
    assert (answer.status_code, list(answer.json())) == (400, ["vectors"])


def test_a_body_that_is_no_form_is_refused(api, reviews):
    assert api.put(f"/api/projects/{reviews.pk}/features/", {"vectors": []}).status_code == 415


def test_vectors_above_the_limit_of_uploads_are_refused_before_they_are_read(api, reviews, settings):
    settings.UPLOAD_BYTES = 100
    answer = put(api, reviews, vectors=npy(np.eye(20)), ids=json.dumps(IDS))
    assert answer.status_code == 413
    assert "the most that is taken (UPLOAD_MB)" in answer.json()["detail"]


def test_a_list_of_ids_has_an_end(api, reviews, monkeypatch):
    monkeypatch.setattr("learner.api.vectors.MAX_IDS_BYTES", 2**20)
    ids = SimpleUploadedFile("ids.txt", b"item-1\n" * 200_000)
    assert put(api, reviews, vectors=npy(np.eye(3)), ids=ids).json() == {
        "ids": ["The ids have more than 1 MB; send the vectors in parts."]
    }
