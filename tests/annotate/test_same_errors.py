"""The people page names pairs of people who make the same errors."""

import numpy as np
import pytest

from annotate import consensus
from annotate.models import CrowdRun
from annotate_kit.aggregation import Votes, errors_together
from annotate_kit.formats.records import Record
from projects.models import Project
from tests.annotate.test_consensus import fill, import_records
from tests.annotate_kit.test_dependence import look_alikes, students
from tests.pages import markup_of

PEOPLE = ("ann", "abe", "rita", "eve", "bob", "joe", "kim", "lou")


def labelled(project: Project, items: int = 150) -> Project:
    """Everybody is right two times in three; abe says in nine of ten items what ann says."""
    rng = np.random.default_rng(0)
    truth = np.arange(items) % 3
    votes = np.where(rng.random((items, len(PEOPLE))) < 0.67, truth[:, None], rng.integers(0, 3, (items, len(PEOPLE))))
    votes[:, 1] = np.where(rng.random(items) < 0.9, votes[:, 0], votes[:, 1])
    labels = project.label_names
    records = [
        Record(
            number + 1,
            f"item-{number}",
            text=f"text {number}",
            annotations=[{"annotator": name, "value": labels[label]} for name, label in zip(PEOPLE, row, strict=True)],
        )
        for number, row in enumerate(votes)
    ]
    report = import_records(project, records)
    assert not report.rejected_count, report.rejected
    return project


@pytest.fixture
def copied(make_project, django_user_model) -> Project:
    project = make_project(labels=("a", "b", "c"), votes_wanted=len(PEOPLE), learning=False, hide_names=True)
    for name in PEOPLE:
        user, _ = django_user_model.objects.get_or_create(username=name)
        project.memberships.get_or_create(user=user)
    return labelled(project)


@pytest.mark.parametrize("method", ["auto", "dawid_skene"])
def test_a_manager_reads_who_makes_the_same_errors(client, copied, mona, method):
    Project.objects.filter(pk=copied.pk).update(aggregation=method)
    client.force_login(mona)
    page = markup_of(client.get(f"/projects/{copied.pk}/people/"))
    section = page.partition('id="same-errors"')[2].partition("</section>")[0]
    assert section.count("<li>") == 1
    assert ">abe</a> and <a" in section and ">ann</a> make the same errors" in section
    assert ("count as one voice where" in section) == (method == "auto")


def test_a_reviewer_reads_nothing_of_it(client, copied, rita):
    client.force_login(rita)
    page = markup_of(client.get(f"/projects/{copied.pk}/people/"))
    assert "same errors" not in page
    assert ">ann<" not in page


def test_it_is_read_as_cached_with_the_consensus(client, copied, mona):
    consensus.fresh(copied)
    run = CrowdRun.objects.get(project=copied)
    assert len(run.same_errors) == 1
    CrowdRun.objects.update(same_errors=[[*run.same_errors[0][:2], 0.5]])
    client.force_login(mona)
    assert "about 50" in markup_of(client.get(f"/projects/{copied.pk}/people/"))


def test_people_who_err_by_themselves_are_not_named(client, make_project, mona):
    project = fill(make_project(labels=("a", "b", "c"), votes_wanted=5, learning=False))
    client.force_login(mona)
    assert "same-errors" not in markup_of(client.get(f"/projects/{project.pk}/people/"))
    assert CrowdRun.objects.get(project=project).same_errors == []


def test_pairs_are_told_by_the_votes_alone():
    votes, _ = students(0)
    pairs = {(first, second) for first, second, _ in errors_together(votes)}
    assert pairs == {(first, second) for first in range(6) for second in range(first + 1, 6)}


def test_where_two_truths_are_behind_the_votes_nobody_is_said_to_err_together():
    votes, _ = look_alikes(0)
    assert errors_together(votes) == []
    assert errors_together(Votes(np.array([0]), np.array([0]), np.array([1]), 1, 1, 2)) == []
