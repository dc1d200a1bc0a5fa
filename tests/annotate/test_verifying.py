"""Verifying items of one predicted label by the page: leases, attention, storing all or nothing, taking back."""

from uuid import uuid4

import numpy as np
import pytest
from django.db.models import Avg, F

from accounts.models import User
from annotate.items import deleted
from annotate.items.selection import Selection
from annotate.models import Annotation, Assignment, Page, PageOffer, Prediction, QueueEntry, Review
from annotate.pages import offers, opening
from annotate.pages.accepting import Finished, accept, undo
from annotate.pages.offers import Predicted, attention, offered
from annotate.pages.opening import current, drawn, open_page, release, renew, tiles_of
from annotate.queue.leasing import held, lease
from annotate.queue.submitting import submit
from projects import setup
from projects.labels.rows import LabelRow
from projects.models import Label, Project
from tests.annotate.pages import with_offer

pytestmark = pytest.mark.django_db


@pytest.fixture
def crops(make_project, abe) -> Project:
    return with_offer(make_project(labels=("fruit", "tools"), page_tiles=12), abe)


def known_wrong(page: Page) -> int:
    return page.tiles.get(assignment=None).place


def leased_places(page: Page) -> list[int]:
    return list(page.tiles.exclude(assignment=None).order_by("place").values_list("place", flat=True))


def taken_is_right() -> bool:
    """Whether `taken` of every item is its annotations and live leases."""
    return all(
        entry.taken
        == Annotation.objects.filter(item=entry.item_id).count()
        + Assignment.objects.live().filter(item=entry.item_id).exclude(annotation__isnull=False).count()
        for entry in QueueEntry.objects.all()
    )


# Opening


def test_a_page_shows_its_least_certain_items_first_and_one_that_is_known_to_be_wrong(crops, ann):
    page = open_page(crops, ann)
    tiles = tiles_of(page)
    assert len(tiles) == 12
    assert [tile.probability for tile in tiles] == sorted(tile.probability for tile in tiles)
    (wrong,) = (tile for tile in tiles if tile.assignment is None)
    assert wrong.item.text.startswith("tool")
    assert all(tile.item.text.startswith("fruit") for tile in tiles if tile.assignment)


def test_each_page_has_surer_and_less_sure_items_alike(make_project, ann, abe):
    project = with_offer(make_project(labels=("fruit", "tools"), page_tiles=24), abe, fruit=92)
    everything = Prediction.objects.filter(verifiable=True).aggregate(mean=Avg("probability"))["mean"]
    shares = []
    while page := open_page(project, ann):
        shares.append(page.tiles.exclude(assignment=None).aggregate(mean=Avg("probability"))["mean"])
        accept(page, {known_wrong(page): None}, uuid4())
    assert len(shares) == 4
    assert shares == pytest.approx([everything] * 4, abs=0.003)


@pytest.fixture
def tools(crops) -> Label:
    """Of a second label, offered beside fruit: twelve items, a whole page, and few are expected to be wrong."""
    label = crops.labels.get(name="tools")
    PageOffer.objects.create(project=crops, label=label, tested=40, wrong=1, expected=0.02, caution=2.0)
    fruit = list(Prediction.objects.filter(verifiable=True).values_list("pk", flat=True))
    Prediction.objects.filter(pk__in=fruit[:12]).update(label=label)
    return label


def offered_labels(project: Project, person: User) -> list[str]:
    return [offer.label for offer in offered(project, person)]


def test_the_label_with_fewest_wrong_ones_comes_first_where_it_fills_a_page(crops, tools, ann):
    assert offered_labels(crops, ann) == ["tools", "fruit"]
    some = Prediction.objects.filter(label=tools, verifiable=True).values_list("pk", flat=True)[:5]
    Prediction.objects.filter(pk__in=list(some)).update(label=crops.labels.get(name="fruit"))
    assert offered_labels(crops, ann) == ["fruit", "tools"]


def test_labels_with_whole_pages_take_turns(crops, tools, ann, abe):
    assert offered_labels(crops, ann) == ["tools", "fruit"]
    Page.objects.create(project=crops, annotator=abe, label=tools, status=Page.Status.ACCEPTED)
    assert offered_labels(crops, ann) == ["fruit", "tools"]


