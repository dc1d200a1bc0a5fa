"""The people of a project: their work for reviewers, their part for managers."""

import re

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import User
from annotate import consensus
from annotate.queue.leasing import lease_next
from annotate.queue.submitting import submit
from projects import invitations
from projects.models import Event, Invitation, Membership, Project, Role
from tests import lasting
from tests.annotate.test_consensus import fill
from tests.pages import markup_of

pytestmark = pytest.mark.django_db
mona, rita, ann, abe, make_project = lasting.CAST


def invitation(people: str, **changes: str) -> dict[str, str]:
    """The form of the sheet, filled in."""
    return {"act": "invite", "people": people, "role": "annotator", "lifetime": "7", **changes}


@pytest.fixture(scope="module")
def sixty_texts(make_project) -> Project:
    project = fill(make_project(labels=("a", "b", "c"), votes_wanted=5, learning=False), items=60)
    consensus.fresh(project)
    return project


@pytest.fixture
def crowd(sixty_texts) -> Project:
    """The project, read for this test."""
    return Project.objects.get(pk=sixty_texts.pk)


def test_a_reviewer_sees_everybodys_work_and_changes_nothing(client, crowd, rita, otto):
    client.force_login(rita)
    page = markup_of(client.get(f"/projects/{crowd.pk}/people/"))
    assert "good-0" in page
    assert "nearly regardless of the item" in page
    assert "Invite people" not in page
    assert client.post(f"/projects/{crowd.pk}/people/", invitation("otto")).status_code == 403
    assert not Membership.objects.filter(user=otto).exists()


def test_a_manager_adds_changes_and_removes(client, crowd, mona, otto):
    client.force_login(mona)
    address = f"/projects/{crowd.pk}/people/"
    client.post(address, invitation("otto", role="reviewer"))
    assert Membership.objects.get(user=otto).role == Role.REVIEWER
    client.post(address, {"act": "role", "username": "otto", "role": "annotator"})
    assert Membership.objects.get(user=otto).role == Role.ANNOTATOR
    client.post(address, {"act": "remove", "username": "otto"})
    assert not Membership.objects.filter(user=otto).exists()


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"act": "invite", "people": "ann", "role": "reviewer", "lifetime": "7"}, "ann: a member already."),
        ({"act": "invite", "people": "jo@example", "role": "annotator", "lifetime": "7"}, "is not a complete address"),
        ({"act": "invite", "people": "two words!", "role": "annotator", "lifetime": "7"}, "neither an address nor a"),
        (
            {"act": "invite", "people": "otto", "role": "king", "lifetime": "7"},
            "king is not one of the available choices",
        ),
        ({"act": "share", "uses": "0", "role": "annotator", "lifetime": "7"}, "greater than or equal to 1"),
        ({"act": "withdraw", "invitation": "999"}, "used or withdrawn meanwhile"),
        ({"act": "role", "username": "ann", "role": "king"}, "There is no such role"),
        ({"act": "role", "username": "mona", "role": "annotator"}, "is the only manager"),
        ({"act": "remove", "username": "mona"}, "is the only manager"),
        ({"act": "remove", "username": "otto"}, "takes no part in the project any more"),
        ({"act": "dance"}, "There is no such act"),
    ],
)
def test_what_cannot_be_done_is_said(client, crowd, mona, otto, form, words):
    client.force_login(mona)
    page = markup_of(client.post(f"/projects/{crowd.pk}/people/", form, follow=True))
    assert words in page
    assert Membership.objects.get(project=crowd, user=mona).role == Role.MANAGER


def test_each_person_has_a_page_with_a_confusion_matrix(client, crowd, rita):
    client.force_login(rita)
    page = markup_of(client.get(f"/projects/{crowd.pk}/people/guess/"))
    assert 'class="matrix"' in page
    assert "What is taken for what" in page
    assert "Lately not as agreed" in page


