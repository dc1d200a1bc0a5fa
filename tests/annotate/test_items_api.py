"""Items by REST: in bulk, in lists, one by one, and what people say beside the answers."""

import io
import json
import re
import zipfile
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from rest_framework.test import APIClient

from annotate.items import search
from annotate.models import Comment, Flag, Item
from annotate.queue.leasing import lease, lease_next
from annotate.queue.submitting import submit
from tests.annotate.test_assignments_api import signed_in
from tests.conftest import add_texts


@pytest.fixture
def api(mona) -> APIClient:
    return signed_in(mona)


def post(api, project, body, content_type="application/json", query=""):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    return api.post(f"/api/projects/{project.pk}/items/{query}", body, content_type=content_type)


def listed(api, project, query="") -> list[str]:
    answer = api.get(f"/api/projects/{project.pk}/items/{query}")
    assert answer.status_code == 200, answer.json()
    return [item["external_id"] for item in answer.json()["results"]]


def test_a_list_of_records_is_stored_once(api, make_project):
    project = make_project()
    records = [{"external_id": f"r{n}", "text": f"text {n}", "gold": "positive"} for n in range(3)]
    assert post(api, project, records).json() == {
        "created": 3,
        "updated": 0,
        "unchanged": 0,
        "rejected_count": 0,
        "rejected": [],
    }
    assert post(api, project, records).json()["unchanged"] == 3
    assert project.items.count() == 3


def test_a_prediction_that_does_not_fit_is_named_and_its_item_stored(api, make_project):
    project = make_project()
    wrong, right = {"model": "m", "value": "purple"}, {"model": "n", "proba": {"positive": 0.9, "negative": 0.1}}
    report = post(api, project, [{"external_id": "a", "text": "good", "predictions": [wrong, right]}]).json()
    error = "the prediction of 'm' is left out: 'purple' is no label of this project; it has positive, negative"
    assert (report["created"], report["rejected"]) == (1, [{"row": 1, "external_id": "a", "error": error}])
    assert project.suggestions.get().proba == {"positive": 0.9, "negative": 0.1}


def test_bad_rows_are_named_and_the_others_stored(api, make_project):
    project = make_project()
    report = post(api, project, [{"text": "good"}, {"external_id": "empty", "text": ""}, {"txet": "?"}]).json()
    assert (report["created"], report["rejected_count"]) == (1, 2)
    assert [(row["row"], row["external_id"]) for row in report["rejected"]] == [(2, "empty"), (3, None)]


def png() -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (4, 4)).save(buffer, "PNG")
    return buffer.getvalue()


def a_zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("positive/one.png", png())
    return buffer.getvalue()


def a_parquet() -> bytes:
    import pyarrow
    import pyarrow.parquet

    buffer = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table({"external_id": ["p1"], "text": ["from parquet"]}), buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("make", "content_type"),
    [
        (lambda: b'{"text": "one"}\n{"text": "two"}\n', "application/x-ndjson"),
        (lambda: b"external_id,text\nc1,one\n", "text/csv"),
        (lambda: b"external_id,text\nc1,one\n", "text/csv; charset=utf-8"),
        (a_parquet, "application/vnd.apache.parquet"),
        (a_zip, "application/zip"),
    ],
)
def test_every_kind_of_file_is_taken_as_the_body(api, make_project, make, content_type):
    project = make_project()
    answer = post(api, project, make(), content_type)
    assert answer.status_code == 200, answer.json()
    assert answer.json()["created"] == project.items.count() > 0


def test_a_file_in_a_form_is_taken_by_its_name(api, make_project):
    project = make_project()
    file = SimpleUploadedFile("rows.csv", b"text\none\ntwo\n", content_type="application/octet-stream")
    answer = api.post(f"/api/projects/{project.pk}/items/", {"file": file}, format="multipart")
    assert (answer.status_code, answer.json()["created"]) == (200, 2)


def test_folders_may_be_labels(api, make_project):
    project = make_project()
    post(api, project, a_zip(), "application/zip", "?folders_are_labels=1")
    item = project.items.get()
    assert item.gold == "positive"
    shown = api.get(f"/api/items/{item.pk}/").json()
    assert (shown["image"], shown["gold"]) == (f"/items/{item.pk}/image/", "positive")


