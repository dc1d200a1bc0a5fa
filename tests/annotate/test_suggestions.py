"""What models propose, whoever trained them."""

import pytest

from annotate.models import Assignment, Suggestion
from annotate.queue.leasing import lease_next
from annotate.queue.suggestions import Proposal, store
from projects.models import Suggestions
from tests.conftest import add_texts


@pytest.fixture
def item_ids(reviews) -> list[int]:
    return list(reviews.items.order_by("id").values_list("id", flat=True))


def test_a_proposal_is_kept_with_its_probabilities(reviews, item_ids):
    believed = {"positive": 0.75, "negative": 0.25}
    assert store(reviews, "mine", [Proposal(item_ids[0], "positive", believed, score=0.5)]) == 1
    suggestion = Suggestion.objects.get()
    assert (suggestion.project, suggestion.model, suggestion.value, suggestion.proba, suggestion.score) == (
        reviews,
        "mine",
        "positive",
        believed,
        0.5,
    )


def test_a_newer_proposal_of_the_same_model_replaces_the_former(reviews, item_ids):
    store(reviews, "mine", [(item_ids[0], "positive")])
    store(reviews, "mine", [(item_ids[0], "positive"), (item_ids[0], "negative")])
    store(reviews, "another", [(item_ids[0], "positive")])
    assert list(Suggestion.objects.order_by("id").values_list("model", "value")) == [
        ("mine", "negative"),
        ("another", "positive"),
    ]


def test_items_of_other_projects_are_passed_over(make_project, item_ids):
    other = make_project()
    assert store(other, "mine", [(item_ids[0], "positive")]) == 0
    assert not Suggestion.objects.exists()


def test_odd_characters_come_back_as_they_were(make_project):
    name = 'a "quoted", \\n and\nbroken label ☃'
    project = make_project(labels=(name, "other"))
    add_texts(project, ["one"])
    store(project, "mine", [(project.items.get().pk, name, {name: 1.0, "other": 0.0})])
    assert Suggestion.objects.get().proba == {name: 1.0, "other": 0.0}


def test_the_newest_is_shown_where_the_project_shows_them(make_project, ann):
    project = make_project(show_suggestions=Suggestions.SHOWN, explore=0)
    add_texts(project, ["one"])
    for model, value in (("old", "positive"), ("new", "negative")):
        store(project, model, [(project.items.get().pk, value)])
    leased = lease_next(project, ann)
    assert leased.suggestion_shown == {"model": "new", "value": "negative", "proba": None}
    assert Assignment.objects.get().suggestion_shown == leased.suggestion_shown
