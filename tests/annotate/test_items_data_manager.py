"""The list of items as a data manager: sorted, with columns of one's own, and actions on many items."""

import re
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotate import consensus
from annotate.items import deleted, sorting
from annotate.items.search import Conditions
from annotate.items.sorting import find_counted, find_sorted
from annotate.models import Deletion, Prediction, Suggestion
from annotate.queue.leasing import lease_next
from annotate.queue.submitting import submit
from annotate.views.items import item_columns, item_views
from projects.models import Project
from tests import lasting
from tests.annotate.test_assignments_api import signed_in
from tests.conftest import add_texts
from tests.pages import markup_of

pytestmark = pytest.mark.django_db
mona, rita, ann, abe, make_project = lasting.CAST


@pytest.fixture(scope="module")
def four_texts(make_project, ann, abe) -> Project:
    """Four texts, two votes wanted: the first disputed, the second agreed, the third with one vote."""
    project = make_project(votes_wanted=2)
    add_texts(project, ["delta", "alpha", "charlie", "bravo"])
    for person, values in [(ann, ["positive", "negative", "positive"]), (abe, ["negative", "negative"])]:
        for value in values:
            submit(lease_next(project, person), value)
    consensus.fresh(project)
    return project


@pytest.fixture(autouse=True)
def time_to_count(monkeypatch):
    """However busy the machine is, all views are counted."""
    monkeypatch.setattr(item_views, "SECONDS", 10.0)
    monkeypatch.setattr(item_views, "AT_ONCE", 60.0)


@pytest.fixture
def project(four_texts) -> Project:
    """The project, read for this test."""
    return Project.objects.get(pk=four_texts.pk)


@pytest.fixture
def open_list(client, mona, project):
    """Opens the list as mona: `open_list("?sort=name")`."""
    client.force_login(mona)
    return lambda query="", **options: client.get(f"/projects/{project.pk}/items/{query}", **options)


@pytest.fixture
def post(client, mona, project):
    client.force_login(mona)

    def send(action, ids=(), follow=True, **form_data):
        names = dict(project.items.values_list("external_id", "pk"))
        chosen = {"ids": [names[f"item-{number}"] for number in ids]} if ids else {}
        address = f"/projects/{project.pk}/items/bulk/"
        return client.post(address, {"action": action, **chosen, **form_data}, follow=follow)

    return send


def names(answer) -> list[str]:
    return [item.external_id for item in answer.context["page"].items]


def test_a_list_is_sorted_both_ways_by_every_order(open_list, project):
    for sort in sorting.SORT_NAMES:
        assert len(names(open_list(f"?sort={sort}"))) == 4
    assert names(open_list("?sort=-name")) == ["item-4", "item-3", "item-2", "item-1"]
    assert names(open_list("?sort=-disagreement"))[0] == "item-1"
    assert names(open_list("?sort=votes")) == ["item-4", "item-3", "item-1", "item-2"]
    by_place = names(open_list("?sort=priority"))  # by the queue alone; narrowed, together with the items
    assert (by_place, names(open_list("?sort=-priority"))) == (sorted(by_place), sorted(by_place, reverse=True))
    assert names(open_list("?sort=priority&search=item")) == by_place
    assert names(open_list("?sort=confidence"))[-1] == "item-4"  # what has none is last, both ways
    assert names(open_list("?sort=-confidence"))[-1] == "item-4"


def test_a_sorted_list_goes_on_where_its_page_ended(project):
    items = consensus.items(project)
    first = find_sorted(project, items, Conditions(), "-name", page=3)
    second = find_sorted(project, items, Conditions(), "-name", first.after, page=3)
    assert [item.external_id for item in [*first.items, *second.items]] == ["item-4", "item-3", "item-2", "item-1"]
    assert second.after is None


@pytest.mark.parametrize("sort", ["", "&sort=-name"])
def test_words_are_looked_for_once_to_show_a_page_and_how_many_there_are(open_list, sort):
    with CaptureQueriesContext(connection) as queries:
        answer = open_list(f"?search=LT{sort}")
    assert (names(answer), "1 of 4 items" in markup_of(answer)) == (["item-1"], True)
    assert sum("ILIKE" in query["sql"] for query in queries) == 1
    in_order = ["item-1", "item-2", "item-3", "item-4"]
    assert names(open_list(f"?search=item{sort}")) == (in_order[::-1] if sort else in_order)


