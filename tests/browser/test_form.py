"""A form by keys: digits answer the lit question and light the next, Enter goes on and submits, U takes back."""

import pytest
from playwright.sync_api import Page, expect

from annotate.models import Annotation, Suggestion
from projects.models import Project
from tests.browser.axe import faults
from tests.browser.conftest import eventually
from tests.browser.test_label import press
from tests.conftest import add_texts

QUESTIONS = """Mood: one of good | mixed | bad
Topics: any of price | service (optional)
Anger: number 1 to 5 (if Mood is mixed | bad)
Share: number 0 to 100 (optional, if Topics is price)
Reason: line (optional, if Mood is bad)
Language: one of de | en (optional)"""


@pytest.fixture
def reviews(make_project) -> Project:
    options = {"questions": QUESTIONS}
    project = make_project((), task_type="form", options=options, show_suggestions="shown", learning=False)
    add_texts(project, ["review one", "review two", "review three"])
    item = project.items.order_by("pk").first()
    says = {"Mood": "good", "Topics": ["service"]}
    Suggestion.objects.create(project=project, item=item, model="judge", value=says, created_at=item.created_at)
    return project


@pytest.fixture
def screen(visit, ann, reviews) -> Page:
    page = visit(f"/projects/{reviews.pk}/label/", ann)
    expect(page.locator("[data-quick]")).to_be_attached()
    return page


def stored() -> list[dict]:
    return list(Annotation.objects.order_by("item").values_list("value", flat=True))


def lit(page: Page, name: str) -> None:
    expect(page.locator("[data-lit]")).to_have_attribute("data-question", name)


def shown(page: Page) -> list[str]:
    return [question.get_attribute("data-question") for question in page.locator(".form-question:visible").all()]


def test_digits_answer_the_lit_question_and_enter_goes_on(screen):
    lit(screen, "Mood")
    assert shown(screen) == ["Mood", "Topics", "Language"]
    suggested = screen.locator("label[data-proposed]")
    assert [label.get_attribute("data-name") for label in suggested.all()] == ["good", "service"]
    assert faults(screen) == []
    press(screen, "3")
    lit(screen, "Topics")
    assert shown(screen) == ["Mood", "Topics", "Anger", "Reason", "Language"]
    press(screen, "1", "2", "2", "Enter")
    lit(screen, "Anger")
    press(screen, "4")
    lit(screen, "Share")
    screen.keyboard.type("40")
    press(screen, "Enter")
    lit(screen, "Reason")
    screen.keyboard.type("far too dear")
    press(screen, "Enter")
    lit(screen, "Language")
    press(screen, "Enter")
    expect(screen.locator("#stage")).to_have_text("review two")
    expect(screen.locator("label[data-proposed]")).to_have_count(0)
    whole = {"Mood": "bad", "Topics": ["price"], "Anger": 4, "Share": 40, "Reason": "far too dear"}
    eventually(screen, lambda: stored() == [whole])
    press(screen, "1", "Enter", "2", "Enter")
    expect(screen.locator("#stage")).to_have_text("review three")
    eventually(screen, lambda: stored() == [whole, {"Mood": "good", "Topics": [], "Language": "en"}])
    press(screen, "u")
    expect(screen.locator("#stage")).to_have_text("review two")
    expect(screen.locator("input:checked")).to_have_count(2)


def test_what_is_missing_is_said_and_lit(screen):
    press(screen, "ArrowDown", "ArrowDown")
    lit(screen, "Language")
    press(screen, "1", "Enter")
    expect(screen.locator("#notice")).to_have_text("“Mood” is not answered.")
    lit(screen, "Mood")
    press(screen, "2", "ArrowUp", "ArrowUp")
    lit(screen, "Mood")
    screen.get_by_role("button", name="Submit").click()
    expect(screen.locator("#notice")).to_have_text("“Anger” is not answered.")


def test_answers_are_taken_back_one_by_one_and_outlive_a_reload(screen):
    press(screen, "3", "1", "Enter", "5")
    screen.reload()
    expect(screen.locator("[data-quick]")).to_be_attached()
    expect(screen.locator("input:checked")).to_have_count(3)
    press(screen, "1")
    assert shown(screen) == ["Mood", "Topics", "Share", "Language"]
    press(screen, "u")
    assert "Anger" in shown(screen)
    expect(screen.locator("[data-question=Mood] input:checked")).to_have_value("bad")


def test_a_second_click_takes_an_optional_answer_back(screen):
    language = screen.locator("[data-question=Language]")
    language.get_by_text("de").click()
    expect(language.locator("input:checked")).to_have_value("de")
    language.get_by_text("de").click()
    expect(language.locator("input:checked")).to_have_count(0)
    screen.locator("[data-question=Mood]").get_by_text("good").click()
    screen.get_by_role("button", name="Submit").click()
    eventually(screen, lambda: stored() == [{"Mood": "good", "Topics": []}])


def test_a_text_has_its_keys_until_escape(screen):
    press(screen, "3", "Enter", "1")
    lit(screen, "Reason")
    screen.keyboard.type("u1 s")
    expect(screen.locator("[name='4-text']")).to_have_value("u1 s")
    press(screen, "Escape", "ArrowUp", "2")
    expect(screen.locator("[data-question=Anger] input:checked")).to_have_value("2")