def test_who_left_is_still_shown_with_what_they_did(client, reviews, mona, ann):
    submit(lease_next(reviews, ann), "positive")
    client.force_login(mona)
    client.post(f"/projects/{reviews.pk}/people/", {"act": "remove", "username": "ann"})
    assert "left" in markup_of(client.get(f"/projects/{reviews.pk}/people/"))
    assert "Takes no part any more" in markup_of(client.get(f"/projects/{reviews.pk}/people/ann/"))


def test_a_member_without_answers_has_a_page_that_says_so(client, reviews, rita):
    client.force_login(rita)
    assert "No answers yet" in markup_of(client.get(f"/projects/{reviews.pk}/people/abe/"))


def test_strangers_have_no_page(client, reviews, rita, otto):
    client.force_login(rita)
    assert client.get(f"/projects/{reviews.pk}/people/otto/").status_code == 404
    assert client.get(f"/projects/{reviews.pk}/people/nobody/").status_code == 404


def test_annotators_and_outsiders_see_nobodys_work(client, reviews, ann, otto):
    for person, status in ((ann, 403), (otto, 404)):
        client.force_login(person)
        assert client.get(f"/projects/{reviews.pk}/people/").status_code == status
        assert client.get(f"/projects/{reviews.pk}/people/ann/").status_code == status


# Inviting


@pytest.fixture
def as_mona(client, mona):
    client.force_login(mona)
    return client


def people_page(project) -> str:
    return f"/projects/{project.pk}/people/"


def test_those_with_an_account_take_part_at_once_and_the_others_get_a_link(as_mona, reviews, otto):
    text = "otto, Noor Haddad <Noor@example.org>\nnewcomer"
    page = markup_of(as_mona.post(people_page(reviews), invitation(text, role="reviewer"), follow=True))
    assert reviews.role_of(otto) == Role.REVIEWER
    assert "otto takes part now." in page and "1 invitation was mailed." in page and "1 link to copy below" in page
    assert [row.addressee for row in reviews.invitations.order_by("pk")] == ["noor@example.org", "newcomer"]
    links = re.findall(r'value="(http://testserver/join/[^"]+)"', page)
    assert len(links) == 2
    assert links[1] in mail.outbox[0].body
    history = markup_of(as_mona.get(f"/projects/{reviews.pk}/settings/"))
    assert "Invited" in history and "noor@example.org" in history


def test_a_wrong_address_keeps_what_was_typed_and_invites_nobody(as_mona, reviews):
    page = markup_of(as_mona.post(people_page(reviews), invitation("sam@example.org, jo@example")))
    assert "“jo@example” is not a complete address." in page
    assert "sam@example.org, jo@example</textarea>" in page
    assert not Invitation.objects.exists()


def test_a_newer_invitation_of_the_same_person_takes_the_place_of_the_former(as_mona, reviews):
    as_mona.post(people_page(reviews), invitation("noor@example.org"))
    as_mona.post(people_page(reviews), invitation("noor@example.org", role="manager"))
    assert Invitation.objects.get().role == "manager"


def test_one_link_for_many_shows_how_many_have_joined(as_mona, reviews):
    as_mona.post(people_page(reviews), {"act": "share", "uses": "30", "role": "annotator", "lifetime": "30"})
    link = invitations.path(Invitation.objects.get())
    Client().post(link, {"username": "noor", "password": "a long phrase here"})
    page = markup_of(as_mona.get(people_page(reviews)))
    assert "Anybody with the link" in page and "1 of 30 have joined" in page and link in page


def test_an_expired_invitation_gets_a_new_link(as_mona, reviews, mona):
    invitation = invitations.invite(reviews, mona, addressee="newcomer")
    Invitation.objects.update(expires_at=timezone.now())
    page = markup_of(as_mona.get(people_page(reviews)))
    assert "expired" in page and "/join/" not in page
    page = markup_of(as_mona.post(people_page(reviews), {"act": "renew", "invitation": invitation.pk}, follow=True))
    assert "There is a new link" in page and invitations.path(Invitation.objects.get()) in page


