"""A rating per item: the scale, what is taken, what several people's ratings agree on, and the pages."""

import csv
import io
import zipfile

import numpy as np
import orjson
import pytest

from accounts.models import User
from annotate import consensus, exports, reviews
from annotate.imports.run import import_file, import_records
from annotate.models import Annotation, Consensus
from annotate.queue import practice_outcome
from annotate.queue.leasing import lease_next
from annotate.statistics import agreement
from annotate_kit.formats.records import Record
from projects import setup
from projects.models import Membership, Project, Role
from projects.tasktypes import Answers, Spec, rating


@pytest.fixture
def answers(mona, rita, ann, abe) -> Project:
    """Answers of a model, rated from 1 to 5 by three people each."""
    project = setup.create(mona, {"name": "Answers", "task_type": "rating", "votes_wanted": 3, "learning": False}, [])
    for user, role in [(rita, Role.REVIEWER), (ann, Role.ANNOTATOR), (abe, Role.ANNOTATOR)]:
        Membership.objects.create(project=project, user=user, role=role)
    people = ("ann", "abe", "mona")
    rated = {"one": (4, 4, 3), "two": (1, 2, 1), "three": (5, 4, 5)}
    records = [
        Record(
            n,
            name,
            text=f"answer {name}",
            annotations=[{"annotator": p, "value": v} for p, v in zip(people, row, strict=True)],
        )
        for n, (name, row) in enumerate(rated.items(), 1)
    ]
    import_records(project, [*records, Record(9, "open", text="nobody rated it", gold="4.5")])
    return project


def spec(**options) -> Spec:
    return Spec((), options=rating.Options(**options))


@pytest.mark.parametrize(
    ("value", "stored"), [(3, "3"), (3.0, "3"), ("4", "4"), (" 3.5 ", "3.5"), (11 / 3, "3.6667"), (1, "1"), (5, "5")]
)
def test_equal_ratings_are_equal_bytes(value, stored):
    assert orjson.dumps(rating.clean(value, spec())).decode() == stored


@pytest.mark.parametrize("value", [0, 5.1, "6", "high", "", "nan", True, None, [3], float("nan"), 10**400])
def test_what_is_no_rating_is_refused(value):
    with pytest.raises(ValueError, match="a rating is a number from 1 to 5"):
        rating.clean(value, spec())


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"least": 5, "most": 5}, "least must be below most; they are 5 and 5"),
        ({"step": 0}, "step must be 0.001 or more"),
        ({"step": 3}, "from 1 to 5 in whole steps; it is 3"),
        ({"most": 2000}, "a scale has at most 1,000 steps; this has 1,999"),
        ({"most": float("inf")}, "most must be a number"),
        ({"least": 0.00005}, "least must be a number of at most 1,000,000 and four decimals; it is 5e-05"),
        ({"least_word": "x" * 61}, "least_word may have 60 characters; it has 61"),
    ],
)
def test_a_scale_that_makes_no_sense_is_refused(answers, mona, options, says):
    with pytest.raises(ValueError, match=says):
        setup.change(answers, mona, {"options": options})


@pytest.mark.parametrize(
    ("options", "keys"),
    [
        ({}, "1 2 3 4 5"),
        ({"most": 10}, "1 2 3 4 5 6 7 8 9 0"),
        ({"least": 0, "most": 3}, "0 1 2 3"),
        ({"step": 0.5}, "1 Shift+1 2 Shift+2 3 Shift+3 4 Shift+4 5"),
        ({"least": -2, "most": 2}, "1 2 3 4 5"),
        ({"least": 0, "most": 10, "step": 5}, "1 2 3"),
        ({"least": 0, "most": 10}, ""),
        ({"most": 100}, ""),
    ],
)
def test_up_to_ten_ratings_have_a_key_each(options, keys):
    assert " ".join(point.key for point in rating.Options(**options).points) == keys


def test_the_consensus_is_the_mean_with_its_interval(answers):
    consensus.fresh(answers)
    agreed = {row.item.external_id: row for row in Consensus.objects.select_related("item")}
    assert {name: row.value for name, row in agreed.items()} == {"one": 3.6667, "two": 1.3333, "three": 4.6667}
    (part,) = agreed["three"].parts
    assert 0.2 < part["error"] < 0.5
    assert part["low"] < part["number"] < part["high"] == 5, "no interval reaches beyond the scale"
    assert agreed["one"].certainty == pytest.approx(1 - 2 * 1.96 * part["error"] / 4, abs=0.001)
    assert agreed["one"].dispute == pytest.approx(2 / 3 / 4, abs=1e-5), "the mean difference ÷ the scale"


def test_agreement_is_that_of_numbers(answers):
    report = agreement.report(answers)
    figures = dict(report.parts)
    alpha = figures[agreement.PART_QUESTIONS["interval"]]
    assert 0.6 < report.whole.value < alpha.value < 1
    assert report.alpha.value < report.whole.value, "who says 4 beside a 5 does not contradict it"


