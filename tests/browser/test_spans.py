"""Marking spans: by mouse, by keys alone and by finger; undo, suggestions, drafts, and how few actions it takes."""

import pytest
from playwright.sync_api import Page, expect

from annotate.models import Annotation
from projects.models import Project
from tests.browser.conftest import eventually
from tests.conftest import add_texts

TEXT = "🎉 Otto met Ann in Rome. Ann left Rome, and Otto stayed."
READY = "[data-quick]"
PLACE_OF = """(words) => {
  const text = document.querySelector("#stage .item-text").firstChild;
  const range = document.createRange();
  const start = text.data.indexOf(words);
  range.setStart(text, start);
  range.setEnd(text, start + words.length);
  const { left, right, top, height } = range.getBoundingClientRect();
  return { left, right, x: (left + right) / 2, y: top + height / 2 };
}"""


@pytest.fixture
def news(make_project) -> Project:
    project = make_project(labels=("Person", "Place"), task_type="spans", name="News", learning=False)
    add_texts(project, [TEXT, "Nobody is here."])
    return project


def screen(visit, project: Project, person, **options) -> Page:
    page = visit(f"/projects/{project.pk}/label/", person, **options)
    expect(page.locator(READY)).to_be_attached()
    return page


def place(page: Page, words: str) -> dict:
    return page.evaluate(PLACE_OF, words)


def double_click(page: Page, words: str) -> None:
    at = place(page, words)
    page.mouse.dblclick(at["x"], at["y"])


def drag(page: Page, first: str, last: str) -> None:
    begin, end = place(page, first), place(page, last)
    page.mouse.move(begin["left"] + 3, begin["y"])
    page.mouse.down()
    page.mouse.move(end["right"] - 3, end["y"], steps=4)
    page.mouse.up()


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def marked(page: Page) -> list[tuple[str, str]]:
    """(label, words) of what is submitted, once it is stored."""
    before = Annotation.objects.count()
    page.keyboard.press("Enter")
    eventually(page, lambda: Annotation.objects.count() > before)
    answer = Annotation.objects.select_related("item").latest("pk")
    return [(one["label"], answer.item.text[one["start"] : one["end"]]) for one in answer.value]


def test_a_word_is_one_double_click_and_what_is_stored_is_what_was_marked(visit, news, ann):
    page = screen(visit, news, ann)
    double_click(page, "Otto")
    press(page, "2")
    double_click(page, "Rome")
    expect(page.locator("[data-submit]")).to_have_text("Submit 2 spans")
    assert marked(page) == [("Person", "Otto"), ("Place", "Rome")]
    expect(page.locator("#stage")).to_have_text("Nobody is here.")


def test_dragging_takes_whole_words_without_the_points_around_them(visit, news, ann):
    page = screen(visit, news, ann)
    drag(page, "nn in Ro", "me. Ann")
    drag(page, "left", "ome, a")
    assert marked(page) == [("Person", "Ann in Rome. Ann"), ("Person", "left Rome, and")]


def test_with_alt_dragging_takes_characters(visit, news, ann):
    page = screen(visit, news, ann)
    page.keyboard.down("Alt")
    drag(page, "tto", "Ann")
    page.keyboard.up("Alt")
    ((_, words),) = marked(page)
    assert words.startswith(("tto", "to"))


def test_n_words_take_n_and_one_keys_and_everywhere_takes_two(visit, news, ann):
    page = screen(visit, news, ann)
    press(page, "ArrowRight", "ArrowRight", "1")  # the picture is the first word
    press(page, "ArrowRight", "Shift+ArrowRight", "Shift+ArrowRight", "2")  # three words, four keys
    press(page, "u", "a", "a")
    assert marked(page) == [("Person", "Otto")]


def test_the_same_string_everywhere_is_two_keys(visit, news, ann):
    page = screen(visit, news, ann)
    double_click(page, "Otto")
    press(page, "a", "a")
    assert marked(page) == [("Person", "Otto"), ("Person", "Otto")]
