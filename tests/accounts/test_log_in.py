"""Getting in and out."""

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.login import adapter
from accounts.models import Attempt
from config.env import ROOT


def log_in(client, name: str, password: str):
    return client.post("/accounts/login/", {"login": name, "password": password})


@pytest.mark.parametrize("name", ["ann", "ann@example.org"])
def test_people_log_in_by_name_or_address(client, ann, name):
    ann.email = "ann@example.org"
    ann.save()
    assert log_in(client, name, "ann's password").url == "/"
    assert client.get("/").status_code == 200


def test_a_wrong_password_is_told_without_telling_which_accounts_exist(client, ann):
    wrong = log_in(client, "ann", "nonsense").content.decode()
    unknown = log_in(client, "nobody", "nonsense").content.decode()
    errors = re.compile(r'<ul class="errorlist nonfield".*?</ul>', re.S)
    assert errors.findall(wrong) == errors.findall(unknown) != []


def test_who_left_cannot_log_in(client, ann):
    ann.is_active = False
    ann.save()
    log_in(client, "ann", "ann's password")
    assert client.get("/").status_code == 302


def test_guessing_is_stopped(client, ann):
    for _ in range(5):
        assert "Too many" not in log_in(client, "ann", "guess").content.decode()
    assert "Too many wrong passwords from here" in log_in(client, "ann", "ann's password").content.decode()
    assert client.get("/").status_code == 302


def test_neither_the_other_name_of_an_account_nor_capitals_give_more_guesses(client, ann):
    ann.email = "ann@example.org"
    ann.save()
    for name in ["ann", "ANN", "ann@example.org", "Ann@Example.org", " ann "]:
        log_in(client, name, "guess")
    assert "Too many" in log_in(client, "ann", "guess").content.decode()


def test_a_second_address_of_an_account_gives_no_more_guesses(client, ann):
    EmailAddress.objects.create(user=ann, email="a.second@example.org")
    for name in ["ann", "ann", "ann", "a.second@example.org", "a.second@example.org"]:
        log_in(client, name, "guess")
    assert "Too many" in log_in(client, "ann", "guess").content.decode()


def test_guessing_is_allowed_again_after_five_minutes(client, ann):
    for _ in range(6):
        log_in(client, "ann", "guess")
    Attempt.objects.update(at=timezone.now() - timedelta(minutes=6))
    assert log_in(client, "ann", "ann's password").url == "/"


def test_what_no_limit_counts_any_more_is_deleted(client, ann):
    log_in(client, "ann", "guess")
    Attempt.objects.update(at=timezone.now() - timedelta(hours=25))
    log_in(client, "ann", "ann's password")
    assert not Attempt.objects.exists()


def test_wrong_passwords_for_one_account_do_not_shut_out_the_others_at_the_address(client, ann, abe):
    for _ in range(10):
        log_in(client, "ann", "guess")
        log_in(client, "nobody", "guess")
    assert log_in(client, "abe", "abe's password").url == "/"


def test_nobody_is_locked_out_by_guesses_from_elsewhere(client, ann):
    for _ in range(10):
        client.post("/accounts/login/", {"login": "ann", "password": "guess"}, REMOTE_ADDR="203.0.113.9")
    assert log_in(client, "ann", "ann's password").url == "/"


def test_who_logged_in_on_a_device_before_is_not_shut_out_by_a_neighbour(client, ann, monkeypatch):
    monkeypatch.setattr(adapter, "MOST_PER_ADDRESS", 8)
    log_in(client, "ann", "ann's password")
    client.post("/accounts/logout/")
    for number in range(12):
        log_in(Client(), "ann" if number % 2 else f"name-{number}", "guess")
    assert "Too many" in log_in(Client(), "ann", "ann's password").content.decode()
    assert log_in(client, "ann", "ann's password").url == "/"


def test_a_known_device_may_not_guess_for_ever_either(client, ann):
    log_in(client, "ann", "ann's password")
    client.post("/accounts/logout/")
    for _ in range(10):
        assert "Too many" not in log_in(client, "ann", "guess").content.decode()
    assert "Too many" in log_in(client, "ann", "ann's password").content.decode()


def test_a_device_is_known_for_those_who_logged_in_on_it_only(client, ann, abe):
    log_in(client, "ann", "ann's password")
    client.post("/accounts/logout/")
    for _ in range(5):
        log_in(client, "abe", "guess")
    assert "Too many" in log_in(client, "abe", "abe's password").content.decode()


def test_the_cookie_of_a_device_is_signed_and_out_of_reach_of_scripts(client, ann):
    log_in(client, "ann", "ann's password")
    cookie = client.cookies["device"]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 365 * 86400)
    client.post("/accounts/logout/")
    client.cookies["device"] = cookie.value[:-1] + ("A" if cookie.value[-1] != "A" else "B")
    for _ in range(6):
        refused = log_in(client, "ann", "guess")
    assert "Too many" in refused.content.decode()


def test_one_address_tries_a_hundred_accounts_at_most(client, ann, monkeypatch):
    assert adapter.MOST_PER_ADDRESS == 100
    monkeypatch.setattr(adapter, "MOST_PER_ADDRESS", 12)
    for number in range(12):
        log_in(client, f"name-{number}", "guess")
    assert "Too many" in log_in(client, "ann", "ann's password").content.decode()


