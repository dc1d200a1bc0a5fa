"""A project may hide from its reviewers who answered. They see pseudonyms; managers see the names."""

import pytest

from accounts.models import User
from annotate import consensus, pseudonyms
from annotate.models import Annotation, Flag, Item
from annotate.queue.leasing import lease_next
from annotate.queue.submitting import submit
from projects.models import Project
from tests import lasting
from tests.conftest import add_texts

pytestmark = pytest.mark.django_db
mona, rita, ann, abe, make_project = lasting.CAST


@pytest.fixture(scope="module")
def hidden(make_project, ann, abe, rita, mona) -> Project:
    """Thirty texts that abeline and annegret label differently, and about one of which annegret speaks."""
    project = make_project(votes_wanted=2, hide_names=True)
    for person, name in ((ann, "annegret"), (abe, "abeline")):
        person.username = name
        person.save()
    add_texts(project, [f"text {number}" for number in range(30)])
    for person, value in ((ann, "positive"), (abe, "negative")):
        while lease := lease_next(project, person):
            submit(lease, value)
    first = Item.objects.order_by("pk")[0]
    first.comments.create(author=ann, text="is this irony?")
    Flag.objects.create(item=first, raised_by=abe)
    consensus.fresh(project)
    add_texts(project, ["one more"])
    lease_next(project, ann)
    return project


def body(client, person, address: str) -> str:
    client.force_login(person)
    page = client.get(address, follow=True)
    assert page.status_code == 200, address
    return b"".join(page).decode() if page.streaming else page.content.decode()


PAGES = [
    "/projects/{project}/review/",
    "/projects/{project}/review/?item={item}",
    "/items/{item}/",
    "/projects/{project}/items/",
    "/projects/{project}/items/?columns=assigned",
    "/projects/{project}/agreement/",
    "/projects/{project}/people/",
    "/projects/{project}/",
    "/inbox/",
    "/api/projects/{project}/annotations/",
    "/api/projects/{project}/annotators/",
    "/api/items/{item}/",
    "/api/items/{item}/comments/",
    "/api/inbox/",
]


@pytest.mark.parametrize("page", PAGES)
def test_a_reviewer_sees_pseudonyms_where_a_manager_sees_names(client, hidden, rita, mona, page):
    address = page.format(project=hidden.pk, item=Item.objects.order_by("pk")[0].pk)
    page_of_rita, page_of_mona = body(client, rita, address), body(client, mona, address)
    assert "annegret" in page_of_mona or "abeline" in page_of_mona
    assert "annegret" not in page_of_rita and "abeline" not in page_of_rita
    assert "Person " in page_of_rita


def test_consensus_and_figures_name_nobody(client, hidden, rita):
    for part in ("consensus", "agreement", "items"):
        text = body(client, rita, f"/api/projects/{hidden.pk}/{part}/")
        assert "annegret" not in text and "abeline" not in text


def test_a_sample_to_accept_names_nobody(client, hidden, rita):
    text = body(client, rita, f"/projects/{hidden.pk}/review/sample/")
    assert "annegret" not in text and "abeline" not in text


def test_the_screen_for_parts_shows_pseudonyms(client, make_project, ann, rita, mona):
    project = make_project(task_type="spans", hide_names=True)
    User.objects.filter(pk=ann.pk).update(username="annegret")
    add_texts(project, ["Ada met Bob."])
    submit(lease_next(project, ann), [{"start": 0, "end": 3, "label": "positive"}])
    address = f"/projects/{project.pk}/review/parts/?order=unsure&item={project.items.get().pk}"
    assert "annegret" in body(client, mona, address)
    page = body(client, rita, address)
    assert "annegret" not in page and pseudonyms.pseudonym(project.pk, ann.pk) in page


def test_the_message_after_a_decision_names_nobody(client, hidden, ann, rita):
    answer = Annotation.objects.filter(annotator=ann).first()
    client.force_login(rita)
    form_data = {"item": answer.item_id, "annotation": answer.pk, "act": "send_back", "comment": "look again"}
    page = client.post(f"/projects/{hidden.pk}/review/?order=disputed", form_data, follow=True).content.decode()
    assert f"goes back to {pseudonyms.pseudonym(hidden.pk, ann.pk)}." in page
    assert "annegret" not in page


def test_a_pseudonym_stands_for_the_same_person_everywhere(client, hidden, ann, rita):
    name = pseudonyms.pseudonym(hidden.pk, ann.pk)
    client.force_login(rita)
    page = client.get(f"/projects/{hidden.pk}/people/{name}/")
    assert page.status_code == 200 and "annegret" not in page.content.decode()
    rows = client.get(f"/api/projects/{hidden.pk}/annotations/").json()["results"]
    assert {row["value"] for row in rows if row["annotator"] == name} == {"positive"}
    assert client.get(f"/api/projects/{hidden.pk}/items/", {"annotator": name}).json()["results"]


def test_a_reviewer_cannot_try_out_names(client, hidden, rita, mona):
    client.force_login(rita)
    assert client.get(f"/projects/{hidden.pk}/people/annegret/").status_code == 404
    assert client.get(f"/api/projects/{hidden.pk}/items/", {"annotator": "annegret"}).status_code == 400
    narrowed = client.get(f"/projects/{hidden.pk}/items/", {"annotator": "annegret", "not_by": "annegret"})
    assert not narrowed.context["narrowed"]
    client.force_login(mona)
    assert client.get(f"/projects/{hidden.pk}/people/annegret/").status_code == 200


def test_pseudonyms_stay_and_differ_between_people_and_projects(hidden):
    names = {pseudonyms.pseudonym(project, user) for project in (1, 2) for user in range(100)}
    assert len(names) == 200
    assert pseudonyms.pseudonym(1, 7) == pseudonyms.pseudonym(1, 7)
    in_order = [pseudonyms.pseudonym(1, user) for user in range(100)]
    assert in_order != sorted(in_order)


def test_names_are_shown_where_the_project_does_not_hide_them(client, hidden, rita):
    Project.objects.update(hide_names=False)
    assert "annegret" in body(client, rita, f"/projects/{hidden.pk}/agreement/")
