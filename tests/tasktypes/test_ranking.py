"""A ranking per item: which records have candidates, what is taken, what several rankings agree on, and the pages."""

import io

import orjson
import pytest

from annotate import consensus, exports, reviews
from annotate.imports.run import import_file, import_records
from annotate.models import Annotation, Consensus, Skill
from annotate.queue.leasing import lease_next
from annotate_kit.formats.records import Record
from projects import setup
from projects.models import Membership, Project, Role
from projects.tasktypes import Content, Spec, ranking

ANSWERS = ["Paris.", "I think it is Lyon.", "It is Paris, on the Seine."]


@pytest.fixture
def answers(mona, rita, ann, abe) -> Project:
    """Three answers to each question, ranked by two people and mona."""
    project = setup.create(mona, {"name": "Answers", "task_type": "ranking", "votes_wanted": 3, "learning": False}, [])
    for user, role in [(rita, Role.REVIEWER), (ann, Role.ANNOTATOR), (abe, Role.ANNOTATOR)]:
        Membership.objects.create(project=project, user=user, role=role)
    data = {"question": "The capital of France?", "candidates": ANSWERS}
    ranked = {"ann": [2, 0, 1], "abe": [0, 2, 1], "mona": [2, 0, 1]}
    annotations = [{"annotator": name, "value": value} for name, value in ranked.items()]
    records = [Record(1, "one", data=data, annotations=annotations), Record(2, "open", data=data, gold=[2, 0, 1])]
    assert not import_records(project, records).rejected
    return project


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"question": "?"}, "must be a list of 2 to 10 texts; this record has 'question'"),
        ({"candidates": ["one"]}, "it is a list of 1"),
        ({"candidates": ["one"] * 11}, "it is a list of 11"),
        ({"candidates": ["one", 2]}, "it is a list of 2"),
        ({"candidates": "one, two"}, "it is 'one, two'"),
    ],
)
def test_records_without_candidates_are_rejected_with_what_they_must_have(answers, data, says):
    report = import_records(answers, [Record(1, "bad", data=data)])
    assert says in report.rejected[0]["error"]
    assert "the field 'candidates' of a record" in report.rejected[0]["error"]


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ([0, 1], "there are 3 candidates to rank; this ranks 2"),
        ([0, 1, 1], "has each of 0 to 2 once"),
        ("0, 1, 2", "a ranking is a list of candidates' numbers from 0"),
    ],
)
def test_what_is_no_ranking_of_the_candidates_is_refused(value, says):
    content = Content(lambda: (None, None, {"candidates": ANSWERS}))
    with pytest.raises(ValueError, match=says):
        ranking.clean(value, Spec((), options=ranking.Options()), content)


def test_the_field_of_the_candidates_is_an_option(answers, mona):
    setup.change(answers, mona, {"options": {"candidates": "drafts"}})
    report = import_records(answers, [Record(1, "new", data={"drafts": ["a", "b"]}, gold=[1, 0])])
    assert not report.rejected
    with pytest.raises(ValueError, match="candidates must be the name of a field"):
        setup.change(answers, mona, {"options": {"candidates": " "}})


def test_the_consensus_is_the_ranking_that_agrees_with_most_pairs(answers):
    consensus.fresh(answers)
    agreed = Consensus.objects.get()
    assert agreed.value == [2, 0, 1]
    assert [(part["candidate"], part["place"], part["votes"]) for part in agreed.parts] == [
        (2, 1, 2),
        (0, 2, 2),
        (1, 3, 3),
    ]
    assert 0.5 < agreed.certainty < 1
    assert agreed.dispute == pytest.approx(2 / 9, abs=1e-6), "abe has one pair of three the other way round"
    assert Skill.objects.filter(project=answers).count() == 3


def test_rankings_go_by_form_rest_review_and_export(answers, client, ann, rita):
    lease = lease_next(answers, ann)
    client.force_login(ann)
    page = client.get(f"/projects/{answers.pk}/label/").content.decode()
    assert "2. I think it is Lyon.\n3. It is Paris" in page, "without JavaScript they are numbered lines"
    url = f"/api/assignments/{lease.pk}/annotation/"
    refused = client.put(url, {"value": [0, 1]}, content_type="application/json")
    assert refused.json() == {"value": ["there are 3 candidates to rank; this ranks 2"]}
    client.post(f"/projects/{answers.pk}/label/", {"assignment": lease.pk, "ranking": "3 1 2", "act": "submit"})
    assert Annotation.objects.get(item__external_id="open").value == [2, 0, 1]

    client.force_login(rita)
    item = answers.items.get(external_id="one")
    review = client.get(f"/projects/{answers.pk}/review/?item={item.pk}").content.decode()
    assert '<b class="num">3</b> <span dir="auto">It is Paris, on the Seine.</span>' in review
    assert "3 before 1" in review
    assert 'value="1 3 2 "' in review
    for address in ("", "items/", "agreement/", "people/"):
        assert client.get(f"/projects/{answers.pk}/{address}").status_code == 200
    reviews.correct(list(item.annotations.all()), rita, [0, 2, 1])
    consensus.fresh(answers)
    content = b"".join(exports.export(answers, "jsonl"))
    rows = {row["external_id"]: row for row in map(orjson.loads, content.splitlines())}
    assert (rows["one"]["consensus"], rows["open"]["gold"]) == ([0, 2, 1], [2, 0, 1])


@pytest.mark.parametrize("file_format", ["csv", "parquet"])
def test_a_table_of_an_export_can_be_imported_again(answers, mona, file_format):
    table = b"".join(exports.export(answers, file_format))
    again = setup.create(mona, {"name": "Again", "task_type": "ranking"}, [])
    left_out = dict.fromkeys(("consensus", "belief", "votes", "annotations"), "leave_out")
    report = import_file(again, io.BytesIO(table), name=f"a.{file_format}", content_type=None, columns=left_out)
    assert (report.created, report.rejected) == (2, [])
    assert list(again.items.order_by("external_id").values_list("data__candidates", "gold")) == [
        (ANSWERS, None), (ANSWERS, [2, 0, 1])
    ]  # fmt: skip


def test_a_candidate_cannot_break_out_of_the_page(answers):
    content = Content(lambda: (None, None, {"candidates": ["<script>", "b"]}))
    assert "<script>" not in ranking.draw([0, 1], content, answers.spec)