def test_pages_of_any_size_have_surer_and_less_sure_items_alike():
    rng = np.random.default_rng(0)
    predicted = Predicted(np.arange(1000), rng.integers(2, size=1000), rng.random(1000), rng.random(1000) < 0.8)
    place = offers.places(predicted)
    for label in (0, 1):
        rows = np.flatnonzero(predicted.verifiable & (predicted.labels == label))
        in_turn = predicted.probability[rows[np.argsort(place[rows])]]
        assert sorted(place[rows]) == list(range(len(rows)))
        for size in (5, 11, 23, 47):
            means = np.lib.stride_tricks.sliding_window_view(in_turn, size).mean(axis=1)
            assert abs(means - in_turn.mean()).max() < 1.2 / size  # at random it would be about 0.9 / the square root


def test_where_the_known_wrong_tile_stands_follows_from_the_number_of_the_page(crops, ann):
    for _ in range(3):
        page = open_page(crops, ann)
        assert known_wrong(page) == drawn(page.pk, 0, 11)
        release(page)


def test_the_same_number_draws_the_same_page_again(crops, ann, monkeypatch):
    first = open_page(crops, ann)
    first_number = first.pk
    tiles = [(tile.place, tile.item_id) for tile in tiles_of(first)]
    release(first)
    first.delete()
    monkeypatch.setattr(opening, "_next_number", lambda: first_number)
    again = open_page(crops, ann)
    assert [(tile.place, tile.item_id) for tile in tiles_of(again)] == tiles


def test_the_known_wrong_tile_stands_in_every_place_and_is_worked_out_by_nobody_without_the_key(settings):
    places = [drawn(number, 0, 11) for number in range(1, 601)]
    assert min(places.count(place) for place in range(12)) > 25
    settings.SECRET_KEY = "another one"
    assert sum(drawn(number, 0, 11) == place for number, place in enumerate(places, start=1)) < 100


def test_two_people_never_verify_the_same_item_where_one_vote_is_wanted(crops, ann, rita):
    first, second = open_page(crops, ann), open_page(crops, rita)
    assert not set(first.tiles.exclude(assignment=None).values_list("item")) & set(
        second.tiles.exclude(assignment=None).values_list("item")
    )
    assert not QueueEntry.objects.filter(taken__gt=F("wanted")).exists()


def test_what_stands_on_a_page_is_not_on_the_labelling_screen(crops, ann):
    page = open_page(crops, ann)
    on_page = set(page.tiles.values_list("item", flat=True))
    assert held(crops, ann) == []
    assert not on_page & {assignment.item_id for assignment in lease(crops, ann, 20)}


def test_nobody_holds_more_than_a_hundred_items(make_project, ann, abe):
    project = with_offer(make_project(labels=("fruit", "tools"), page_tiles=48), abe, fruit=150)
    assert [page and page.tiles.count() for page in (open_page(project, ann) for _ in range(4))] == [48, 48, 7, None]
    assert project.assignments.live().filter(annotator=ann).count() == 100


def test_there_is_no_page_of_too_few_items(make_project, ann, abe):
    project = with_offer(make_project(labels=("fruit", "tools")), abe, fruit=4)
    assert offered(project, ann) == []
    assert open_page(project, ann) is None
    assert not project.assignments.live().exists()


def test_there_is_no_page_where_nothing_is_known_to_be_wrong(make_project, ann, abe):
    project = with_offer(make_project(labels=("fruit", "tools")), abe, tools=0)
    assert open_page(project, ann) is None
    assert not project.assignments.live().exists()


def test_a_page_is_found_again_until_its_leases_end(crops, ann):
    page = open_page(crops, ann)
    assert current(crops, ann) == page
    Assignment.objects.update(expires_at="2020-01-01T00:00Z")
    assert current(crops, ann) is None
    page.refresh_from_db()
    assert page.status == "released"


def test_released_items_go_to_whoever_asks_next(crops, ann, rita):
    page = open_page(crops, ann)
    release(page)
    assert taken_is_right()
    other = open_page(crops, rita)
    assert set(other.tiles.exclude(assignment=None).values_list("item")) == set(
        page.tiles.exclude(assignment=None).values_list("item")
    )


