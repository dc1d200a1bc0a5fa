"""`PATCH /api/items/{id}/`: what is known of one item, how many votes it wants, and where it stands."""

import pytest

from annotate.imports.run import import_records
from annotate.queue.leasing import lease
from annotate_kit.formats.records import Record
from tests.annotate.test_assignments_api import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(mona):
    return signed_in(mona)


@pytest.fixture
def item(reviews):
    return reviews.items.get(external_id="item-3")


def change(api, item, **values):
    return api.patch(f"/api/items/{item.pk}/", values, format="json")


def test_what_is_given_is_changed_and_the_rest_stays(api, item):
    answer = change(api, item, meta={"source": "mail"}, gold="positive")
    assert answer.status_code == 200
    assert (answer.json()["meta"], answer.json()["gold"]) == ({"source": "mail"}, "positive")
    assert change(api, item, gold=None).json()["gold"] is None
    shown = change(api, item).json()
    assert (shown["meta"], shown["text"], shown["votes_wanted"]) == ({"source": "mail"}, item.text, 1)
    assert shown == api.get(f"/api/items/{item.pk}/").json()


def test_an_item_of_priority_comes_first(api, item, reviews, ann):
    assert change(api, item, priority=1).json()["priority"] == 1
    assert [assignment.item for assignment in lease(reviews, ann)] == [item]
    assert change(api, item, priority=None).json()["priority"] is None


def test_votes_that_are_given_stay_wanted(api, item, reviews, ann):
    change(api, item, priority=1)
    lease(reviews, ann)
    assert change(api, item, votes_wanted=3).json()["votes_wanted"] == 3
    assert change(api, item, votes_wanted=1).json()["votes_wanted"] == 1


def test_gold_by_a_former_name_of_a_label_is_understood(api, item, reviews):
    labels = [{"id": label.pk, "name": label.name.replace("pos", "Pos")} for label in reviews.labels.all()]
    assert api.patch(f"/api/projects/{reviews.pk}/", {"labels": labels}, format="json").status_code == 200
    assert change(api, item, gold="positive").json()["gold"] == "Positive"


@pytest.mark.parametrize(
    ("values", "field", "error"),
    [
        ({"gold": "sour"}, "gold", "positive"),
        ({"text": "another"}, "text", "It can't be changed here; meta, gold, votes_wanted, priority can."),
        ({"votes_wanted": 0}, "votes_wanted", "greater than or equal to 1"),
        ({"priority": -1}, "priority", "greater than or equal to 0"),
        ({"meta": "mail"}, "meta", "dictionary"),
    ],
)
def test_what_is_wrong_changes_nothing(api, item, values, field, error):
    before = api.get(f"/api/items/{item.pk}/").json()
    refused = change(api, item, **{"meta": {"source": "mail"}, "priority": 1, **values})
    assert refused.status_code == 400
    assert error in str(refused.json()[field])
    assert api.get(f"/api/items/{item.pk}/").json() == before


def test_the_same_record_again_changes_nothing_another_does(api, item, reviews):
    change(api, item, gold="positive", votes_wanted=2)
    record = Record(row=3, external_id="item-3", text=item.text)
    assert import_records(reviews, [record]).unchanged == 1
    assert api.get(f"/api/items/{item.pk}/").json()["gold"] == "positive"
    assert import_records(reviews, [record._replace(gold="negative")]).updated == 1
    assert api.get(f"/api/items/{item.pk}/").json()["gold"] == "negative"
