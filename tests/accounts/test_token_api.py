"""Tokens for programs."""

from datetime import datetime

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import ApiToken


def ask(username: str, password: str):
    return APIClient().post("/api/token/", {"username": username, "password": password})


def test_a_password_gives_a_token_that_lets_in_for_a_year(ann):
    answer = ask("ann", "ann's password")
    assert answer.status_code == 200
    assert (datetime.fromisoformat(answer.json()["expires_at"]) - timezone.now()).days == 364
    me = with_token(answer.json()["token"]).get("/api/me/")
    assert me.json() == {"id": ann.pk, "username": "ann", "name": "", "email": ""}


def test_only_the_digest_of_a_token_is_kept(ann):
    secret = ask("ann", "ann's password").json()["token"]
    assert secret not in str(list(ApiToken.objects.values()))


@pytest.mark.parametrize(("username", "password"), [("ann", "wrong"), ("nobody", "ann's password"), ("ann", " ")])
def test_what_does_not_fit_gives_none(ann, username, password):
    answer = ask(username, password)
    assert (answer.status_code, list(answer.json())) == (400, ["detail"])
    assert not ApiToken.objects.exists()


def test_a_closed_account_gets_no_token(ann):
    ann.is_active = False
    ann.save()
    assert ask("ann", "ann's password").status_code == 400


def test_guessing_is_slowed_down(ann):
    assert [ask("ann", "wrong").status_code for _ in range(6)] == 5 * [400] + [429]
    refused = ask("ann", "ann's password")
    assert (refused.status_code, refused["Retry-After"]) == (429, "300")


def test_guesses_for_one_account_refuse_no_other_at_the_address(ann, abe):
    for _ in range(20):
        ask("abe", "wrong")
    assert [ask("ann", "ann's password").status_code for _ in range(30)] == 30 * [200]


def test_a_revoked_token_lets_nobody_in(ann):
    client = with_token(ask("ann", "ann's password").json()["token"])
    assert client.delete("/api/token/").status_code == 204
    assert client.get("/api/me/").status_code == 401


def test_a_token_works_for_a_year_unless_it_is_said_otherwise(ann):
    assert (ApiToken.objects.issue(ann)[0].expires_at - timezone.now()).days == 364
    assert ApiToken.objects.issue(ann, lifetime=None)[0].expires_at is None


def test_a_session_has_no_token_to_revoke(ann):
    client = APIClient()
    client.force_login(ann)
    assert client.delete("/api/token/").status_code == 400


@pytest.mark.parametrize("header", ["Token wrong", "Token ", "Token", "Basic YTpi", "token \xff", "Token a b"])
def test_a_wrong_token_is_401(db, header):
    answer = APIClient(HTTP_AUTHORIZATION=header).get("/api/me/")
    assert (answer.status_code, list(answer.json())) == (401, ["detail"])


def test_an_old_token_does_not_stand_in_the_way_of_a_log_in(ann):
    client = APIClient(HTTP_AUTHORIZATION="Token expired")
    answer = client.post("/api/token/", {"username": "ann", "password": "ann's password"})
    assert answer.status_code == 200


def with_token(secret: str) -> APIClient:
    return APIClient(HTTP_AUTHORIZATION=f"Token {secret}")
