"""What ends when an account is disabled, or gets a new password."""

import pytest
from django.test import Client

from accounts.models import ApiToken, User
from annotate.queue.leasing import lease
from tests.accounts.test_token_api import with_token
from tests.conftest import add_texts


@pytest.fixture
def secret(ann) -> str:
    return ApiToken.objects.issue(ann, "script")[1]


def disable(user: User) -> None:
    user = User.objects.get(pk=user.pk)
    user.is_active = False
    user.save()


def enable(user: User) -> None:
    user = User.objects.get(pk=user.pk)
    user.is_active = True
    user.save()


def test_a_disabled_account_gives_its_leases_back_in_every_project(make_project, ann, abe):
    projects = [make_project(name=name) for name in ("first", "second")]
    for project in projects:
        add_texts(project, ["one", "two", "three"])
        lease(project, ann, 3)
    lease(projects[0], abe, 1)
    disable(ann)
    assert [project.assignments.live().count() for project in projects] == [0, 0]
    assert [len(lease(project, abe, 5)) for project in projects] == [3, 3]


def test_tokens_and_sessions_of_a_disabled_account_do_not_come_back_with_it(client, ann, abe, secret):
    others = ApiToken.objects.issue(abe, "script")[1]
    client.force_login(ann)
    disable(ann)
    enable(ann)
    assert client.get("/").status_code == 302
    assert with_token(secret).get("/api/me/").status_code == 401
    assert with_token(others).get("/api/me/").status_code == 200


def test_a_session_that_begins_after_the_account_is_enabled_again_lasts(client, ann):
    disable(ann)
    enable(ann)
    client.force_login(User.objects.get(pk=ann.pk))
    assert client.get("/").status_code == 200


def test_an_account_is_disabled_by_saving_that_field_alone_too(client, ann, secret):
    client.force_login(ann)
    user = User.objects.get(pk=ann.pk)
    user.is_active = False
    user.save(update_fields=["is_active"])
    enable(ann)
    assert client.get("/").status_code == 302
    assert not ann.api_tokens.exists()


def test_a_new_password_revokes_tokens_and_ends_the_other_sessions(client, ann, secret):
    elsewhere = Client()
    elsewhere.force_login(ann)
    client.post("/accounts/login/", {"login": "ann", "password": "ann's password"})
    new = {"oldpassword": "ann's password", "password1": "a brand new phrase", "password2": "a brand new phrase"}
    page = client.post("/accounts/password/change/", new, follow=True)
    assert "API tokens" in page.content.decode()
    assert with_token(secret).get("/api/me/").status_code == 401
    assert elsewhere.get("/").status_code == 302
    assert client.get("/").status_code == 200


def test_an_account_whose_password_is_taken_away_keeps_no_tokens(ann, secret):
    ann.set_unusable_password()
    ann.save()
    assert not ann.api_tokens.exists()


def test_a_log_in_that_hashes_the_password_anew_keeps_the_tokens(client, ann, secret, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher", *settings.PASSWORD_HASHERS]
    assert client.post("/accounts/login/", {"login": "ann", "password": "ann's password"}).status_code == 302
    assert User.objects.get(pk=ann.pk).password != ann.password
    assert with_token(secret).get("/api/me/").status_code == 200


def test_another_name_or_address_revokes_nothing(client, ann, secret):
    client.force_login(ann)
    client.post("/account/", {"first_name": "Ann", "email": "ann@example.org"})
    assert with_token(secret).get("/api/me/").status_code == 200
    assert client.get("/").status_code == 200
