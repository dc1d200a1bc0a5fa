"""Practice where parts are marked: in the usual editor, with what was missed shown at once."""

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from annotate.imports.run import import_records
from annotate.models import Annotation, Assignment
from annotate_kit.formats.records import Record
from projects import invitations
from projects.models import Project
from tests.browser.axe import faults
from tests.browser.test_boxes import drag
from tests.pictures import coins


@pytest.fixture
def table(make_project) -> Project:
    project = make_project(labels=("Coin", "Button"), task_type="boxes", name="Coins", learning=False)
    gold = [{"box": [50, 40, 130, 120], "label": "Coin"}, {"box": [195, 35, 305, 145], "label": "Coin"}]
    import_records(project, [Record(1, "c1", image=coins(1), image_name="1.png", gold=gold)])
    return project


def practising(visit, project: Project, manager: User) -> Page:
    """The first item of somebody new."""
    noor = User.objects.create_user("noor", password="noor's password")
    invitations.accept(invitations.invite(project, manager, practice=True), noor)
    page = visit(f"/projects/{project.pk}/label/", noor)
    expect(page.locator("[data-quick]")).to_be_attached()
    return page


def test_somebody_new_draws_and_sees_what_they_missed(visit, table, mona):
    page = practising(visit, table, mona)
    expect(page.get_by_text("Practice: 1 of 20").first).to_be_visible()
    expect(page.locator("[data-shapes-sum]")).not_to_be_empty()
    assert faults(page) == []
    drag(page, (50, 40), (130, 120))
    expect(page.locator("[data-list=drawn] li")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Not quite")).to_be_visible()
    expect(page.get_by_text("1 of 2 found.")).to_be_visible()
    expect(page.get_by_text("Missed", exact=True)).to_be_visible()
    assert faults(page) == []
    assert [round(side, -1) for side in Annotation.objects.get().value[0]["box"]] == [50, 40, 130, 120]


def test_a_skip_asks_before_boxes_are_dropped(visit, table, mona):
    page = practising(visit, table, mona)
    drag(page, (50, 40), (130, 120))
    expect(page.locator("[data-list=drawn] li")).to_have_count(1)
    messages: list[str] = []
    page.once("dialog", lambda dialog: (messages.append(dialog.message), dialog.dismiss()))
    page.keyboard.press("Space")
    assert messages == ["Skip this item and drop 1 box?"]
    expect(page.locator("[data-list=drawn] li")).to_have_count(1)
    page.once("dialog", lambda dialog: dialog.accept())
    page.keyboard.press("Space")
    expect(page.locator("#stage img")).to_have_count(0)
    assert Assignment.objects.get().status == Assignment.Status.SKIPPED


def test_nothing_is_asked_where_nothing_was_drawn(visit, table, mona):
    page = practising(visit, table, mona)
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    page.keyboard.press("Space")
    expect(page.locator("#stage img")).to_have_count(0)
    assert Assignment.objects.get().status == Assignment.Status.SKIPPED