def test_words_that_take_long_to_count_are_listed_without_their_number(open_list, monkeypatch):
    monkeypatch.setattr(sorting, "find_counted", lambda *args: None)
    answer = open_list("?search=LT")
    assert (names(answer), answer.context["total"]) == (["item-1"], None)


def test_what_words_find_goes_on_where_its_page_ended(project):
    items, words = consensus.items(project), Conditions(words="a")
    first = find_counted(project, items, words, page=3)
    second = find_counted(project, items, words, first.after, page=3)
    assert [item.text for item in [*first.items, *second.items]] == ["delta", "alpha", "charlie", "bravo"]
    assert (first.total, second.total, second.after) == (4, 4, None)


def test_what_takes_too_long_to_sort_is_said_and_listed_as_imported(open_list, monkeypatch):
    def too_slow(*args, **options):
        raise sorting.TooSlow

    monkeypatch.setattr(sorting, "find_sorted", too_slow)
    answer = open_list("?sort=-name")
    assert (names(answer)[0], "too many items to sort" in markup_of(answer)) == ("item-1", True)


def test_a_statement_that_runs_too_long_is_ended(project, monkeypatch):
    slow = sorting.Sort("Slow", "pg_sleep(1)::text", "pg_sleep(1)::text")
    monkeypatch.setitem(sorting.SORTS, "name", slow)
    monkeypatch.setattr(sorting, "SECONDS", 0.05)
    with pytest.raises(sorting.TooSlow):
        find_sorted(project, consensus.items(project), Conditions(), "name")
    assert project.items.count() == 4  # and the connection goes on


def test_columns_are_chosen_in_the_address_and_stay_with_the_order(open_list):
    html = markup_of(open_list("?columns=disagreement&columns=state&sort=-name"))
    heads = re.findall(r'<th scope="col"[^>]*>(?:<a\s+href="([^"]*)">)?([A-Za-z]+)', html)
    assert [title for _, title in heads] == ["Item", "Disagreement", "State"]
    assert "columns=disagreement&amp;columns=state&amp;sort=name" in heads[0][0]
    assert 'aria-sort="descending"' in html


def test_views_link_to_filters_with_the_number_of_their_items(open_list):
    answer = open_list("?state=disputed&columns=gold&sort=-name")
    views = {view.title: view for view in answer.context["views"]}
    counts = {title: view.count for title, view in views.items() if view.count}
    assert counts == {"All items": 4, "Disputed": 1, "Not started": 1, "Done": 2}
    assert [title for title, view in views.items() if view.is_current] == ["Disputed"]
    assert names(open_list(views["Not started"].address)) == ["item-4"]
    assert views["Not started"].address == "?state=not_started&columns=gold"
    assert '<h1>Disputed</h1> <p class="muted small num">1 of 4 items</p>' in markup_of(answer)


def test_a_view_that_takes_long_to_count_has_no_number(open_list, monkeypatch):
    monkeypatch.setattr(sorting, "count", lambda *args: None)
    answer = open_list()
    assert {view.count for view in answer.context["views"]} == {None}
    assert (names(answer)[0], answer.context["total"]) == ("item-1", None)


def test_what_is_not_counted_at_once_is_asked_for_by_the_page(open_list, client, project, monkeypatch):
    request_pattern = re.compile(r'hx-get="([^"]+)" hx-trigger="load"')
    assert not request_pattern.search(markup_of(open_list("?state=done")))
    monkeypatch.setattr(item_views, "AT_ONCE", 0.0)
    [address] = request_pattern.findall(markup_of(open_list("?state=done&sort=-name")))
    assert address == f"/projects/{project.pk}/items/views/counted/?state=done&amp;sort=-name"
    views = markup_of(client.get(unescape(address)))
    assert not request_pattern.search(views)
    assert re.search(r'aria-current="page"><span class="clip">Done</span> <span class="num">2</span>', views)


