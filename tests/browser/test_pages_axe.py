"""axe finds nothing on the pages of accounts and projects: light and dark, wide and on a phone."""

import pytest
from playwright.sync_api import Page, ViewportSize

from annotate.queue.leasing import lease
from annotate.queue.submitting import submit
from tests.browser.axe import AXE, faults

WIDE, PHONE = ViewportSize(width=1440, height=900), ViewportSize(width=390, height=844)
PAGES = [
    "/",
    "/account/",
    "/projects/{}/settings/",
    "/projects/{}/settings/webhooks/new/",
    "/projects/new/",
    "/accounts/password/change/",
    "/nowhere/",
    "/inbox/",
    "/projects/{}/guidelines/",
    "/projects/{}/review/sample/?seed=1",
]
OUTSIDE = ["/accounts/login/", "/accounts/password/reset/", "/accounts/signup/"]

pytestmark = pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed; `make test` installs it")


def check(page: Page, *paths: str) -> None:
    """axe finds nothing, and nothing scrolls sideways: wide by day, and on a phone by night."""
    page.emulate_media(reduced_motion="reduce")  # else a colour is measured on its way to another
    problems = {}
    for path in paths:
        page.goto(path)
        for scheme, size in (("light", WIDE), ("dark", PHONE)):
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size(size)
            problems[path, scheme] = (faults(page), overhang(page))
    assert problems == dict.fromkeys(problems, ([], 0))


def overhang(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def test_axe_finds_nothing(visit, reviews, mona, ann):
    submit(lease(reviews, ann)[0], "positive")
    check(visit("about:blank", mona), *(path.format(reviews.pk) for path in PAGES))


def test_axe_finds_nothing_on_a_round_told_label_by_label(visit, reviews, rita):
    record = {"parameters": {"labels": reviews.label_names}, "confusion": [[18, 2], [6, 14]]}
    record |= {"reliability": [[0, 0, 0]] * 8 + [[20, 17, 14], [20, 19, 18]]}
    done = reviews.rounds.create(trigger="click", status="finished", n_test=40, score=0.8, record=record)
    check(visit("about:blank", rita), f"/projects/{reviews.pk}/rounds/{done.pk}/")


def test_axe_finds_nothing_on_what_the_labels_were_worth(visit, reviews, rita):
    record = {
        "savings": {"lacking": "", "needed": 840.0, "low": 610.0, "high": 1400.0, "limit": 1600.0},
        "progress": {
            "since": 1,
            "labels": 200,
            "gain": 0.004,
            "low": -0.006,
            "high": 0.014,
            "changed": 0.02,
            "kappa": 0.96,
        },
    }
    fields = {"n_labels": 444, "n_train": 400, "n_test": 44, "score": 0.9, "score_low": 0.8, "score_high": 0.96}
    reviews.rounds.create(trigger="click", status="finished", generation=1, record=record, **fields)
    page = visit("about:blank", rita)
    check(page, f"/projects/{reviews.pk}/rounds/")
    assert "at least 210 more labels, at 95\u202f% confidence. The estimate is 440" in page.inner_text("main")


def test_axe_finds_nothing_outside(visit, transactional_db):
    check(visit("about:blank", None), *OUTSIDE)


def test_axe_finds_nothing_in_the_wizard(visit, mona):
    """With rows, with errors, and with the menu open."""
    page = visit("/projects/new/", mona, viewport=PHONE)
    page.fill("[name=name]", "Kettles")
    page.click("button.primary")
    page.fill("[name=pasted]", "It boils.\nIt leaks.")
    page.click("button.primary")
    assert faults(page) == []
    page.click("button.primary")
    page.fill("[name=labels-0-name]", "good")
    page.click("button.primary")
    assert "Give at least two labels" in page.inner_text("main")
    assert faults(page) == []
    page.fill("[name=labels-1-name]", "bad")
    page.click("button.primary")
    page.fill("[name=annotators]", "nobody")
    page.click("button.primary")
    page.click("[popovertarget=account-menu]")
    assert faults(page) == []


def test_an_empty_home_says_what_to_do_next(visit, otto):
    check(page := visit("about:blank", otto), "/")
    page.click("text=New project")
    assert page.inner_text("h1") == "A new project"


def test_the_wizard_works_without_scripts(visit, mona):
    page = visit("/projects/new/", mona, java_script_enabled=False)
    page.fill("[name=name]", "Kettles")
    page.click("button.primary")
    page.fill("[name=pasted]", "It boils.\nIt leaks.")
    page.click("button.primary")
    page.click("button.primary")
    page.click("button[value=more]")
    page.fill("[name=labels-0-name]", "good")
    page.fill("[name=labels-1-name]", "bad")
    page.press("[name=labels-1-name]", "Enter")
    assert page.inner_text("h1") == "The people, and the model"
    page.click("button.primary")
    assert "is ready" in page.inner_text("main")


def test_nothing_moves_for_those_who_ask_for_it(visit, mona):
    page = visit("/", mona, reduced_motion="reduce")
    page.wait_for_selector(".button")
    assert page.evaluate("getComputedStyle(document.querySelector('.button')).transitionDuration") in ("0s", "0s, 0s")


def test_every_target_is_large_enough_to_hit(visit, reviews, mona):
    """24 px at least, but for links within text (WCAG 2.5.8)."""
    page = visit(f"/projects/{reviews.pk}/settings/", mona, viewport=PHONE)
    small = page.evaluate(
        """() => [...document.querySelectorAll("button, input, select, textarea, nav a, a.button")]
            .map(control => [control, (control.closest("label") ?? control).getBoundingClientRect()])
            .filter(([control, box]) => box.width > 1 && (box.width < 24 || box.height < 24))
            .map(([control, box]) => `${control.outerHTML.slice(0, 90)} ${box.width} × ${box.height}`)"""
    )
    assert small == []


def test_twice_the_size_still_fits(visit, reviews, mona):
    """200 % zoom is half the width; twice the type is twice the rem. Nothing scrolls sideways."""
    page = visit(f"/projects/{reviews.pk}/settings/", mona, viewport={"width": 640, "height": 450})
    assert overhang(page) <= 0
    page.set_viewport_size(WIDE)
    page.evaluate("document.documentElement.style.fontSize = '32px'")
    assert overhang(page) <= 0
