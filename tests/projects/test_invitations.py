"""Invitations: by REST, and joining by their links."""

import threading
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import people
from accounts.models import User
from projects import invitations
from projects.models import Event, Invitation, Membership, Project, Role
from tests.annotate.test_assignments_api import signed_in
from tests.pages import markup_of

NOOR = {"username": "noor", "email": "noor@example.org", "password": "a long phrase here"}


@pytest.fixture
def api(mona) -> APIClient:
    return signed_in(mona)


@pytest.fixture
def link(reviews, mona) -> str:
    """A link for one annotator."""
    return invitations.path(invitations.invite(reviews, mona))


def invite(api, project: Project, **fields) -> dict:
    answer = api.post(f"/api/projects/{project.pk}/invitations/", fields)
    assert answer.status_code == 201, answer.json()
    return answer.json()


def listed(api, project: Project) -> list[dict]:
    return api.get(f"/api/projects/{project.pk}/invitations/").json()["results"]


# By REST


def test_a_manager_invites_and_the_link_is_mailed(api, reviews):
    invitation = invite(api, reviews, email="Noor@Example.org", role="reviewer")
    assert invitation["url"].startswith("http://testserver/join/")
    assert (invitation["email"], invitation["role"], invitation["uses"], invitation["mailed"]) == (
        "noor@example.org",
        "reviewer",
        1,
        True,
    )
    [message] = mail.outbox
    assert message.to == ["noor@example.org"] and invitation["url"] in str(message.body)
    assert message.subject == "mona invites you to label: Reviews"
    assert Event.objects.get(project=reviews).act == "invited"


def test_without_a_mail_server_the_link_is_there_to_copy(api, reviews, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    invitation = invite(api, reviews, email="noor@example.org")
    assert (invitation["mailed"], mail.outbox) == (False, [])
    assert listed(api, reviews)[0]["url"] == invitation["url"]


def test_a_mail_server_that_refuses_takes_no_invitation_away(api, reviews, monkeypatch):
    def refuse(*args: object) -> int:
        raise ConnectionRefusedError

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)
    assert invite(api, reviews, email="noor@example.org")["mailed"] is False


def test_one_person_mails_so_many_invitations_a_day_and_copies_the_others(api, reviews, monkeypatch):
    monkeypatch.setattr("projects.invitations.mailing.MOST_MAILS", 2)
    mailed = [invite(api, reviews, email=f"new-{number}@example.org")["mailed"] for number in range(3)]
    assert mailed == [True, True, False]
    assert len(mail.outbox) == 2


def test_a_link_works_for_a_week_unless_it_is_said_otherwise(api, reviews):
    for days, fields in [(7, {}), (30, {"days": 30})]:
        invite(api, reviews, **fields)
        newest = Invitation.objects.latest("pk")
        assert timedelta(days=days) - timedelta(minutes=1) < newest.expires_at - timezone.now() <= timedelta(days=days)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"email": "noor"}, "email"),
        ({"role": "king"}, "role"),
        ({"uses": 0}, "uses"),
        ({"uses": 10**9}, "uses"),
        ({"days": 91}, "days"),
        ({"email": "noor@example.org", "uses": 2}, "uses"),
    ],
)
def test_a_wrong_invitation_is_refused_by_field(api, reviews, wrong, field):
    answer = api.post(f"/api/projects/{reviews.pk}/invitations/", wrong)
    assert (answer.status_code, list(answer.json())) == (400, [field])
    assert not Invitation.objects.exists()


def test_who_is_a_member_is_not_invited(api, reviews, ann):
    ann.email = "ann@example.org"
    ann.save()
    answer = api.post(f"/api/projects/{reviews.pk}/invitations/", {"email": "ANN@example.org"})
    assert (answer.status_code, "is a member already" in answer.json()["email"][0]) == (400, True)


def test_an_invitation_does_not_tell_whether_the_address_has_an_account(api, reviews, otto):
    otto.email = "otto@example.org"
    otto.save()
    known, unknown = (invite(api, reviews, email=f"{name}@example.org") for name in ("otto", "nobody"))
    varying = {"id", "url", "email", "created_at", "expires_at"}
    assert {k: v for k, v in known.items() if k not in varying} == {
        k: v for k, v in unknown.items() if k not in varying
    }


def test_only_managers_invite_see_and_withdraw(api, reviews, rita, ann, otto):
    invitation = invite(api, reviews)
    for person in (rita, ann, otto):
        person_api = signed_in(person)
        for call, body in [("get", None), ("post", {})]:
            assert getattr(person_api, call)(f"/api/projects/{reviews.pk}/invitations/", body).status_code == 404
        assert person_api.delete(f"/api/projects/{reviews.pk}/invitations/{invitation['id']}/").status_code == 404
    assert Invitation.objects.count() == 1


def test_nobody_withdraws_the_invitation_of_another_project(api, reviews, make_project, mona):
    other = Project.objects.create(name="Other")
    invitation = invitations.invite(other, mona)
    assert api.delete(f"/api/projects/{reviews.pk}/invitations/{invitation.pk}/").status_code == 404


def test_what_is_used_up_is_no_longer_listed(api, reviews, otto):
    invitation = invite(api, reviews)
    Client().post(invitation["url"], NOOR)
    assert listed(api, reviews) == []


# Joining


def test_an_account_and_a_membership_are_made_in_one_step(client, reviews, link):
    page = markup_of(client.get(link))
    assert "Join “Reviews”" in page and "<strong>mona</strong> invites you" in page
    joined = client.post(link, NOOR)
    assert joined.url == f"/projects/{reviews.pk}/label/"
    noor = User.objects.get(username="noor")
    assert (reviews.role_of(noor), noor.email, noor.check_password(NOOR["password"])) == (
        Role.ANNOTATOR,
        "noor@example.org",
        True,
    )
    assert "Welcome to “Reviews”" in markup_of(client.get(f"/projects/{reviews.pk}/"))
    assert "device" in client.cookies