def test_votes_are_shown_by_their_labels_and_disagreement_as_a_bar(open_list):
    first, second, third, fourth = open_list().context["page"].items
    assert sorted(first.label_votes) == [("negative", 1), ("positive", 1)]
    assert (second.label_votes, third.label_votes, fourth.label_votes) == ([("negative", 2)], [("positive", 1)], [])
    html = markup_of(open_list())
    assert re.search(r"<span>negative</span> <small>×.2</small></span></span>", html)
    assert re.findall(r"<span class=.muted small num.>(\d of \d)<", html) == ["1 of 2", "0 of 2"]
    bars = re.findall(r'class="disagreement (\w+)".*?class="mark" width="(\d+)%".*?</svg>([\d.]+)<', html)
    assert bars == [("much", "50", "0.50"), ("little", "0", "0.00")]


def test_more_rows_take_no_more_queries(open_list):
    def queries(address):
        with CaptureQueriesContext(connection) as captured:
            open_list(address)
        return len(captured)

    columns = "&".join(f"columns={column.name}" for column in item_columns.COLUMNS)
    queries(f"?{columns}&state=done")  # what is cached
    assert queries(f"?{columns}&state=done") == queries(f"?{columns}&state=disputed")


def test_the_drawer_says_who_voted_and_how_often_they_are_right(client, project, mona, rita):
    first = project.items.get(external_id="item-1")
    client.force_login(mona)
    html = markup_of(client.get(f"/items/{first.pk}/drawer/"))
    assert re.search(r"ann <span class=.muted small num.>\d\d.% right · ", html)
    assert "Decide the label" in html and "One more vote" in html
    client.force_login(rita)
    assert "One more vote" not in markup_of(client.get(f"/items/{first.pk}/drawer/"))


def test_a_filter_that_is_set_is_taken_away_by_a_link_that_leaves_the_others(open_list):
    answer = open_list("?search=a&state=not_started&label=positive&below=60&columns=gold&sort=-name")
    chips = {f"{chip.title} {chip.value}": chip.address for chip in answer.context["chips"]}
    assert list(chips) == ["state not started", "label positive", "confidence below 60\u202f%"]
    address = "?search=a&label=positive&below=60&columns=gold&sort=-name"
    assert chips["state not started"] == address
    assert "state <strong>not started</strong></span><span class=" in markup_of(answer)
    assert [chip.title for chip in open_list(address).context["chips"]] == ["label", "confidence below"]


def test_fields_of_the_records_are_columns_in_the_order_of_the_file(client, make_project, mona):
    project = make_project()
    rows = b"zebra,apple,id\n1,2,x\n"
    signed_in(mona).post(
        f"/api/projects/{project.pk}/items/?columns=zebra:field,apple:field,id:external_id",
        rows,
        content_type="text/csv",
    )
    client.force_login(mona)
    answer = client.get(
        f"/projects/{project.pk}/items/?columns=data.zebra&columns=predicted&columns=assigned&columns=gold"
    )
    titles = [column.title for column in answer.context["all_columns"]]
    assert titles[-2:] == ["zebra", "apple"]
    assert '<span class="clip field-cell" dir="auto">1</span>' in markup_of(answer)


def test_what_the_newest_round_predicts_is_shown_where_the_list_is_narrowed_by_it(client, open_list, project):
    item, label = project.items.get(external_id="item-4"), project.labels.get(name="negative")
    Prediction.objects.create(project=project, item=item, label=label, probability=0.57)
    Suggestion.objects.create(project=project, item=item, model="a", value="positive", created_at=timezone.now())
    html = markup_of(open_list("?below=60&columns=predicted"))
    assert re.search(r'negative</span>.*?<span class="muted num">57\u202f%</span>', html)
    item.suggestions.all().delete()
    drawer = markup_of(client.get(f"/items/{item.pk}/drawer/"))
    assert re.search(r"Prediction</h3>.*?negative.*?57\u202f%", drawer)


def test_reviewers_see_the_list_without_boxes(client, project, rita):
    client.force_login(rita)
    html = markup_of(client.get(f"/projects/{project.pk}/items/"))
    assert 'name="ids"' not in html and "bulk-bar" not in html


