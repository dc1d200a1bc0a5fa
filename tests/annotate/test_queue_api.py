"""The order of the queue by REST: what people put first, and what a model wants to know."""

import json

import pytest
from rest_framework.test import APIClient

from annotate.models import QueueEntry, Suggestion
from annotate.queue.leasing import lease, lease_next
from tests.annotate.test_assignments_api import signed_in
from tests.conftest import add_texts


@pytest.fixture
def api(mona) -> APIClient:
    return signed_in(mona)


def put(api, project, what, rows, query=""):
    lines = "\n".join(json.dumps(row) for row in rows)
    return api.put(f"/api/projects/{project.pk}/{what}/{query}", lines, content_type="application/x-ndjson")


def test_priority_1_is_first(api, reviews, ann):
    by_id = reviews.items.get(external_id="item-7").pk
    answer = put(api, reviews, "priorities", [{"external_id": "item-9", "priority": 2}, {"item": by_id, "priority": 1}])
    assert answer.json() == {"stored": 2, "rejected_count": 0, "rejected": []}
    assert [leased.item.external_id for leased in lease(reviews, ann, 3)] == ["item-7", "item-9", "item-1"]


def test_priorities_are_listed_first_one_first(api, reviews):
    put(api, reviews, "priorities", [{"external_id": f"item-{n}", "priority": 1 + (n == 2)} for n in (2, 3, 4)])
    path = f"/api/projects/{reviews.pk}/priorities/?page_size=2"
    first = api.get(path).json()
    rest = api.get(first["next"]).json()
    rows = first["results"] + rest["results"]
    assert [(row["external_id"], row["priority"]) for row in rows] == [("item-3", 1), ("item-4", 1), ("item-2", 2)]


def test_more_votes_can_be_wanted_of_some(api, reviews):
    put(api, reviews, "priorities", [{"external_id": "item-3", "votes_wanted": 4}])
    entry = QueueEntry.objects.get(item__external_id="item-3")
    assert (entry.wanted, entry.rank > 0) == (4, True)


def test_priorities_are_taken_back(api, reviews, ann):
    put(api, reviews, "priorities", [{"external_id": "item-9", "priority": 1}])
    assert api.delete(f"/api/projects/{reviews.pk}/priorities/").status_code == 204
    assert lease_next(reviews, ann).item.external_id == "item-1"


WRONG_NAMES = [{"external_id": "nobody"}, {"item": 10**12}, {"item": 10**30}, {"item": "1"}, {"external_id": "a\0"}, {}]


@pytest.mark.parametrize(
    "row",
    [name | {"priority": 1} for name in WRONG_NAMES]
    + [
        {"external_id": "item-1"},
        {"external_id": "item-1", "priority": "high"},
        {"external_id": "item-1", "priority": True},
        {"external_id": "item-1", "priority": -1},
        {"external_id": "item-1", "priority": 1e300},
        {"external_id": "item-1", "votes_wanted": 0},
        {"external_id": "item-1", "prio": 1},
        "item-1",
        None,
    ],
)
def test_a_wrong_row_is_reported_and_the_others_count(api, reviews, row):
    report = put(api, reviews, "priorities", [row, {"external_id": "item-5", "priority": 1}]).json()
    assert (report["stored"], report["rejected_count"], report["rejected"][0]["row"]) == (1, 1, 1)
    assert [entry.item.external_id for entry in QueueEntry.objects.filter(rank__lt=0)] == ["item-5"]


def test_a_json_list_is_taken_as_well(api, reviews):
    rows = [{"external_id": "item-5", "priority": 1}]
    assert api.put(f"/api/projects/{reviews.pk}/priorities/", rows).json()["stored"] == 1


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [("{}", "application/json", 400), ("[", "application/json", 400), ("a,b", "text/csv", 415)],
)
@pytest.mark.parametrize("what", ["priorities", "predictions"])
def test_a_body_that_holds_no_rows_is_refused(api, reviews, what, body, content_type, status):
    answer = api.put(f"/api/projects/{reviews.pk}/{what}/", body, content_type=content_type)
    assert (answer.status_code, list(answer.json())) == (status, ["detail"])


def test_a_line_that_is_no_json_is_reported(api, reviews):
    answer = api.put(
        f"/api/projects/{reviews.pk}/priorities/", b"nonsense\n\xff\n", content_type="application/x-ndjson"
    )
    assert (answer.status_code, answer.json()["rejected_count"]) == (200, 2)