def test_renewing_takes_back_what_nobody_took_meanwhile(crops, ann, rita):
    page = open_page(crops, ann)
    release(page)
    (taken,) = lease(crops, rita, 1)
    assert renew(page).status == "open"
    assert project_leases(page) == set(leased_places(page)) - {page.tiles.get(item=taken.item_id).place}
    assert taken_is_right()
    assert not QueueEntry.objects.filter(taken__gt=F("wanted")).exists()


def project_leases(page: Page) -> set[int]:
    return set(page.tiles.filter(assignment__status="leased").values_list("place", flat=True))


# Accepting


def test_what_is_not_marked_gets_the_page_s_label_and_the_rest_what_the_person_says(crops, ann):
    page = open_page(crops, ann)
    relabelled, crossed, *_ = leased_places(page)
    outcome = accept(page, {known_wrong(page): None, relabelled: "tools", crossed: None}, uuid4(), seconds=22.0)
    assert (outcome.status, outcome.stored, outcome.returned) == ("accepted", 10, 1)
    values = dict(crops.annotations.filter(annotator=ann).values_list("item__tiles__place", "value"))
    assert values.pop(relabelled) == "tools"
    assert set(values.values()) == {"fruit"} and crossed not in values
    assert set(crops.annotations.filter(annotator=ann).values_list("origin", "seconds")) == {("page", 2.2)}
    assert set(crops.annotations.exclude(annotator=ann).values_list("origin", flat=True)) == {"item"}
    assert taken_is_right()


def test_a_crossed_out_item_is_labelled_by_itself_and_on_no_page_again(crops, ann):
    page = open_page(crops, ann)
    crossed, *_ = leased_places(page)
    accept(page, {known_wrong(page): None, crossed: None}, uuid4())
    item = page.tiles.get(place=crossed).item
    assert QueueEntry.objects.get(item=item).open
    assert item.pk not in open_page(crops, ann).tiles.values_list("item", flat=True)
    assert item in [assignment.item for assignment in lease(crops, ann, 50)]


def test_nothing_is_stored_of_a_page_whose_known_wrong_tile_is_not_marked(crops, ann):
    page = open_page(crops, ann)
    outcome = accept(page, {leased_places(page)[0]: "tools"}, uuid4())
    assert (outcome.status, outcome.stored) == ("dropped", 0)
    assert not crops.annotations.filter(annotator=ann).exists()
    assert attention(crops, ann) == (1, 1)
    assert taken_is_right()


def test_marking_a_tile_with_the_page_s_own_label_is_no_mark(crops, ann):
    page = open_page(crops, ann)
    assert accept(page, {known_wrong(page): "fruit"}, uuid4()).status == "dropped"


def test_a_page_that_is_sent_twice_is_stored_once(crops, ann):
    page, key = open_page(crops, ann), uuid4()
    first = accept(page, {known_wrong(page): "tools"}, key)
    assert accept(page, {known_wrong(page): "tools"}, key) == first
    assert accept(page, {}, uuid4()) == first
    assert crops.annotations.filter(annotator=ann).count() == 11


def test_a_page_that_comes_late_is_kept_and_one_more_vote_is_wanted_of_what_was_given_away(crops, ann, rita):
    page = open_page(crops, ann)
    release(page)
    (taken,) = lease(crops, rita, 1)
    submit(taken, "tools")
    assert accept(page, {known_wrong(page): None}, uuid4()).stored == 11
    entry = QueueEntry.objects.get(item=taken.item_id)
    assert (entry.taken, entry.wanted) == (2, 2)
    assert not QueueEntry.objects.exclude(item=taken.item_id).filter(wanted__gt=1).exists()
    assert taken_is_right()


def test_an_item_that_the_person_labelled_by_itself_meanwhile_keeps_that_answer(crops, ann):
    page = open_page(crops, ann)
    tile = page.tiles.exclude(assignment=None).first()
    submit(tile.assignment, "tools")
    assert accept(page, {known_wrong(page): None}, uuid4()).stored == 10
    assert Annotation.objects.get(item=tile.item, annotator=ann).value == "tools"