def test_behind_proxies_the_address_that_they_report_counts_and_no_invented_one(client, ann, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for number in range(6):
        reported = {"X-Forwarded-For": f"198.51.100.{number}, 203.0.113.9"}
        client.post("/accounts/login/", {"login": "ann", "password": "guess"}, headers=reported)
    right = {"login": "ann", "password": "ann's password"}
    refused = client.post("/accounts/login/", right, headers={"X-Forwarded-For": "203.0.113.9"})
    assert "Too many" in refused.content.decode()
    assert client.post("/accounts/login/", right, headers={"X-Forwarded-For": "203.0.113.10"}).url == "/"


def test_a_header_of_fewer_proxies_than_are_set_up_is_no_error(client, ann, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2
    right = {"login": "ann", "password": "ann's password"}
    assert client.post("/accounts/login/", right, headers={"X-Forwarded-For": "203.0.113.9"}).url == "/"


def test_who_has_no_address_logs_in_all_the_same(client, ann):
    right = {"login": "ann", "password": "ann's password"}
    assert client.post("/accounts/login/", right, REMOTE_ADDR="").url == "/"


def test_the_shipped_containers_count_their_proxy():
    compose = (ROOT / "docker-compose.yml").read_text()
    assert 'PROXIES: "1"' in compose
    assert "reverse_proxy" in (ROOT / "deploy/Caddyfile").read_text()


def test_many_right_passwords_from_one_address_are_fine(ann):
    assert all(log_in(Client(), "ann", "ann's password").status_code == 302 for _ in range(35))


def test_nobody_signs_up(client, db, django_user_model):
    assert "Nobody signs up here" in client.get("/accounts/signup/").content.decode()
    client.post("/accounts/signup/", {"username": "eve", "password1": "a long phrase", "password2": "a long phrase"})
    assert not django_user_model.objects.exists()


def test_log_out_is_a_post(client, ann):
    client.force_login(ann)
    client.get("/accounts/logout/")
    assert client.get("/").status_code == 200
    client.post("/accounts/logout/")
    assert client.get("/").status_code == 302


def test_a_forgotten_password_is_reset_by_mail(client, ann):
    ann.email = "ann@example.org"
    ann.save()
    client.post("/accounts/password/reset/", {"email": "ann@example.org"})
    [link] = re.findall(r"http://testserver(/accounts/password/reset/key/\S+)", str(mail.outbox[0].body))
    form = client.get(link, follow=True)
    address = form.redirect_chain[-1][0] if form.redirect_chain else link
    client.post(address, {"password1": "a brand new phrase", "password2": "a brand new phrase"})
    assert log_in(client, "ann", "a brand new phrase").url == "/"


def test_a_reset_for_an_unknown_address_looks_the_same_and_its_mail_says_so(client, ann):
    ann.email = "ann@example.org"
    ann.save()
    pages = [
        client.post("/accounts/password/reset/", {"email": email}, follow=True).content.decode()
        for email in ("ann@example.org", "nobody@example.org")
    ]
    assert pages[0].split("<main")[1] == pages[1].split("<main")[1]
    assert mail.outbox[1].subject == "No account at Annotate has this address"
    assert "sign up" not in str(mail.outbox[1].body)


def test_nothing_is_said_to_be_sent_where_no_mail_is(client, ann, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    ann.email = "ann@example.org"
    ann.save()
    for page in (
        client.get("/accounts/password/reset/"),
        client.post("/accounts/password/reset/", {"email": "ann@example.org"}),
        client.get("/accounts/password/reset/done/"),
    ):
        assert "This site sends no mail. Ask the manager of your project" in page.content.decode()
        assert "on its way" not in page.content.decode()
    assert mail.outbox == []


def test_a_password_is_changed_with_the_old_one(client, ann):
    client.force_login(ann)
    new = {"password1": "a brand new phrase", "password2": "a brand new phrase"}
    client.post("/accounts/password/change/", {"oldpassword": "nonsense", **new})
    client.post("/accounts/password/change/", {"oldpassword": "ann's password", **new})
    client.logout()
    assert log_in(client, "ann", "a brand new phrase").url == "/"


@pytest.mark.parametrize(
    "path",
    ["login/", "password/reset/", "signup/", "inactive/", "password/change/", "2fa/", "reauthenticate/", "logout/"],
)
def test_every_page_of_accounts_has_our_frame(client, ann, path):
    if path not in ("login/", "password/reset/", "signup/", "inactive/"):
        log_in(client, "ann", "ann's password")
    text = client.get(f"/accounts/{path}").content.decode()
    assert "site/components.css" in text and 'class="page entrance"' in text
    assert "style=" not in text


def test_a_page_that_is_not_there_says_so(client, ann):
    client.force_login(ann)
    response = client.get("/projects/999/settings/")
    assert response.status_code == 404
    assert "There is nothing here" in response.content.decode()


def test_a_stale_form_is_told_in_our_words(ann):
    strict = Client(enforce_csrf_checks=True)
    response = strict.post("/accounts/login/", {"login": "ann"})
    assert response.status_code == 403
    assert "Please send it again" in response.content.decode()