def test_predictions_become_suggestions_of_the_model(api, reviews):
    rows = [
        {"external_id": "item-1", "proba": {"positive": 0.9, "negative": 0.1}},
        {"external_id": "item-2", "value": "negative"},
    ]
    answer = put(api, reviews, "predictions", rows, "?model=mine")
    assert answer.json() == {"stored": 2, "rejected_count": 0, "rejected": [], "generation": None}
    assert list(Suggestion.objects.order_by("item").values_list("model", "value", "proba")) == [
        ("mine", "positive", {"positive": 0.9, "negative": 0.1}),
        ("mine", "negative", None),
    ]


def test_what_the_model_is_least_sure_of_comes_first(api, reviews, ann):
    shares = {"item-3": 0.9, "item-8": 0.5, "item-6": 0.7}
    rows = [{"external_id": name, "proba": {"positive": p, "negative": 1 - p}} for name, p in shares.items()]
    assert put(api, reviews, "predictions", rows, "?reorder=1").json()["generation"] == 1
    assert [leased.item.external_id for leased in lease(reviews, ann, 4)] == ["item-8", "item-6", "item-3", "item-1"]


def test_given_scores_decide(api, reviews, ann):
    rows = [{"external_id": f"item-{n}", "value": "positive", "score": n} for n in (2, 9, 5)]
    put(api, reviews, "predictions", rows)
    assert [leased.item.external_id for leased in lease(reviews, ann, 3)] == ["item-9", "item-5", "item-2"]


def test_given_scores_do_not_decide_where_they_are_told_not_to(api, reviews, ann):
    rows = [{"external_id": "item-9", "value": "positive", "score": 1}]
    assert put(api, reviews, "predictions", rows, "?reorder=0").json()["generation"] is None


@pytest.mark.parametrize(("learning", "published"), [(True, None), (False, 1)])
def test_the_queue_follows_mere_probabilities_only_where_learning_is_off(api, make_project, learning, published):
    project = make_project(learning=learning)
    add_texts(project, ["one"])
    rows = [{"external_id": "item-1", "proba": {"positive": 1}}]
    assert put(api, project, "predictions", rows).json()["generation"] == published


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"proba": {"positive": 0.5}},
        {"proba": {"positive": 2, "negative": -1}},
        {"proba": {"odd": 1}},
        {"proba": [0.5, 0.5]},
        {"proba": {"positive": "much"}},
        {"value": "odd"},
        {"value": ["positive"]},
        {"value": "positive", "score": "high"},
        {"value": "positive", "sorce": 1},
    ],
)
def test_a_wrong_prediction_is_reported_and_nothing_of_it_is_kept(api, reviews, row):
    report = put(api, reviews, "predictions", [{"external_id": "item-1"} | row]).json()
    assert (report["stored"], report["rejected_count"], report["rejected"][0]["external_id"]) == (0, 1, "item-1")
    assert not Suggestion.objects.exists()


def test_several_labels_have_a_probability_each(api, make_project):
    project = make_project(task_type="multiple_choice", labels=("red", "green", "blue"))
    add_texts(project, ["one"])
    put(api, project, "predictions", [{"external_id": "item-1", "proba": {"red": 0.9, "blue": 0.8}}])
    assert Suggestion.objects.get().value == ["red", "blue"]


@pytest.mark.parametrize("query", ["?model=", "?model=" + "x" * 101, "?reorder=perhaps"])
def test_a_wrong_question_is_refused(api, reviews, query):
    answer = put(api, reviews, "predictions", [{"external_id": "item-1", "value": "positive"}], query)
    assert answer.status_code == 400
    assert not Suggestion.objects.exists()


class InSmallPieces:
    """A body as servers hand it out: it comes when it comes, and its `readline` knows no size."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    def read(self, size: int) -> bytes:
        piece, self.body = self.body[: min(size, 7)], self.body[min(size, 7) :]
        return piece

    def readline(self) -> bytes:
        line, end, self.body = self.body.partition(b"\n")
        return line + end


def test_rows_may_come_in_pieces_of_any_size(api, reviews):
    lines = [json.dumps({"external_id": f"item-{n}", "priority": n}).encode() for n in range(1, 11)]
    body = b"\n\n".join(lines)
    path = f"/api/projects/{reviews.pk}/priorities/"
    stream = {"wsgi.input": InSmallPieces(body), "CONTENT_LENGTH": str(len(body))}
    assert api.put(path, body, content_type="application/x-ndjson", **stream).json()["stored"] == 10


def test_a_line_without_end_is_refused(api, reviews):
    path = f"/api/projects/{reviews.pk}/priorities/"
    answer = api.put(path, b" " * (2**20 + 2**17), content_type="application/x-ndjson")
    assert (answer.status_code, list(answer.json())) == (400, ["detail"])
