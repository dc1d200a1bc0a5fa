"""Views of the items that managers save: a list under a name, beside the list of items for the whole team."""

from dataclasses import replace

import pytest

from annotate.models import SavedView
from annotate.queue.leasing import lease_next
from annotate.queue.submitting import submit
from annotate.views.items import item_views
from projects.labels.replacing import replace_labels
from projects.labels.rows import current_rows
from tests.conftest import add_texts
from tests.pages import markup_of

QUERY = "?state=open&label=positive&columns=gold&sort=-name"


@pytest.fixture(autouse=True)
def time_to_count(monkeypatch):
    """However busy the machine is, all views are counted."""
    monkeypatch.setattr(item_views, "SECONDS", 10.0)
    monkeypatch.setattr(item_views, "AT_ONCE", 60.0)


@pytest.fixture
def project(make_project):
    project = make_project()
    add_texts(project, ["red shoe", "blue shoe", "red hat"])
    return project


@pytest.fixture
def as_mona(client, mona):
    client.force_login(mona)
    return client


def save(client, project, name="Doubtful", query=QUERY):
    address = f"/projects/{project.pk}/items/views/"
    return client.post(address, {"name": name, "query": query}, follow=True)


def shown(answer) -> dict[str, int | None]:
    """The saved views that the page lists, with their counts."""
    return {view.title: view.count for view in answer.context["views"] if view.saved}


def test_a_saved_view_keeps_filters_sorting_and_columns_and_is_shown_to_the_team(as_mona, project, rita):
    answer = save(as_mona, project, query="?search=shoe&sort=-name&columns=gold&after=7&nonsense=1")
    view = SavedView.objects.get()
    assert (view.query, view.made_by.username) == ("?search=shoe&columns=gold&sort=-name", "mona")
    assert answer.redirect_chain[0][0].endswith(view.query)
    assert (shown(answer), answer.context["current"].title) == ({"Doubtful": 2}, "Doubtful")
    as_mona.force_login(rita)
    page = as_mona.get(f"/projects/{project.pk}/items/")
    assert shown(page) == {"Doubtful": 2}
    assert "Saved by mona." in markup_of(answer)
    assert "<h2>Saved by the team</h2>" in markup_of(page) and "Save view" not in markup_of(page)


def test_a_name_is_taken_once_and_nothing_is_written_over(as_mona, project):
    save(as_mona, project)
    assert "There is a view “Doubtful” already" in markup_of(save(as_mona, project, query="?state=done"))
    assert SavedView.objects.get().query == QUERY


@pytest.mark.parametrize("posted", [{"name": " "}, {"name": "x" * 61}, {"query": "?search=" + "x" * 2000}])
def test_what_is_no_view_is_refused_with_what_would_be_right(as_mona, project, posted):
    assert "up to 60 characters" in markup_of(save(as_mona, project, **posted))
    assert not SavedView.objects.exists()


def test_a_view_is_renamed_and_removed_and_its_items_stay(as_mona, project):
    save(as_mona, project)
    address = f"/projects/{project.pk}/items/views/{SavedView.objects.get().pk}/"
    assert shown(as_mona.post(address, {"action": "rename", "name": "Sure"}, follow=True)) == {"Sure": 0}
    page = as_mona.post(address, {"action": "remove"}, follow=True)
    assert (shown(page), project.items.count()) == ({}, 3)


def test_only_managers_change_views_and_those_of_other_projects_are_out_of_reach(as_mona, project, make_project, rita):
    save(as_mona, project)
    view, other = SavedView.objects.get(), make_project(name="Other")
    addresses = [f"/projects/{project.pk}/items/views/", f"/projects/{project.pk}/items/views/{view.pk}/"]
    assert as_mona.post(f"/projects/{other.pk}/items/views/{view.pk}/", {"action": "remove"}).status_code == 404
    as_mona.force_login(rita)
    assert {as_mona.post(address, {"action": "remove"}).status_code for address in addresses} == {403}
    assert SavedView.objects.get() == view


def test_who_sees_pseudonyms_sees_no_view_that_names_somebody(as_mona, project, rita, ann):
    save(as_mona, project, "By ann", "?annotator=ann")
    save(as_mona, project)
    project.hide_names = True
    project.save()
    assert list(shown(as_mona.get(f"/projects/{project.pk}/items/"))) == ["By ann", "Doubtful"]
    as_mona.force_login(rita)
    page = as_mona.get(f"/projects/{project.pk}/items/")
    assert list(shown(page)) == ["Doubtful"] and "By ann" not in markup_of(page)


def test_a_view_still_finds_the_items_of_a_label_that_was_renamed(as_mona, project, ann):
    submit(lease_next(project, ann), "positive")
    save(as_mona, project, query="?label=positive")
    renamed = [replace(row, name="good") if row.name == "positive" else row for row in current_rows(project)]
    replace_labels(project, renamed)
    page = as_mona.get(f"/projects/{project.pk}/items/?label=positive")
    assert (shown(page), len(page.context["page"].items)) == ({"Doubtful": 1}, 1)
