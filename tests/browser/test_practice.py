"""Practice where parts are marked: in the usual editor, with what was missed shown at once."""

import pytest
from playwright.sync_api import expect

from accounts.models import User
from annotate.imports.run import import_records
from annotate.models import Annotation
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


def test_somebody_new_draws_and_sees_what_they_missed(visit, table, mona):
    noor = User.objects.create_user("noor", password="noor's password")
    invitations.accept(invitations.invite(table, mona, practice=True), noor)
    page = visit(f"/projects/{table.pk}/label/", noor)
    expect(page.locator("[data-quick]")).to_be_attached()
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
