"""Marking spans: by mouse, by keys alone and by finger; undo, suggestions, drafts, and how few actions it takes."""

import random

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from annotate.models import Annotation, Suggestion
from annotate.queue import part_origins
from projects.models import Project
from projects.tasktypes import spans
from tests.browser.axe import faults
from tests.browser.conftest import eventually
from tests.browser.test_label import PAINTED as ITEM_PAINTED
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
    """Press keys one after the other, once the item is painted: sooner, the screen ignores some."""
    page.evaluate(ITEM_PAINTED)
    for key in keys:
        page.keyboard.press(key)


def marked(page: Page) -> list[tuple[str, str]]:
    """(label, words) of what is submitted, once it is stored."""
    before = Annotation.objects.count()
    page.keyboard.press("Enter")
    eventually(page, lambda: Annotation.objects.count() > before)
    answer = Annotation.objects.select_related("item").latest("pk")
    return [(part["label"], answer.item.text[part["start"] : part["end"]]) for part in answer.value]


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


@pytest.fixture
def suggested(news) -> Project:
    """A model suggests Otto and Rome in the first text."""
    news.show_suggestions, news.explore = "shown", 0
    news.save()
    parts = [
        {"start": 2, "end": 6, "label": "Person", "probability": 0.93},
        {"start": 18, "end": 22, "label": "Place", "probability": 0.61},
    ]
    value = [{name: part[name] for name in ("start", "end", "label")} for part in parts]
    item = news.items.order_by("pk").first()
    Suggestion.objects.create(
        project=news, item=item, model="sequence", value=value, parts=parts, created_at=timezone.now()
    )
    return news


def test_all_suggestions_are_accepted_by_one_key(visit, suggested, ann):
    page = screen(visit, suggested, ann)
    expect(page.locator(".span-box[data-look=suggested]")).to_have_count(2)
    expect(page.locator("[data-submit]")).to_have_text("Submit no spans")
    press(page, "Shift+Y")
    assert marked(page) == [("Person", "Otto"), ("Place", "Rome")]


def test_suggestions_are_accepted_changed_and_rejected_one_by_one(visit, suggested, ann):
    page = screen(visit, suggested, ann)
    press(page, "Tab")
    expect(page.locator("[data-about]")).to_have_text("Person 93 %")
    press(page, "y", "1")  # the next one is chosen now: the digit accepts it as a person
    assert marked(page) == [("Person", "Otto"), ("Person", "Rome")]
    annotation = Annotation.objects.latest("pk")
    assert part_origins.of_parts(spans, annotation.value, annotation.part_origins) == ["accepted", "edited"]


def test_an_answer_that_is_taken_back_and_given_again_keeps_where_its_parts_come_from(visit, suggested, ann):
    page = screen(visit, suggested, ann)
    press(page, "Shift+Y")
    marked(page)
    page.evaluate(ITEM_PAINTED)
    page.get_by_role("button", name="Undo U").click()
    expect(page.locator("#stage")).to_contain_text("Otto met")
    expect(page.locator("[data-submit]")).to_have_text("Submit 2 spans")
    eventually(page, lambda: not Annotation.objects.exists())
    double_click(page, "Ann")
    marked(page)
    annotation = Annotation.objects.latest("pk")
    origins = part_origins.of_parts(spans, annotation.value, annotation.part_origins)
    assert sorted(origins) == ["accepted", "accepted", "drawn"]


def test_what_is_unfinished_is_there_after_a_reload_with_its_suggestions(visit, suggested, ann):
    page = screen(visit, suggested, ann)
    double_click(page, "Ann")
    press(page, "Tab", "Delete")
    page.reload()
    expect(page.locator(READY)).to_be_attached()
    expect(page.locator(".span-box[data-look=suggested]")).to_have_count(1)
    assert marked(page) == [("Person", "Ann")]


def test_a_span_is_chosen_relabelled_resized_and_deleted_and_undo_goes_back_step_by_step(visit, news, ann):
    page = screen(visit, news, ann)
    double_click(page, "Otto")
    at = place(page, "Otto")
    page.wait_for_timeout(500)  # so that the click is no third one
    page.mouse.click(at["x"], at["y"])
    expect(page.locator("[data-about]")).to_have_text("Person")
    press(page, "2", "Shift+ArrowRight", "Shift+ArrowRight")
    expect(page.locator("[data-quote]")).to_have_text("“Otto met Ann”")
    press(page, "Alt+ArrowRight", "Delete")
    expect(page.locator("[data-submit]")).to_have_text("Submit no spans")
    press(page, "u", "u")
    assert marked(page) == [("Place", "Otto met Ann")]