def test_krippendorffs_alpha_of_two_people_is_that_of_the_paper():
    """K. Krippendorff (2011), Computing Krippendorff's alpha-reliability, section D: 0.849 by intervals."""
    people = [
        "1 2 3 3 2 1 4 1 2 . . .",
        "1 2 3 3 2 2 4 1 2 5 . 3",
        ". 3 3 3 2 3 4 2 2 5 1 .",
        "1 2 3 3 2 4 4 1 2 5 1 .",
    ]
    rows = [
        (item, person, int(rated))
        for person, row in enumerate(people)
        for item, rated in enumerate(row.split())
        if rated != "."
    ]
    item, person, value = (np.array(column, dtype=np.int32) for column in zip(*rows, strict=True))
    halves = [1.0, 1.5, 2.0, 2.5, 3.0]
    answers = Answers(np.arange(12), np.arange(4), item, person, value - 1, halves)
    assert rating.agreement(answers)["interval"].value == pytest.approx(0.849, abs=0.0005)


def test_ratings_go_by_form_rest_review_and_export(answers, client, ann, rita):
    lease = lease_next(answers, ann)
    client.force_login(ann)
    page = client.get(f"/projects/{answers.pk}/label/").content.decode()
    assert page.count('type="radio" name="rating"') == 5
    url = f"/api/assignments/{lease.pk}/annotation/"
    refused = client.put(url, {"value": 6}, content_type="application/json")
    assert (refused.status_code, refused.json()) == (400, {"value": ["a rating is a number from 1 to 5; this is 6"]})
    client.post(f"/projects/{answers.pk}/label/", {"assignment": lease.pk, "rating": "5", "act": "submit"})
    assert Annotation.objects.get(item__external_id="open").value == 5

    client.force_login(rita)
    item = answers.items.get(external_id="one")
    review = " ".join(client.get(f"/projects/{answers.pk}/review/?item={item.pk}").content.decode().split())
    assert "the standard error of the mean of 3 answers; with 95" in review
    assert '<svg class="whisker"' in review and '<line class="mark"' in review
    assert "Part by part" not in review
    assert 'name="rating"' in review
    for address in ("", "items/", "agreement/", "people/"):
        assert client.get(f"/projects/{answers.pk}/{address}").status_code == 200
    item = consensus.items(answers).get(pk=item.pk)
    reviews.correct(list(item.annotations.all()), rita, item.consensus.value)
    consensus.fresh(answers)
    item.consensus.refresh_from_db()
    assert (item.consensus.value, item.consensus.settled) == (3.6667, True), "a mean between the steps is a value"

    table = b"".join(exports.export(answers, "csv")).decode()
    rows = {row["external_id"]: row for row in csv.DictReader(io.StringIO(table))}
    assert (rows["one"]["consensus"], rows["open"]["gold"], rows["open"]["consensus"]) == ("3.6667", "4.5", "5")
    with zipfile.ZipFile(io.BytesIO(b"".join(exports.export(answers, "huggingface")))) as data_set:
        (card,) = [name for name in data_set.namelist() if name.endswith("README.md")]
        assert '- name: "value"\n    dtype: float64' in data_set.read(card).decode()


def test_what_only_labels_have_is_refused_in_words(answers, client, mona):
    client.force_login(mona)
    members = f"/api/projects/{answers.pk}/members/"
    client.post(members, {"username": "judge", "role": "machine"}, content_type="application/json")
    votes = f"/api/projects/{answers.pk}/machines/judge/votes/"
    refused = client.put(votes, [{"external_id": "one", "value": 3}], content_type="application/json")
    assert (refused.status_code, refused.json()) == (400, ["Machines vote where an item has one label."])
    lease = lease_next(answers, mona)
    page = client.post(f"/projects/{answers.pk}/label/", {"assignment": lease.pk, "act": "submit"}, follow=True)
    assert "There is no answer yet." in page.content.decode()


def test_ratings_go_to_label_studio_and_back(answers, mona):
    file = b"".join(exports.export(answers, "label_studio"))
    again = setup.create(mona, {"name": "Again", "task_type": "rating", "learning": False}, [])
    for name in ("ann", "abe"):
        Membership.objects.create(project=again, user=User.objects.get(username=name), role=Role.ANNOTATOR)
    report = import_file(again, io.BytesIO(file), name="tasks.json", content_type=None)
    assert (report.created, report.rejected) == (4, [])
    ratings = [
        sorted(project.annotations.values_list("item__external_id", "annotator__username", "value"))
        for project in (answers, again)
    ]
    assert ratings[0] == ratings[1]
    assert dict(again.items.values_list("external_id", "gold"))["one"] == 3.6667


def test_a_rating_in_practice_is_as_near_as_the_scale_says(answers, ann):
    answer = Annotation.objects.filter(item__external_id="two", annotator=ann).select_related("project", "item").get()
    answer.item.gold = 3
    assert practice_outcome.of(answer).likeness == 0.5
