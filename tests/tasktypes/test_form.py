"""A form, several questions an item: how questions are written, what is taken, what people agree on, and the pages."""

import orjson
import pytest
from django.http import QueryDict

from annotate import consensus, exports
from annotate.imports.run import import_records
from annotate.models import Annotation, Consensus, Skill
from annotate.queue import practice_outcome
from annotate.queue.leasing import lease_next
from annotate.statistics import agreement
from annotate_kit.formats.records import Record
from projects import setup
from projects.models import Membership, Project, Role
from projects.tasktypes import Spec, form
from tests.pages import markup_of

QUESTIONS = """Mood: one of good | mixed | bad
Topics: any of price | service (optional)
Anger: number 1 to 5 (if Mood is mixed | bad)
Reason: line (optional, if Topics is price)"""
SPEC = Spec((), options=form.Options(QUESTIONS))
BAD = {"Mood": "bad", "Topics": ["price"], "Anger": 5.0, "Reason": "dear"}
GOOD = {"Mood": "good", "Topics": []}


@pytest.fixture
def reviews(mona, rita, ann, abe) -> Project:
    """Three people answered eight texts; abe says the opposite of what ann and mona say."""
    options = {"questions": QUESTIONS}
    project = setup.create(
        mona, {"name": "Reviews", "task_type": "form", "votes_wanted": 3, "learning": False, "options": options}, []
    )
    for user, role in [(rita, Role.REVIEWER), (ann, Role.ANNOTATOR), (abe, Role.ANNOTATOR)]:
        Membership.objects.create(project=project, user=user, role=role)
    records = []
    for number in range(8):
        mine, his = (BAD, GOOD) if number % 2 else (GOOD, BAD)
        answers = {"ann": mine, "mona": {**mine, "Anger": 3} if mine is BAD else mine, "abe": his}
        annotations = [{"annotator": name, "value": value} for name, value in answers.items()]
        records.append(Record(number, f"t{number}", text=f"text {number}", annotations=annotations))
    report = import_records(project, [*records, Record(99, "open", text="nobody has answered")])
    assert not report.rejected, report.rejected
    return project


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("", "a form has 1 to 30 questions"),
        ("Mood", "is no question; a line is a name, a colon and one of A | B"),
        ("Mood: happy", "“Mood” is answered by “happy”, which is no kind of answer"),
        ("Mood: one of good", "“Mood” needs 2 to 100 labels with | between them; it has 1"),
        ("Mood: any of good | good", "“Mood” has a label twice"),
        ("Mood: line\nMood: text", "two questions are called “Mood”"),
        ("Size: number 5 to 1", "Size: least must be below most"),
        ("Why: text (if Mood is bad)", "where Q is a question before it that has labels (there is none)"),
        ("Mood: one of good | bad\nWhy: text (if Mood is sad)", "“Mood” has no label “sad”; it has good, bad"),
        ("Mood: one of good | bad\nWhy: text (optional, sometimes)", "it must be: if Q is A | B"),
        ("\n".join(f"Q{n}: line" for n in range(31)), "these are 31"),
        ("x" * 101 + ": line", "1 to 100 characters; this has 101"),
        (f"Mood: any of {'x' * 101}", "a label has at most 100 characters"),
    ],
)
def test_what_is_no_question_is_refused_with_what_would_be_right(lines, says):
    with pytest.raises(ValueError, match=r".") as refused:
        form.Options(lines)
    assert says in str(refused.value)


def test_labels_may_hold_colons_and_brackets():
    (question,) = form.Options("Kind: one of other: this | other (that) (optional)").parsed
    assert question.labels == ("other: this", "other (that)")
    assert not question.is_required


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("good", "the answers to a form are an object such as"),
        ({"Mood": "good", "Taste": 3}, "this form has no question 'Taste'; it has Mood, Topics, Anger, Reason"),
        ({"Topics": []}, "“Mood” is not answered"),
        ({"Mood": "sad"}, "“Mood”: 'sad' is no label of this question; it has good, mixed, bad"),
        ({"Mood": "bad"}, "“Anger” is not answered"),
        ({"Mood": "bad", "Anger": 9}, "“Anger”: a rating is a number from 1 to 5; this is 9"),
        ({"Mood": "good", "Anger": 2}, "“Anger” is asked only if Mood is mixed or bad"),
        ({"Mood": "good", "Reason": "dear"}, "“Reason” is asked only if Topics is price"),
    ],
)
def test_what_is_no_answer_is_refused(value, says):
    with pytest.raises(ValueError, match=r".") as refused:
        form.clean(value, SPEC)
    assert says in str(refused.value)