def test_a_finger_taps_the_first_word_and_the_last(visit, news, ann):
    page = screen(visit, news, ann, has_touch=True, viewport={"width": 390, "height": 844})
    for words in ("Ann in", "Rome."):
        at = place(page, words[:3])
        page.touchscreen.tap(at["x"], at["y"])
    expect(page.locator("[data-submit]")).to_have_text("Submit 1 span")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="Submit").click()
    eventually(page, lambda: Annotation.objects.count() == 1)
    (span,) = Annotation.objects.get().value
    assert TEXT[span["start"] : span["end"]] == "Ann in Rome"


def test_a_skip_asks_before_spans_are_dropped(visit, news, ann):
    page = screen(visit, news, ann)
    double_click(page, "Otto")
    messages = []
    page.once("dialog", lambda dialog: (messages.append(dialog.message), dialog.dismiss()))
    press(page, "Space")
    assert messages == ["Skip this item and drop 1 span?"]
    page.reload()
    expect(page.locator("[data-submit]")).to_have_text("Submit 1 span")
    page.once("dialog", lambda dialog: (messages.append(dialog.message), dialog.dismiss()))
    press(page, "Space")
    assert len(messages) == 2, "what is there again after a reload would be lost as well"
    expect(page.locator("#stage")).to_contain_text("Otto met")


def test_undo_across_items_brings_the_spans_back(visit, news, ann):
    page = screen(visit, news, ann)
    double_click(page, "Rome")
    press(page, "Enter")
    expect(page.locator("#stage")).to_have_text("Nobody is here.")
    press(page, "u")
    expect(page.locator("[data-submit]")).to_have_text("Submit 1 span")
    expect(page.locator(".span-box[data-look=span]")).to_have_count(1)


def test_what_is_chosen_is_brought_into_view_wherever_it_stands_in_a_long_text(visit, suggested, ann):
    item = suggested.items.order_by("pk").first()
    item.text = TEXT + " and so on" * 1000 + " " + TEXT
    item.save()
    far = len(item.text) - len(TEXT)
    parts = [{"start": 2, "end": 6, "label": "Person"}, {"start": far + 2, "end": far + 6, "label": "Person"}]
    item.suggestions.update(value=parts, parts=parts)
    page = screen(visit, suggested, ann)
    beyond = """() => {
      const box = document.querySelector(".span-box[data-chosen]").getBoundingClientRect();
      const stage = document.getElementById("stage").getBoundingClientRect();
      return Math.max(0, stage.top - box.top, box.bottom - stage.bottom);
    }"""
    for key, scrolled in (("Tab", False), ("Tab", True), ("Shift+Tab", False), ("Tab", True)):
        press(page, key)
        expect(page.locator(".span-box[data-chosen]")).to_have_count(1)
        assert page.evaluate(beyond) == 0
        assert bool(page.evaluate("document.getElementById('stage').scrollTop > 500")) == scrolled
    press(page, "Escape", "ArrowRight")  # the word caret
    expect(page.locator(".span-box[data-look=cursor]")).to_be_in_viewport()


