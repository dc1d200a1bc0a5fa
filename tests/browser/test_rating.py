"""Rating: a key a rating, half steps, a slider on long scales, undo, drafts and suggestions."""

import pytest
from playwright.sync_api import Page, expect

from annotate.models import Annotation, Suggestion
from projects.models import Project
from tests.browser.axe import faults
from tests.browser.conftest import eventually
from tests.browser.test_label import press
from tests.conftest import add_texts

STARS = {"step": 0.5, "least_word": "useless", "most_word": "perfect"}
PERCENT = {"least": 0, "most": 100}


@pytest.fixture
def answers(make_project):
    def answers(**options) -> Project:
        project = make_project((), task_type="rating", options=options, show_suggestions="shown", learning=False)
        add_texts(project, ["answer one", "answer two", "answer three"])
        item = project.items.order_by("pk").first()
        Suggestion.objects.create(project=project, item=item, model="judge", value=3.4567, created_at=item.created_at)
        return project

    return answers


@pytest.fixture
def screen(visit, ann):
    def screen(project: Project) -> Page:
        page = visit(f"/projects/{project.pk}/label/", ann)
        expect(page.locator("[data-quick]")).to_be_attached()
        return page

    return screen


def stored() -> list[float]:
    return list(Annotation.objects.order_by("item").values_list("value", flat=True))


def test_a_key_rates_and_goes_on_and_shift_adds_a_half(screen, answers):
    page = screen(answers(**STARS))
    expect(page.locator("label[data-suggested]")).to_have_attribute("data-name", "3.5")
    press(page, "4", "Shift+Digit2")
    expect(page.locator("#stage")).to_have_text("answer three")
    eventually(page, lambda: stored() == [4, 2.5])
    press(page, "u")
    expect(page.locator("#stage")).to_have_text("answer two")
    expect(page.locator("input:checked")).to_have_value("2.5")
    page.locator("label[data-name='5']").click()
    eventually(page, lambda: stored() == [4, 5])
    assert faults(page) == []


def test_a_long_scale_has_a_slider_and_a_number(screen, answers):
    page = screen(answers(**PERCENT))
    number, slider = page.locator("[name=rating]"), page.locator(".slider")
    expect(page.locator("[data-suggestion]")).to_have_text("The model says 3.46")
    expect(slider).to_have_attribute("data-unset", "")
    assert faults(page) == []
    for key, shown in [("ArrowRight", "50"), ("ArrowRight", "51"), ("Shift+ArrowRight", "61"), ("End", "100")]:
        press(page, key)
        expect(number).to_have_value(shown)
    press(page, "ArrowLeft")
    page.reload()
    expect(page.locator("[data-quick]")).to_be_attached()
    expect(number).to_have_value("99")
    press(page, "Enter")
    expect(page.locator("#stage")).to_have_text("answer two")
    expect(page.locator("[data-suggestion]")).to_have_text("")
    press(page, "4", "2")
    expect(slider).to_have_value("42")
    press(page, "Enter")
    expect(page.locator("#stage")).to_have_text("answer three")
    slider.click()
    expect(number).to_have_value("50")
    press(page, "Enter")
    eventually(page, lambda: stored() == [99, 42, 50])
