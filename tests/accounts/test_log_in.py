"""Getting in and out."""

import re

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.management import call_command


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


def test_guessing_is_stopped(client, ann, settings):
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/5m/key"}
    call_command("createcachetable")
    cache.clear()
    for _ in range(5):
        assert "Too many" not in log_in(client, "ann", "guess").content.decode()
    stopped = log_in(client, "ann", "ann's password")
    assert stopped.status_code == 429 or "Too many failed login attempts" in stopped.content.decode()
    assert client.get("/").status_code == 302


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


def test_a_password_is_changed_with_the_old_one(client, ann):
    client.force_login(ann)
    new = {"password1": "a brand new phrase", "password2": "a brand new phrase"}
    client.post("/accounts/password/change/", {"oldpassword": "nonsense", **new})
    client.post("/accounts/password/change/", {"oldpassword": "ann's password", **new})
    client.logout()
    assert log_in(client, "ann", "a brand new phrase").url == "/"


@pytest.mark.parametrize(
    "path", ["login/", "password/reset/", "signup/", "password/change/", "2fa/", "reauthenticate/", "logout/"]
)
def test_every_page_of_accounts_has_our_frame(client, ann, path):
    if path not in ("login/", "password/reset/", "signup/"):
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
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    response = strict.post("/accounts/login/", {"login": "ann"})
    assert response.status_code == 403
    assert "Please send it again" in response.content.decode()