def test_an_annotator_does_not_learn_the_right_answer_from_the_folder(api, make_project, client, ann, mona):
    project = make_project()
    post(api, project, a_zip(), "application/zip", "?folders_are_labels=1")
    item, as_ann = project.items.get(), signed_in(ann)
    assert item.external_id.startswith("positive/")
    [leased] = as_ann.post(f"/api/projects/{project.pk}/assignments/").json()
    assert leased["item"] == {"id": item.pk, "external_id": "", "image": f"/items/{item.pk}/image/"}
    as_ann.put(f"/api/assignments/{leased['id']}/annotation/", {"value": "negative"})
    client.force_login(ann)
    answers = [
        as_ann.get(f"/api/projects/{project.pk}/assignments/").json(),
        as_ann.get(f"/api/items/{item.pk}/").json()["external_id"],
        as_ann.get(f"/api/projects/{project.pk}/annotations/").json(),
        listed(as_ann, project),
        listed(as_ann, project, "?search=positive"),
        client.get(f"/projects/{project.pk}/label/").context["bootstrap"],
        re.findall("positive/[^<]*", client.get(f"/items/{item.pk}/").content.decode()),
    ]
    assert not [each for each in answers if "positive/" in repr(each)]
    assert (listed(as_ann, project), listed(as_ann, project, "?search=positive")) == ([""], [])


def test_pictures_of_one_folder_do_not_follow_each_other(api, make_project, ann):
    project = make_project()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(40):
            archive.writestr(f"{'positive' if number < 20 else 'negative'}/{number}.png", png())
    post(api, project, buffer.getvalue(), "application/zip", "?folders_are_labels=1")
    gold = [assignment.item.gold for assignment in assigned(project, ann, 20)]
    assert {"positive", "negative"} == set(gold)
    api.patch(f"/api/projects/{project.pk}/", {"order": "import"})
    post(api, project, buffer.getvalue(), "application/zip", "?folders_are_labels=1")
    project.refresh_from_db()
    assert project.order == "import"  # what a manager sets afterwards stays


def assigned(project, person, count):
    lease(project, person, count)
    return project.assignments.select_related("item").order_by("pk")


def test_reviewers_and_managers_see_the_names_that_annotators_do_not(api, make_project, rita):
    project = make_project(hide_external_ids=True)
    post(api, project, [{"external_id": "positive/1", "text": "a text", "meta": {"folder": "positive"}}])
    assert listed(signed_in(rita), project, "?search=positive") == ["positive/1"]
    assert api.get(f"/api/items/{project.items.get().pk}/").json()["meta"] == {"folder": "positive"}


def test_the_notes_of_an_item_are_hidden_with_its_name(api, make_project, ann):
    project = make_project(hide_external_ids=True)
    post(api, project, [{"external_id": "positive/1", "text": "a text", "meta": {"folder": "positive"}}])
    shown = signed_in(ann).get(f"/api/items/{project.items.get().pk}/").json()
    assert (shown["external_id"], shown["meta"]) == ("", {})


NO_FILE = b'--x\r\nContent-Disposition: form-data; name="other"\r\n\r\n1\r\n--x--\r\n'


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"", "application/json", 400),
        (b"{", "application/json", 400),
        (b'{"text": "no list"}', "application/json", 400),
        (b"PK\x03\x04 broken", "application/zip", 400),
        (b"PAR1", "application/vnd.apache.parquet", 400),
        (b"hello", "application/x-tar", 415),
        (b"text=1", "application/x-www-form-urlencoded", 415),
        (b"no boundary", "multipart/form-data", 400),
        (
            b'--x\r\nContent-Disposition: form-data; name="other"\r\n\r\n1\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
            400,
        ),
    ],
)
def test_what_cannot_be_read_is_refused(api, make_project, body, content_type, status):
    project = make_project()
    answer = post(api, project, body, content_type)
    assert answer.status_code == status
    assert list(answer.json()) in (["detail"], ["file"])
    assert not project.items.exists()


