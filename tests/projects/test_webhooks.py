"""Webhooks: setting them up by REST, which addresses they may have, and one request to a receiver."""

import hashlib
import hmac
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from rest_framework.test import APIClient

from projects.models import Event, Project, Webhook, WebhookDelivery, WebhookEvent
from projects.webhooks import addresses, registering, sending, testing
from tests.annotate.test_assignments_api import signed_in
from tests.receiver import Receiver, receiving

ALL = sorted(WebhookEvent.values)


@pytest.fixture
def api(mona) -> APIClient:
    return signed_in(mona)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def only_public(settings) -> None:
    settings.WEBHOOKS_PRIVATE = False


@pytest.fixture
def names(monkeypatch) -> dict[str, str]:
    """What the name service says of hosts; others are as they are."""
    table: dict[str, str] = {}
    real = socket.getaddrinfo

    def resolve(host: str, port: int, **about: int) -> list:
        return real(table.get(host, host), port, **about)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return table


def path_of(project: Project, webhook: int | None = None, tail: str = "") -> str:
    return f"/api/projects/{project.pk}/webhooks/{f'{webhook}/' if webhook else ''}{tail}"


def add(api: APIClient, project: Project, url: str, **fields) -> dict:
    answer = api.post(path_of(project), {"url": url, "events": ["item.done"], **fields})
    assert answer.status_code == 201, answer.json()
    return answer.json()


# Setting up


def test_a_manager_adds_changes_and_removes_a_webhook(api, reviews, receiver):
    webhook = add(api, reviews, receiver.url, events=["round.finished", "item.done", "item.done"])
    assert (webhook["events"], webhook["active"], webhook["by"]) == (["item.done", "round.finished"], True, "mona")
    page = path_of(reviews, webhook["id"])
    assert api.patch(page, {"events": ALL, "active": False}).json()["events"] == ALL
    assert api.get(page).json()["active"] is False
    assert [row["id"] for row in api.get(path_of(reviews)).json()["results"]] == [webhook["id"]]
    assert api.delete(page).status_code == 204
    assert api.get(page).status_code == 404


def test_a_secret_is_never_shown_again_and_may_be_removed(api, reviews, receiver):
    answer = api.post(path_of(reviews), {"url": receiver.url, "events": ["item.done"], "secret": "a long secret"})
    page = path_of(reviews, answer.json()["id"])
    for shown in (answer, api.get(page), api.get(path_of(reviews)), api.patch(page, {"active": True})):
        assert "a long secret" not in shown.content.decode()
        assert '"has_secret":true' in shown.content.decode()
    assert api.patch(page, {"secret": ""}).json()["has_secret"] is False
    assert Webhook.objects.get().secret == ""


def test_every_change_is_in_the_history_with_the_host_and_no_secret(api, reviews, mona):
    url = "http://127.0.0.1:9/services/T0/hidden-path"
    webhook = add(api, reviews, url, secret="a long secret")
    page = path_of(reviews, webhook["id"])
    api.patch(page, {"url": "http://127.0.0.1:10/hidden-path", "secret": "another secret", "active": False})
    api.patch(page, {"active": False})
    api.delete(page)
    events = Event.objects.filter(project=reviews, act__startswith="webhook").order_by("pk")
    assert [(event.act, event.actor) for event in events] == [
        ("webhook added", mona),
        ("webhook changed", mona),
        ("webhook removed", mona),
    ]
    assert events[1].data["host"] == ["127.0.0.1:9", "127.0.0.1:10"] and events[1].data["active"] == [True, False]
    assert "secret" not in str(events[0].data) and events[1].data["secret"] == "changed"
    assert not any("hidden-path" in str(event.data) or "a long" in str(event.data) for event in events)


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"events": ["item.painted"]}, "events", "is not a valid choice"),
        ({"events": []}, "events", "may not be empty"),
        ({"url": "ftp://example.org/"}, "url", "begins with https:// or http://"),
        ({"url": "example.org"}, "url", "begins with https:// or http://"),
        ({"url": "https:///path"}, "url", "names a host"),
        ({"url": "https://example.org:port/"}, "url", "is no address such as"),
        ({"url": "https://[::1/"}, "url", "is no address such as"),
        ({"url": "https://mona:word@example.org/"}, "url", "use the secret"),
        ({"url": "https://example.org/a b"}, "url", "no spaces"),
        ({"url": "https://nowhere.invalid/"}, "url", "has no public address"),
    ],
)
def test_what_is_wrong_is_answered_with_what_would_be_right(api, reviews, fields, field, message):
    answer = api.post(path_of(reviews), {"url": "http://127.0.0.1:9/", "events": ["item.done"], **fields})
    assert answer.status_code == 400 and list(answer.json()) == [field]
    assert message in str(answer.json())
    assert not reviews.webhooks.exists()


def test_a_project_has_twenty_webhooks_at_most(api, reviews, monkeypatch):
    monkeypatch.setattr(registering, "MOST_WEBHOOKS", 1)
    add(api, reviews, "http://127.0.0.1:9/")
    answer = api.post(path_of(reviews), {"url": "http://127.0.0.1:9/", "events": ["item.done"]})
    assert (answer.status_code, list(answer.json())) == (400, ["detail"])


