"""A label that is missing is added while labelling, where the project allows it; other open pages go on."""

import pytest
from playwright.sync_api import Page, Route, expect

from annotate.models import Annotation
from projects.models import Project
from tests.browser.axe import WCAG, faults
from tests.browser.conftest import Network
from tests.browser.test_label import all_saved, label, press, shown
from tests.conftest import add_texts


def with_texts(make_project, count: int = 8, **fields) -> Project:
    project = make_project(annotators_add_labels=True, **fields)
    add_texts(project, [f"text {number}" for number in range(count)])
    return project


@pytest.fixture
def few(make_project) -> Project:
    return with_texts(make_project)


@pytest.fixture
def many(make_project) -> Project:
    project = with_texts(make_project, labels=tuple(f"kind {number}" for number in range(30)))
    project.labels.update(hotkey="")
    return project


def opened(visit, project: Project, person, **options) -> Page:
    page = visit(label(project), person, **options)
    expect(page.locator("[data-quick][data-state=item]")).to_be_attached()
    return page


def values(**filters) -> list:
    return list(Annotation.objects.filter(**filters).order_by("item").values_list("value", flat=True))


def test_a_missing_label_is_added_and_answers_the_item(visit, few, ann):
    page = opened(visit, few, ann)
    press(page, "o")
    expect(page.locator("#new-label")).to_be_focused()
    assert faults(page, WCAG) == []
    page.keyboard.type("mixed feelings")
    press(page, "Enter")
    expect(page.locator("#stage")).to_contain_text("text 1")
    added = page.locator("#choices [data-name='mixed feelings']")
    expect(added).to_be_visible()
    press(page, added.get_attribute("data-hotkey"))
    assert shown(page) == "text 2"
    all_saved(page)
    assert values() == ["mixed feelings"] * 2
    assert few.labels.count() == 3


def test_an_other_open_page_goes_on_with_its_labels(visit, few, ann, abe):
    others = opened(visit, few, abe)
    page = opened(visit, few, ann)
    press(page, "o", *"mixed", "Enter")
    expect(page.locator("#choices [data-name=mixed]")).to_be_visible()
    press(others, "1", "1")
    all_saved(others)
    all_saved(page)
    assert values(annotator=abe) == ["positive"] * 2


def test_what_nothing_fits_is_offered_as_a_label(visit, many, ann):
    page = opened(visit, many, ann)
    press(page, *"zebra")
    offer = page.get_by_role("button", name="Add “zebra” as a label")
    expect(offer).to_be_visible()
    press(page, "Enter")
    expect(page.locator("#stage")).to_contain_text("text 1")
    press(page, *"zeb", "Enter")  # now it is found
    assert shown(page) == "text 2"
    all_saved(page)
    assert values() == ["zebra"] * 2
    assert many.labels.filter(name="zebra").count() == 1


def test_what_others_fit_is_offered_after_them(visit, many, ann):
    page = opened(visit, many, ann)
    press(page, *"kind 2")
    expect(page.locator("[data-active]")).to_contain_text("kind 2")
    expect(page.locator(".add-label")).to_be_hidden()  # it is one already
    press(page, "Escape", *"ind 29")
    press(page, "ArrowDown")
    expect(page.locator("[data-active]")).to_have_text("Add “ind 29” as a label")
    press(page, "Escape")
    expect(page.locator(".add-label")).to_be_hidden()
    assert many.labels.count() == 30


def test_without_a_connection_the_reason_is_shown_and_labelling_goes_on(visit, few, ann):
    page = opened(visit, few, ann)
    press(page, "1")
    page.wait_for_timeout(300)
    network = Network(page)
    network.off()
    press(page, "o", *"mixed", "Enter")
    expect(page.locator("[data-refusal]")).to_contain_text("once the server is reached again")
    press(page, "Escape", "2")
    network.on()
    all_saved(page)
    assert values() == ["positive", "negative"]
    assert few.labels.count() == 2


def test_a_span_takes_a_label_that_was_just_added(visit, make_project, ann):
    project = with_texts(make_project, task_type="spans", labels=("person", "place"))
    page = opened(visit, project, ann)
    press(page, "o", *"thing", "Enter")
    expect(page.locator("#choices [data-name=thing]")).to_have_attribute("aria-pressed", "true")
    page.locator("#stage").get_by_text("text 0").dblclick(position={"x": 8, "y": 12})
    press(page, "Enter")
    all_saved(page)
    assert [part["label"] for part in values()[0]] == ["thing"]


def test_what_is_typed_before_the_keys_of_spans_are_loaded_is_not_lost(visit, make_project, ann):
    project = with_texts(make_project, task_type="spans", labels=("person", "place"))
    page = visit("/account/", ann)
    delayed: list[Route] = []
    page.route("**/spans/extras*", lambda route: delayed.append(route))
    page.goto(label(project))
    expect(page.locator("[data-quick][data-state=item]")).to_be_attached()
    press(page, "o", *"thing")
    expect(page.locator("#new-label")).to_have_value("thing")
    delayed[0].continue_()


def test_an_item_that_comes_while_a_label_is_typed_leaves_the_focus_there(visit, few, ann):
    page = opened(visit, few, ann)
    press(page, "1", "o", "m")
    page.evaluate("document.querySelector('#answer').requestSubmit(document.querySelector('[data-hotkey=u]'))")
    expect(page.locator("#stage")).to_contain_text("text 0")
    page.keyboard.type("ixed")
    expect(page.locator("#new-label")).to_have_value("mixed")
