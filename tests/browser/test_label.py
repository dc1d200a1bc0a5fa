"""The labelling screen as people use it: by key, mouse and finger, with and without JavaScript, in light and dark."""

import io
import re

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from PIL import Image
from playwright.sync_api import Page, expect

from annotate.imports.run import import_records
from annotate.models import Annotation, Assignment, Comment, Flag, Item, Suggestion
from annotate_kit.formats.records import Record
from projects.models import Project
from tests.browser.axe import AXE, WCAG, faults
from tests.conftest import add_texts

# The page leases ahead from the first key or pointer movement on, so the second item may have to come first.
PAINTED = """new Promise((done) => {
    const until = performance.now() + 3000;
    const look = () => document.body.dataset.state === "waiting" && performance.now() < until
        ? setTimeout(look, 5) : requestAnimationFrame(() => setTimeout(done));
    look();
})"""


def label(project: Project) -> str:
    return f"/projects/{project.pk}/label/"


def shown(page: Page) -> str:
    return page.locator("#stage").inner_text()


def press(page: Page, *keys: str) -> None:
    """Press keys one after the other, each when what the one before did is painted: sooner, the screen ignores it."""
    page.evaluate(PAINTED)
    for key in keys:
        page.keyboard.press(key)
        page.evaluate(PAINTED)


def all_saved(page: Page) -> None:
    expect(page.locator("[data-unsaved='0']")).to_have_text("all saved", timeout=15_000)


def test_keys_that_are_held_or_typed_or_pressed_with_a_modifier_label_nothing(screen):
    screen.keyboard.down("1")
    for _ in range(5):
        screen.keyboard.down("1")  # the browser repeats a held key
    screen.keyboard.up("1")
    press(screen, "Control+2", "Alt+2", "Shift+F", "c")
    screen.keyboard.type("12 uf")
    expect(screen.locator("#comment-text")).to_have_value("12 uf")
    screen.keyboard.press("Escape")
    assert shown(screen) == "text 1"
    all_saved(screen)
    assert Annotation.objects.count() == 1
    assert not Flag.objects.exists()


def test_single_keys_can_be_switched_off(visit, reviews, ann):
    ann.single_key_shortcuts = False
    ann.save()
    page = visit(label(reviews), ann)
    expect(page.locator("[data-quick]")).to_be_attached()
    press(page, "1", "Space", "g")
    assert shown(page) == "text 0"
    press(page, "Alt+1")
    assert shown(page) == "text 1"


def test_skip_flag_and_comment_arrive(screen, ann):
    press(screen, "f")
    expect(screen.locator(".flag")).to_have_attribute("aria-pressed", "true")
    press(screen, "c")
    screen.keyboard.type("Which side?")
    screen.get_by_role("button", name="Save the comment").click()
    press(screen, "s")
    screen.keyboard.type("Unclear")
    screen.keyboard.press("Enter")
    expect(screen.locator("#stage")).to_have_text("text 1")
    all_saved(screen)
    assert Flag.objects.get().item.text == "text 0"
    assert Comment.objects.get(author=ann).text == "Which side?"
    assert Assignment.objects.get(status="skipped").reason == "Unclear"
    assert not Annotation.objects.exists()


def test_arrow_keys_move_between_labels_and_enter_submits(screen):
    screen.locator("#stage").focus()
    press(screen, "Tab", "Tab")
    screen.locator("input[value=positive]").focus()
    press(screen, "ArrowDown")
    assert shown(screen) == "text 0"
    expect(screen.locator(":checked")).to_have_value("negative")
    press(screen, "Enter")
    assert shown(screen) == "text 1"
    all_saved(screen)
    assert Annotation.objects.get().value == "negative"


def test_a_click_chooses_and_goes_on(screen):
    screen.locator("#choices").get_by_text("negative").click()
    expect(screen.locator("#stage")).to_have_text("text 1")
    screen.evaluate(PAINTED)
    press(screen, "1")
    assert shown(screen) == "text 2"
    all_saved(screen)
    assert list(Annotation.objects.order_by("item").values_list("value", flat=True)) == ["negative", "positive"]


def test_several_labels_are_toggled_and_enter_submits(visit, make_project, ann):
    project = make_project(labels=("toys", "books", "food"), task_type="multiple_choice")
    add_texts(project, ["a picture book", "a stone", "bread"])
    page = visit(label(project), ann)
    expect(page.locator("[data-quick]")).to_be_attached()
    press(page, "1", "2", "3", "3", "Enter", "Enter")
    assert shown(page) == "bread"
    all_saved(page)
    assert list(Annotation.objects.order_by("item").values_list("value", flat=True)) == [["toys", "books"], []]


