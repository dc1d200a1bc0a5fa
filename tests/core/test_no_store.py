"""What nobody may keep a copy of."""

import pytest


@pytest.mark.parametrize(
    "address", ["/api/projects/", "/api/projects/0/", "/api/schema/", "/account/", "/accounts/login/", "/join/no/"]
)
def test_calls_and_pages_of_accounts_are_not_stored(client, mona, address):
    client.force_login(mona)
    assert "no-store" in client.get(address)["Cache-Control"]


def test_a_refused_call_is_not_stored_either(client, db):
    assert client.get("/api/projects/")["Cache-Control"] == "no-store"


def test_other_pages_say_nothing_of_it(client, mona):
    client.force_login(mona)
    assert "Cache-Control" not in client.get("/").headers
