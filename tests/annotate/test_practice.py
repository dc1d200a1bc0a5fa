"""Practice: new people begin with items whose right answer is known, and see at once what was right and why."""

import orjson
import pytest

from accounts.models import User
from annotate.imports.run import import_records
from annotate.models import Annotation, Assignment, Item, QueueEntry
from annotate.queue import practice
from annotate.queue.leasing import lease_next
from annotate.queue.submitting import submit
from annotate.statistics import annotators
from annotate_kit.formats.records import Record
from projects import invitations
from projects.models import Invitation, Label, Membership, Project
from tests.pages import markup_of
from tests.pictures import coins


@pytest.fixture
def project(make_project) -> Project:
    """Thirty texts, of which three have a known answer; the first says why."""
    project = make_project(learning=False)
    Label.objects.filter(name="negative").update(description="It does not do what it should.")
    import_records(
        project,
        (
            Record(
                row=row,
                external_id=f"item-{row}",
                text=f"text {row}",
                gold="negative" if row in (5, 6, 7) else None,
                meta={"explanation": "It boils too long."} if row == 5 else {},
            )
            for row in range(1, 31)
        ),
    )
    return project


@pytest.fixture
def noor(project, mona, client) -> User:
    """Joined by a link with practice."""
    noor = User.objects.create_user("noor", password="noor's password")
    invitation = invitations.invite(project, mona, practice=True)
    invitations.accept(invitation, noor)
    client.force_login(noor)
    return noor


def begin(client, project) -> Assignment:
    page = markup_of(client.get(f"/projects/{project.pk}/practice/"))
    assignment = Assignment.objects.live().get(annotator__username="noor")
    assert f'value="{assignment.pk}"' in page
    return assignment


def answer(client, project, value: str = "negative"):
    form = {"assignment": begin(client, project).pk, "choice": value, "act": "submit"}
    return markup_of(client.post(f"/projects/{project.pk}/practice/", form, follow=True))


def test_the_labelling_screen_leads_to_practice_first(client, project, noor, ann):
    assert client.get(f"/projects/{project.pk}/label/").url == f"/projects/{project.pk}/practice/"
    page = markup_of(client.get(f"/projects/{project.pk}/practice/"))
    assert "Practice: 1 of 20" in page
    assert "It does not do what it should." not in page
    client.force_login(ann)
    assert client.get(f"/projects/{project.pk}/label/").status_code == 200


def test_a_wrong_answer_is_told_with_the_right_one_and_why(client, project, noor):
    Item.objects.exclude(external_id="item-5").update(gold=None)
    page = answer(client, project, "positive")
    for words in ("Not quite", "right is", "It boils too long.", "It does not do what it should."):
        assert words in page
    assert Annotation.objects.get().value == "positive"


def test_a_right_answer_is_told_too(client, project, noor):
    page = answer(client, project)
    assert "That is right" in page
    assert "Next: 19 more" in page


def test_the_right_answer_is_not_told_before_one_has_answered(client, project, noor):
    assignment = begin(client, project)
    assert client.get(f"/projects/{project.pk}/practice/?answer={assignment.pk}").status_code == 404


def test_what_was_labelled_outside_practice_does_not_tell_its_right_answer(client, project, ann):
    client.force_login(ann)
    for _ in range(7):
        submit(lease_next(project, ann), "positive")
    known = Annotation.objects.filter(item__gold__isnull=False).first()
    assert client.get(f"/projects/{project.pk}/practice/?answer={known.assignment_id}").status_code == 404


def test_practice_ends_where_no_item_is_left_and_labelling_begins(client, project, noor):
    for _ in range(3):
        answer(client, project)
    assert client.get(f"/projects/{project.pk}/practice/").url == f"/projects/{project.pk}/label/"
    assert client.get(f"/projects/{project.pk}/label/").status_code == 200
    assert Membership.objects.get(user=noor).practice_left == 0


def test_the_skill_starts_from_practice(client, project, noor):
    for value in ("negative", "positive", "negative"):
        answer(client, project, value)
    (row,) = annotators.annotators(project)
    assert (row.user, row.gold_seen, row.gold_right) == (noor, 3, 2)


def test_practice_takes_no_place_from_anybody(client, project, noor, ann):
    for _ in range(7):
        submit(lease_next(project, ann), "negative")  # the known items among them
    page = answer(client, project)
    assert "That is right" in page
    entry = QueueEntry.objects.get(item=Annotation.objects.get(annotator=noor).item_id)
    assert (entry.taken, entry.wanted) == (2, 2)