def test_a_page_whose_known_wrong_item_was_deleted_meanwhile_is_stored(crops, ann, mona):
    page = open_page(crops, ann)
    deleted.delete(crops, Selection(ids=[page.tiles.get(assignment=None).item_id]), mona)
    outcome = accept(page, {}, uuid4())
    assert (outcome.status, outcome.stored, outcome.known_wrong) == ("accepted", 11, None)


@pytest.mark.parametrize(("marks", "words"), [({99: None}, "there is no tile 99"), ({0: "vegetable"}, "'vegetable'")])
def test_marks_that_there_cannot_be_are_refused_and_nothing_is_stored(crops, ann, marks, words):
    page = open_page(crops, ann)
    with pytest.raises(ValueError, match=words):
        accept(page, marks, uuid4())
    page.refresh_from_db()
    assert page.status == "open"
    assert not crops.annotations.filter(annotator=ann).exists()


def test_a_label_that_was_renamed_meanwhile_is_understood(crops, ann, mona):
    page, version = open_page(crops, ann), crops.label_set.version
    rows = [LabelRow(id=label.pk, name={"fruit": "crop"}.get(label.name, label.name)) for label in crops.labels.all()]
    setup.change(crops, mona, {}, rows)
    relabelled, *_ = leased_places(page)
    accept(page, {known_wrong(page): "tools", relabelled: "tools"}, uuid4(), version=version)
    assert set(crops.annotations.filter(annotator=ann).values_list("value", flat=True)) == {"crop", "tools"}


# Looking again


def items_of(page: Page) -> set[int]:
    return set(page.tiles.exclude(assignment=None).values_list("item", flat=True))


def looked_again(project: Project, person: User) -> Page:
    """The page that comes back after nothing was marked."""
    again = accept(open_page(project, person), {}, uuid4()).second_look
    assert again is not None
    return again


def test_a_dropped_page_comes_back_with_its_marks_and_another_known_wrong_tile(crops, ann):
    page = open_page(crops, ann)
    relabelled, crossed, *_ = (tile.item_id for tile in tiles_of(page) if tile.assignment)
    places = dict(page.tiles.values_list("item", "place"))
    outcome = accept(page, {places[relabelled]: "tools", places[crossed]: None}, uuid4())
    assert (outcome.returned, outcome.known_wrong) == (0, None)  # it is not told which tile it was
    again = outcome.second_look
    assert current(crops, ann) == again and again.second_look_of == page
    assert items_of(again) == items_of(page)
    marks = {tile.item_id: tile.label and tile.label.name for tile in tiles_of(again) if tile.marked}
    assert marks == {relabelled: "tools", crossed: None}
    assert again.tiles.get(assignment=None).item != page.tiles.get(assignment=None).item
    assert sorted(again.tiles.values_list("place", flat=True)) == list(range(12))
    assert [tile.item_id for tile in tiles_of(again)] != sorted(places, key=places.get)


def test_what_is_looked_at_again_is_stored_with_the_marks_of_both_looks(crops, ann):
    page = open_page(crops, ann)
    again = accept(page, {leased_places(page)[0]: "tools"}, uuid4()).second_look
    marks = {tile.place: tile.label.name for tile in tiles_of(again) if tile.marked}
    outcome = accept(again, marks | {known_wrong(again): "tools"}, uuid4())
    assert (outcome.status, outcome.stored) == ("accepted", 11)
    values = list(crops.annotations.filter(annotator=ann).values_list("value", flat=True))
    assert (values.count("tools"), values.count("fruit")) == (1, 10)
    assert attention(crops, ann) == (2, 1)
    assert undo(again).status == "open"
    assert not crops.annotations.filter(annotator=ann).exists()
    assert taken_is_right()


def test_a_page_that_is_dropped_twice_goes_back_to_the_queue(crops, ann, rita):
    again = looked_again(crops, ann)
    outcome = accept(again, {}, uuid4())
    assert (outcome.status, outcome.returned, outcome.second_look) == ("dropped", 11, None)
    assert outcome.known_wrong == known_wrong(again)
    assert attention(crops, ann) == (2, 2)
    assert not crops.assignments.live().exists() and taken_is_right()
    assert items_of(open_page(crops, rita)) == items_of(again)


