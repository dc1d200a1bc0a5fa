"""Verifying by the page in a browser: by key, by touch, offline, and taken back."""

import pytest
from playwright.sync_api import Page, expect

from annotate.models import Page as VerifiedPage
from projects.models import Project
from tests.annotate.pages import with_offer
from tests.browser.axe import AXE, WCAG, faults
from tests.browser.conftest import eventually


@pytest.fixture
def crops(make_project, abe) -> Project:
    return with_offer(make_project(labels=("fruit", "tools"), page_tiles=12), abe, fruit=60)


def opened(visit, project: Project, person, **options) -> Page:
    page = visit(f"/projects/{project.pk}/verify/", person, **options)
    page.wait_for_selector("body[data-quick]")
    return page


def known_wrong(page: Page) -> int:
    shown = VerifiedPage.objects.get(pk=int(page.locator("[name=page]").input_value()))
    return shown.tiles.get(assignment=None).place


def go_to(page: Page, place: int) -> None:
    for _ in range(place):
        page.keyboard.press("ArrowRight")


def verified(project: Project, person) -> int:
    return project.annotations.filter(annotator=person, origin="page").count()


def test_a_page_is_verified_by_key_and_taken_back(visit, crops, ann):
    page = opened(visit, crops, ann)
    wrong = known_wrong(page)
    go_to(page, wrong)
    page.keyboard.press("2")
    expect(page.locator("[data-sum]")).to_have_text("11 accepted as fruit · 1 relabelled")
    first = page.locator("[name=page]").input_value()
    page.keyboard.press("Enter")
    expect(page.locator("[data-saved]")).to_have_text("all saved")
    expect(page.locator("[name=page]")).not_to_have_value(first)
    eventually(page, lambda: verified(crops, ann) == 11)
    page.keyboard.press("u")
    expect(page.locator("[name=page]")).to_have_value(first)
    expect(page.locator("[data-sum]")).to_have_text("11 accepted as fruit · 1 relabelled")
    eventually(page, lambda: verified(crops, ann) == 0)
    page.keyboard.press("Enter")
    eventually(page, lambda: verified(crops, ann) == 11)


def test_who_did_not_look_is_told_and_nothing_is_stored(visit, crops, ann):
    page = opened(visit, crops, ann)
    place = known_wrong(page)
    page.keyboard.press("Enter")
    expect(page.locator("#notice")).to_contain_text(f"you accepted item {place + 1}, which is known to be wrong")
    assert verified(crops, ann) == 0
    expect(page.locator("#page [value=undo]")).to_be_disabled()


def test_x_and_a_click_cross_out_and_unmark(visit, crops, ann):
    page = opened(visit, crops, ann)
    page.keyboard.press("x")
    expect(page.locator("[data-sum]")).to_have_text("11 accepted as fruit · 1 crossed out")
    page.locator(".tile-item").nth(3).click()
    expect(page.locator("[data-sum]")).to_have_text("10 accepted as fruit · 2 crossed out")
    page.locator(".tile-item").nth(3).click()
    page.locator("select").nth(5).select_option("label:tools")
    expect(page.locator("[data-sum]")).to_have_text("10 accepted as fruit · 1 relabelled · 1 crossed out")


def test_pages_that_were_accepted_offline_arrive_later(visit, crops, ann):
    page = opened(visit, crops, ann)
    page.wait_for_load_state("networkidle")  # the page ahead is here
    page.context.set_offline(True)
    go_to(page, known_wrong(page))
    page.keyboard.press("x")
    first = page.locator("[name=page]").input_value()
    page.keyboard.press("Enter")
    expect(page.locator("[name=page]")).not_to_have_value(first)
    expect(page.locator("[data-saved]")).to_contain_text("1 page kept on this device")
    assert verified(crops, ann) == 0
    page.context.set_offline(False)
    expect(page.locator("[data-saved]")).to_have_text("all saved")
    assert verified(crops, ann) == 11


def test_a_page_that_is_left_gives_its_items_back(visit, crops, ann):
    page = opened(visit, crops, ann)
    page.wait_for_load_state("networkidle")
    page.goto("/account/")
    eventually(page, lambda: not crops.assignments.live().filter(annotator=ann).exists())


def test_a_tap_crosses_out_on_a_phone(visit, crops, ann):
    page = opened(visit, crops, ann, has_touch=True, viewport={"width": 390, "height": 844})
    page.locator(".tile-item").nth(1).tap()
    expect(page.locator(".page-tile").nth(1)).to_have_attribute("data-wrong", "")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_axe_finds_nothing(visit, crops, ann, color_scheme):
    if not AXE.exists():
        pytest.skip("axe-core is not installed: make test installs it")
    page = opened(visit, crops, ann, color_scheme=color_scheme)
    page.keyboard.press("x")
    assert faults(page, WCAG) == []