def test_tab_leaves_the_text_behind_the_last_span(visit, news, ann):
    page = screen(visit, news, ann)
    double_click(page, "Rome")
    press(page, "Tab")
    expect(page.locator("[data-chosen]")).to_have_count(1)
    press(page, "Tab")
    expect(page.locator("[data-chosen]")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_screen_for_spans_is_accessible(visit, suggested, ann, scheme):
    page = screen(visit, suggested, ann, color_scheme=scheme)
    press(page, "Tab")
    assert faults(page) == []


PIECES = [
    "a",
    "Zoë",
    "n\u0303",
    "e\u0301",
    " ",
    "  ",
    ", ",
    "🎉",
    "👩‍👩‍👧",
    "🇩🇪",
    "🏴󠁧󠁢󠁳󠁣󠁴󠁿",
    "שלום",
    "مرحبا",
    "日本",
    "𝔘",
    "ok.",
    "’s",
    "-",
]
MARKED = """async (texts) => {
  const { counter, snapped, words } = await import("/static/annotate/spans/text.js");
  return texts.map((text) => {
    const all = words(text);
    const [first, last] = [all[0], all.at(-1)];
    if (!first || !last) return null;
    const { start, end } = snapped(text, all, first[0], last[1]);
    const count = counter(text);
    return [count.points(start), count.points(end), text.slice(start, end), count.units(count.points(end)) === end];
  });
}"""


def test_what_python_cuts_out_is_what_was_marked_in_10_000_texts(visit, news, ann):
    dice = random.Random(7)
    texts = ["".join(dice.choices(PIECES, k=dice.randint(1, 25))) for _ in range(10_000)]
    page = screen(visit, news, ann)
    marks = page.evaluate(MARKED, texts)
    assert sum(mark is not None for mark in marks) > 9000
    for text, mark in zip(texts, marks, strict=True):
        if mark:
            start, end, words, back = mark
            assert (text[start:end], back) == (words, True)


PAINTED = """() => {
  const drawn = document.querySelectorAll(".span-layer, .span-arcs, .span-arcs *");
  for (const node of drawn) node.style.pointerEvents = "all";
  const path = document.querySelector(".span-arc .head");
  const { x, y, width } = path.getBoundingClientRect();
  return document.elementFromPoint(x + width / 2, y + 2).localName;
}"""
WATCH = """() => {
  const changes = { childList: true, characterData: true, subtree: true };
  new MutationObserver(() => (window.touched = true)).observe(document.querySelector("#stage .item-text"), changes);
}"""


@pytest.fixture
def meetings(news) -> Project:
    news.options = {**news.options, "relations": "met, left"}
    news.save()
    return news


def test_a_relation_is_r_and_the_other_span_and_the_text_is_never_touched(visit, meetings, ann):
    page = screen(visit, meetings, ann)
    page.evaluate(WATCH)
    double_click(page, "Otto")
    double_click(page, "Ann")
    at = place(page, "Otto")
    page.mouse.click(at["x"], at["y"])
    expect(page.locator("[data-relations-card]")).to_be_visible()  # what relates is loaded
    press(page, "r")
    other = place(page, "Ann")
    page.mouse.click(other["x"], other["y"])
    expect(page.locator(".span-arc text")).to_have_text("met")
    assert page.evaluate(PAINTED) == "path"
    press(page, "Enter")
    eventually(page, Annotation.objects.exists)
    assert not page.evaluate("window.touched")
    value = Annotation.objects.latest("pk").value
    assert [part["start"] for part in value["spans"]] == [2, 11]
    assert value["relations"] == [{"from": 0, "to": 1, "label": "met"}]


def test_a_relation_is_the_dot_above_a_span_dragged_to_another(visit, meetings, ann):
    page = screen(visit, meetings, ann)
    double_click(page, "Otto")
    double_click(page, "Ann")
    at, other = place(page, "Otto"), place(page, "Ann")
    page.mouse.click(at["x"], at["y"])
    dot = page.locator(".span-grip")
    for end in ((other["x"], other["y"] + 60), (other["x"], other["y"])):  # beside every span, which makes none
        expect(page.locator(".span-arc")).to_have_count(0)
        middle = dot.bounding_box()
        page.mouse.move(middle["x"] + middle["width"] / 2, middle["y"] + middle["height"] / 2)
        page.mouse.down()
        page.mouse.move(*end, steps=4)
        page.mouse.up()
    expect(page.locator(".span-arc text")).to_have_text("met")
    expect(page.locator(".span-relations li")).to_contain_text("“Otto” met “Ann”")
    press(page, "Enter")
    eventually(page, Annotation.objects.exists)
    value = Annotation.objects.latest("pk").value
    assert [part["start"] for part in value["spans"]] == [2, 11]
    assert value["relations"] == [{"from": 0, "to": 1, "label": "met"}]


def test_relations_by_keys_alone_survive_a_reload_and_are_taken_back(visit, meetings, ann):
    page = screen(visit, meetings, ann)
    double_click(page, "Otto")
    double_click(page, "Ann")
    press(page, "Tab", "r", "r", "Tab", "Enter")  # the second R: the other label
    expect(page.locator(".span-arc text")).to_have_text("left")
    expect(page.locator(".span-relations li")).to_contain_text("“Otto” left “Ann”")
    assert faults(page) == []
    page.reload()
    expect(page.locator(".span-arc text")).to_have_text("left")
    page.keyboard.press("Tab")
    press(page, "2")  # another label for Otto: the relation stays
    expect(page.locator(".span-arc")).to_have_count(1)
    press(page, "Delete")  # and goes with the span
    expect(page.locator(".span-arc")).to_have_count(0)
    press(page, "u")
    expect(page.locator(".span-arc")).to_have_count(1)
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Delete: “Otto” left “Ann”").click()
    expect(page.locator(".span-arc")).to_have_count(0)


def test_a_relation_is_three_taps(visit, meetings, ann):
    page = screen(visit, meetings, ann, has_touch=True, viewport={"width": 390, "height": 844})
    for word in ("Otto", "Ann"):
        for _ in range(2):
            at = place(page, word)
            page.touchscreen.tap(at["x"], at["y"])
    at = place(page, "Otto")
    page.touchscreen.tap(at["x"], at["y"])
    page.locator("[data-do=relate]").tap()
    other = place(page, "Ann")
    page.touchscreen.tap(other["x"], other["y"])
    expect(page.locator(".span-arc text")).to_have_text("met")