def test_an_invitation_is_withdrawn_by_a_click(as_mona, reviews, mona):
    invitation = invitations.invite(reviews, mona, addressee="noor@example.org")
    page = markup_of(as_mona.post(people_page(reviews), {"act": "withdraw", "invitation": invitation.pk}, follow=True))
    assert "The invitation is withdrawn" in page and "noor@example.org" not in page


def test_nobody_but_a_manager_sees_the_links(client, reviews, rita, mona):
    invitations.invite(reviews, mona, addressee="noor@example.org")
    client.force_login(rita)
    page = markup_of(client.get(f"{people_page(reviews)}?invite"))
    assert "/join/" not in page and "Invite" not in page


def test_names_that_were_tried_too_often_are_invited_whether_they_exist_or_not(as_mona, reviews, otto):
    as_mona.post(people_page(reviews), invitation(" ".join(f"name-{number}" for number in range(10))))
    as_mona.post(people_page(reviews), invitation("otto name-10"))
    assert reviews.role_of(otto) is None
    assert {"otto", "name-10"} <= set(reviews.invitations.values_list("addressee", flat=True))


# Accounts in the care of a manager


def test_a_manager_gives_a_member_a_link_for_a_new_password(as_mona, reviews, ann):
    shown = as_mona.post(people_page(reviews), {"act": "reset", "username": "ann"})
    assert "no-store" in shown["Cache-Control"]
    [link] = re.findall(r'value="http://testserver(/accounts/password/reset/key/[^"]+)"', markup_of(shown))
    browser = Client()
    address = browser.get(link, follow=True).redirect_chain[-1][0]
    browser.post(address, {"password1": "a brand new phrase", "password2": "a brand new phrase"})
    assert browser.post("/accounts/login/", {"login": "ann", "password": "a brand new phrase"}).status_code == 302
    assert "/accounts/password/reset/key/" not in markup_of(as_mona.get(people_page(reviews)))
    assert Event.objects.get(act="new password offered").data == {"username": "ann"}


def is_active(person: User) -> bool:
    return User.objects.get(pk=person.pk).is_active


def test_a_manager_disables_a_member_and_enables_them_again(as_mona, reviews, ann):
    lease_next(reviews, ann)
    page = markup_of(as_mona.post(people_page(reviews), {"act": "disable", "username": "ann"}, follow=True))
    assert not is_active(ann) and not reviews.assignments.live().exists()
    assert "what they had leased is open again" in page and "disabled</span>" in page
    as_mona.post(people_page(reviews), {"act": "enable", "username": "ann"})
    assert is_active(ann)


def test_an_account_that_takes_part_elsewhere_too_is_out_of_a_managers_care(as_mona, reviews, ann, mona):
    elsewhere = Project.objects.create(name="Elsewhere")
    Membership.objects.create(project=elsewhere, user=ann, role=Role.ANNOTATOR)
    for action in ("disable", "reset"):
        refused = as_mona.post(people_page(reviews), {"act": action, "username": "ann"})
        assert (refused.status_code, "ask an administrator" in markup_of(refused)) == (403, True)
    Membership.objects.create(project=elsewhere, user=mona, role=Role.MANAGER)
    as_mona.post(people_page(reviews), {"act": "disable", "username": "ann"})
    assert not is_active(ann)


@pytest.mark.parametrize("rights", [{"is_staff": True}, {"is_superuser": True}])
def test_staff_are_in_no_managers_care_and_nobody_is_in_their_own(as_mona, reviews, ann, rights):
    User.objects.filter(pk=ann.pk).update(**rights)
    for username in ("ann", "mona"):
        assert as_mona.post(people_page(reviews), {"act": "disable", "username": username}).status_code == 403
    assert is_active(ann)


def test_a_reviewer_manages_no_account(client, reviews, rita, ann):
    client.force_login(rita)
    assert client.post(people_page(reviews), {"act": "reset", "username": "ann"}).status_code == 403
