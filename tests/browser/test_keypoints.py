"""Keypoints on pictures: joints placed in their order by clicks, keys and taps, and changed."""

import pytest
from playwright.sync_api import Page, expect

from annotate.imports.run import import_records
from annotate_kit.formats.records import Record
from projects.models import Project
from tests.browser.axe import faults
from tests.browser.conftest import eventually
from tests.browser.test_boxes import at, drag, keys_to, opened, submitted
from tests.pictures import coins

OPTIONS = {"joints": "head\nleft paw\ntail", "edges": "head - left paw\nhead - tail"}
HEAD, PAW, TAIL = (97, 80), (140, 120), (257, 90)


@pytest.fixture
def animals(make_project) -> Project:
    project = make_project(
        labels=("cat", "dog"), task_type="keypoints", name="Animals", learning=False, options=OPTIONS
    )
    import_records(project, [Record(n, f"coins-{n}", image=coins(n), image_name=f"{n}.png") for n in (1, 2)])
    return project


def drawn(page: Page) -> list[dict]:
    return page.evaluate(
        "(JSON.parse(localStorage['annotate-drafts'] ?? '[]').at(-1)?.[1] ?? []).map((p) => p.keypoints)"
    )


def expect_joints(page: Page, *wanted: dict) -> None:
    """What is drawn, within a pixel and a half."""
    placed = drawn(page)
    assert [{name: joint[2] for name, joint in joints.items()} for joints in placed] == [
        {name: joint[2] for name, joint in joints.items()} for joints in wanted
    ]
    for joints, others in zip(placed, wanted, strict=True):
        for name, (x, y, _) in others.items():
            assert joints[name][:2] == pytest.approx([x, y], abs=2), name


def expect_next(page: Page, name: str) -> None:
    expect(page.locator("[data-next-joint]")).to_have_text(f"Next: {name}" if name else "")


def test_joints_are_a_click_each_and_the_next_click_begins_another_object(visit, animals, ann):
    page = opened(visit, animals, ann)
    expect_next(page, "head")
    page.mouse.click(*at(page, *HEAD))
    expect_next(page, "left paw")
    page.keyboard.down("Alt")
    page.mouse.click(*at(page, *PAW))
    page.keyboard.up("Alt")
    page.mouse.click(*at(page, *TAIL))
    expect_next(page, "")
    expect_joints(page, {"head": (*HEAD, 2), "left paw": (*PAW, 1), "tail": (*TAIL, 2)})
    page.mouse.click(*at(page, 430, 100))
    expect_next(page, "left paw")
    page.keyboard.press("2")  # relabels what is selected
    expect(page.locator("[data-list=drawn] li")).to_have_count(2)
    assert faults(page) == []
    page.keyboard.press("Enter")
    value = submitted(page)
    assert [part["label"] for part in value] == ["cat", "dog"]
    assert [sorted(part["keypoints"]) for part in value] == [["head", "left paw", "tail"], ["head"]]


def test_a_joint_is_skipped_hidden_moved_and_taken_back(visit, animals, ann):
    page = opened(visit, animals, ann)
    page.mouse.click(*at(page, *HEAD))
    page.keyboard.press("j")
    expect_next(page, "tail")
    page.mouse.click(*at(page, *TAIL))
    page.keyboard.press("i")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    expect_joints(page, {"head": (*HEAD, 2), "tail": (TAIL[0] + 1, TAIL[1] + 10, 1)})
    page.keyboard.press("u")
    page.keyboard.press("u")
    page.keyboard.press("u")
    expect_joints(page, {"head": (*HEAD, 2), "tail": (*TAIL, 2)})
    page.keyboard.press("u")
    expect_joints(page, {"head": (*HEAD, 2)})
    expect_next(page, "left paw")
    page.mouse.click(*at(page, *PAW))
    drag(page, PAW, (200, 150))  # a joint is dragged, not placed
    expect_joints(page, {"head": (*HEAD, 2), "left paw": (200, 150, 2)})
    page.keyboard.press("Delete")
    expect_next(page, "left paw")
    expect_joints(page, {"head": (*HEAD, 2)})


