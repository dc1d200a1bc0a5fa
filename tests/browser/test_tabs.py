"""Two tabs and two people at one browser: one tab labels, and everybody's answers go out in their own name."""

import re

import pytest
from playwright.sync_api import Page, expect

from annotate.models import Annotation, Assignment, QueueEntry
from annotate.queue.leasing import lease
from annotate.queue.submitting import submit
from tests.browser.axe import faults
from tests.browser.conftest import eventually, log_in
from tests.browser.test_label import all_saved, label, press, shown

ELSEWHERE = "body[data-state=elsewhere]"


@pytest.fixture
def first(visit, reviews, ann) -> Page:
    page = visit(label(reviews), ann)
    expect(page.locator("[data-quick]")).to_be_attached()
    return page


@pytest.fixture
def second(first, reviews) -> Page:
    page = first.context.new_page()
    page.goto(label(reviews))
    expect(page.locator(ELSEWHERE)).to_be_attached()
    return page


def test_a_second_tab_says_so_and_labels_nothing(first, second):
    expect(second.get_by_role("heading", name="Open in another tab")).to_be_visible()
    press(second, "1", "2", "Space", "f")
    press(first, "1")
    all_saved(first)
    assert Annotation.objects.count() == 1
    assert not Assignment.objects.filter(status="skipped").exists()
    assert faults(second) == []


def test_a_second_tab_takes_over_where_the_first_one_was(first, second):
    press(first, "1", "2")
    all_saved(first)
    second.get_by_role("button", name="Go on here").click()
    expect(second.locator("[data-quick] #stage")).to_have_text("text 2")
    expect(first.locator(ELSEWHERE)).to_be_attached()
    press(first, "1", "u")
    press(second, "1")
    all_saved(second)
    values = Annotation.objects.order_by("item").values_list("value", flat=True)
    assert list(values) == ["positive", "negative", "positive"]
    first.close()  # which gives back nothing that the other holds
    press(second, "2")
    all_saved(second)
    assert Assignment.objects.filter(status="leased").exists()
    assert set(QueueEntry.objects.values_list("taken", flat=True)) <= {0, 1}


def test_a_tab_goes_on_by_itself_when_the_other_is_closed(first, second):
    press(first, "1")
    all_saved(first)
    first.close()
    expect(second.locator("[data-quick][data-state=item] #stage")).to_be_visible()
    press(second, "1")
    all_saved(second)
    assert Annotation.objects.count() == 2


def test_a_reload_is_no_second_tab(first):
    for _ in range(3):
        first.reload()
        expect(first.locator("[data-quick][data-state=item]")).to_be_attached()


def test_offline_a_second_tab_does_not_take_over(first, second):
    second.context.set_offline(True)
    second.get_by_role("button", name="Go on here").click()
    expect(second.get_by_text("Offline: go on in the other tab.")).to_be_visible()
    second.context.set_offline(False)
    press(first, "1")
    all_saved(first)


def test_answers_wait_for_their_person_when_somebody_else_logs_in(first, reviews, ann, abe, live_server):
    press(first, "2")
    all_saved(first)
    log_in(first.context, live_server.url, abe)
    press(first, "1", "2", "1")
    expect(first.locator("#locked-out")).to_be_visible()
    expect(first.locator("[data-saved]")).to_have_text("logged out, 3 kept on this device")
    assert Annotation.objects.count() == 1
    assert not Assignment.objects.filter(annotator=abe).exists()
    first.goto(label(reviews))
    expect(first.locator("#others")).to_have_text("3 answers of ann wait on this device until ann logs in.")
    press(first, "2")
    all_saved(first)
    assert Annotation.objects.filter(annotator=abe).count() == 1
    log_in(first.context, live_server.url, ann)
    first.goto(label(reviews))
    all_saved(first)
    expect(first.locator("#others")).to_be_hidden()
    assert Annotation.objects.filter(annotator=ann).count() == 4


def test_what_is_left_follows_what_others_do(visit, reviews, ann, abe):
    page = visit("about:blank", ann)
    page.clock.install()
    page.goto(label(reviews))
    expect(page.locator("[data-quick]")).to_be_attached()
    expect(page.locator("[data-left]")).to_have_text("10")
    for assignment in lease(reviews, abe, 2):
        submit(assignment, "positive")
    remaining = QueueEntry.objects.filter(open=True).count() + Assignment.objects.filter(annotator=ann).count()
    assert remaining < 10
    page.clock.fast_forward(61_000)
    expect(page.locator("[data-left]")).to_have_text(str(remaining))
    assert re.fullmatch(r"text \d", shown(page))
    eventually(page, lambda: page.locator("[data-today]").inner_text() == "0")
