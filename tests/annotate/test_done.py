"""What *done* means is the same wherever it is shown, listed, counted and exported."""

import orjson
import pytest

from annotate import consensus
from annotate.exports.rows import counts as export_counts
from annotate.exports.rows import export
from annotate.items.search import Conditions, find
from annotate.models import QueueEntry
from annotate.queue.leasing import lease_next
from annotate.queue.submitting import submit
from annotate.statistics.progress import progress
from annotate.statistics.summary import progress_counts
from annotate.views.home import cards
from learner import dataset
from tests.annotate.test_assignments_api import signed_in
from tests.conftest import add_texts

DONE = ["item-1", "item-2"]
NOT_DONE = ["item-3", "item-4", "item-5", "item-6"]


@pytest.fixture
def project(make_project, ann, abe):
    """Two votes wanted of six texts: two have both; of the third abe holds the last lease; ann answered the fourth and
    holds the fifth; nobody has seen the sixth."""
    project = make_project(votes_wanted=2)
    add_texts(project, [f"text {number}" for number in range(6)])
    for _ in range(4):
        submit(lease_next(project, ann), "positive")
    lease_next(project, ann)
    for _ in range(2):
        submit(lease_next(project, abe), "positive")
    lease_next(project, abe)
    return project


def searched(project, state) -> list[str]:
    return [item.external_id for item in find(project, consensus.items(project), Conditions(state=state)).items]


def listed(person, project, query) -> list[str]:
    rows = signed_in(person).get(f"/api/projects/{project.pk}/items/{query}").json()["results"]
    return [row["external_id"] for row in rows]


def test_an_item_whose_last_vote_is_leased_has_no_place_open_and_is_not_done(project):
    entry = QueueEntry.objects.get(item__external_id="item-3")
    assert not entry.open
    assert "item-3" not in searched(project, "done")


def test_lists_and_exports_name_the_same_items(project, mona, ann):
    exported = [orjson.loads(line) for line in b"".join(export(project, "jsonl", only_done=True)).splitlines()]
    assert searched(project, "done") == listed(mona, project, "?state=done") == listed(ann, project, "?state=done")
    assert searched(project, "done") == DONE
    assert searched(project, "open") == listed(mona, project, "?state=open") == NOT_DONE
    assert [row["external_id"] for row in exported] == DONE


def test_counts_are_the_same_everywhere(project, mona, ann):
    [card] = cards([project], ann)
    now, figures = progress(project), progress_counts(project)
    assert {card.done, now.done, figures["done"], export_counts(project, only_done=True)["items"]} == {len(DONE)}
    assert {card.items - card.done, now.waiting + now.under_way, figures["open"]} == {len(NOT_DONE)}
    assert (now.under_way, now.begun) == (1, 2)
    assert len(dataset.pool(project)) == len(NOT_DONE)


def test_each_item_says_the_same_as_the_lists(client, project, mona):
    rows = signed_in(mona).get(f"/api/projects/{project.pk}/items/").json()["results"]
    assert [row["external_id"] for row in rows if row["state"] == "done"] == DONE
    states = [signed_in(mona).get(f"/api/items/{row['id']}/").json()["state"] for row in rows]
    assert states == [row["state"] for row in rows]
    client.force_login(mona)
    page = client.get(f"/projects/{project.pk}/items/").content.decode()
    assert [page.count(f">{state}</span>") for state in ("done", "under way", "open")] == [2, 1, 3]
