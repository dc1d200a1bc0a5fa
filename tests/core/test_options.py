"""OPTIONS: what an address is for."""

import pytest


@pytest.mark.parametrize("name", ["", "items/", "priorities/", "members/", "assignments/"])
def test_options_tell_what_an_address_reads_and_writes(client, reviews, mona, name):
    client.force_login(mona)
    answer = client.options(f"/api/projects/{reviews.pk}/{name}")
    assert answer.status_code == 200
    assert answer.json()["renders"] == ["application/json"]


def test_a_stranger_is_told_to_log_in(client, reviews):
    assert client.options(f"/api/projects/{reviews.pk}/items/").status_code == 401
