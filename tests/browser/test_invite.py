"""A colleague joins by a link, from the manager's page to their first answer, in two browsers."""

import pytest
from playwright.sync_api import expect

from annotate.models import Annotation
from projects import invitations
from tests.browser.axe import AXE
from tests.browser.conftest import eventually
from tests.browser.test_pages_axe import check


def test_a_colleague_joins_by_a_link_and_answers_within_seven_clicks(visit, reviews, mona):
    page = visit(f"/projects/{reviews.pk}/people/", mona, permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("link", name="Invite people").click()
    page.get_by_label("E-mail addresses or user names").fill("noor")
    page.get_by_role("button", name="Invite", exact=True).click()
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")

    colleague = visit(link, None)
    colleague.get_by_label("User name").fill("noor")
    colleague.get_by_label("Password").fill("a long phrase here")
    colleague.get_by_role("button", name="Make my account and join").click()
    expect(colleague.locator("[data-quick] #stage")).to_have_text("text 0")
    colleague.keyboard.press("1")
    eventually(colleague, lambda: Annotation.objects.filter(annotator__username="noor", value="positive").exists())

    page.reload()
    expect(page.get_by_role("link", name="noor")).to_be_visible()
    expect(page.get_by_text("pending")).not_to_be_visible()


def test_the_sheet_works_without_javascript(visit, reviews, mona):
    page = visit(f"/projects/{reviews.pk}/people/", mona, java_script_enabled=False)
    page.get_by_role("link", name="Invite people").click()
    page.get_by_label("E-mail addresses or user names").fill("noor jo@example")
    page.get_by_role("button", name="Invite", exact=True).click()
    expect(page.get_by_text("“jo@example” is not a complete address.")).to_be_visible()
    page.get_by_label("E-mail addresses or user names").fill("noor")
    page.get_by_role("button", name="Invite", exact=True).click()
    expect(page.get_by_label("Link for noor")).to_have_value(f"{page.url.split('/projects')[0]}{_link(reviews)}")


def _link(project) -> str:
    return invitations.path(project.invitations.get())


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed; `make test` installs it")
def test_axe_finds_nothing_where_people_are_invited_and_join(visit, reviews, mona):
    invitations.invite(reviews, mona, addressee="noor@example.org")
    check(visit("about:blank", mona), *(f"/projects/{reviews.pk}/people/{query}" for query in ("", "?invite")))
    check(visit("about:blank", None), _link(reviews), "/join/made-up/")
