"""Each call of the API × each member of the cast: who gets in, and who does not even learn that it is there."""

from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from annotate.items import deleted
from annotate.items.selection import Selection
from annotate.models import Assignment, Page
from annotate.queue.leasing import lease_next
from learner.models import Round
from projects import invitations, members
from projects.webhooks import registering
from tests import lasting
from tests.annotate.test_assignments_api import signed_in
from tests.conftest import add_texts

pytestmark = pytest.mark.django_db
mona, rita, ann, abe, make_project = lasting.CAST
EVERYBODY, MEMBERS, REVIEWERS, MANAGERS, OWNER = "otto ann rita mona", "ann rita mona", "rita mona", "mona", "ann"

MAY = {
    "GET /api/schema/": EVERYBODY,
    "POST /api/token/": EVERYBODY,
    "DELETE /api/token/": EVERYBODY,
    "GET /api/me/": EVERYBODY,
    "GET /api/inbox/": EVERYBODY,
    "PUT /api/inbox/": EVERYBODY,
    "GET /api/projects/": EVERYBODY,
    "POST /api/projects/": EVERYBODY,
    "GET /api/projects/{project_id}/": MEMBERS,
    "PATCH /api/projects/{project_id}/": MANAGERS,
    "DELETE /api/projects/{project_id}/": MANAGERS,
    "POST /api/projects/{project_id}/labels/": MEMBERS,
    "GET /api/projects/{project_id}/members/": MANAGERS,
    "POST /api/projects/{project_id}/members/": MANAGERS,
    "PATCH /api/projects/{project_id}/members/{username}/": MANAGERS,
    "DELETE /api/projects/{project_id}/members/{username}/": MANAGERS,
    "GET /api/projects/{project_id}/invitations/": MANAGERS,
    "POST /api/projects/{project_id}/invitations/": MANAGERS,
    "DELETE /api/projects/{project_id}/invitations/{invitation_id}/": MANAGERS,
    "GET /api/projects/{project_id}/webhooks/": MANAGERS,
    "POST /api/projects/{project_id}/webhooks/": MANAGERS,
    "GET /api/projects/{project_id}/webhooks/{webhook_id}/": MANAGERS,
    "PATCH /api/projects/{project_id}/webhooks/{webhook_id}/": MANAGERS,
    "DELETE /api/projects/{project_id}/webhooks/{webhook_id}/": MANAGERS,
    "POST /api/projects/{project_id}/webhooks/{webhook_id}/test/": MANAGERS,
    "GET /api/projects/{project_id}/items/": MEMBERS,
    "POST /api/projects/{project_id}/items/": MANAGERS,
    "POST /api/projects/{project_id}/items/bulk/": MANAGERS,
    "GET /api/projects/{project_id}/items/similar/": REVIEWERS,
    "GET /api/projects/{project_id}/items/map/": REVIEWERS,
    "DELETE /api/projects/{project_id}/deletions/{deletion_id}/": MANAGERS,
    "GET /api/items/{item_id}/": MEMBERS,
    "PATCH /api/items/{item_id}/": MANAGERS,
    "DELETE /api/items/{item_id}/": MANAGERS,
    "GET /api/items/{item_id}/comments/": MEMBERS,
    "POST /api/items/{item_id}/comments/": MEMBERS,
    "PUT /api/items/{item_id}/flag/": MEMBERS,
    "DELETE /api/items/{item_id}/flag/": MEMBERS,
    "PUT /api/projects/{project_id}/features/": MANAGERS,
    "GET /api/projects/{project_id}/priorities/": MANAGERS,
    "PUT /api/projects/{project_id}/priorities/": MANAGERS,
    "DELETE /api/projects/{project_id}/priorities/": MANAGERS,
    "PUT /api/projects/{project_id}/predictions/": MANAGERS,
    "GET /api/projects/{project_id}/assignments/": MEMBERS,
    "POST /api/projects/{project_id}/assignments/": MEMBERS,
    "POST /api/projects/{project_id}/assignments/release/": MEMBERS,
    "GET /api/projects/{project_id}/remaining/": MEMBERS,
    "PATCH /api/assignments/{assignment_id}/": OWNER,
    "DELETE /api/assignments/{assignment_id}/": OWNER,
    "PUT /api/assignments/{assignment_id}/skip/": OWNER,
    "PUT /api/assignments/{assignment_id}/annotation/": OWNER,
    "DELETE /api/assignments/{assignment_id}/annotation/": OWNER,
    "GET /api/projects/{project_id}/pages/": MEMBERS,
    "POST /api/projects/{project_id}/pages/": MEMBERS,
    "GET /api/pages/{page_id}/": OWNER,
    "PATCH /api/pages/{page_id}/": OWNER,
    "DELETE /api/pages/{page_id}/": OWNER,
    "PUT /api/pages/{page_id}/answers/": OWNER,
    "DELETE /api/pages/{page_id}/answers/": OWNER,
    "GET /api/projects/{project_id}/annotations/": MEMBERS,
    "GET /api/projects/{project_id}/consensus/": REVIEWERS,
    "GET /api/projects/{project_id}/export/": MANAGERS,
    "GET /api/projects/{project_id}/estimates/": REVIEWERS,
    "GET /api/projects/{project_id}/suspects/": REVIEWERS,
    "GET /api/projects/{project_id}/suggestions/effect/": REVIEWERS,
    "GET /api/projects/{project_id}/calibration/": REVIEWERS,
    "GET /api/projects/{project_id}/savings/": REVIEWERS,
    "GET /api/projects/{project_id}/rounds/": REVIEWERS,
    "POST /api/projects/{project_id}/rounds/": MANAGERS,
    "GET /api/rounds/{round_id}/": REVIEWERS,
    "GET /api/rounds/{round_id}/comparison/": REVIEWERS,
    "GET /api/rounds/{round_id}/model/": REVIEWERS,
    "DELETE /api/rounds/{round_id}/order/": MANAGERS,
    "GET /api/projects/{project_id}/progress/": MEMBERS,
    "GET /api/projects/{project_id}/annotators/": REVIEWERS,
    "GET /api/projects/{project_id}/pages/attention/": REVIEWERS,
    "GET /api/projects/{project_id}/machines/": REVIEWERS,
    "PUT /api/projects/{project_id}/machines/{machine}/votes/": MANAGERS,
    "DELETE /api/projects/{project_id}/machines/{machine}/votes/": MANAGERS,
    "GET /api/projects/{project_id}/agreement/": REVIEWERS,
}
NUMBERS = (
    "project_id",
    "item_id",
    "assignment_id",
    "page_id",
    "round_id",
    "invitation_id",
    "webhook_id",
    "deletion_id",
)
OPEN_TO_STRANGERS = {"GET /api/schema/", "POST /api/token/"}


