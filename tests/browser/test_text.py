"""Typing a text: a suggestion corrected, Ctrl+Enter, undo, and a draft that survives a reload."""

import pytest
from playwright.sync_api import Page, expect

from annotate.models import Annotation, Suggestion
from annotate.queue.leasing import lease_next
from annotate.queue.submitting import submit
from annotate.reviews import send_back
from projects.models import Project
from tests.browser.axe import faults
from tests.browser.conftest import eventually
from tests.conftest import add_texts


@pytest.fixture
def scans(make_project) -> Project:
    project = make_project(labels=(), task_type="text", name="Scans", show_suggestions="shown", learning=False)
    add_texts(project, ["scan one", "scan two", "scan three"])
    item = project.items.order_by("pk").first()
    Suggestion.objects.create(project=project, item=item, model="ocr", value="the old cat", created_at=item.created_at)
    return project


def test_a_suggestion_is_corrected_and_ctrl_enter_goes_on(visit, scans, ann):
    page = visit(f"/projects/{scans.pk}/label/", ann)
    expect(page.locator("[data-quick]")).to_be_attached()
    area = page.locator("textarea.answer-text")
    expect(area).to_have_value("the old cat")
    expect(area).to_be_focused()
    area.press("End")
    area.type(" sat")
    expect(page.locator("[data-difference] ins")).to_have_count(1)
    area.press("Control+Enter")
    expect(page.locator("#stage")).to_have_text("scan two")
    expect(area).to_have_value("")
    area.type("number 2 is short")
    area.press("Shift+Enter")
    expect(page.locator("#stage")).to_have_text("scan three")
    eventually(page, lambda: Annotation.objects.count() == 2)
    texts = dict(Annotation.objects.values_list("value", "part_origins"))
    assert texts == {"the old cat sat": ["edited"], "number 2 is short": ["drawn"]}


def test_a_draft_is_there_after_a_reload_and_undo_brings_the_answer_back(visit, scans, ann):
    page = visit(f"/projects/{scans.pk}/label/", ann)
    expect(page.locator("[data-quick]")).to_be_attached()
    area = page.locator("textarea.answer-text")
    area.fill("half a sen")
    page.reload()
    expect(page.locator("[data-quick]")).to_be_attached()
    expect(area).to_have_value("half a sen")
    area.press("Control+Enter")
    expect(page.locator("#stage")).to_have_text("scan two")
    page.get_by_role("button", name="Undo U").click()
    expect(page.locator("#stage")).to_have_text("scan one")
    expect(area).to_have_value("half a sen")


def test_a_skip_asks_before_what_was_typed_is_dropped(visit, scans, ann):
    page = visit(f"/projects/{scans.pk}/label/", ann)
    expect(page.locator("[data-quick]")).to_be_attached()
    messages: list[str] = []
    page.on("dialog", lambda dialog: (messages.append(dialog.message), dialog.dismiss()))
    page.locator("textarea.answer-text").fill("the old cat sat")
    skip(page)
    assert messages == ["Skip this item and drop what you typed?"]
    expect(page.locator("textarea.answer-text")).to_have_value("the old cat sat")
    page.locator("textarea.answer-text").fill("the old cat")
    skip(page)
    expect(page.locator("#stage")).to_have_text("scan two")
    assert len(messages) == 1, "a suggestion that nobody touched is no work"


def skip(page: Page) -> None:
    page.locator("body").click(position={"x": 2, "y": 2})  # no longer in the text
    page.keyboard.press("Space")


def test_a_page_loaded_again_goes_on_though_giving_back_comes_late(visit, scans, ann):
    page = visit(f"/projects/{scans.pk}/label/", ann)
    expect(page.locator("[data-quick]")).to_be_attached()
    page.evaluate("void (fetch = () => new Promise(() => {}))")
    page.reload()
    expect(page.locator("[data-quick]")).to_be_attached()
    page.locator("textarea.answer-text").press("Control+Enter")
    expect(page.locator("#stage")).to_have_text("scan two")


def test_the_reason_of_a_reviewer_stands_above_the_item_that_came_back(visit, scans, ann, rita):
    submit(lease_next(scans, ann), "the old hat")
    send_back(list(Annotation.objects.select_related("project")), rita, "it is a cat")
    page = visit(f"/projects/{scans.pk}/label/", ann)
    expect(page.locator("[data-quick]")).to_be_attached()
    expect(page.locator("#stage")).to_have_text("scan one")
    expect(page.locator("[data-sent-back]")).to_have_text("rita sent this back to you: “it is a cat”")
    page.locator("textarea.answer-text").press("Control+Enter")
    expect(page.locator("#stage")).to_have_text("scan two")
    expect(page.locator("[data-sent-back]")).to_be_hidden()


def test_the_screen_for_texts_is_accessible(visit, scans, ann):
    page = visit(f"/projects/{scans.pk}/label/", ann)
    expect(page.locator("[data-quick]")).to_be_attached()
    assert faults(page) == []
