"""More labels than keys: found by a few letters, the recent and suggested ones on the digits, the list never cut."""

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from annotate.models import Annotation, Flag, Suggestion
from projects.models import Project
from tests.browser.axe import WCAG, faults
from tests.browser.test_label import all_saved, label, press, shown
from tests.conftest import add_texts

WORDS = [
    "Heavy trucks",
    "Light trucks",
    "Trams",
    "Tram stops",
    "Café au lait",
    "Fog",
    "Umbrellas",
    "Bridges",
    "Ferries",
]
SIZES = [(1440, 900), (1024, 768), (390, 780)]


def names(count: int) -> tuple[str, ...]:
    return (*WORDS, *(f"{WORDS[place % 9][:5]} of kind {place}" for place in range(9, count)))


@pytest.fixture
def many(make_project) -> Project:
    """Thirty labels without keys of their own."""
    return with_labels(make_project, 30)


def with_labels(make_project, count: int, **fields) -> Project:
    project = make_project(labels=names(count), **fields)
    project.labels.update(hotkey="")
    add_texts(project, [f"text {number}" for number in range(20)])
    return project


def opened(visit, project: Project, person, **options) -> Page:
    page = visit(label(project), person, **options)
    expect(page.locator("[data-quick][data-state=item]")).to_be_attached()
    return page


def values() -> list:
    return list(Annotation.objects.order_by("item").values_list("value", flat=True))


def test_two_letters_and_enter_choose_a_label(visit, many, ann):
    page = opened(visit, many, ann)
    press(page, *"um", "Enter")
    assert shown(page) == "text 1"
    press(page, "/", *"tram", "ArrowDown", "Enter")
    assert shown(page) == "text 2"
    press(page, *"ht", "Enter")
    press(page, *"cafe", "Escape", "Space")
    all_saved(page)
    assert values() == ["Umbrellas", "Tram stops", "Heavy trucks"]


def test_what_does_not_fit_is_not_shown_and_nothing_above_moves(visit, many, ann):
    page = opened(visit, many, ann)
    before = page.locator("#stage").bounding_box()
    press(page, *"tr")
    assert page.locator("#choices .choice:visible").count() < 10
    expect(page.locator("[data-active]")).to_contain_text("Trams")
    assert page.locator("#stage").bounding_box() == before
    press(page, *"xyz", "Enter")
    expect(page.locator("#notice")).to_contain_text("No label fits")
    press(page, "Escape")
    assert page.locator("#choices .choice:visible").count() == 30
    assert values() == []


def test_the_labels_used_last_stand_on_the_digits_and_stay_there(visit, many, ann):
    page = opened(visit, many, ann)
    digits = page.locator(".quick-labels .choice-name")
    expect(digits).to_have_count(10)
    press(page, *"kind 20", "Enter")  # nobody has used the first digit's label yet
    assert shown(page) == "text 1"
    expect(digits.nth(0)).to_have_text("Trams of kind 20")
    press(page, "9", "1")
    assert digits.all_inner_texts()[1:9] == list(WORDS[1:])
    page.reload()
    expect(page.locator("[data-quick][data-state=item]")).to_be_attached()
    press(page, "1", "9")
    all_saved(page)
    assert sorted(values()) == ["Ferries", "Ferries", *["Trams of kind 20"] * 3]


def test_suggested_labels_stand_on_the_first_digits(visit, many, ann):
    for item in many.items.all():
        Suggestion.objects.create(
            project=many,
            item=item,
            model="ours",
            value="Fog",
            proba={"Trams": 0.3, "Fog": 0.6, "Bridges": 0.1},
            created_at=timezone.now(),
        )
    Project.objects.filter(pk=many.pk).update(show_suggestions="shown", explore=0)
    page = opened(visit, many, ann)
    assert page.locator(".quick-labels .choice-name").all_inner_texts()[:3] == ["Fog", "Trams", "Bridges"]
    press(page, "2")
    all_saved(page)
    assert values() == ["Trams"]


def test_the_screens_own_letters_need_shift(visit, many, ann):
    page = opened(visit, many, ann)
    press(page, "Shift+F")
    expect(page.locator(".flag")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".flag kbd")).to_have_text("⇧F")
    press(page, "1", "Shift+U")
    assert shown(page) == "text 0"
    all_saved(page)
    assert Flag.objects.count() == 1
    assert values() == []


def test_without_single_keys_letters_do_nothing(visit, many, ann):
    ann.single_key_shortcuts = False
    ann.save()
    page = opened(visit, many, ann)
    press(page, *"um", "Enter")
    assert shown(page) == "text 0"
    press(page, "Alt+/", *"um", "Enter")
    assert shown(page) == "text 1"


def test_several_labels_are_found_one_after_the_other(visit, make_project, ann):
    page = opened(visit, with_labels(make_project, 30, task_type="multiple_choice"), ann)
    press(page, *"um", "Enter", *"fog", "Enter", "Enter")
    assert shown(page) == "text 1"
    all_saved(page)
    assert values() == [["Fog", "Umbrellas"]]


def test_labels_of_spans_are_found_as_well(visit, make_project, ann):
    page = opened(visit, with_labels(make_project, 30, task_type="spans"), ann)
    press(page, "/", *"um", "Enter")
    expect(page.locator(".choice[aria-pressed=true]")).to_contain_text("Umbrellas")


def test_labels_stand_in_groups_and_are_found_by_the_parents_name(visit, many, ann):
    parent = many.labels.get(name="Bridges")
    many.labels.filter(name__in=["Umbrellas", "Fog"]).update(parent=parent)
    page = opened(visit, many, ann)
    expect(page.locator(".label-group")).to_have_text(["Bridges"])
    assert page.locator("#choices .label-group ~ .choice .choice-name").all_inner_texts() == [
        "Bridges",
        "Fog",
        "Umbrellas",
    ]
    press(page, *"bridges")
    expect(page.locator("#choices .choice:visible .choice-name")).to_have_text(["Bridges", "Fog", "Umbrellas"])
    expect(page.locator(".label-group")).to_be_hidden()
    press(page, "Escape", "/", *"bridges u", "Enter")
    assert shown(page) == "text 1"
    all_saved(page)
    assert values() == ["Umbrellas"]


@pytest.mark.parametrize("count", [50, 500])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_list_is_never_cut(visit, make_project, ann, count, scheme):
    page = opened(visit, with_labels(make_project, count), ann, color_scheme=scheme, reduced_motion="reduce")
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        last = page.locator("#choices .choice").last
        last.scroll_into_view_if_needed()
        box, buttons = last.bounding_box(), page.locator(".acts").bounding_box()
        assert box and buttons
        assert box["y"] + box["height"] <= buttons["y"]
        assert buttons["y"] + buttons["height"] <= height
        stage = page.locator("#stage").bounding_box()
        assert stage and stage["height"] >= 120
    assert faults(page, WCAG) == []
    last.click()
    expect(page.locator("#stage")).to_have_text("text 1")
