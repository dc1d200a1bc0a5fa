"""A code from the phone beside the password."""

import re
import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache

from tests.pages import markup_of

PERIOD = 30


class Phone:
    """An authenticator app, and the clock by which it and the server go."""

    def __init__(self, monkeypatch) -> None:
        self.secret = ""
        self.now = time.time()
        monkeypatch.setattr(time, "time", lambda: self.now)

    @property
    def code(self) -> str:
        return format_hotp_value(hotp_value(self.secret, int(self.now) // PERIOD))


@pytest.fixture
def phone(client, ann, monkeypatch) -> Phone:
    """ann's, just set up; they are logged out again."""
    phone = Phone(monkeypatch)
    client.post("/accounts/login/", {"login": "ann", "password": "ann's password"})
    client.post("/accounts/reauthenticate/", {"password": "ann's password"})
    page = markup_of(client.get("/accounts/2fa/totp/activate/"))
    [phone.secret] = re.findall(r'value="([A-Z2-7]{32})"', page)
    client.post("/accounts/2fa/totp/activate/", {"code": phone.code})
    client.post("/accounts/logout/")
    return phone


def log_in(client, code: str):
    client.post("/accounts/login/", {"login": "ann", "password": "ann's password"})
    return client.post("/accounts/2fa/authenticate/", {"code": code})


def test_the_password_alone_does_not_let_in(client, phone):
    client.post("/accounts/login/", {"login": "ann", "password": "ann's password"})
    assert client.get("/").status_code == 302


def test_the_next_code_lets_in(client, phone):
    phone.now += PERIOD
    assert log_in(client, phone.code).status_code == 302
    assert client.get("/").status_code == 200


def test_the_code_that_set_the_phone_up_does_not_let_in(client, phone):
    assert "This code was used already" in markup_of(log_in(client, phone.code))
    assert client.get("/").status_code == 302


def test_a_code_lets_in_once(client, phone):
    phone.now += PERIOD
    log_in(client, phone.code)
    client.post("/accounts/logout/")
    cache.clear()  # it forgets, the account does not
    assert log_in(client, phone.code).status_code == 200
    assert client.get("/").status_code == 302
    phone.now += PERIOD
    log_in(client, phone.code)
    assert client.get("/").status_code == 200


def test_an_account_with_a_second_factor_gets_no_token_by_its_password_alone(client, phone):
    answer = client.post("/api/token/", {"username": "ann", "password": "ann's password"}, "application/json")
    assert (answer.status_code, "second factor" in answer.json()["detail"]) == (400, True)


def test_the_pages_of_the_second_factor_say_what_is_on_and_what_is_left(client, phone):
    phone.now += PERIOD
    log_in(client, phone.code)
    page = markup_of(client.get("/accounts/2fa/"))
    assert "On. Each log-in asks for a code." in page and "10 of 10 are left" in page
    codes = markup_of(client.get("/accounts/2fa/recovery-codes/", follow=True))
    assert "Is it still you?" in codes
    phone.now += PERIOD
    client.post("/accounts/2fa/reauthenticate/", {"code": phone.code})
    codes = markup_of(client.get("/accounts/2fa/recovery-codes/"))
    assert len(re.findall(r"\b\d{8}\b", codes)) == 10