def test_equal_answers_are_equal_bytes():
    answers = {"Anger": 5, "Topics": ["service", "price"], "Mood": "bad", "Reason": ""}
    assert orjson.dumps(form.clean(answers, SPEC)) == orjson.dumps(
        {"Mood": "bad", "Topics": ["price", "service"], "Anger": 5}
    )
    assert form.clean({"Mood": "good"}, SPEC) == form.clean({"Mood": "good", "Topics": None}, SPEC) == GOOD


def test_one_label_may_stand_without_its_list_where_several_may_be():
    assert form.clean({"Mood": "good", "Topics": "price"}, SPEC) == {"Mood": "good", "Topics": ["price"]}
    assert form.clean({"Mood": "good", "Topics": ""}, SPEC) == GOOD
    with pytest.raises(ValueError, match="“Topics”: 'taste' is no label of this question; it has price, service"):
        form.clean({"Mood": "good", "Topics": "taste"}, SPEC)
    with pytest.raises(ValueError, match="“Topics”: 5 is no label of this question"):
        form.clean({"Mood": "good", "Topics": 5}, SPEC)


def test_several_labels_are_needed_where_the_question_must_be_answered():
    spec = Spec((), options=form.Options("Topics: any of price | service"))
    with pytest.raises(ValueError, match="“Topics” is not answered"):
        form.clean({"Topics": []}, spec)


def test_a_form_says_what_is_shown_and_no_more():
    fields = "form=1&0-choice=good&1-choice=price&2-rating=3&3-text=dear"
    assert form.from_form(QueryDict(fields), SPEC) == {"Mood": "good", "Topics": ["price"], "Reason": "dear"}
    assert form.from_form(QueryDict("0-choice=good"), SPEC) is None


def test_answers_are_as_far_apart_as_their_questions_are_on_average():
    assert form.distance(BAD, BAD) == 0
    assert form.distance(BAD, {**BAD, "Topics": ["price", "service"]}) == pytest.approx(0.5 / 4)
    assert form.distance(GOOD, BAD) == 1


def test_the_consensus_answers_each_question_and_leaves_out_what_is_not_asked_then(reviews):
    consensus.fresh(reviews)
    agreed = {row.item.external_id: row for row in Consensus.objects.select_related("item")}
    assert agreed["t0"].value == GOOD
    assert agreed["t1"].value == {**BAD, "Anger": pytest.approx(4.33, abs=0.67)}
    assert agreed["t0"].belief["Mood: good"] > 0.8
    assert agreed["t1"].parts[0]["question"] == "Anger"
    assert 0 < agreed["t1"].certainty < 1
    assert agreed["t0"].dispute > 0.5
    skills = dict(Skill.objects.filter(project=reviews).values_list("annotator__username", "skill"))
    assert skills["abe"] < min(skills["ann"], skills["mona"])


def test_a_question_that_nobody_was_shown_hinders_nothing(reviews):
    Annotation.objects.filter(value=BAD).delete()
    Annotation.objects.exclude(value=GOOD).delete()
    consensus.fresh(reviews)
    assert {orjson.dumps(value) for value in Consensus.objects.values_list("value", flat=True)} == {orjson.dumps(GOOD)}


def test_agreement_is_told_question_by_question(reviews, client, mona):
    report = agreement.report(reviews)
    assert (report.symbol, report.labels) == ("σ", [])
    assert [name for name, _ in report.questions] == ["Mood", "Topics", "Anger", "Reason"]
    mood = dict(report.questions)["Mood"]
    assert -1 < mood.low <= mood.value <= mood.high < 1
    client.force_login(mona)
    page = markup_of(client.get(f"/projects/{reviews.pk}/agreement/"))
    assert "Each question of the form by itself" in page
    assert "Part by part" not in page