def test_a_webhook_of_another_project_is_not_there(api, reviews, make_project, mona):
    webhook = registering.add(make_project(), mona, "http://127.0.0.1:9/", ["item.done"])
    assert api.get(path_of(reviews, webhook.pk)).status_code == 404
    assert api.patch(path_of(reviews, webhook.pk), {"active": False}).status_code == 404


def test_a_deleted_project_takes_its_webhooks_along(api, reviews, mona):
    webhook = registering.add(reviews, mona, "http://127.0.0.1:9/", ["item.done"])
    WebhookDelivery.objects.create(webhook=webhook, names=["item.done"], events="[]")
    assert api.delete(f"/api/projects/{reviews.pk}/").status_code == 204
    assert not Webhook.objects.exists() and not WebhookDelivery.objects.exists()


# Which addresses


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.1", "2130706433", "0x7f000001", "localhost", "0", "10.1.2.3", "172.16.0.1", "192.168.1.1",
        "100.64.0.1", "169.254.169.254", "224.0.0.1", "255.255.255.255", "[::1]", "[::]", "[fe80::1]", "[fc00::1]",
        "[::ffff:127.0.0.1]", "[::ffff:169.254.169.254]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[ff02::1]",
    ],
)  # fmt: skip
def test_addresses_of_this_host_and_network_are_refused(only_public, address):
    with pytest.raises(addresses.Refused, match="has no public address"):
        addresses.check(f"http://{address}:8000/hook")


def test_public_addresses_are_allowed(only_public):
    for address in ("93.184.215.14", "[2606:2800:21f:cb07:6820:80da:af6b:8b2c]", "[64:ff9b::5db8:d70e]"):
        addresses.check(f"https://{address}/hook")


def test_where_private_addresses_are_allowed_link_local_ones_are_not(settings):
    settings.WEBHOOKS_PRIVATE = True
    addresses.check("http://10.1.2.3/")
    for address in ("169.254.169.254", "[fe80::1]", "[::ffff:169.254.169.254]", "0", "224.0.0.1"):
        with pytest.raises(addresses.Refused):
            addresses.check(f"http://{address}/")


def test_a_private_address_is_refused_when_it_is_set_and_when_it_is_changed(api, reviews, only_public):
    answer = api.post(path_of(reviews), {"url": "http://127.0.0.1:9/", "events": ["item.done"]})
    assert (answer.status_code, list(answer.json())) == (400, ["url"])
    webhook = add(api, reviews, "http://93.184.215.14/")
    answer = api.patch(path_of(reviews, webhook["id"]), {"url": "http://192.168.0.1/"})
    assert (answer.status_code, list(answer.json())) == (400, ["url"])


def test_a_name_that_leads_elsewhere_later_is_not_connected_to(reviews, mona, receiver, names, only_public):
    names["hooks.example.org"] = "93.184.215.14"
    url = receiver.url.replace("127.0.0.1", "hooks.example.org")
    webhook = registering.add(reviews, mona, url, ["item.done"])
    names["hooks.example.org"] = "127.0.0.1"
    attempt = testing.test(webhook, mona)
    assert not attempt.received and "has no public address" in attempt.error
    assert receiver.requests == []


def test_a_name_is_resolved_once_a_request_so_that_what_is_checked_is_connected_to(
    reviews, mona, receiver, monkeypatch, settings
):
    answers = ["127.0.0.1", "169.254.169.254"]
    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, port, **about: real(answers.pop(0), port, **about))
    url = receiver.url.replace("127.0.0.1", "hooks.example.org")
    webhook = Webhook.objects.create(project=reviews, url=url, events=["item.done"])
    assert testing.test(webhook, mona).received
    assert answers == ["169.254.169.254"]
    assert receiver.requests[0].headers["Host"].startswith("hooks.example.org:")


# One request


@pytest.fixture
def webhook(reviews, mona, receiver) -> Webhook:
    return registering.add(reviews, mona, receiver.url + "/ä?key=ü b".replace(" ", ""), ["item.done"], "a long secret")


def test_a_test_says_who_tests_and_is_signed_over_time_and_body(api, reviews, webhook, receiver):
    answer = api.post(path_of(reviews, webhook.pk, "test/")).json()
    assert (answer["received"], answer["status"], answer["error"]) == (True, 204, "")
    [request] = receiver.requests
    assert request.path == "/hook/%C3%A4?key=%C3%BCb"
    assert request.content["project"] == {"id": reviews.pk, "name": "Reviews"}
    assert [(event["event"], event["data"]) for event in request.events] == [("test", {"by": "mona"})]
    headers = request.headers
    assert headers["X-Annotate-Event"] == "test" and headers["Content-Type"] == "application/json"
    assert headers["X-Annotate-Delivery"] == request.content["delivery"]
    assert abs(int(headers["X-Annotate-Timestamp"]) - time.time()) < 60
    signed = headers["X-Annotate-Timestamp"].encode() + b"." + request.body
    expected = hmac.new(b"a long secret", signed, hashlib.sha256).hexdigest()
    assert headers["X-Annotate-Signature"] == f"sha256={expected}"