def test_a_signed_in_person_just_joins(client, reviews, link, otto):
    client.force_login(otto)
    assert "Join as otto" in markup_of(client.get(link))
    assert reviews.role_of(otto) is None
    client.post(link)
    assert reviews.role_of(otto) == Role.ANNOTATOR


def test_who_has_an_account_logs_in_and_comes_back_to_the_link(client, link, otto):
    assert f"/accounts/login/?next={link}" in markup_of(client.get(link))
    assert client.post(f"/accounts/login/?next={link}", {"login": "otto", "password": "otto's password"}).url == link


def test_a_member_stays_what_they_are_and_uses_nothing_up(client, reviews, rita, link):
    client.force_login(rita)
    assert client.post(link).url == f"/projects/{reviews.pk}/"
    assert reviews.role_of(rita) == Role.REVIEWER
    assert Invitation.objects.get().used == 0


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({**NOOR, "username": "ANN"}, "Somebody has this name already"),
        ({**NOOR, "username": "a b"}, "Enter a valid username"),
        ({**NOOR, "password": "12345678"}, "This password is too common."),
        ({**NOOR, "password": "noor@example"}, "The password is too similar to the email address."),
        ({**NOOR, "email": "ann@example.org"}, "Somebody else has this address already."),
        ({**NOOR, "email": "noor"}, "Enter a valid email address."),
    ],
)
def test_an_account_is_made_by_the_same_rules_as_everywhere(client, link, ann, form, words):
    ann.email = "ann@example.org"
    ann.save()
    assert words in markup_of(client.post(link, form)).replace("&#x27;", "'")
    assert Invitation.objects.get().used == 0
    assert not User.objects.filter(username="noor").exists()


def test_a_link_for_one_lets_one_in(link, reviews):
    Client().post(link, NOOR)
    late = Client().post(link, {**NOOR, "username": "late", "email": ""})
    assert (late.status_code, "has been used" in markup_of(late)) == (410, True)
    assert not User.objects.filter(username="late").exists()


def test_a_link_for_several_lets_as_many_in_also_at_once(transactional_db, reviews, mona):
    link = invitations.path(invitations.invite(reviews, mona, uses=3))

    def join(number: int) -> None:
        Client().post(link, {**NOOR, "username": f"new-{number}", "email": ""})
        connection.close()

    joining = [threading.Thread(target=join, args=(number,)) for number in range(6)]
    for thread in joining:
        thread.start()
    for thread in joining:
        thread.join(60)
    assert Membership.objects.filter(user__username__startswith="new-").count() == 3
    assert User.objects.filter(username__startswith="new-").count() == 3
    assert Invitation.objects.get().used == 3


def test_an_expired_link_lets_nobody_in(client, reviews, link, otto):
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert "has expired" in markup_of(client.get(link))
    assert client.post(link, NOOR).status_code == 410
    client.force_login(otto)
    assert client.post(link).status_code == 410
    assert not User.objects.filter(username="noor").exists() and reviews.role_of(otto) is None


def test_a_link_that_was_withdrawn_or_replaced_lets_nobody_in(client, api, reviews, mona):
    withdrawn = invite(api, reviews)
    assert api.delete(f"/api/projects/{reviews.pk}/invitations/{withdrawn['id']}/").status_code == 204
    replaced = invitations.invite(reviews, mona)
    old = invitations.path(replaced)
    new = invitations.path(invitations.renew(replaced, mona))
    assert [client.post(url, NOOR).status_code for url in (withdrawn["url"], old)] == [404, 404]
    assert client.post(new, NOOR).status_code == 302


@pytest.mark.parametrize("token", ["1-1", "1-1.forged", "x"])
def test_a_link_cannot_be_made_up(client, link, token):
    assert client.post(f"/join/{token}/", NOOR).status_code == 404


def test_making_accounts_by_a_link_is_limited_when_it_fails(link, ann):
    answers = [Client().post(link, {**NOOR, "username": "ann"}).status_code for _ in range(21)]
    assert answers == 20 * [200] + [429]


# Adding by name


def test_names_cannot_be_tried_out(api, reviews, otto):
    members = f"/api/projects/{reviews.pk}/members/"
    tried = [api.post(members, {"username": f"name-{number}"}) for number in range(people.MOST_NAMES + 1)]
    assert [answer.status_code for answer in tried] == people.MOST_NAMES * [400] + [429]
    assert "invite them" in tried[0].json()["username"][0]
    assert api.post(members, {"username": "otto"}).status_code == 429
    assert reviews.role_of(otto) is None


def test_right_names_and_colleagues_are_not_counted(api, reviews, otto, ann):
    members = f"/api/projects/{reviews.pk}/members/"
    assert api.post(members, {"username": "otto"}).status_code == 201
    for number in range(people.MOST_NAMES):
        api.post(members, {"username": f"name-{number}"})
    other = api.post("/api/projects/", {"name": "Spam", "labels": [{"name": "yes"}, {"name": "no"}]}).json()
    assert api.post(f"/api/projects/{other['id']}/members/", {"username": "ann"}).status_code == 201


def test_an_address_is_no_name_for_strangers(reviews, mona, otto, ann):
    for user in (otto, ann):
        user.email = f"{user.username}@example.org"
        user.save()
    assert people.find("otto@example.org", by=mona) is None
    assert people.find("Ann@example.org", by=mona) == ann
    mona.is_staff = mona.is_superuser = True
    mona.save()
    assert people.find("otto@example.org", by=mona) == otto