def test_deleting_says_first_how_many_annotations_go_and_can_be_undone(post, client, project):
    html = markup_of(post("delete", [1, 2]))
    assert "<strong>4 annotations</strong> of 2 people" in html
    assert project.items.count() == 4  # nothing yet
    html = markup_of(post("delete", [1, 2], annotations=4))
    assert "2 items and 4 annotations were deleted" in html
    assert project.items.count() == 2
    deletion = Deletion.objects.get()
    html = markup_of(client.post(f"/projects/{project.pk}/items/deletions/{deletion.pk}/restore/", follow=True))
    assert "2 items restored" in html
    assert (project.items.count(), project.annotations.count()) == (4, 5)


def test_what_is_annotated_meanwhile_is_not_deleted_unsaid(post, project, abe):
    submit(lease_next(project, abe), "negative")
    html = markup_of(post("delete", [3], annotations=1))
    assert "Somebody annotated one of these items meanwhile" in html
    assert "<strong>2 annotations</strong>" in html
    assert project.items.count() == 4


def test_an_undo_that_comes_too_late_says_so(post, client, project):
    post("delete", [4], annotations=0)
    Deletion.objects.update(created_at=timezone.now() - deleted.RESTORABLE)
    deletion = Deletion.objects.get()
    html = markup_of(client.post(f"/projects/{project.pk}/items/deletions/{deletion.pk}/restore/", follow=True))
    assert "cannot be restored any more" in html


def test_all_that_match_are_meant_by_the_filter_and_not_by_the_page(post, project):
    post("votes_wanted", everything=1, query="?search=a&state=open", votes_wanted=5)
    assert list(project.items.order_by("pk").values_list("queueentry__wanted", flat=True)) == [2, 2, 5, 5]


@pytest.mark.parametrize(
    ("action", "form_data", "sentence"),
    [
        ("votes_wanted", {"votes_wanted": 3}, "2 of 2 items now want another number of votes."),
        ("priority", {"priority": 1}, "2 of 2 items now stand elsewhere in the queue."),
        ("no_priority", {}, "0 of 2 items now stand elsewhere in the queue."),
        ("flag", {}, "2 of 2 items now have your flag."),
        ("unflag", {}, "0 of 2 items are no longer flagged."),
        ("assign", {"people": ["abe"], "days": 2}, "2 of 2 items are assigned."),
        ("reopen", {}, "0 of 2 items can be labelled again."),
        ("votes_wanted", {}, "Nothing was changed"),
        ("assign", {}, "Nothing was changed"),
        ("priority", {"priority": "soon"}, "Nothing was changed"),
        ("explode", {}, "Nothing was changed"),
    ],
)
def test_each_action_says_what_it_changed(post, action, form_data, sentence):
    assert sentence in markup_of(post(action, [3, 4], **form_data))


def test_nothing_chosen_is_told(post):
    assert "No item is chosen" in markup_of(post("flag"))


def test_exactly_the_chosen_items_are_exported(post, client, project, mona):
    html = markup_of(post("export", [1, 3]))
    assert "Only the items that you have chosen." in html
    pks = ",".join(str(pk) for pk in project.items.filter(text__in=["delta", "charlie"]).values_list("pk", flat=True))
    for address in (f"/projects/{project.pk}/export/download/", f"/api/projects/{project.pk}/export/"):
        for query in (f"ids={pks}", "search=l&state=open&format=csv", "search=l&what=annotations"):
            exported = b"".join(client.get(f"{address}?{query}").streaming_content).decode()
            assert ("item-1" in exported, "item-4" in exported) == ("state" not in query, False), query


def test_an_export_of_a_filter_says_which(post):
    html = markup_of(post("export", everything=1, query="?search=alpha"))
    assert "search “alpha”" in html and "search=alpha" in html


def test_items_are_sorted_by_rest_for_reviewers(project, rita, ann):
    address = f"/api/projects/{project.pk}/items/?sort=-name&page_size=3"
    answer = signed_in(rita).get(address).json()
    assert [item["external_id"] for item in answer["results"]] == ["item-4", "item-3", "item-2"]
    assert [item["external_id"] for item in signed_in(rita).get(answer["next"]).json()["results"]] == ["item-1"]
    assert signed_in(ann).get(address).json() == {"sort": ["Only reviewers can sort items."]}
