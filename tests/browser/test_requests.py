"""What the labelling screen sends, also where the server refuses or the session has ended: no answer is lost."""

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from annotate.models import Annotation, Assignment, QueueEntry
from projects import setup
from projects.labels.rows import LabelRow
from projects.models import Project
from tests.browser.conftest import eventually, log_in
from tests.browser.test_label import all_saved, label, press


def test_leaving_gives_back_what_is_not_answered(screen):
    press(screen, "1")
    all_saved(screen)
    assert Assignment.objects.filter(status="leased").exists()
    screen.goto("/healthz")
    eventually(screen, lambda: not Assignment.objects.filter(status="leased").exists())
    assert QueueEntry.objects.filter(taken=1).count() == 1


def test_a_session_that_ended_loses_nothing(screen, ann, live_server):
    press(screen, "2")
    all_saved(screen)
    Session.objects.all().delete()
    press(screen, "1", "2")
    expect(screen.locator("#locked-out")).to_be_visible()
    expect(screen.locator("[data-saved]")).to_have_text("logged out, 2 kept on this device")
    assert Annotation.objects.count() == 1
    log_in(screen.context, live_server.url, ann)
    screen.evaluate("dispatchEvent(new Event('focus'))")
    all_saved(screen)
    expect(screen.locator("#locked-out")).to_be_hidden()
    values = Annotation.objects.order_by("item").values_list("value", flat=True)
    assert list(values) == ["negative", "positive", "negative"]


@pytest.mark.parametrize("status", [401, 404, 503])
def test_a_server_that_refuses_is_asked_less_and_less(visit, reviews, ann, status):
    page = visit(label(reviews), ann)
    expect(page.locator("[data-quick]")).to_be_attached()
    press(page, "1")
    all_saved(page)
    urls: list[str] = []
    page.route("**/api/**", lambda route: (urls.append(route.request.url), route.fulfill(status=status, json={})))
    press(page, *"1212")
    page.wait_for_timeout(600)
    assert 0 < len(urls) <= 15, urls
    messages = {401: "logged out, 4 kept on this device", 404: "no access", 503: "offline, 4 kept on this device"}
    expect(page.locator("[data-saved]")).to_have_text(messages[status])
    page.unroute("**/api/**")
    page.evaluate("dispatchEvent(new Event('focus'))")
    if status == 404:
        page.reload()
    all_saved(page)
    assert Annotation.objects.count() == 5


def test_an_answer_that_is_refused_is_said_and_kept(screen, reviews):
    reviews.labels.filter(name="negative").update(name="bad")
    press(screen, "2")
    expect(screen.locator("[data-saved]")).to_have_text("1 refused by the server")
    reviews.labels.filter(name="bad").update(name="negative")
    screen.reload()
    all_saved(screen)
    assert Annotation.objects.get().value == "negative"


def test_an_answer_means_the_label_that_was_on_the_screen_when_two_swap_their_names(screen, reviews, mona):
    names = {"positive": "negative", "negative": "positive"}
    rows = [LabelRow(names[label.name], id=label.pk) for label in reviews.labels.all()]
    setup.set_labels(Project.objects.get(pk=reviews.pk), mona, rows)
    press(screen, "1")
    all_saved(screen)
    assert Annotation.objects.get().value == "negative"
