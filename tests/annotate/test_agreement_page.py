"""The page of agreement."""

import pytest

from tests.annotate.test_consensus import fill


def test_it_says_what_alpha_means_and_who_differs_on_what(client, make_project, rita):
    project = fill(make_project(labels=("a", "b", "c"), votes_wanted=5, learning=False), items=80)
    client.force_login(rita)
    page = client.get(f"/projects/{project.pk}/agreement/").content.decode()
    for words in ("People ", "Krippendorff", "disagree on", "Most disputed", "Items in common", 'class="matrix"'):
        assert words in page


def test_without_two_votes_an_item_it_says_what_to_do(client, reviews, mona):
    client.force_login(mona)
    page = client.get(f"/projects/{reviews.pk}/agreement/").content.decode()
    assert "Nothing to compare yet" in page
    assert "Ask for two votes" in page


@pytest.mark.parametrize(("who", "status"), [("ann", 403), ("otto", 404)])
def test_it_is_for_reviewers(client, reviews, request, who, status):
    client.force_login(request.getfixturevalue(who))
    assert client.get(f"/projects/{reviews.pk}/agreement/").status_code == status