def test_the_end_sums_up_the_session_and_undo_still_works(visit, make_project, ann):
    project = make_project()
    add_texts(project, ["one", "two"])
    page = visit(label(project), ann)
    expect(page.locator("[data-quick]")).to_be_attached()
    press(page, "1", "2")
    expect(page.get_by_role("heading", name="Nothing left for you")).to_be_visible()
    card = page.locator(".session-card")
    expect(card.get_by_role("definition").first).to_have_text("2")
    expect(card).to_contain_text("Nothing else waits for you now.")
    expect(page.locator(".work-done")).to_be_hidden()  # what the page itself counted, where the server is not reached
    assert faults(page, WCAG) == []
    press(page, "u")
    assert shown(page) == "two"
    press(page, "1")
    all_saved(page)
    assert dict(Annotation.objects.values_list("item__text", "value")) == {"one": "positive", "two": "positive"}


def test_who_stops_sees_how_it_went(screen):
    press(screen, "1", "2", "1")
    all_saved(screen)
    screen.get_by_role("link", name="Stop").click()
    expect(screen.get_by_role("heading", name="That was 3 answers")).to_be_visible()
    expect(screen.get_by_text("7 items in Reviews")).to_be_visible()
    screen.get_by_role("link", name="Go on").click()
    expect(screen.locator("[data-quick][data-state=item]")).to_be_attached()


@pytest.mark.parametrize("when", ["hidden", "after", "shown"])
def test_a_suggestion_is_shown_when_the_project_says(visit, reviews, ann, when):
    proba = {"positive": 0.17, "negative": 0.83}
    for item in reviews.items.all():
        Suggestion.objects.create(
            project=reviews, item=item, model="ours", value="negative", proba=proba, created_at=timezone.now()
        )
    Project.objects.filter(pk=reviews.pk).update(show_suggestions=when, explore=0)
    page = visit(label(reviews), ann)
    expect(page.locator("[data-quick]")).to_be_attached()
    suggested = page.locator("[data-suggested]")
    assert suggested.count() == (when == "shown")
    press(page, "1")
    if when == "after":  # the model would say something else: time to think it over
        assert shown(page) == "text 0"
        expect(suggested).to_contain_text("model 83 %")
        press(page, "1")
    assert shown(page) == "text 1"
    press(page, "2")  # where both agree, nothing is shown and nobody waits
    assert shown(page) == "text 2"
    all_saved(page)
    assert Annotation.objects.filter(suggestion_shown__isnull=True).count() == (2 if when == "hidden" else 0)


def test_it_works_without_javascript(visit, reviews, ann):
    page = visit(label(reviews), ann, java_script_enabled=False)
    page.locator("#choices").get_by_text("negative").click()
    page.get_by_role("button", name="Submit").click()
    assert shown(page) == "text 1"
    page.get_by_role("button", name="Skip Space").click()
    assert shown(page) == "text 2"
    page.get_by_role("button", name="Flag").click()
    expect(page.locator(".flag")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Undo").click()
    assert shown(page) == "text 0"
    expect(page.get_by_label("negative")).to_be_checked()
    page.get_by_role("button", name="Guidelines").click()
    expect(page.locator("#guidelines")).to_be_visible()
    assert Flag.objects.get().item.text == "text 2"


def test_guidelines_lie_beside_the_item_where_there_is_room(visit, reviews, ann):
    page = visit(label(reviews), ann, viewport={"width": 1440, "height": 800})
    expect(page.locator("[data-quick][data-state=item]")).to_be_attached()
    expect(page.locator("main")).to_have_css("margin-right", "0px")
    press(page, "g")
    expect(page.locator("#guidelines")).to_be_visible()
    expect(page.locator("main")).to_have_css("margin-right", "432px")


def test_two_labels_can_be_swiped_on_a_phone(visit, reviews, ann):
    page = visit(label(reviews), ann, viewport={"width": 390, "height": 780}, has_touch=True, is_mobile=True)
    expect(page.locator("#notice")).to_have_text("Swipe left for positive, right for negative.")
    swipe(page, 300, 60)
    expect(page.locator("#stage")).to_have_text("text 1")
    swipe(page, 60, 300)
    expect(page.locator("#stage")).to_have_text("text 2")
    swipe(page, 60, 90)
    page.wait_for_timeout(100)
    assert shown(page) == "text 2"
    all_saved(page)
    assert list(Annotation.objects.order_by("item").values_list("value", flat=True)) == ["positive", "negative"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def swipe(page: Page, start: int, end: int) -> None:
    session = page.context.new_cdp_session(page)
    touch = lambda kind, points: session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})  # noqa: E731
    touch("touchStart", [{"x": start, "y": 300}])
    for step in range(1, 6):
        touch("touchMove", [{"x": start + (end - start) * step / 5, "y": 302}])
    touch("touchEnd", [])


def test_an_answer_can_be_taken_back_while_the_next_picture_is_on_its_way(visit, digits, ann):
    first, second = digits.items.order_by("pk")[:2]
    hanging = []
    page = visit("/account/", ann)
    page.route(f"**/items/{second.pk}/image/", lambda route: hanging.append(route))
    page.goto(label(digits))
    expect(page.locator("[data-quick] #stage img")).to_be_visible()
    page.keyboard.press("3")
    expect(page.locator("[data-today]")).to_have_text("1")
    page.keyboard.press("u")
    expect(page.locator("[data-state=item] #stage")).to_have_attribute("data-item", str(first.pk))
    press(page, "4", "u", "5")
    hanging[0].continue_()
    expect(page.locator("[data-state=item] #stage")).to_have_attribute("data-item", str(second.pk))
    press(page, "6")
    all_saved(page)
    assert list(Annotation.objects.order_by("item").values_list("value", flat=True)) == ["5", "6"]


