"""Pictures seen closer where nothing is drawn on them, and texts that keep their shape."""

import io

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image
from playwright.sync_api import Page, expect

from annotate.models import Annotation
from projects.models import Project
from tests.browser.axe import WCAG, faults
from tests.browser.test_label import all_saved, label, press
from tests.conftest import add_texts

PLACE = "(node) => { const r = node.getBoundingClientRect(); return [r.left, r.top, r.width, r.height]; }"


def pictures(make_project, width: int, height: int) -> Project:
    project = make_project(labels=("cat", "dog", "bird"), name="Album")
    add_texts(project, [f"picture {number}" for number in range(6)])
    for number, item in enumerate(project.items.all()):
        file = io.BytesIO()
        Image.new("RGB", (width, height), (40 * number, 90, 120)).save(file, "PNG")
        item.image, item.text = default_storage.save(f"{number}.png", ContentFile(file.getvalue())), None
        item.save()
    return project


@pytest.fixture
def album(visit, make_project, ann) -> Page:
    page = visit(label(pictures(make_project, 600, 400)), ann, viewport={"width": 1200, "height": 800})
    expect(page.locator("[data-quick][data-state=item] #stage .item-image")).to_be_visible()
    expect(page.locator(".picture-tools")).to_be_visible()
    return page


def place(page: Page) -> list[float]:
    return page.locator("#stage .item-image").evaluate(PLACE)


def test_the_wheel_enlarges_what_is_under_the_pointer_and_a_drag_moves_it(album):
    left, top, width, _ = place(album)
    x, y = left + 0.25 * width, top + 50
    album.mouse.move(x, y)
    album.mouse.wheel(0, -400)
    expect(album.locator("#stage[data-viewing]")).to_be_attached()
    now = place(album)
    assert now[2] > 1.5 * width
    assert (x - now[0]) / now[2] == pytest.approx(0.25, abs=0.01)
    album.mouse.down()
    album.mouse.move(x + 60, y + 30, steps=4)
    album.mouse.up()
    moved = place(album)
    assert [moved[0] - now[0], moved[1] - now[1]] == pytest.approx([60, 30], abs=1)
    album.keyboard.press("Escape")
    assert place(album) == pytest.approx([left, top, width, width * 2 / 3], abs=1)


def test_z_enlarges_and_the_next_picture_is_whole_again(album):
    whole = place(album)
    press(album, "z")
    assert place(album)[2] > 2 * whole[2]
    press(album, "z", "z", "1")
    expect(album.locator("#stage[data-viewing]")).not_to_be_attached()  # where the next picture is still on its way
    assert place(album) == pytest.approx(whole, abs=1)
    all_saved(album)
    assert Annotation.objects.get().value == "cat"


def test_keys_change_the_light_the_pixels_and_the_turn_of_a_picture(album):
    whole = place(album)
    picture = album.locator("#stage .item-image")
    press(album, "b", "k")
    assert picture.evaluate("(node) => node.style.filter") == "brightness(150%) contrast(160%)"
    press(album, "x")
    assert picture.evaluate("(node) => getComputedStyle(node).imageRendering") == "pixelated"
    press(album, "r")
    left, top, width, height = place(album)
    assert height / width == pytest.approx(1.5, abs=0.02)
    stage = album.locator("#stage").bounding_box()
    assert stage and top >= stage["y"] - 1 and top + height <= stage["y"] + stage["height"] + 1
    assert left + width / 2 == pytest.approx(stage["x"] + stage["width"] / 2, abs=2)
    press(album, "Escape")
    assert place(album) == pytest.approx(whole, abs=1)
    assert picture.evaluate("(node) => node.style.filter") == ""


def test_two_fingers_enlarge_a_picture_and_choose_no_label(visit, make_project, ann):
    options = {"viewport": {"width": 390, "height": 780}, "has_touch": True, "is_mobile": True}
    page = visit(label(pictures(make_project, 300, 300)), ann, **options)
    expect(page.locator(".picture-tools")).to_be_attached()
    before = place(page)
    session = page.context.new_cdp_session(page)
    for kind, apart in [("touchStart", 40), ("touchMove", 60), ("touchMove", 90), ("touchMove", 120)]:
        points = [{"x": 195 - apart, "y": 250, "id": 1}, {"x": 195 + apart, "y": 250, "id": 2}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert place(page)[2] > 1.5 * before[2]
    assert not Annotation.objects.exists()


def test_a_picture_of_64_pixels_is_shown_eight_times_as_large(visit, make_project, ann):
    page = visit(label(pictures(make_project, 64, 64)), ann, viewport={"width": 1440, "height": 1100})
    expect(page.locator("[data-quick] #stage .item-image[data-tiny]")).to_be_visible()
    assert place(page)[2] >= 8 * 64
    assert faults(page, WCAG) == []


def test_a_picture_of_28_pixels_is_drawn_smooth_eleven_times_as_large_until_x_is_pressed(visit, make_project, ann):
    page = visit(label(pictures(make_project, 28, 28)), ann, viewport={"width": 1440, "height": 1100})
    picture = page.locator("[data-quick] #stage .item-image[data-tiny=true]")
    expect(picture).to_have_css("image-rendering", "auto")
    assert 11 * 28 <= place(page)[2] <= 12 * 28
    expect(page.locator(".picture-tools")).to_be_visible()  # what takes the key comes after the first picture
    press(page, "x")
    expect(page.locator("#stage .item-image")).to_have_css("image-rendering", "pixelated")


@pytest.mark.parametrize("script", [True, False])
def test_code_and_several_lines_keep_their_shape(visit, make_project, ann, script):
    project = make_project()
    add_texts(project, ["def double(n):\n    return 2 * n", "Roses are red\nViolets are blue"])
    page = visit(label(project), ann, java_script_enabled=script)
    text = page.locator("#stage .item-text")
    expect(page.locator("[data-quick]" if script else "body")).to_be_attached()  # which draws the text anew
    expect(text).to_have_attribute("data-lines", "code")
    style = "(node) => { const s = getComputedStyle(node); return [s.whiteSpace, s.textAlign]; }"
    if not script:
        return
    assert text.evaluate(style) == ["pre", "start"]
    press(page, "1")
    expect(text).to_have_attribute("data-lines", "text")
    assert text.evaluate(style) == ["pre-wrap", "start"]
    page.keyboard.press("u")
    expect(text).to_have_attribute("data-lines", "code")