def test_forms_go_by_page_rest_review_and_export(reviews, client, ann, rita, mona):
    consensus.fresh(reviews)
    lease = lease_next(reviews, ann)
    client.force_login(ann)
    page = markup_of(client.get(f"/projects/{reviews.pk}/label/"))
    assert page.count('class="form-question"') == 4
    assert page.count('type="radio" name="0-choice"') == 3
    url = f"/api/assignments/{lease.pk}/annotation/"
    refused = client.put(url, {"value": {"Mood": "sad"}}, content_type="application/json")
    assert refused.status_code == 400
    assert "'sad' is no label" in markup_of(refused)
    fields = {"assignment": lease.pk, "act": "submit", "form": "1", "1-choice": ["price"]}
    assert "“Mood” is not answered" in markup_of(client.post(f"/projects/{reviews.pk}/label/", fields, follow=True))
    client.post(f"/projects/{reviews.pk}/label/", {**fields, "0-choice": "mixed", "2-rating": "2", "3-text": "why"})
    stored = Annotation.objects.get(item__external_id="open").value
    assert stored == {"Mood": "mixed", "Topics": ["price"], "Anger": 2, "Reason": "why"}
    consensus.fresh(reviews)
    assert Consensus.objects.get(item__external_id="open").value == stored

    client.force_login(rita)
    review = markup_of(client.get(f"/projects/{reviews.pk}/review/?order=unsure"))
    assert '<dl class="drawn-form">' in review
    assert 'name="0-choice"' in review
    client.force_login(mona)
    for address in ("", "items/", "agreement/", "people/", "rounds/", "settings/", "export/"):
        assert client.get(f"/projects/{reviews.pk}/{address}").status_code == 200, address
    overview = markup_of(client.get(f"/projects/{reviews.pk}/"))
    assert ["Mood: good" in overview, "Mood: bad" in overview, "Topics: service" in overview] == [True, True, False]
    item = reviews.items.get(external_id="t1")
    assert "drawn-form" in markup_of(client.get(f"/items/{item.pk}/"))
    rows = [orjson.loads(line) for line in b"".join(exports.export(reviews, "jsonl")).splitlines()]
    assert {row["external_id"]: row["consensus"] for row in rows}["open"] == stored
    assert b"".join(exports.export(reviews, "csv"))


def test_practice_tells_question_by_question_what_was_wrong(reviews):
    answer = Annotation.objects.filter(value__Anger=3).select_related("item").first()
    answer.item.gold = BAD
    outcome = practice_outcome.of(answer)
    assert (outcome.is_right, outcome.n_right, outcome.n_parts) == (False, 3, 4)
    assert (outcome.missed, outcome.extra) == ({"Anger": 5.0}, {"Anger": 3})


def test_questions_that_stored_answers_need_stay(reviews, mona):
    for lines in ("Mood: one of good | bad", QUESTIONS.replace("| bad", "| awful"), QUESTIONS + "\nMore: line"):
        with pytest.raises(setup.InUse, match="There are answers that these settings would not allow: "):
            setup.change(reviews, mona, {"options": {"questions": lines}})
    setup.change(reviews, mona, {"options": {"questions": QUESTIONS + "\nMore: line (optional)"}})
    consensus.fresh(Project.objects.get(pk=reviews.pk))
    assert Consensus.objects.get(item__external_id="t0").value == GOOD


def test_the_settings_page_says_which_answers_stand_in_the_way(reviews, client, mona):
    client.force_login(mona)
    address = f"/projects/{reviews.pk}/settings/"
    page = client.get(address)
    assert "Anger: number 1 to 5" in markup_of(page)
    fields = {name: field.initial for name, field in page.context["form"].fields.items()}
    fields = {name: value for name, value in {**fields, **page.context["form"].initial}.items() if value is not None}
    wrong = {**fields, "option_questions": QUESTIONS.replace("| bad", "| awful")}
    assert "There are answers that these settings would not allow: “Mood”" in markup_of(client.post(address, wrong))
    more = {**fields, "option_questions": f"{QUESTIONS}\nMore: line (optional)"}
    assert client.post(address, more).status_code == 302
    assert Project.objects.get(pk=reviews.pk).options["questions"].endswith("More: line (optional)")
