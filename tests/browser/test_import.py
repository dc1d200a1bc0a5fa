"""An ordinary table is imported by a person with a browser: file, columns, done."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from annotate.models import Item
from tests.browser.axe import AXE, faults
from tests.browser.test_pages_axe import PHONE, WIDE, overhang

REVIEWS = "id;message;channel;stars;date\r\n" + "".join(
    f"{n};Schöne Grüße, Nummer {n};web;{n % 5};2026-01-{n:02}\r\n" for n in range(1, 29)
)


@pytest.fixture
def file(tmp_path) -> Path:
    path = tmp_path / "reviews.csv"
    path.write_bytes(REVIEWS.encode("cp1252"))
    return path


def with_columns(page: Page, file: Path) -> Page:
    """Where the columns are chosen, once the page has its scripts: a choice before that is not answered."""
    page.set_input_files("[name=file]", file)
    page.click("#import-form button.primary")
    page.wait_for_url("**/import/*/")
    return page


def test_an_ordinary_table_is_imported_with_four_clicks(visit, reviews, mona, file):
    Item.objects.all().delete()
    page = with_columns(visit(f"/projects/{reviews.pk}/import/", mona), file)
    assert page.inner_text("h1") == "What are the columns of reviews.csv?"
    assert page.inner_text("#outcome li p >> nth=0") == "Schöne Grüße, Nummer 1"
    assert not page.is_visible(".with-answers")
    with page.expect_response("**/columns/"):
        page.select_option("select >> nth=2", "context")
    page.wait_for_selector("#outcome dt:text('channel')")
    page.click("button:text('Import')")
    page.wait_for_selector("text=reviews.csv is imported.")
    item = Item.objects.get(external_id="7")
    assert (item.text, item.meta["stars"]) == ("Schöne Grüße, Nummer 7", "2")


def test_a_wrong_choice_is_told_at_once(visit, reviews, mona, file):
    page = with_columns(visit(f"/projects/{reviews.pk}/import/", mona), file)
    page.select_option("select >> nth=3", "answer")
    page.wait_for_selector("text=28 errors")
    assert page.is_visible(".with-answers")
    page.select_option("select >> nth=3", "text")
    page.wait_for_selector("text=cannot both be text; choose one of them")


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed; `make test` installs it")
def test_axe_finds_nothing_where_columns_are_chosen(visit, reviews, mona, file):
    page = with_columns(visit(f"/projects/{reviews.pk}/import/", mona), file)
    page.wait_for_selector("text=What becomes of it")
    page.emulate_media(reduced_motion="reduce")
    for scheme, size in (("light", WIDE), ("dark", PHONE)):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size(size)
        assert (faults(page), overhang(page)) == ([], 0)
