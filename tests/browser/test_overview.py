"""What managers see first: all of it on one screen, and where they are on a phone."""

import re
from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import expect

from annotate.queue.leasing import lease_next
from annotate.queue.submitting import submit
from projects.models import Invitation
from tests.browser.test_pages_axe import PHONE, WIDE, check
from tests.conftest import add_texts


def at_work(make_project, people):
    """Ten labels, and enough answers that the overview says what to do next."""
    project = make_project(labels=[f"label {number}" for number in range(10)])
    add_texts(project, [f"text {number}" for number in range(70)])
    for number in range(60):
        submit(lease_next(project, people[number % 2]), f"label {number % 10}")
    return project


def test_the_overview_fits_one_screen(visit, make_project, mona, ann, abe):
    project = at_work(make_project, [ann, abe])
    page = visit(f"/projects/{project.pk}/", mona, viewport=WIDE)
    step = page.get_by_role("link", name="Ask for two votes Each item has one vote")
    expect(step).to_be_visible()
    expect(page.locator(".bars").first.get_by_role("row")).to_have_count(10)
    assert page.evaluate("document.documentElement.scrollHeight") <= WIDE["height"]
    step.click()
    expect(page.get_by_role("heading", name="Settings")).to_be_visible()


def test_axe_finds_nothing_on_the_pages_of_figures(visit, make_project, mona, ann, abe):
    project = at_work(make_project, [ann, abe])
    until = timezone.now() + timedelta(days=7)
    Invitation.objects.create(project=project, addressee="noor@example.org", role="reviewer", by=mona, expires_at=until)
    check(visit("about:blank", mona), *(f"/projects/{project.pk}/{page}" for page in ("", "people/", "items/")))
    check(visit("about:blank", ann), f"/projects/{project.pk}/label/summary/")


def test_the_tab_of_the_page_is_in_view_on_a_phone(visit, reviews, mona):
    page = visit(f"/projects/{reviews.pk}/settings/", mona, viewport=PHONE)
    expect(page.locator(".tabs [aria-current=page]")).to_have_text("Settings")
    expect(page.locator(".tabs [aria-current=page]")).to_be_in_viewport(ratio=0.99)


def test_another_project_is_two_clicks_away(visit, make_project, mona):
    first, second = make_project(name="birds"), make_project(name="fish")
    page = visit(f"/projects/{first.pk}/people/", mona)
    page.get_by_role("button", name="Other projects").click()
    page.get_by_role("link", name="fish").click()
    expect(page).to_have_url(re.compile(f"/projects/{second.pk}/$"))
