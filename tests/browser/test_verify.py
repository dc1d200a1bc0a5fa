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


def shown(page: Page) -> VerifiedPage:
    return VerifiedPage.objects.get(pk=int(page.locator("[name=page]").input_value()))


def known_wrong(page: Page) -> int:
    return shown(page).tiles.get(assignment=None).place


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


def overlook(page: Page) -> VerifiedPage:
    """Cross a tile out, accept the known wrong one, and wait for what comes back."""
    first = shown(page)
    page.locator(".tile-item").nth(0 if known_wrong(page) else 1).click()
    page.keyboard.press("Enter")
    expect(page.locator("#second-look")).to_be_visible()
    page.wait_for_timeout(600)  # an Enter of the first moment is not for this page
    again = shown(page)
    assert again.second_look_of == first
    return again


def test_a_dropped_page_comes_back_at_once_with_its_marks_and_is_stored(visit, crops, ann):
    page = opened(visit, crops, ann)
    overlook(page)
    expect(page.locator("#second-look")).to_contain_text("you accepted a tile that is known to be wrong")
    expect(page.locator("[data-sum]")).to_have_text("11 accepted as fruit · 1 crossed out")
    expect(page.locator("#page [value=undo]")).to_be_disabled()
    assert verified(crops, ann) == 0
    page.locator(".tile-item").nth(known_wrong(page)).click()
    page.keyboard.press("Enter")
    expect(page.locator("#second-look")).to_be_hidden()
    eventually(page, lambda: verified(crops, ann) == 10)
    page.keyboard.press("u")
    expect(page.locator("[data-sum]")).to_have_text("10 accepted as fruit · 2 crossed out")
    eventually(page, lambda: verified(crops, ann) == 0)


def test_an_enter_for_the_page_before_does_not_accept_the_one_that_comes_back(visit, crops, ann):
    page = opened(visit, crops, ann)
    page.evaluate("""() => {
        const notice = document.querySelector("#second-look");
        const accept = () => notice.hidden || document.querySelector("[data-accept]").click();
        new MutationObserver(accept).observe(notice, {attributes: true});
    }""")
    again = overlook(page)
    expect(page.locator("[data-saved]")).to_have_text("all saved")
    expect(page.locator("[name=page]")).to_have_value(str(again.pk))
    assert again.status == "open"


def test_a_page_that_is_dropped_twice_goes_back_to_the_queue(visit, crops, ann):
    page = opened(visit, crops, ann)
    again = overlook(page)
    place = known_wrong(page)
    page.keyboard.press("Enter")
    expect(page.locator("#notice")).to_contain_text(f"you accepted item {place + 1}, which is known to be wrong")
    expect(page.locator("#second-look")).to_be_hidden()
    again.refresh_from_db()
    assert again.status == "dropped"
    assert verified(crops, ann) == 0


def test_a_page_that_comes_back_waits_for_the_one_that_is_being_marked(visit, crops, ann):
    page = opened(visit, crops, ann)
    page.wait_for_load_state("networkidle")  # the page ahead is here
    page.context.set_offline(True)
    first, others = shown(page), page.locator("[name=page]")
    page.keyboard.press("Enter")
    expect(others).not_to_have_value(str(first.pk))
    second = others.input_value()
    wrong = known_wrong(page)
    go_to(page, wrong)
    page.keyboard.press("x")
    page.context.set_offline(False)
    expect(page.locator("[data-saved]")).to_have_text("all saved")
    expect(others).to_have_value(second)
    page.keyboard.press("Enter")
    expect(page.locator("#second-look")).to_be_visible()
    assert shown(page).second_look_of == first


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
