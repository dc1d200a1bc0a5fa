"""Guidelines: written in the wizard, their versions compared, and people told when they changed."""

import pytest

from projects import guidelines, setup
from projects.models import GuidelinesVersion, Project
from tests.projects.test_wizard_page import NEW, labels, people, start

BEFORE, AFTER = "Be fair.\n\nIrony is negative.", "Be fair.\n\nIrony is positive.\nSarcasm too."


@pytest.fixture
def written(reviews, mona) -> Project:
    """Ten texts with guidelines, which every member has seen."""
    setup.change(reviews, mona, {"guidelines": BEFORE})
    for membership in reviews.memberships.all():
        guidelines.mark_read(reviews, membership.user)
    return reviews


def label_page(client, person, project) -> str:
    client.force_login(person)
    return client.get(f"/projects/{project.pk}/label/").content.decode()


def test_each_change_is_a_version_of_its_own(written, mona):
    setup.change(written, mona, {"guidelines": AFTER})
    setup.change(written, mona, {"votes_wanted": 2})
    rows = GuidelinesVersion.objects.values_list("number", "text", "by__username")
    assert list(rows) == [(2, AFTER, "mona"), (1, BEFORE, "mona")]


def test_annotators_are_told_once_when_they_changed(client, written, mona, ann):
    assert "The guidelines changed" not in label_page(client, ann, written)
    setup.change(written, mona, {"guidelines": AFTER})
    assert "The guidelines changed" in label_page(client, ann, written)
    client.post(f"/projects/{written.pk}/label/", {"act": "read_guidelines"})
    assert "The guidelines changed" not in label_page(client, ann, written)


def test_who_comes_for_the_first_time_is_told_nothing(client, reviews, mona, ann):
    setup.change(reviews, mona, {"guidelines": BEFORE})
    assert "The guidelines changed" not in label_page(client, ann, reviews)
    setup.change(reviews, mona, {"guidelines": AFTER})
    assert "The guidelines changed" in label_page(client, ann, reviews)


def test_to_read_what_is_new_is_to_be_told(client, written, mona, ann):
    setup.change(written, mona, {"guidelines": AFTER})
    client.force_login(ann)
    page = client.get(f"/projects/{written.pk}/guidelines/").content.decode()
    assert "<del>Irony is negative.</del><ins>Irony is positive.</ins><ins>Sarcasm too.</ins>" in page
    assert "The guidelines changed" not in label_page(client, ann, written)


def test_any_two_versions_can_be_compared(client, written, mona):
    for text in (AFTER, "Be kind."):
        setup.change(written, mona, {"guidelines": text})
    client.force_login(mona)
    address = f"/projects/{written.pk}/guidelines/"
    page = client.get(f"{address}?version=3&before=1").content.decode()
    assert "What changed since version 1" in page
    assert "<del>Irony is negative.</del>" in page
    assert "Irony is negative" in client.get(f"{address}?version=1").content.decode()
    assert client.get(f"{address}?version=9").status_code == 404


def test_the_wizard_takes_guidelines(client, mona):
    client.force_login(mona)
    start(client)
    client.post(f"{NEW}data/")
    client.post(f"{NEW}labels/", labels("good", "bad") | {"guidelines": "Good is good."})
    assert "Good is good." in client.get(f"{NEW}labels/").content.decode()
    client.post(f"{NEW}people/", people())
    project = Project.objects.get()
    assert (project.guidelines, project.guidelines_versions.get().number) == ("Good is good.", 1)


def test_the_wizard_begins_with_a_chapter_for_each_label(client, mona):
    client.force_login(mona)
    start(client)
    client.post(f"{NEW}data/")
    form = labels("good", "bad") | {"labels-0-description": "It praises.", "act": "outline"}
    page = client.post(f"{NEW}labels/", form).content.decode()
    assert "## good\nIt praises.\n\n&gt; Example: …" in page
    assert "## bad\nChoose it when …" in page
    typed = client.post(f"{NEW}labels/", form | {"guidelines": "Mine."}).content.decode()
    assert "Mine." in typed
    assert "## good" not in typed


def test_scripts_in_a_version_do_not_run(client, written, mona):
    setup.change(written, mona, {"guidelines": "<script>alert(1)</script>\n\nfair"})
    client.force_login(mona)
    page = client.get(f"/projects/{written.pk}/guidelines/").content.decode()
    assert "<script>alert" not in page