def test_nobody_else_gets_the_items_of_a_page_that_is_looked_at_again(crops, ann, rita):
    again = looked_again(crops, ann)
    assert not items_of(again) & items_of(open_page(crops, rita))
    assert held(crops, ann) == []
    assert not QueueEntry.objects.filter(taken__gt=F("wanted")).exists()
    assert taken_is_right()


def test_the_time_of_a_page_starts_again_with_the_second_look(crops, ann):
    page = open_page(crops, ann)
    Assignment.objects.filter(annotator=ann).update(expires_at="2020-01-01T00:00Z")
    again = accept(page, {}, uuid4()).second_look
    assert project_leases(again) == set(leased_places(again))
    assert current(crops, ann) == again


def test_a_second_look_is_at_what_nobody_else_took_meanwhile(crops, ann, rita):
    page = open_page(crops, ann)
    release(page)
    (taken,) = lease(crops, rita, 1)
    renew(page)
    outcome = accept(page, {}, uuid4())
    assert items_of(outcome.second_look) == items_of(page) - {taken.item_id}
    assert outcome.returned == 1
    assert taken_is_right()


def test_there_is_no_second_look_at_too_few_items(crops, ann):
    page = open_page(crops, ann)
    for tile in page.tiles.exclude(assignment=None).select_related("assignment")[:7]:
        submit(tile.assignment, "tools")
    outcome = accept(page, {}, uuid4())
    assert (outcome.second_look, outcome.known_wrong) == (None, known_wrong(page))
    assert not crops.assignments.live().exists()


def test_the_same_known_wrong_item_is_shown_again_where_there_is_no_other(make_project, ann, abe):
    project = with_offer(make_project(labels=("fruit", "tools"), page_tiles=12), abe, tools=1)
    page = open_page(project, ann)
    again = accept(page, {}, uuid4()).second_look
    assert again.tiles.get(assignment=None).item == page.tiles.get(assignment=None).item


def test_a_dropped_page_that_is_sent_twice_is_looked_at_once(crops, ann):
    page, key = open_page(crops, ann), uuid4()
    first = accept(page, {}, key)
    assert accept(page, {}, key) == first
    accept(first.second_look, {known_wrong(first.second_look): None}, uuid4())
    late = accept(page, {}, key)
    assert (late.status, late.second_look, late.known_wrong) == ("dropped", None, None)
    assert crops.annotations.filter(annotator=ann).count() == 11


def test_a_dropped_page_that_is_given_back_late_leaves_the_second_look_alone(crops, ann):
    again = looked_again(crops, ann)
    release(again.second_look_of)
    assert project_leases(again) == set(leased_places(again))
    release(again)
    assert not crops.assignments.live().exists() and taken_is_right()


# Taking back


def test_a_page_is_taken_back_as_a_whole_with_its_marks(crops, ann):
    page = open_page(crops, ann)
    relabelled, crossed, *_ = leased_places(page)
    accept(page, {known_wrong(page): None, relabelled: "tools", crossed: None}, uuid4())
    again = undo(page)
    assert again.status == "open"
    assert not crops.annotations.filter(annotator=ann).exists()
    assert {tile.place: tile.label and tile.label.name for tile in tiles_of(again) if tile.marked} == {
        known_wrong(page): None,
        relabelled: "tools",
        crossed: None,
    }
    assert project_leases(again) == set(leased_places(page))
    assert Prediction.objects.get(item__tiles__page=page, item__tiles__place=crossed).verifiable
    assert taken_is_right()
    assert accept(again, {known_wrong(page): None}, uuid4()).stored == 11


def test_a_dropped_page_cannot_be_taken_back(crops, ann):
    page = open_page(crops, ann)
    accept(page, {}, uuid4())
    with pytest.raises(Finished):
        undo(page)


def test_what_a_reviewer_settled_stays(crops, ann, rita):
    page = open_page(crops, ann)
    accept(page, {known_wrong(page): None}, uuid4())
    settled = crops.annotations.filter(annotator=ann).first()
    Review.objects.create(
        project=crops, item=settled.item, annotator=ann, reviewer=rita, verdict="accepted", value=settled.value
    )
    undo(page)
    assert list(crops.annotations.filter(annotator=ann)) == [settled]
    assert taken_is_right()
