"""An address with U+0000."""

import pytest


@pytest.mark.parametrize(
    "address",
    [
        "/?next=%00",
        "/projects/1%00/",
        "/accounts/login/?next=a%00b",
        "/admin/login/?q=%00",
        "/static/%00.css",
        "/healthz?%00",
    ],
)
def test_a_page_with_a_null_character_in_its_address_is_a_bad_request(client, db, address):
    assert client.get(address).status_code == 400


@pytest.mark.parametrize("address", ["/api/projects/?cursor=%00", "/api/projects/1/items/?search=a%00b", "/api/%00/"])
def test_a_call_with_a_null_character_in_its_address_is_told_so(client, mona, address):
    client.force_login(mona)
    answer = client.get(address)
    assert answer.status_code == 400
    assert "U+0000" in answer.json()["detail"]


def test_a_percent_sign_before_two_noughts_is_no_null_character(client, mona):
    client.force_login(mona)
    assert client.get("/?search=%2500").status_code == 200
