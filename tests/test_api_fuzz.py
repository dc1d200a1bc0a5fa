"""Any call that the schema can describe, and many that it cannot: no answer of 5xx, none that the schema does not name.

`FUZZ_EXAMPLES=60 pytest tests/test_api_fuzz.py` looks longer, as every role.
"""

import os
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from accounts.models import ApiToken
from annotate.items import deleted
from annotate.items.selection import Selection
from annotate.queue.leasing import lease
from annotate.queue.submitting import submit
from config.wsgi import application
from learner.models import Round
from projects import invitations

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "2"))
PEOPLE = {"manager": "mona", "reviewer": "rita", "annotator": "ann", "outsider": "otto", "anonymous": None}
ROLES = list(PEOPLE) if EXAMPLES >= 10 else ["manager"]  # who gets furthest, when there is little time
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@schemathesis.serializer("application/x-ndjson", "text/csv", "application/zip", "application/vnd.apache.parquet")
def as_it_is(ctx: Any, value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


@pytest.fixture(autouse=True)
def one_connection():
    """A request's end would close the connection that holds the test's transaction; Django's client does the same."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def there(reviews, mona, ann) -> dict[str, Any]:
    """What the paths can name, so that calls get past the 404."""
    deletion = deleted.delete(reviews, Selection(ids=[reviews.items.last().pk]), mona)
    leased = lease(reviews, mona, 2)
    submit(leased[0], "positive")
    done = Round.objects.create(project=reviews, trigger="click", status="finished")
    return {
        "project_id": reviews.pk,
        "assignment_id": leased[1].pk,
        "item_id": leased[0].item_id,
        "round_id": done.pk,
        "username": ann.username,
        "invitation_id": invitations.invite(reviews, mona).pk,
        "deletion_id": deletion.pk,
    }


@pytest.fixture(params=ROLES)
def headers(request, mona, rita, ann, otto) -> dict[str, str]:
    """Of the calls of somebody in this role."""
    person = PEOPLE[request.param]
    if person is None:
        return {}
    return {"Authorization": f"Token {ApiToken.objects.issue(request.getfixturevalue(person))[1]}"}


@pytest.mark.slow(reason="calls everything that the schema names")
@pytest.mark.parametrize("mode", list(GenerationMode))
def test_no_call_is_answered_by_what_the_schema_does_not_name(there, headers, mode):
    schema = schemathesis.openapi.from_wsgi("/api/schema/?format=json", application)
    called = 0
    for result in schema.get_all_operations():
        operation = result.ok()

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
            derandomize=EXAMPLES < 10,
        )
        @given(case=operation.as_strategy(generation_mode=mode), at_home=st.sampled_from([True, True, True, False]))
        def call(case: schemathesis.Case, at_home: bool) -> None:
            nonlocal called
            if at_home and isinstance(case.path_parameters, dict):
                case.path_parameters.update({name: there[name] for name in case.path_parameters if name in there})
            with transaction.atomic():
                case.call_and_validate(headers=headers, checks=CHECKS)
                transaction.set_rollback(True)
            called += 1

        with suppress(Unsatisfiable):  # what takes nothing cannot be called wrongly
            call()
    assert called >= 30