def test_tab_goes_from_joint_to_joint_and_an_absent_one_is_placed_from_the_list(visit, animals, ann):
    page = opened(visit, animals, ann)
    page.mouse.click(*at(page, *HEAD))
    page.keyboard.press("j")
    page.mouse.click(*at(page, *TAIL))
    page.keyboard.press("Escape")
    expect_next(page, "head")
    page.keyboard.press("Tab")  # the object
    page.keyboard.press("z")
    page.keyboard.press("ArrowRight")
    expect_joints(page, {"head": (HEAD[0] + 1, HEAD[1], 2), "tail": (TAIL[0] + 1, TAIL[1], 2)})
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowLeft")
    expect_joints(page, {"head": (HEAD[0] + 1, HEAD[1] + 1, 2), "tail": (*TAIL, 2)})
    expect(page.locator("[data-joint=tail]")).to_have_attribute("aria-current", "true")
    page.locator("[data-joint='left paw']").click()
    expect_next(page, "left paw")
    page.mouse.click(*at(page, *PAW))
    assert sorted(drawn(page)[0]) == ["head", "left paw", "tail"]
    before = drawn(page)[0]
    drag(page, ((HEAD[0] + PAW[0]) / 2, (HEAD[1] + PAW[1]) / 2), ((HEAD[0] + PAW[0]) / 2 + 20, (HEAD[1] + PAW[1]) / 2))
    after = drawn(page)[0]  # a bone moves the whole object
    assert all(after[name][0] == pytest.approx(before[name][0] + 20, abs=1) for name in before)


def test_joints_are_placed_by_keys_alone(visit, animals, ann):
    page = opened(visit, animals, ann)
    page.keyboard.press("n")
    for joint in (HEAD, PAW, TAIL):
        for key in keys_to(*joint):
            page.keyboard.press(key)
    expect_joints(page, {"head": (*HEAD, 2), "left paw": (*PAW, 2), "tail": (*TAIL, 2)})
    expect_next(page, "")
    page.keyboard.press("Enter")
    assert len(submitted(page)[0]["keypoints"]) == 3


def test_a_finger_places_joints_and_says_what_is_hidden(visit, animals, ann):
    page = opened(visit, animals, ann, has_touch=True, viewport={"width": 390, "height": 780})
    page.touchscreen.tap(*at(page, *HEAD))
    page.get_by_role("button", name="Skip joint").tap()
    page.touchscreen.tap(*at(page, *TAIL))
    page.get_by_role("button", name="Hidden").tap()
    expect(page.locator("[data-list=drawn] li")).to_have_count(1)
    assert [{name: joint[2] for name, joint in joints.items()} for joints in drawn(page)] == [{"head": 2, "tail": 1}]
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_draft_goes_on_where_it_was_left(visit, animals, ann):
    page = opened(visit, animals, ann)
    page.mouse.click(*at(page, *HEAD))
    page.reload()
    expect(page.locator("[data-list=drawn] li")).to_have_count(1)
    page.mouse.click(*at(page, *HEAD))  # chooses the object
    page.locator("[data-joint=tail]").click()
    page.mouse.click(*at(page, *TAIL))
    expect_joints(page, {"head": (*HEAD, 2), "tail": (*TAIL, 2)})


def test_a_click_that_is_quicker_than_the_script_places_the_first_joint(visit, animals, ann):
    page = opened(visit, animals, ann)
    late = []
    page.route("**/shapes/joints*.js", lambda route: late.append(route))
    page.reload()
    expect(page.locator("[data-quick]")).to_be_attached()
    page.mouse.click(*at(page, *HEAD))
    eventually(page, lambda: bool(late))
    for route in late:
        route.continue_()
    expect(page.locator("[data-list=drawn] li")).to_have_count(1)
    expect_joints(page, {"head": (*HEAD, 2)})
    expect_next(page, "left paw")