def test_what_was_begun_comes_again(client, project, noor):
    assert begin(client, project) == begin(client, project)
    assert Assignment.objects.count() == 1


def test_a_skipped_item_counts_and_the_next_one_comes(client, project, noor):
    first = begin(client, project)
    client.post(f"/projects/{project.pk}/practice/", {"assignment": first.pk, "act": "skip"})
    assert begin(client, project) != first
    assert practice.remaining(project, noor) == 19


def test_nobody_practises_on_items_of_others(client, project, noor, ann):
    assignment = lease_next(project, ann)
    form = {"assignment": assignment.pk, "choice": "negative", "act": "submit"}
    assert client.post(f"/projects/{project.pk}/practice/", form).status_code == 404


def test_a_manager_switches_it_on_in_the_invitation(client, project, mona, otto):
    client.force_login(mona)
    form = {"act": "share", "uses": "5", "role": "annotator", "lifetime": "7", "practice": "on"}
    client.post(f"/projects/{project.pk}/people/", form)
    assert Invitation.objects.get().practice
    assert "with practice first" in markup_of(client.get(f"/projects/{project.pk}/people/"))
    form = {"act": "invite", "people": "ann@example.org", "role": "annotator", "lifetime": "7", "practice": "on"}
    client.post(f"/projects/{project.pk}/people/", form)
    assert Invitation.objects.filter(practice=True).count() == 2


# Spans, shapes and texts


@pytest.fixture
def join(client, mona):
    """Who joins a project with practice, and says the right value of an item or another one."""

    def join(project: Project):
        noor = User.objects.create_user("noor", password="noor's password")
        invitations.accept(invitations.invite(project, mona, practice=True), noor)
        client.force_login(noor)

        def answer(**form):
            page = markup_of(client.get(f"/projects/{project.pk}/practice/"))
            assignment = Assignment.objects.live().get(annotator=noor)
            assert f'value="{assignment.pk}"' in page
            assert str(assignment.item.gold) not in page
            posted = {"assignment": assignment.pk, "act": "correct", **form}
            return markup_of(client.post(f"/projects/{project.pk}/practice/", posted, follow=True))

        return answer

    return join


def test_somebody_new_sees_which_spans_they_missed_and_which_are_none(make_project, join):
    project = make_project(labels=("Person", "Place"), task_type="spans", learning=False)
    ann, rome = {"start": 0, "end": 3, "label": "Person"}, {"start": 11, "end": 15, "label": "Place"}
    import_records(project, [Record(n, f"t{n}", text="Ann was in Rome.", gold=[ann, rome]) for n in (1, 2)])
    answer = join(project)
    page = answer(value=orjson.dumps([ann, {**rome, "label": "Person"}]).decode())
    assert "Not quite" in page
    assert "1 of 2 found." in page
    assert "<dt>Missed</dt>" in page
    assert "<dt>Not right</dt>" in page
    assert "Practice: " in answer(act="undo")  # pressed once too often: it is no answer
    assert Annotation.objects.count() == 1
    assert "That is right" in answer(spans="0 3 Person\n11 15 Place")


def test_a_box_counts_as_found_where_half_of_it_is_there(make_project, join):
    project = make_project(labels=("Coin",), task_type="boxes", learning=False)
    gold = [{"box": [10, 10, 110, 110], "label": "Coin"}, {"box": [200, 10, 300, 110], "label": "Coin"}]
    import_records(project, [Record(n, f"p{n}", image=coins(n), image_name=f"{n}.png", gold=gold) for n in (1, 2)])
    answer = join(project)
    page = answer(value=orjson.dumps([{**gold[0], "box": [14, 10, 110, 112]}]).decode())
    assert "1 of 2 found." in page
    assert "<dt>Not right</dt>" not in page
    page = answer(shapes="Coin: 10 10 110 112\nCoin: 205 10 300 110")
    assert "That is right" in page
    assert "2 of 2 found." in page


def test_of_a_text_one_sees_how_near_it_is(make_project, join):
    project = make_project(labels=(), task_type="text", learning=False)
    import_records(project, [Record(n, f"t{n}", text="Guten Tag", gold="good day") for n in (1, 2)])
    answer = join(project)
    page = answer(value='"good way"')
    assert "Not quite" in page
    assert "of it is as it should be" in " ".join(page.split())
    assert "There is no answer yet." in answer(value="undefined")
    assert "That is right" in answer(value='"good day"')
