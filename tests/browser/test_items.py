"""The list of items: chosen by their boxes, deleted, and restored."""

import pytest
from playwright.sync_api import expect

from annotate import consensus
from annotate.queue.leasing import lease_next
from annotate.queue.submitting import submit
from tests.browser.axe import AXE, faults
from tests.browser.test_pages_axe import PHONE, WIDE, check, overhang


def test_items_are_chosen_by_a_range_deleted_and_restored(visit, reviews, mona, ann):
    submit(lease_next(reviews, ann), "positive")
    page = visit(f"/projects/{reviews.pk}/items/", mona)
    bar = page.get_by_role("toolbar", name="With the chosen items")
    expect(bar).not_to_be_visible()
    page.get_by_label("Choose item-1", exact=True).check()
    page.get_by_label("Choose item-3", exact=True).click(modifiers=["Shift"])
    expect(bar.get_by_text("3 chosen")).to_be_visible()
    bar.get_by_role("button", name="Delete…").click()
    page.get_by_role("button", name="Delete 3 items and 1 annotation").click()
    expect(page.get_by_text("3 items and 1 annotation were deleted.")).to_be_visible()
    assert (reviews.items.count(), reviews.annotations.count()) == (7, 0)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("3 items restored")).to_be_visible()
    assert (reviews.items.count(), reviews.annotations.count()) == (10, 1)


def test_all_items_get_a_priority_in_three_clicks(visit, reviews, mona):
    page = visit(f"/projects/{reviews.pk}/items/?columns=priority", mona)
    page.get_by_label("All items on this page").check()
    page.get_by_text("Priority…").click()
    page.get_by_role("button", name="Put them first").click()
    expect(page.get_by_text("10 of 10 items now stand elsewhere in the queue.")).to_be_visible()
    expect(page.get_by_role("cell", name="1", exact=True)).to_have_count(10)


def test_the_bar_appears_without_javascript(visit, reviews, mona):
    page = visit(f"/projects/{reviews.pk}/items/", mona, java_script_enabled=False)
    page.get_by_label("Choose item-2", exact=True).check()
    page.get_by_text("Flag…").click()
    page.get_by_role("button", name="Flag", exact=True).click()
    expect(page.get_by_text("1 of 1 item now have your flag.")).to_be_visible()


@pytest.mark.parametrize("scripted", [True, False])
def test_a_filter_is_set_in_the_menu_and_taken_away_by_its_chip(visit, reviews, mona, ann, scripted):
    submit(lease_next(reviews, ann), "positive")
    page = visit(f"/projects/{reviews.pk}/items/", mona, java_script_enabled=scripted)
    page.locator(".filter-menu summary").click()
    page.get_by_role("combobox", name="State").select_option("Done")
    page.get_by_role("button", name="Filter", exact=True).click()
    expect(page.get_by_role("heading", name="Done")).to_be_visible()
    expect(page.get_by_label("Choose item-")).to_have_count(1)
    page.get_by_role("link", name="take this filter away").click()
    expect(page.get_by_label("Choose item-")).to_have_count(10)


def test_rows_are_walked_ticked_and_opened_by_keys(visit, reviews, mona):
    page = visit(f"/projects/{reviews.pk}/items/", mona)
    for key in "jjjkx":
        page.keyboard.press(key)
    expect(page.get_by_label("Choose item-2", exact=True)).to_be_checked()
    page.get_by_role("button", name="Choose none").click()
    expect(page.get_by_label("Choose item-2", exact=True)).not_to_be_checked()
    expect(page.get_by_role("toolbar")).not_to_be_visible()