@pytest.fixture(scope="module")
def there(make_project, ann, mona) -> dict[str, Any]:
    reviews = make_project()
    add_texts(reviews, [f"text {number}" for number in range(10)])
    deletion = deleted.delete(reviews, Selection(ids=[reviews.items.last().pk]), mona)
    leased = lease_next(reviews, ann)
    new_round = Round.objects.create(project=reviews, trigger="click", status="finished")
    return {
        "project_id": reviews.pk,
        "assignment_id": leased.pk,
        "page_id": Page.objects.create(project=reviews, annotator=ann, label=reviews.labels.first()).pk,
        "item_id": leased.item_id,
        "round_id": new_round.pk,
        "username": "abe",
        "machine": members.add_machine(reviews, "rule", mona).user.username,
        "invitation_id": invitations.invite(reviews, mona).pk,
        "webhook_id": registering.add(reviews, mona, "http://127.0.0.1:9/", ["item.done"]).pk,
        "deletion_id": deletion.pk,
    }


@pytest.mark.parametrize("call", MAY)
def test_who_may_call_it(call, there, otto, ann, rita, mona):
    """From the least to the most: who may not is told 404, who may is told whatever else."""
    method, path = call.split()
    path = path.format(**there)
    stranger = APIClient().generic(method, path, "{}", content_type="application/json")
    assert (stranger.status_code == 401) == (call not in OPEN_TO_STRANGERS)
    for person in (otto, rita, mona, ann):
        answer = signed_in(person).generic(method, path, "{}", content_type="application/json")
        may = person.username in MAY[call].split()
        assert (answer.status_code not in (401, 403, 404)) if may else (answer.status_code == 404), person
        assert answer.status_code < 500