def test_a_file_above_the_limit_is_refused(api, make_project, settings):
    settings.UPLOAD_BYTES = 10
    assert post(api, make_project(), [{"text": "one"}]).status_code == 413


def test_a_body_above_the_limit_is_refused_before_it_is_parsed(api, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    answer = api.post("/api/projects/", {"name": "x" * 200})
    assert (answer.status_code, list(answer.json())) == (413, ["detail"])


def test_the_list_finds_open_and_done_items_by_words_and_labels(api, reviews, ann):
    submit(lease_next(reviews, ann), "positive")
    assert listed(api, reviews, "?state=done") == ["item-1"]
    assert len(listed(api, reviews, "?state=open")) == 9
    assert listed(api, reviews, "?search=text 3") == ["item-4"]
    assert listed(api, reviews, "?label=positive") == ["item-1"]
    assert listed(api, reviews, "?label=negative") == []
    assert listed(api, reviews, "?label=positive&state=open") == []


def test_an_annotation_against_the_consensus_is_found_as_well(api, make_project, ann, abe, rita):
    project = make_project(votes_wanted=3)
    post(api, project, [{"external_id": "one", "text": "one"}])
    for who, value in ((ann, "positive"), (abe, "positive"), (rita, "negative")):
        submit(lease_next(project, who), value)
    assert listed(api, project, "?label=negative") == listed(api, project, "?label=positive") == ["one"]


def test_one_of_several_labels_is_found(api, make_project, ann):
    project = make_project(task_type="multiple_choice", labels=("red", "green", "blue"))
    post(api, project, [{"external_id": "one", "text": "one"}])
    submit(lease_next(project, ann), ["green", "blue"])
    assert listed(api, project, "?label=blue") == ["one"]
    assert listed(api, project, "?label=red") == []


def test_annotators_find_by_their_own_answers_only(reviews, ann, abe):
    submit(lease_next(reviews, ann), "positive")
    assert listed(signed_in(ann), reviews, "?label=positive") == ["item-1"]
    assert listed(signed_in(abe), reviews, "?label=positive") == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?state=odd", "state"),
        ("?label=odd", "label"),
        ("?annotator=odd", "annotator"),
        ("?search=%00", "detail"),
        ("?search=" + "x" * 201, "search"),
    ],
)
def test_a_wrong_question_is_refused_by_field(api, reviews, query, field):
    answer = api.get(f"/api/projects/{reviews.pk}/items/{query}")
    assert (answer.status_code, list(answer.json())) == (400, [field])


def test_long_lists_come_in_pages(api, reviews):
    first = api.get(f"/api/projects/{reviews.pk}/items/?page_size=6").json()
    second = api.get(first["next"]).json()
    assert [len(page["results"]) for page in (first, second)] == [6, 4]
    assert second["next"] is None
    assert first["previous"] is second["previous"] is None


def test_a_search_that_takes_long_goes_on_with_the_next_page(api, reviews, monkeypatch):
    monkeypatch.setattr(search, "STRETCH", 2)
    monkeypatch.setattr(search, "time", SimpleNamespace(monotonic=iter(range(0, 10**6, 60)).__next__))
    page, names, pages = api.get(f"/api/projects/{reviews.pk}/items/?search=text 9").json(), [], 1
    assert (page["results"], page["next"] is None) == ([], False)
    while page["next"]:
        page, pages = api.get(page["next"]).json(), pages + 1
        names += [item["external_id"] for item in page["results"]]
    assert (names, pages) == (["item-10"], 6)


SEARCHES = [
    "search=text 3",
    "search=ITEM-1",
    "search=100%25",
    *(f"state={state}" for state in search.STATES),
    "label=positive",
    "label=negative",
    "annotator=ann",
    "annotator=abe",
    "search=text&state=done&label=negative&annotator=abe",
]


