"""Polygons, lines and points on pictures: their gestures."""

import pytest
from playwright.sync_api import expect

from annotate.imports.run import import_records
from annotate_kit.formats.records import Record
from tests.browser.axe import faults
from tests.browser.test_boxes import at, drag, keys_to, near, opened, submitted
from tests.pictures import coins


@pytest.fixture
def project(make_project, request):
    project = make_project(labels=("Coin", "Button"), task_type=request.param, name="Coins", learning=False)
    import_records(project, [Record(n, f"coins-{n}", image=coins(n), image_name=f"{n}.png") for n in (1, 2)])
    return project


def drawn(page, key):
    return page.evaluate(
        "(key) => (JSON.parse(localStorage['annotate-drafts'] ?? '[]').at(-1)?.[1] ?? []).map((p) => p[key])", key
    )


CORNERS = [(60, 40), (140, 60), (120, 140), (50, 120)]


@pytest.mark.parametrize("project", ["polygons"], indirect=True)
def test_a_polygon_is_clicked_corner_by_corner_and_changed(visit, project, ann):
    page = opened(visit, project, ann)
    for corner in CORNERS:
        page.mouse.click(*at(page, *corner))
    page.mouse.click(*at(page, 200, 200))
    page.keyboard.press("Backspace")
    page.mouse.click(*at(page, *CORNERS[0]))  # closes it
    (ring,) = drawn(page, "polygon")
    assert all(near(a, b, 1.5) for a, b in zip(ring, CORNERS, strict=True))
    drag(page, (100, 50), (110, 20))  # an edge: a new corner
    assert near(drawn(page, "polygon")[0][1], [110, 20], 1.5)
    drag(page, (60, 40), (66, 46))
    assert near(drawn(page, "polygon")[0][0], [66, 46], 1.5)
    page.mouse.click(*at(page, 110, 20))
    page.keyboard.press("Delete")
    assert len(drawn(page, "polygon")[0]) == 4
    assert faults(page) == []
    page.keyboard.press("Enter")
    assert len(submitted(page)[0]["polygon"]) == 4


@pytest.mark.parametrize("project", ["polygons"], indirect=True)
def test_a_polygon_is_drawn_freehand_and_by_keys(visit, project, ann):
    page = opened(visit, project, ann)
    page.mouse.move(*at(page, 60, 40))
    page.mouse.down()
    for x, y in [(100, 41), (140, 40), (141, 80), (140, 120), (100, 119), (60, 120), (61, 80), (60, 42)]:
        page.mouse.move(*at(page, x, y), steps=4)
    page.mouse.up()
    (ring,) = drawn(page, "polygon")
    assert 4 <= len(ring) <= 8
    page.keyboard.press("n")
    for corner in [(300, 100), (400, 100), (350, 200)]:
        for key in keys_to(*corner):
            page.keyboard.press(key)
    page.keyboard.press("Enter")
    assert all(
        near(a, b, 2) for a, b in zip(drawn(page, "polygon")[1], [(300, 100), (400, 100), (350, 200)], strict=True)
    )


@pytest.mark.parametrize("project", ["points"], indirect=True)
def test_a_point_is_one_click_and_can_be_dragged(visit, project, ann):
    page = opened(visit, project, ann)
    page.mouse.click(*at(page, 97, 80))
    page.keyboard.press("2")
    page.keyboard.press("Escape")
    page.mouse.click(*at(page, 257, 90))
    assert all(near(a, b, 1) for a, b in zip(drawn(page, "point"), [(97, 80), (257, 90)], strict=True))
    drag(page, (257, 90), (267, 95))
    assert near(drawn(page, "point")[1], (267, 95), 1.5)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("n")
    for key in keys_to(430, 100):
        page.keyboard.press(key)
    assert near(drawn(page, "point")[2], (430, 100), 2)
    page.keyboard.press("Enter")
    assert [part["label"] for part in submitted(page)] == ["Button"] * 3


@pytest.mark.parametrize("project", ["polylines"], indirect=True)
def test_a_line_ends_at_its_last_corner_again(visit, project, ann):
    page = opened(visit, project, ann)
    for corner in [*CORNERS, CORNERS[-1]]:
        page.mouse.click(*at(page, *corner))
    expect(page.locator("[data-list=drawn] li")).to_have_count(1)
    page.keyboard.press("Enter")
    assert len(submitted(page)[0]["line"]) == 4


@pytest.mark.parametrize("project", ["boxes"], indirect=True)
def test_a_finger_draws_and_the_loupe_shows_what_is_under_it(visit, project, ann):
    page = opened(visit, project, ann, has_touch=True, viewport={"width": 390, "height": 780})
    session = page.context.new_cdp_session(page)

    def touch(kind, *points):
        places = [dict(zip("xy", at(page, *point), strict=True)) for point in points]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    touch("touchStart", (60, 40))
    touch("touchMove", (100, 100))
    touch("touchMove", (140, 120))
    expect(page.locator(".shapes-loupe")).to_be_visible()
    touch("touchEnd")
    expect(page.locator(".shapes-loupe")).to_be_hidden()
    assert near(drawn(page, "box")[0], [60, 40, 140, 120], 3)
    wide = page.locator(".stage .item-image").bounding_box()["width"]
    (x0, y0), (x1, y1) = at(page, 250, 200), at(page, 350, 200)
    fingers = lambda spread: [{"x": x0 - spread, "y": y0, "id": 1}, {"x": x1 + spread, "y": y1, "id": 2}]  # noqa: E731
    for kind, spread in [("touchStart", 0), ("touchMove", 20), ("touchMove", 40)]:
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers(spread)})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert page.locator(".stage .item-image").bounding_box()["width"] > 1.5 * wide
    assert len(drawn(page, "box")) == 1
