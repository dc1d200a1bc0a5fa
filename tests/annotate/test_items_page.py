"""Finding items: by words, state, label and person, a page at a time, in bounded time."""

import re

import pytest

from annotate import consensus
from annotate.items import search
from annotate.items.search import Conditions, find, find_name_first
from annotate.models import Flag, Item
from annotate.queue.leasing import lease_next
from annotate.queue.submitting import submit
from tests.conftest import add_texts
from tests.pages import markup_of


@pytest.fixture
def project(make_project, ann, abe):
    """Seven texts, two votes wanted: ann answered the first four, abe the first two, once differently."""
    project = make_project(votes_wanted=2)
    add_texts(project, ["red shoe", "blue shoe", "red hat", "100% wool_hat", "scarf", "glove", "sock"])
    for person, values in [(ann, ["positive", "negative", "positive", "positive"]), (abe, ["positive", "positive"])]:
        for value in values:
            submit(lease_next(project, person), value)
    Item.objects.filter(text="scarf").update(gold="negative")
    Flag.objects.create(item=Item.objects.get(text="glove"), raised_by=ann)
    consensus.fresh(project)
    return project


def texts(project, **wanted) -> list[str]:
    return [item.text for item in find(project, consensus.items(project), Conditions(**wanted)).items]


def test_words_are_found_in_texts_and_names(project):
    assert texts(project, words="shoe") == ["red shoe", "blue shoe"]
    assert texts(project, words="SHOE") == ["red shoe", "blue shoe"]
    assert texts(project, words="item-5") == ["scarf"]
    assert texts(project, words="nothing like it") == []


def test_the_item_of_exactly_this_name_comes_first_however_far_it_is(project, monkeypatch):
    monkeypatch.setattr(search, "STRETCH", 1)
    page = find_name_first(project, consensus.items(project), Conditions(words="item-7"), seconds=0)
    assert ([item.text for item in page.items], page.cut_short) == (["sock"], True)


def test_signs_of_patterns_mean_themselves(project):
    assert texts(project, words="100%") == ["100% wool_hat"]
    assert texts(project, words="l_h") == ["100% wool_hat"]
    assert texts(project, words="\\") == []


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("done", ["red shoe", "blue shoe"]),
        ("open", ["red hat", "100% wool_hat", "scarf", "glove", "sock"]),
        ("disputed", ["blue shoe"]),
        ("flagged", ["glove"]),
        ("reviewed", []),
        ("not_started", ["scarf", "glove", "sock"]),
        ("gold", ["scarf"]),
    ],
)
def test_states_narrow_the_list(project, state, expected):
    assert texts(project, state=state) == expected


def test_labels_people_and_words_narrow_it_together(project, ann, abe):
    assert texts(project, label="positive", person=ann.pk, words="red") == ["red shoe", "red hat"]
    assert texts(project, person=abe.pk) == ["red shoe", "blue shoe"]


def test_pages_go_on_where_the_last_one_ended(project):
    first = find(project, consensus.items(project), Conditions(), page=3)
    second = find(project, consensus.items(project), Conditions(), first.after, page=3)
    third = find(project, consensus.items(project), Conditions(), second.after, page=3)
    assert [len(page.items) for page in (first, second, third)] == [3, 3, 1]
    assert third.after is None
    assert len({item.pk for page in (first, second, third) for item in page.items}) == 7


def test_a_full_last_page_is_the_last(project):
    assert find(project, consensus.items(project), Conditions(), page=7).after is None


def test_when_the_time_is_up_the_search_says_where_to_go_on(project, monkeypatch):
    monkeypatch.setattr(search, "STRETCH", 2)
    matches, after, pages = [], 0, 0
    while after is not None:
        page = find(project, consensus.items(project), Conditions(words="sock"), after, seconds=0)
        matches += [item.text for item in page.items]
        after, pages = page.after, pages + 1
    assert matches == ["sock"]
    assert pages > 2


def test_several_labels_are_each_found(make_project, ann):
    project = make_project(labels=("cheap", "good"), task_type="multiple_choice")
    add_texts(project, ["one", "two"])
    for value in (["cheap", "good"], ["good"]):
        submit(lease_next(project, ann), value)
    consensus.fresh(project)
    assert (texts(project, label="good"), texts(project, label="cheap")) == (["one", "two"], ["one"])


def test_the_page_lists_filters_and_goes_on(client, project, rita):
    client.force_login(rita)
    page = markup_of(client.get(f"/projects/{project.pk}/items/?search=shoe&state=disputed"))
    assert "blue shoe" in page
    assert "red shoe" not in page
    page = markup_of(client.get(f"/projects/{project.pk}/items/?annotator=abe&label=positive"))
    assert "red shoe" in page
    assert "scarf" not in page


def test_an_empty_project_says_what_to_do(client, make_project, mona):
    client.force_login(mona)
    page = markup_of(client.get(f"/projects/{make_project().pk}/items/"))
    assert "Import items" in page


def test_nonsense_in_the_address_is_passed_over(client, project, rita):
    client.force_login(rita)
    for address in ("?after=x", "?after=99999999999999999999", "?state=x&label=x&annotator=x"):
        assert client.get(f"/projects/{project.pk}/items/{address}").status_code == 200


def test_annotators_and_outsiders_do_not_see_the_list(client, project, ann, otto):
    for person, status in ((ann, 403), (otto, 404)):
        client.force_login(person)
        assert client.get(f"/projects/{project.pk}/items/").status_code == status


def test_one_vote_is_called_one_vote_and_is_as_probable_as_its_giver(client, make_project, mona, ann, abe):
    project = make_project(votes_wanted=2, learning=False)
    add_texts(project, ["first", "second"])
    for person, count in ((ann, 2), (abe, 1)):
        for _ in range(count):
            submit(lease_next(project, person), "positive")
    client.force_login(mona)
    page = markup_of(client.get(f"/projects/{project.pk}/items/"))
    assert len(re.findall(r"<td class=.num less.>\s*<span class=.muted.>one vote<", page)) == 1
    single = Item.objects.get(text="second")
    page = markup_of(client.get(f"/items/{single.pk}/"))
    assert re.search(r"One vote, right with a probability of about \d\d.%: as often as", page)