@pytest.mark.parametrize("call", [call for call in MAY if "{" in call])
def test_what_is_not_there_is_404_for_everybody(call, mona):
    method, path = call.split()
    for number in (0, 10**12, 10**40):
        ids = dict.fromkeys(NUMBERS, number)
        answer = signed_in(mona).generic(
            method, path.format(**ids, username="ann", machine="rule"), "{}", content_type="application/json"
        )
        assert (answer.status_code, list(answer.json())) == (404, ["detail"])


def test_the_pages_of_the_api_allow_inline_styles_and_no_inline_script(client, db):
    answer = client.get("/api/docs/")
    policy = dict(part.split(" ", 1) for part in answer["Content-Security-Policy"].split("; "))
    assert (answer.status_code, policy["script-src"]) == (200, "'self'")
    assert "'unsafe-inline'" in policy["style-src"]
    assert "'unsafe-inline'" not in client.get("/api/schema/")["Content-Security-Policy"]


@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize("path", ["/api/nothing/", "/api/nothing", "/api/projects/x/", "/api/projects/-1/"])
def test_an_address_that_there_is_not_answers_json(client, settings, path, debug):
    settings.DEBUG = debug
    for answer in (client.get(path), client.post(path)):
        assert (answer.status_code, list(answer.json())) == (404, ["detail"])


def test_a_forgotten_slash_is_added_for_readers_and_named_to_writers(client):
    answer = client.get("/api/projects?page_size=2")
    assert (answer.status_code, answer["Location"]) == (301, "/api/projects/?page_size=2")
    assert "end in a slash" in client.post("/api/projects").json()["detail"]


@pytest.mark.parametrize(("query", "accept"), [("", "text/html"), ("?format=odd", "*/*"), ("", "nonsense")])
def test_whatever_is_accepted_json_is_answered(client, mona, query, accept):
    client.force_login(mona)
    answer = client.get(f"/api/me/{query}", headers={"accept": accept})
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")


def test_a_session_needs_its_csrf_token_to_change_something(reviews, ann):
    browser = APIClient(enforce_csrf_checks=True)
    browser.force_login(ann)
    answer = browser.post(f"/api/projects/{reviews.pk}/assignments/", {})
    assert (answer.status_code, list(answer.json())) == (403, ["detail"])


NONSENSE = [b"{", b"\xff", b'{"a": "\\ud800"}', b"[" * 5000, b'{"name": NaN}', b"null", b"7", b'{"name": "\\u0000"}']


@pytest.mark.parametrize("call", ["POST /api/projects/", "PATCH {}", "POST {}assignments/", "POST {}members/"])
def test_a_body_that_makes_no_sense_is_400_and_changes_nothing(reviews, mona, call):
    method, path = call.format(f"/api/projects/{reviews.pk}/").split()
    api = signed_in(mona)
    assert {api.generic(method, path, body, content_type="application/json").status_code for body in NONSENSE} == {400}
    assert not Assignment.objects.filter(project=reviews).exists()


def test_the_table_has_every_call_of_the_schema():
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    assert {f"{method.upper()} {path}" for path, calls in paths.items() for method in calls} == set(MAY)


def test_the_schema_is_made_without_a_warning(capsys):
    from django.core.management import call_command

    call_command("spectacular", "--fail-on-warn", "--validate")
    assert "openapi: 3" in capsys.readouterr().out


def test_every_call_names_its_refusals():
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    for path, calls in paths.items():
        for method, operation in calls.items():
            assert operation["description"], (method, path)
            assert f"{method.upper()} {path}" in OPEN_TO_STRANGERS or "401" in operation["responses"], (method, path)
            assert "{" not in path or "404" in operation["responses"], (method, path)
