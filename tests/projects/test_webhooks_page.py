"""Webhooks on the page of a project's settings."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from projects.models import Event, Project, Webhook, WebhookDelivery
from projects.webhooks import registering
from tests.pages import markup_of
from tests.receiver import Receiver, receiving


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def as_mona(client, mona) -> Client:
    client.force_login(mona)
    return client


def path_of(project: Project, tail: str = "") -> str:
    return f"/projects/{project.pk}/settings/{tail}"


def page_of(webhook: Webhook, tail: str = "") -> str:
    return path_of(webhook.project, f"webhooks/{webhook.pk}/{tail}")


def text_of(client: Client, path: str) -> str:
    return client.get(path).content.decode()


@pytest.fixture
def webhook(reviews, mona, receiver) -> Webhook:
    return registering.add(reviews, mona, receiver.url, ["item.done"], "a long secret")


def test_a_manager_adds_a_webhook_and_sees_it_in_the_list(as_mona, reviews, mona, receiver):
    fields = {"url": receiver.url, "events": ["round.failed", "item.done"], "secret": " a secret ", "active": "on"}
    answer = as_mona.post(path_of(reviews, "webhooks/new/"), fields, follow=True)
    webhook = reviews.webhooks.get()
    assert answer.redirect_chain[0][0] == page_of(webhook)
    assert (webhook.events, webhook.secret, webhook.by) == (["item.done", "round.failed"], " a secret ", mona)
    page = text_of(as_mona, path_of(reviews))
    assert page_of(webhook) in page and "Webhook added" in page
    assert "a secret" not in page + text_of(as_mona, page_of(webhook))


def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_stored(as_mona, reviews, settings):
    settings.WEBHOOKS_PRIVATE = False
    for fields, message in [
        ({"url": "http://127.0.0.1:9/", "events": ["item.done"]}, "127.0.0.1 has no public address"),
        ({"url": "http://93.184.215.14/"}, "This field is required"),
        ({"url": "ftp://example.org/", "events": ["item.done"]}, "begins with https:// or http://"),
    ]:
        answer = as_mona.post(path_of(reviews, "webhooks/new/"), fields)
        assert answer.status_code == 200 and message in answer.content.decode()
    assert not reviews.webhooks.exists()


def test_a_manager_changes_it_and_an_empty_secret_leaves_the_secret(as_mona, webhook):
    fields = {"url": webhook.url, "events": ["item.done", "item.reviewed"], "secret": ""}
    as_mona.post(page_of(webhook), fields)
    webhook.refresh_from_db()
    assert (webhook.secret, webhook.active, webhook.events) == ("a long secret", False, ["item.done", "item.reviewed"])
    answer = as_mona.post(page_of(webhook), fields, follow=True)
    assert "Nothing was changed." in answer.content.decode()
    as_mona.post(page_of(webhook), {**fields, "secret": "new", "remove_secret": "on"})
    assert Webhook.objects.get().secret == "a long secret"
    as_mona.post(page_of(webhook), {**fields, "remove_secret": "on"})
    assert Webhook.objects.get().secret == ""


def test_a_private_address_is_refused_when_it_is_changed(as_mona, webhook, settings):
    settings.WEBHOOKS_PRIVATE = False
    answer = as_mona.post(page_of(webhook), {"url": "http://10.0.0.1/", "events": ["item.done"]})
    assert "10.0.0.1 has no public address" in answer.content.decode()


def test_a_test_event_says_how_it_went(as_mona, webhook, receiver):
    assert "was received: 204" in as_mona.post(page_of(webhook, "test/"), follow=True).content.decode()
    receiver.statuses = [503]
    page = as_mona.post(page_of(webhook, "test/"), follow=True).content.decode()
    assert "was not received. It answered 503 Service Unavailable." in page
    assert receiver.names == ["test", "test"]


def test_the_pages_say_what_fails_and_what_was_switched_off(as_mona, webhook, reviews):
    now = timezone.now()
    webhook.error, webhook.failed_at = "It answered 500.", now
    webhook.save()
    WebhookDelivery.objects.create(webhook=webhook, names=[], events="[]", next_at=now + timedelta(minutes=5))
    assert "failing" in text_of(as_mona, path_of(reviews))
    assert f"at {now + timedelta(minutes=5):%H:%M} UTC" in markup_of(as_mona.get(page_of(webhook)))
    webhook.active, webhook.switched_off = False, "9 attempts within a day failed."
    webhook.save()
    assert "switched off" in text_of(as_mona, path_of(reviews))
    assert "9 attempts within a day failed." in text_of(as_mona, page_of(webhook))


def test_a_manager_removes_it(as_mona, webhook, reviews, mona):
    answer = as_mona.post(page_of(webhook, "remove/"), follow=True)
    assert "The webhook is removed." in answer.content.decode()
    assert not reviews.webhooks.exists()
    assert Event.objects.filter(project=reviews, act="webhook removed", actor=mona).exists()


def test_no_manager_reaches_webhooks_of_another_project(as_mona, make_project, webhook, mona):
    elsewhere = path_of(make_project(), f"webhooks/{webhook.pk}/")
    for tail in ("", "test/", "remove/"):
        assert as_mona.post(elsewhere + tail).status_code == 404
    assert Webhook.objects.filter(pk=webhook.pk).exists()
