"""Ranking candidates: by digits, arrows, drag and touch, with undo, a draft and a suggestion."""

import pytest
from playwright.sync_api import Page, expect

from annotate.imports.run import import_records
from annotate.models import Annotation, Suggestion
from annotate_kit.formats.records import Record
from projects.models import Project
from tests.browser.axe import faults
from tests.browser.conftest import eventually
from tests.browser.test_label import press


@pytest.fixture
def answers(make_project) -> Project:
    project = make_project((), task_type="ranking", show_suggestions="shown", learning=False)
    texts = ["It is Paris.", "Lyon, I think.", "Nobody knows.", "Paris, on the Seine."]
    records = [Record(n, f"q{n}", data={"question": f"question {n}", "candidates": texts}) for n in (1, 2, 3)]
    assert not import_records(project, records).rejected
    item = project.items.get(external_id="q2")
    Suggestion.objects.create(project=project, item=item, model="judge", value=[3, 0, 1, 2], created_at=item.created_at)
    return project


def order(page: Page) -> list[int]:
    return [int(chip.get_attribute("data-candidate")) for chip in page.locator("[data-ranking] button").all()]


def values() -> list[list[int]]:
    return list(Annotation.objects.order_by("item").values_list("value", flat=True))


def test_digits_rank_arrows_move_and_enter_submits(visit, answers, ann):
    page = visit(f"/projects/{answers.pk}/label/", ann)
    expect(page.locator("[data-quick] .candidate")).to_have_count(4)
    press(page, "4", "Enter")
    expect(page.locator("#notice")).to_have_text("Rank all candidates first, the best one first.")
    press(page, "2", "Backspace", "1", "2")
    assert order(page) == [3, 0, 1, 2], "the last one that is left follows by itself"
    press(page, "ArrowRight", "Shift+ArrowLeft")
    assert order(page) == [3, 0, 2, 1]
    assert faults(page) == []
    page.reload()
    expect(page.locator("[data-ranking] button")).to_have_count(4)
    assert order(page) == [3, 0, 2, 1]
    press(page, "Enter")
    expect(page.locator("#stage")).to_contain_text("question 2")
    press(page, "y", "Enter")
    expect(page.locator("#stage")).to_contain_text("question 3")
    eventually(page, lambda: values() == [[3, 0, 2, 1], [3, 0, 1, 2]])
    press(page, "u")
    expect(page.locator("#stage")).to_contain_text("question 2")
    assert order(page) == [3, 0, 1, 2]


def test_candidates_are_clicked_and_their_places_dragged(visit, answers, ann):
    page = visit(f"/projects/{answers.pk}/label/", ann, has_touch=True)
    expect(page.locator("[data-quick] .candidate")).to_have_count(4)
    for number in (1, 0, 2):
        page.locator(".candidate").nth(number).tap()
    assert order(page) == [1, 0, 2, 3]
    first, last = (page.locator("[data-ranking] button").nth(place).bounding_box() for place in (0, 3))
    page.mouse.move(first["x"] + 9, first["y"] + 9)
    page.mouse.down()
    page.mouse.move(last["x"] + 40, last["y"] + 9, steps=8)
    page.mouse.up()
    assert order(page) == [0, 2, 3, 1]
    page.get_by_role("button", name="Submit").click()
    eventually(page, lambda: values() == [[0, 2, 3, 1]])
