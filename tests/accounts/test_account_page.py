"""My account: who I am, how I label, and the tokens of my programs."""

import re

import pytest
from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import ApiToken


@pytest.fixture
def as_ann(client, ann):
    client.force_login(ann)
    return client


def test_strangers_are_asked_to_log_in(client, db):
    assert client.get("/account/").url == "/accounts/login/?next=/account/"


def test_ann_changes_their_name_and_switches_single_keys_off(as_ann, ann):
    as_ann.post("/account/", {"first_name": "Ann", "last_name": "Otate", "email": "Ann@Example.org"})
    ann.refresh_from_db()
    assert (str(ann), ann.email, ann.single_key_shortcuts) == ("Ann Otate", "ann@example.org", False)
    assert "Ann Otate" in as_ann.get("/").content.decode()


def test_an_address_belongs_to_one_person(as_ann, ann, abe):
    abe.email = "abe@example.org"
    abe.save()
    response = as_ann.post("/account/", {"email": "ABE@example.org"})
    assert "Somebody else has this address" in response.content.decode()
    ann.refresh_from_db()
    assert ann.email == ""


def test_a_secret_is_shown_once_and_signs_in_to_the_rest_api(as_ann, ann, client):
    response = as_ann.post("/account/tokens/", {"name": "notebook", "days": "30"})
    [secret] = re.findall(r'value="([\w-]{43})"', response.content.decode())
    token = ann.api_tokens.get()
    assert token.name == "notebook"
    assert 29 <= (token.expires_at - timezone.now()).days <= 30
    assert "no-store" in response["Cache-Control"]
    assert secret not in as_ann.get("/account/").content.decode()
    as_ann.logout()
    assert client.get("/api/projects/", headers={"Authorization": f"Token {secret}"}).status_code == 200


def test_a_token_shows_when_it_was_last_used_and_until_when_it_works(as_ann, ann, client):
    token, secret = ApiToken.objects.issue(ann, "notebook")
    assert "never" in as_ann.get("/account/").content.decode()
    client.get("/api/projects/", headers={"Authorization": f"Token {secret}"})
    token.refresh_from_db()
    page = as_ann.get("/account/").content.decode()
    assert date_format(token.last_used_on) in page and "never" not in page
    assert date_format(token.expires_at, "j M Y") in page


def test_a_token_needs_to_say_what_it_is_for(as_ann, ann):
    assert "This field is required" in as_ann.post("/account/tokens/", {"days": "30"}).content.decode()
    assert not ann.api_tokens.exists()


def test_a_revoked_token_works_no_more(as_ann, ann, client):
    token, secret = ApiToken.objects.issue(ann, "old")
    as_ann.post(f"/account/tokens/{token.pk}/revoke/")
    as_ann.logout()
    assert client.get("/api/projects/", headers={"Authorization": f"Token {secret}"}).status_code == 401


def test_nobody_revokes_the_token_of_another(as_ann, abe):
    token, _ = ApiToken.objects.issue(abe, "abe's")
    assert as_ann.post(f"/account/tokens/{token.pk}/revoke/").status_code == 404
    assert "abe&#x27;s" not in as_ann.get("/account/").content.decode()
    assert abe.api_tokens.exists()