@pytest.mark.parametrize("query", SEARCHES)
def test_the_page_finds_the_same_items_as_rest(client, make_project, rita, ann, abe, query):
    project = make_project(votes_wanted=2)
    add_texts(project, [*(f"text {number}" for number in range(5)), "100% wool", "1000 sheep"])
    for who, values in ((ann, ["positive"] * 4), (abe, ["positive", "negative"])):
        for value in values:
            submit(lease_next(project, who), value)
    Flag.objects.create(item=project.items.get(external_id="item-3"), raised_by=ann)
    project.items.filter(external_id="item-4").update(gold="positive")
    client.force_login(rita)
    shown = client.get(f"/projects/{project.pk}/items/?{query}").context["page"].items
    names = listed(signed_in(rita), project, f"?{query}")
    assert sorted(item.external_id for item in shown) == sorted(names)
    assert bool(names) == (query != "state=reviewed")
    assert len(names) < 7


def test_annotators_search_what_they_may_see_only(reviews, ann, abe):
    submit(lease_next(reviews, ann), "positive")
    as_abe, address = signed_in(abe), f"/api/projects/{reviews.pk}/items/"
    for query, field in (("?annotator=ann", "annotator"), ("?state=disputed", "state"), ("?state=flagged", "state")):
        answer = as_abe.get(address + query)
        assert (answer.status_code, list(answer.json())) == (400, [field])
    assert listed(as_abe, reviews, "?annotator=abe") == []
    assert listed(signed_in(ann), reviews, "?annotator=ann") == ["item-1"]


@pytest.mark.parametrize("cursor", ["x", "cD1hYmM=", "cD0lMDA=", "bz0tMQ==", "cD05OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk="])
def test_a_cursor_that_nobody_gave_out_is_no_error_of_ours(api, reviews, cursor):
    assert api.get(f"/api/projects/{reviews.pk}/items/?cursor={cursor}").status_code in (200, 404)


def test_a_list_costs_the_same_for_few_and_for_many(api, reviews, django_assert_max_num_queries):
    with django_assert_max_num_queries(8):  # two of them see that the consensus is fresh, three search
        api.get(f"/api/projects/{reviews.pk}/items/")


def test_gold_and_the_answers_of_others_are_hidden_from_annotators(reviews, ann, abe, rita):
    Item.objects.update(gold="negative")
    leased = lease_next(reviews, ann)
    submit(leased, "positive", seconds=2)
    path = f"/api/items/{leased.item_id}/"
    for who, values in ((ann, ["positive"]), (abe, [])):
        shown = signed_in(who).get(path).json()
        assert "gold" not in shown and "consensus" not in shown
        assert [row["value"] for row in shown["annotations"]] == values
    shown = signed_in(rita).get(path).json()
    assert (shown["gold"], shown["consensus"]["value"], shown["state"]) == ("negative", "positive", "done")
    assert [(row["annotator"], row["seconds"]) for row in shown["annotations"]] == [("ann", 2.0)]
    assert not {"gold", "consensus"} & set(
        signed_in(abe).get(f"/api/projects/{reviews.pk}/items/").json()["results"][0]
    )


def test_comments_are_for_everybody_in_the_project(reviews, ann, rita):
    item = reviews.items.first()
    answer = signed_in(ann).post(f"/api/items/{item.pk}/comments/", {"text": "Is this one real?"})
    assert (answer.status_code, answer.json()["author"]) == (201, "ann")
    comments = signed_in(rita).get(f"/api/items/{item.pk}/comments/").json()["results"]
    assert [comment["text"] for comment in comments] == ["Is this one real?"]
    assert signed_in(rita).get(f"/api/items/{item.pk}/").json()["comments"] == 1


@pytest.mark.parametrize("text", ["", "  ", "x" * 2001, None])
def test_an_empty_or_endless_comment_is_refused(reviews, ann, text):
    answer = signed_in(ann).post(f"/api/items/{reviews.items.first().pk}/comments/", {"text": text})
    assert (answer.status_code, list(answer.json())) == (400, ["text"])
    assert not Comment.objects.exists()


def test_a_flag_is_raised_once_and_taken_back(reviews, ann):
    item, api = reviews.items.first(), signed_in(ann)
    assert [api.put(f"/api/items/{item.pk}/flag/").status_code for _ in range(2)] == [204, 204]
    assert api.get(f"/api/items/{item.pk}/").json()["flags"] == ["ann"]
    assert [api.delete(f"/api/items/{item.pk}/flag/").status_code for _ in range(2)] == [204, 204]
    assert not Flag.objects.exists()
