"""Which of two candidates is better: which records are taken, what people agree on, and the pages."""

import orjson
import pytest

from annotate import consensus, exports
from annotate.imports.run import import_records
from annotate.models import Annotation, Consensus, Skill
from annotate.queue.leasing import lease_next
from annotate.statistics import agreement, systems
from annotate_kit.formats.records import Record
from projects import setup
from projects.models import Membership, Project, Role
from projects.tasktypes import Content, Spec, pairwise

ANSWERS = ["Paris, on the Seine.", "I think it is Lyon."]
DATA = {"question": "The capital of France?", "candidates": ANSWERS}


@pytest.fixture
def answers(mona, rita, ann, abe) -> Project:
    """Two answers to each of twelve questions; abe prefers whatever stands on the right."""
    project = setup.create(
        mona, {"name": "Answers", "task_type": "pairwise", "votes_wanted": 3, "options": {"ties": True}}, []
    )
    for user, role in [(rita, Role.REVIEWER), (ann, Role.ANNOTATOR), (abe, Role.ANNOTATOR)]:
        Membership.objects.create(project=project, user=user, role=role)
    records = []
    for number in range(12):
        better = ("left", "right", "tie")[number % 3]
        votes = {"ann": better, "abe": "right", "mona": better}
        annotations = [{"annotator": name, "value": value} for name, value in votes.items()]
        records.append(Record(number, f"q{number}", data=DATA, annotations=annotations, gold=better))
    assert not import_records(project, [*records, Record(99, "open", data=DATA)]).rejected
    return project


def test_records_without_two_candidates_are_rejected(answers):
    report = import_records(answers, [Record(1, "bad", data={"candidates": ["a", "b", "c"]}), Record(2, "t", text="a")])
    assert [row["error"] for row in report.rejected] == [
        "the field 'candidates' of a record must be a list of 2 texts; it is a list of 3",
        "pairwise comparisons are for records, and this row has text; import it into another project",
    ]


@pytest.mark.parametrize(("ties", "value"), [(False, "tie"), (True, "both"), (True, 1), (True, None)])
def test_what_is_no_answer_is_refused_with_those_that_are(ties, value):
    spec = Spec((), options=pairwise.Options(ties=ties))
    with pytest.raises(ValueError, match=r"a comparison is one of left, right(, tie)?; this is"):
        pairwise.clean(value, spec)


def test_the_consensus_weighs_people_and_knows_how_sure_it_is(answers):
    consensus.fresh(answers)
    agreed = {row.item.external_id: row for row in Consensus.objects.select_related("item")}
    assert [agreed[f"q{number}"].value for number in range(3)] == ["left", "right", "tie"]
    assert set(agreed["q0"].belief) == {"left", "right", "tie"}
    assert agreed["q0"].certainty == agreed["q0"].belief["left"] > 0.7
    skills = dict(Skill.objects.filter(project=answers).values_list("annotator__username", "skill"))
    assert skills["abe"] < min(skills["ann"], skills["mona"])
    report = agreement.report(answers)
    assert (report.symbol, report.labels) == ("α", [])
    assert 0 < report.whole.value < 1


def test_comparisons_go_by_form_rest_review_and_export(answers, client, ann, rita):
    lease = lease_next(answers, ann)
    client.force_login(ann)
    page = client.get(f"/projects/{answers.pk}/label/").content.decode()
    assert page.count('type="radio" name="better"') == 3
    url = f"/api/assignments/{lease.pk}/annotation/"
    assert client.put(url, {"value": "both"}, content_type="application/json").status_code == 400
    client.post(f"/projects/{answers.pk}/label/", {"assignment": lease.pk, "better": "left", "act": "submit"})
    assert Annotation.objects.get(item__external_id="open").value == "left"

    client.force_login(rita)
    review = client.get(f"/projects/{answers.pk}/review/").content.decode()
    assert '<b>the second</b> <span class="muted" dir="auto">I think it is Lyon.</span>' in review
    for address in ("", "items/", "agreement/", "people/", f"people/{ann.username}/"):
        assert client.get(f"/projects/{answers.pk}/{address}").status_code == 200
    content = b"".join(exports.export(answers, "jsonl"))
    rows = {row["external_id"]: row for row in map(orjson.loads, content.splitlines())}
    assert (rows["q2"]["consensus"], rows["q2"]["gold"], rows["open"]["consensus"]) == ("tie", "tie", "left")


def test_the_systems_behind_the_candidates_are_ranked_over_all_items(answers, client, mona):
    """paris beats lyon four times of five, lyon beats nantes four times of five."""
    setup.change(answers, mona, {"options": {"systems": "made by", "ties": True}})
    pairs = [("paris", "lyon"), ("lyon", "nantes")]
    records = [
        Record(n, f"s{n}", data=DATA, meta={"made by": list(pairs[n % 2])},
               annotations=[{"annotator": "ann", "value": "right" if n % 10 > 7 else "left"}])
        for n in range(20)
    ]  # fmt: skip
    assert not import_records(answers, records).rejected
    compared = systems.compared(answers)
    assert [(row.name, row.comparisons, row.share) for row in compared] == [
        ("paris", 10, 0.8), ("lyon", 20, 0.5), ("nantes", 10, 0.2)
    ]  # fmt: skip
    assert compared[0].strength > 0.7 and compared[1].strength == pytest.approx(0.5, abs=0.01)
    client.force_login(mona)
    page = client.get(f"/projects/{answers.pk}/agreement/").content.decode()
    assert "Which systems people prefer" in page
    assert '<th scope="row">nantes</th>' in page


def test_a_candidate_cannot_break_out_of_the_page(answers):
    content = Content(lambda: (None, None, {"candidates": ["<script>", "b"]}))
    assert "<script>" not in pairwise.draw("left", content, answers.spec)


def test_ties_stay_possible_while_there_are_some(answers, mona):
    with pytest.raises(
        setup.InUse, match="these settings would not allow: a comparison is one of left, right; this is"
    ):
        setup.change(answers, mona, {"options": {"ties": False}})
    Annotation.objects.filter(value="tie").delete()
    answers.items.filter(gold="tie").update(gold=None)
    version = answers.label_set.version
    setup.change(answers, mona, {"options": {"ties": False}})
    assert Project.objects.get(pk=answers.pk).labels_version == version + 1