def test_the_drawer_shows_the_item_of_the_row_and_takes_a_comment(visit, reviews, mona, ann):
    submit(lease_next(reviews, ann), "positive")
    page = visit(f"/projects/{reviews.pk}/items/?sort=name", mona)
    drawer = page.get_by_role("complementary", name="The item")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(drawer.get_by_role("heading", name="item-1", exact=True)).to_be_visible()
    expect(drawer.get_by_role("listitem").first).to_contain_text("ann")
    page.keyboard.press("c")
    page.keyboard.type("Is this a joke?")
    page.keyboard.press("Enter")
    expect(drawer.get_by_text("commented: “Is this a joke?”")).to_be_visible()
    drawer.get_by_role("button", name="Next item").click()
    page.keyboard.press("ArrowDown")
    expect(drawer.get_by_role("heading", name="item-2", exact=True)).to_be_visible()
    page.keyboard.press("Escape")
    expect(drawer).not_to_be_visible()
    page.get_by_role("cell", name="positive").first.click()
    expect(drawer.get_by_role("heading", name="item-1", exact=True)).to_be_visible()
    assert [comment.text for comment in reviews.items.get(external_id="item-1").comments.all()] == ["Is this a joke?"]


def test_on_a_phone_the_drawer_covers_the_list_and_has_the_focus(visit, reviews, mona):
    page = visit(f"/projects/{reviews.pk}/items/?sort=name", mona, viewport=PHONE)
    drawer = page.get_by_role("complementary", name="The item")
    page.locator(".glimpse").first.click()
    expect(drawer.get_by_role("button", name="Close")).to_be_focused()
    drawer.get_by_role("button", name="Next item").click()
    expect(drawer.get_by_role("heading", name="item-10", exact=True)).to_be_visible()
    expect(drawer.get_by_role("button", name="Next item")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".glimpse").nth(1)).to_be_focused()


def test_a_row_leads_to_the_page_of_its_item_without_javascript(visit, reviews, mona):
    page = visit(f"/projects/{reviews.pk}/items/", mona, java_script_enabled=False)
    page.locator(".glimpse").first.click()
    expect(page.get_by_role("heading", level=1, name="item-1")).to_be_visible()


def test_the_bar_covers_no_row(visit, reviews, mona):
    page = visit(f"/projects/{reviews.pk}/items/", mona, viewport={"width": 1440, "height": 700})
    page.get_by_label("All items on this page").check()
    table, bar = page.locator(".items-box").bounding_box(), page.get_by_role("toolbar").bounding_box()
    assert table["y"] + table["height"] <= bar["y"]
    assert bar["y"] + bar["height"] < 700


def test_the_slash_goes_to_the_field_for_words(visit, reviews, rita):
    page = visit(f"/projects/{reviews.pk}/items/", rita)
    page.keyboard.press("/")
    page.keyboard.type("item-7")
    page.keyboard.press("Enter")
    expect(page.locator(".items tbody tr")).to_have_count(1)
    expect(page.get_by_role("link", name="More like item-7")).to_be_visible()


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed; `make test` installs it")
def test_axe_finds_nothing_with_the_bar_shown(visit, reviews, mona, ann):
    submit(lease_next(reviews, ann), "positive")
    consensus.fresh(reviews)
    for scheme in ("light", "dark"):
        page = visit("about:blank", mona, color_scheme=scheme)
        check(page, f"/projects/{reviews.pk}/items/?sort=-votes&columns=disagreement&columns=assigned&columns=votes")
        page.locator(".glimpse").first.click()
        expect(page.get_by_role("complementary", name="The item")).to_be_visible()
        for size in (WIDE, PHONE):
            page.set_viewport_size(size)
            assert (faults(page), overhang(page)) == ([], 0)


@pytest.mark.parametrize("scripted", [True, False])
def test_a_list_is_saved_as_a_view_and_removed(visit, reviews, mona, scripted):
    page = visit(f"/projects/{reviews.pk}/items/?search=item-1", mona, java_script_enabled=scripted)
    page.locator("summary", has_text="Save view").click()
    page.get_by_label("Name of the view").fill("Ones")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", level=1, name="Ones")).to_be_visible()
    page.get_by_role("link", name="All items").click()
    page.get_by_role("navigation", name="Views").get_by_role("link", name="Ones").click()
    expect(page.locator(".items tbody tr")).to_have_count(2)
    page.locator("summary", has_text="View…").click()
    page.get_by_role("button", name="Remove this view").click()
    expect(page.get_by_role("navigation", name="Views").get_by_role("link", name="Ones")).to_have_count(0)