@pytest.fixture
def digits(make_project) -> Project:
    """Thirty 8 × 8 pictures, each of one grey."""
    project = make_project(labels=tuple("0123456789"), name="digits")
    project.labels.update(hotkey="")
    add_texts(project, [f"digit {number}" for number in range(30)])
    for number, item in enumerate(project.items.order_by("pk")):
        file = io.BytesIO()
        Image.new("L", (8, 8), 8 * number).save(file, "PNG")
        item.image, item.text = default_storage.save(f"{number}.png", ContentFile(file.getvalue())), None
        item.save()
    return project


def test_pictures_are_ready_before_they_are_needed(visit, digits, ann):
    items = list(digits.items.order_by("pk").values_list("pk", flat=True))
    page = visit(label(digits), ann)
    expect(page.locator("[data-quick] #stage img[data-tiny]")).to_be_visible()
    press(page, "0")
    expect(page.locator(".shelf img")).to_have_count(7)  # one behind, for undo
    page.route("**/image/", lambda route: route.abort())
    for key in "12345":
        press(page, key)
        assert page.locator("#stage").get_attribute("data-item") == str(items[int(key) + 1])
    page.unroute("**/image/")  # what failed meanwhile is tried again
    for key in "6789":
        ready = page.locator("[data-quick][data-state=item] #stage")  # before that a key is not taken
        expect(ready).to_have_attribute("data-item", str(items[int(key)]), timeout=15_000)
        press(page, key)
    all_saved(page)
    values = Annotation.objects.order_by("item").values_list("value", flat=True)
    assert list(values) == list("0123456789")


def test_a_picture_that_does_not_come_is_never_labelled_but_can_be_skipped(visit, digits, ann):
    without_picture = digits.items.order_by("pk")[1]
    default_storage.delete(without_picture.image)
    page = visit(label(digits), ann)
    expect(page.locator("[data-quick]")).to_be_attached()
    press(page, "3")
    expect(page.locator("#notice")).to_contain_text("does not come")
    press(page, "4", "5", "Space")
    third = digits.items.order_by("pk")[2]
    expect(page.locator("[data-state=item] #stage")).to_have_attribute("data-item", str(third.pk))
    press(page, "6")
    all_saved(page)
    assert list(Annotation.objects.order_by("item").values_list("value", flat=True)) == ["3", "6"]
    assert Assignment.objects.get(status="skipped").item == without_picture


@pytest.mark.parametrize("kind", ["text", "image", "data"])
def test_everybody_can_use_it(visit, request, make_project, ann, kind):
    """axe finds nothing against WCAG 2.2 A and AA, in light and dark."""
    if not AXE.exists():
        pytest.fail("axe-core is not installed; `make test` does it, or `npm install` by itself")
    project = _project(kind, request, make_project)
    page = visit(label(project), ann, reduced_motion="reduce")  # else a colour is measured on its way to another
    expect(page.locator("[data-quick]")).to_be_attached()
    for keys in ((), ("f", "1", "u", "g"), ("g", "?")):
        press(page, *keys)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert faults(page, WCAG) == [], (keys, scheme)
        if kind != "text":
            return  # the drawers are the same


def _project(kind: str, request, make_project) -> Project:
    if kind == "image":
        return request.getfixturevalue("digits")
    if kind == "text":
        return request.getfixturevalue("reviews")
    project = make_project(labels=("ok", "card testing", "identity theft"), task_type="multiple_choice")
    rows = [{"merchant": "Northwind Books", "amount": 41.9 + row, "tries": [1, 2]} for row in range(20)]
    import_records(project, [Record(row=row, external_id=f"{row}", data=data) for row, data in enumerate(rows, 1)])
    return project


def test_first_label_is_possible_within_a_second(visit, reviews, ann):
    page = visit(label(reviews), ann)
    expect(page.locator("[data-quick]")).to_be_attached()
    page.reload()
    expect(page.locator("[data-quick][data-state=item]")).to_be_attached()
    milliseconds = page.evaluate("performance.now()")
    assert milliseconds < 3000, f"{milliseconds:.0f} ms on a busy machine; 1000 are promised on a free one"


def test_words_in_an_item_are_never_markup(visit, make_project, ann):
    project = make_project()
    add_texts(project, ["<img src=x onerror=alert(1)>", "<b>bold</b> 👍🏽 🇨🇭"])
    page = visit(label(project), ann)
    expect(page.locator("[data-quick]")).to_be_attached()
    assert shown(page) == "<img src=x onerror=alert(1)>"
    press(page, "1")
    assert shown(page) == "<b>bold</b> 👍🏽 🇨🇭"
    assert re.match(r"\d+$", page.locator("#stage").get_attribute("data-item") or "")
    assert Item.objects.count() == 2
