"""The map of the items in a browser: chosen by mouse and by keyboard, and with no script at all."""

import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from annotate.queue.leasing import lease
from annotate.queue.submitting import submit
from learner import features, item_map
from projects.models import Project
from tests.browser.axe import AXE
from tests.browser.test_pages_axe import check
from tests.conftest import add_texts

PLACES = [(-1.0, -0.6), (1.0, -0.6), (-1.0, 0.6), (1.0, 0.6)]


@pytest.fixture
def corners(make_project, ann) -> Project:
    """Forty texts, ten alike in each corner of the map; some of the first have an answer."""
    project = make_project(learning=False, features="given_vectors")
    add_texts(project, [f"text {place}" for place in range(40)])
    vectors = np.array([[*PLACES[place // 10], 0.01 * (place % 10), 1] for place in range(40)])
    features.store_vectors(project, [f"item-{place}" for place in range(1, 41)], vectors)
    for assignment in lease(project, ann, 5):
        submit(assignment, "positive")
    item_map.refresh(project)
    return project


def dots(page: Page):
    return page.locator(".map a")


def test_a_dot_is_reached_by_tab_arrows_and_enter_and_shows_its_items(visit, corners, rita):
    page = visit(f"/projects/{corners.pk}/items/map/", rita)
    expect(page.locator(".map a[tabindex='0']")).to_have_count(1)
    page.locator(".map a[tabindex='0']").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".map a:focus title")).to_have_text(re.compile("no label yet, 0 answered"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=2)).to_have_text(re.compile(r"\d+\s+items? in this region"))
    expect(page.locator(".map a.chosen")).to_have_count(1)


def test_a_region_is_labelled_at_once_without_a_script(visit, corners, mona):
    page = visit(f"/projects/{corners.pk}/items/map/", mona, java_script_enabled=False)
    address = dots(page).last.get_attribute("href")
    page.goto(f"/projects/{corners.pk}/items/map/{address}")
    page.get_by_role("button", name="Label these now").click()
    expect(page).to_have_url(re.compile("/label/"))
    assert corners.assignments.filter(annotator=mona, status="leased").exists()


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed; `make test` installs it")
def test_axe_finds_nothing_on_the_map(visit, corners, rita):
    page = visit("about:blank", rita)
    check(page, f"/projects/{corners.pk}/items/map/", f"/projects/{corners.pk}/items/map/?cell=0-0&around=5")