def test_without_a_secret_nothing_is_signed(reviews, mona, receiver):
    testing.test(registering.add(reviews, mona, receiver.url, ["item.done"]), mona)
    assert "X-Annotate-Signature" not in receiver.requests[0].headers


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (404, "It answered 404 Not Found."),
        (302, "It answered 302 Found; redirects are not followed."),
        (599, "It answered 599."),
        (None, "What it answered is no HTTP."),
    ],
)
def test_what_a_receiver_answers_is_named_and_redirects_are_not_followed(webhook, mona, receiver, status, error):
    receiver.statuses = [status]
    receiver.headers = {"Location": receiver.url}
    assert testing.test(webhook, mona).error == error
    assert len(receiver.requests) == 1


def test_a_receiver_that_is_not_there_is_named(reviews, mona):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/"
    webhook = registering.add(reviews, mona, url, ["item.done"])
    assert testing.test(webhook, mona).error == "The connection failed: Connection refused."


def served(answer: Callable[[socket.socket], None]) -> tuple[str, threading.Thread]:
    """A server for one connection."""
    listening = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        with listening, listening.accept()[0] as connection:
            answer(connection)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return f"127.0.0.1:{listening.getsockname()[1]}/", thread


def slowly(text: bytes) -> Callable[[socket.socket], None]:
    """A byte in a tenth of a second, for ever, until the other side closes."""

    def answer(connection: socket.socket) -> None:
        with suppress(OSError):
            connection.sendall(text)
            while True:
                time.sleep(0.1)
                connection.sendall(b"x")

    return answer


@pytest.mark.parametrize("beginning", [b"", b"HTTP/1.1 200 OK\r\nX: "])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_who_answers_byte_by_byte_is_not_waited_for(reviews, mona, monkeypatch, beginning, scheme):
    monkeypatch.setattr(sending, "SECONDS", 0.5)
    where, thread = served(slowly(beginning))
    webhook = registering.add(reviews, mona, f"{scheme}://{where}", ["item.done"])
    attempt = testing.test(webhook, mona)
    assert not attempt.received and attempt.seconds < 5
    thread.join(10)
    assert not thread.is_alive()


def test_of_an_answer_nothing_is_read_but_status_and_headers(reviews, mona):
    where, thread = served(slowly(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n"))
    attempt = testing.test(registering.add(reviews, mona, f"http://{where}", ["item.done"]), mona)
    assert attempt.received and attempt.seconds < 5
    thread.join(10)
    assert not thread.is_alive()


@pytest.fixture
def encrypted(tmp_path) -> tuple[Path, str]:
    """A certificate that signs itself, and the address of a server that has it and answers one request."""
    certificate = self_signed(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def answer(connection: socket.socket) -> None:
        with suppress(OSError), context.wrap_socket(connection, server_side=True) as secure:
            while not secure.recv(65536).endswith(b"}]}"):
                pass
            secure.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    where, _ = served(answer)
    return certificate, f"https://{where}"


def test_a_certificate_that_nobody_vouches_for_is_refused(reviews, mona, encrypted):
    webhook = registering.add(reviews, mona, encrypted[1], ["item.done"])
    assert testing.test(webhook, mona).error.startswith("Its certificate is not valid: self")


def test_an_authority_of_ones_own_is_named_by_the_environment(reviews, mona, encrypted, monkeypatch):
    certificate, url = encrypted
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    attempt = testing.test(registering.add(reviews, mona, url, ["item.done"]), mona)
    assert (attempt.error, attempt.status) == ("", 204)


def test_a_certificate_for_another_name_is_refused(reviews, mona, encrypted, monkeypatch):
    certificate, url = encrypted
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    webhook = registering.add(reviews, mona, url.replace("127.0.0.1", "localhost"), ["item.done"])
    assert "Hostname mismatch" in testing.test(webhook, mona).error


def self_signed(folder: Path) -> Path:
    path = folder / "both.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test -addext subjectAltName=IP:127.0.0.1"
    command += " -keyout key.pem -out cert.pem"
    subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
    path.write_text((folder / "key.pem").read_text() + (folder / "cert.pem").read_text())
    return path


def test_nobody_tests_without_end(api, reviews, webhook, monkeypatch, receiver):
    monkeypatch.setattr(testing, "MOST_TESTS", 1)
    assert api.post(path_of(reviews, webhook.pk, "test/")).status_code == 200
    answer = api.post(path_of(reviews, webhook.pk, "test/"))
    assert answer.status_code == 429 and "Retry-After" in answer
    assert len(receiver.requests) == 1


def test_no_secret_and_no_address_is_logged(reviews, mona, caplog, webhook, receiver):
    caplog.set_level("DEBUG")
    receiver.statuses = [500]
    testing.test(webhook, mona)
    assert "a long secret" not in caplog.text and "/hook" not in caplog.text
