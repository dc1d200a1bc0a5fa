"""A new site: the first account."""

import io

import pytest
from django.core.management import call_command

from accounts import first_run
from accounts.models import User

FIRST = {"username": "nina", "email": "nina@example.org", "password": "a long phrase here"}


@pytest.fixture
def link(db) -> str:
    """As the server prints it."""
    call_command("setup_link", "http://testserver/", stdout=(printed := io.StringIO()))
    return printed.getvalue().strip().removeprefix("http://testserver")


def test_the_link_of_the_console_makes_the_administrator_and_logs_in(client, link):
    assert "Make the first account" in client.get(link).content.decode()
    assert client.post(link, FIRST).url == "/"
    nina = User.objects.get()
    assert (nina.username, nina.is_staff, nina.is_superuser) == ("nina", True, True)
    assert "You are the administrator" in client.get("/").content.decode()
    assert client.get("/admin/").status_code == 200


@pytest.mark.parametrize("address", ["/setup/", "/setup/?key=", "/setup/?key=guess", "/setup/?key=%C3%A4"])
def test_without_the_key_nobody_makes_it(client, db, address):
    for answer in (client.get(address), client.post(address, FIRST)):
        assert answer.status_code == 403
        assert "python manage.py setup_link" in answer.content.decode()
    assert not User.objects.exists()


def test_the_link_works_once(client, link):
    client.post(link, FIRST)
    client.post("/accounts/logout/")
    assert client.get(link).url == "/"
    assert client.post(link, {**FIRST, "username": "second", "email": ""}).url == "/"
    assert User.objects.count() == 1


def test_who_comes_second_at_the_same_time_makes_none(client, link, monkeypatch):
    client.post(link, FIRST)
    answers = iter([True, False])  # the page still saw no account
    monkeypatch.setattr(first_run, "is_needed", lambda: next(answers))
    client.post("/accounts/logout/")
    assert client.post(link, {**FIRST, "username": "second", "email": ""}).url == "/"
    assert User.objects.count() == 1


def test_a_weak_password_is_refused(client, link):
    assert "too common" in client.post(link, {**FIRST, "password": "password"}).content.decode()
    assert not User.objects.exists()


def test_with_an_account_there_is_no_link(client, ann):
    call_command("setup_link", stdout=(printed := io.StringIO()), stderr=(errors := io.StringIO()))
    assert printed.getvalue() == ""
    assert "There is an account already" in errors.getvalue()
    assert client.get(first_run.path()).url == "/"


def test_the_command_of_django_still_makes_one(client, db, monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "a long phrase here")
    call_command("createsuperuser", "--noinput", username="root", email="root@example.org")
    assert client.post("/accounts/login/", {"login": "root", "password": "a long phrase here"}).url == "/"
    assert not first_run.is_needed()


def test_the_log_in_page_says_what_to_do_while_there_is_no_account(client, db):
    assert "This site has no account yet" in client.get("/accounts/login/").content.decode()
    User.objects.create_user("ann")
    assert "This site has no account yet" not in client.get("/accounts/login/").content.decode()
