"""Who may open which page: every page × every member of the cast. REST has a table of its own."""

import io
import re
from collections.abc import Callable
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.test import Client
from django.urls import URLResolver, get_resolver
from PIL import Image

from accounts.models import User
from annotate.imports.run import import_records
from annotate.models import Import
from annotate_kit.formats.records import Record
from learner.models import Round
from tests.conftest import project_of

OK, POLLING_ENDS, LOG_IN, REFUSED, ABSENT, POST_ONLY = 200, 286, "log in", 403, 404, 405
EVERY_MEMBER = {"ann": OK, "rita": OK, "mona": OK, "otto": ABSENT, "nobody": LOG_IN}
REVIEWERS = {**EVERY_MEMBER, "ann": REFUSED}
MANAGERS = {**REVIEWERS, "rita": REFUSED}
ANYBODY = dict.fromkeys(EVERY_MEMBER, OK)
WITH_ACCOUNT = {**ANYBODY, "nobody": LOG_IN}
POSTED = {**dict.fromkeys(EVERY_MEMBER, POST_ONLY), "nobody": LOG_IN}

PAGES = {
    "home": ("/", WITH_ACCOUNT),
    "inbox": ("/inbox/", WITH_ACCOUNT),
    "projects-menu": ("/projects/menu/", WITH_ACCOUNT),
    "project-new": ("/projects/new/", WITH_ACCOUNT),
    "project-new-step": ("/projects/new/kind/", WITH_ACCOUNT),
    "dashboard": ("/projects/{project}/", EVERY_MEMBER),
    "practice": ("/projects/{project}/practice/", {**EVERY_MEMBER, "ann": 302, "rita": 302, "mona": 302}),
    "label": ("/projects/{project}/label/", EVERY_MEMBER),
    "label-summary": ("/projects/{project}/label/summary/", EVERY_MEMBER),
    "verify": ("/projects/{project}/verify/", EVERY_MEMBER),
    "items": ("/projects/{project}/items/", REVIEWERS),
    "items-bulk": ("/projects/{project}/items/bulk/", POSTED),
    "items-restore": ("/projects/{project}/items/deletions/1/restore/", POSTED),
    "items-view-save": ("/projects/{project}/items/views/", POSTED),
    "items-views-counted": ("/projects/{project}/items/views/counted/?state=done", REVIEWERS),
    "items-view": ("/projects/{project}/items/views/1/", POSTED),
    "items-map": ("/projects/{project}/items/map/?cell=0-0", REVIEWERS),
    "items-similar": ("/projects/{project}/items/similar/?to={item}", REVIEWERS),
    "item": ("/items/{item}/", EVERY_MEMBER),
    "item-drawer": ("/items/{item}/drawer/", REVIEWERS),
    "item-image": ("/items/{item}/image/", EVERY_MEMBER),
    "review": ("/projects/{project}/review/", REVIEWERS),
    "review-parts": ("/projects/{project}/review/parts/", {**REVIEWERS, "rita": 302, "mona": 302}),
    "review-sample": ("/projects/{project}/review/sample/?seed=1", REVIEWERS),
    "acceptance-undo": ("/projects/{project}/review/acceptances/1/undo/", POSTED),
    "agreement": ("/projects/{project}/agreement/", REVIEWERS),
    "people": ("/projects/{project}/people/", REVIEWERS),
    "person": ("/projects/{project}/people/ann/", REVIEWERS),
    "estimates": ("/projects/{project}/estimates/", REVIEWERS),
    "estimates-download": ("/projects/{project}/estimates/shares.csv", REVIEWERS),
    "rounds": ("/projects/{project}/rounds/", REVIEWERS),
    "rounds-compare": ("/projects/{project}/rounds/compare/?first={round}&second={round}", REVIEWERS),
    "round": ("/projects/{project}/rounds/{round}/", REVIEWERS),
    "round-model": ("/projects/{project}/rounds/{round}/model/", {**REVIEWERS, "rita": ABSENT, "mona": ABSENT}),
    "rounds-progress": (
        "/projects/{project}/rounds/progress/",
        REVIEWERS | {"rita": POLLING_ENDS, "mona": POLLING_ENDS},
    ),
    "rounds-panel": ("/projects/{project}/rounds/panel/", REVIEWERS | {"rita": POLLING_ENDS, "mona": POLLING_ENDS}),
    "import": ("/projects/{project}/import/", MANAGERS),
    "import-one": ("/projects/{project}/import/{imported}/", MANAGERS),
    "import-progress": ("/projects/{project}/import/{imported}/progress/", {**MANAGERS, "mona": POLLING_ENDS}),
    "import-columns": ("/projects/{project}/import/{imported}/columns/", POSTED),
    "import-again": ("/projects/{project}/import/{imported}/again/", POSTED),
    "import-rejected": ("/projects/{project}/import/{imported}/rejected.csv", MANAGERS),
    "import-example": ("/projects/{project}/import/examples/csv/", MANAGERS),
    "export": ("/projects/{project}/export/", MANAGERS),
    "export-download": ("/projects/{project}/export/download/?format=jsonl", MANAGERS),
    "guidelines": ("/projects/{project}/guidelines/", EVERY_MEMBER),
    "settings": ("/projects/{project}/settings/", MANAGERS),
    "settings-labels": ("/projects/{project}/settings/labels/", POSTED),
    "webhook-new": ("/projects/{project}/settings/webhooks/new/", MANAGERS),
    "webhook": ("/projects/{project}/settings/webhooks/{webhook}/", MANAGERS),
    "webhook-test": ("/projects/{project}/settings/webhooks/{webhook}/test/", POSTED),
    "webhook-remove": ("/projects/{project}/settings/webhooks/{webhook}/remove/", POSTED),
    "settings-delete": ("/projects/{project}/settings/delete/", POSTED),
    "account-settings": ("/account/", WITH_ACCOUNT),
    "token-issue": ("/account/tokens/", POSTED),
    "setup": ("/setup/", dict.fromkeys(EVERY_MEMBER, 302)),
    "join": ("/join/made-up/", dict.fromkeys(EVERY_MEMBER, ABSENT)),
    "token-revoke": ("/account/tokens/1/revoke/", POSTED),
}
ELSEWHERE = ("admin/", "accounts/", "api/")  # Django's, allauth's, and REST, which have tests of their own


@pytest.fixture(scope="module")
def cast(module_transaction) -> dict[str, User]:
    return {name: User.objects.create_user(name) for name in ("mona", "rita", "ann", "abe", "otto")}


@pytest.fixture(scope="module")
def addresses(cast) -> dict[str, str]:
    """Of every page, in a project with one image, which was imported as a file."""
    project = project_of(cast["mona"], cast["rita"], [cast["ann"], cast["abe"]], ("positive", "negative"))
    png = io.BytesIO()
    Image.new("L", (8, 8), 100).save(png, "PNG")
    import_records(project, [Record(row=1, external_id="one", image=png.getvalue(), image_name="one.png")])
    done = Round.objects.create(project=project, trigger="click", status="finished")
    imported = Import.objects.create(project=project, name="one.zip", reader="zip", status=Import.Status.FINISHED)
    numbers = {"project": project.pk, "item": project.items.get().pk, "imported": imported.pk, "round": done.pk}
    numbers["webhook"] = project.webhooks.create(url="https://hooks.example.org/", events=["item.done"]).pk
    return {name: template.format(**numbers) for name, (template, _) in PAGES.items()}


@pytest.fixture(scope="module")
def sessions(cast) -> dict[str, SimpleCookie]:
    """The cookies of who is logged in."""
    cookies = {"nobody": SimpleCookie()}
    for name, user in cast.items():
        client = Client()
        client.force_login(user)
        cookies[name] = client.cookies
    return cookies


@pytest.fixture
def open_as(db, sessions) -> Callable[[str, str], Any]:
    """`open_as("ann", "/inbox/")`: what the server answers to them."""

    def open_as(who: str, address: str) -> Any:
        client = Client()
        client.cookies = SimpleCookie(sessions[who].output(header="", sep=";"))
        return client.get(address)

    return open_as


@pytest.mark.parametrize("who", EVERY_MEMBER)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens_for_whom_it_is_meant(open_as, addresses, name, who):
    expected = PAGES[name][1][who]
    answer = open_as(who, addresses[name])
    if expected == LOG_IN:
        assert answer.status_code == 302 and answer.headers["Location"].startswith("/accounts/login/")
    else:
        assert answer.status_code == expected


@pytest.mark.parametrize("name", [name for name, (template, _) in PAGES.items() if "{project}" in template])
def test_a_project_that_is_not_there_answers_like_one_of_others(open_as, addresses, name):
    elsewhere = re.sub(r"^/projects/\d+/", "/projects/999999/", addresses[name])
    assert elsewhere != addresses[name]
    assert open_as("mona", elsewhere).status_code in (ABSENT, POST_ONLY)


WITHOUT_TABS = {"label", "verify", "practice", "items-views-counted"}  # the whole window is for items; part of a page


@pytest.mark.parametrize(
    "name",
    [name for name, (template, who) in PAGES.items() if "{project}" in template and who["mona"] == OK],
)
def test_the_tabs_stand_on_every_page_of_a_project(open_as, addresses, name):
    answer = open_as("mona", addresses[name])
    if name not in WITHOUT_TABS and not answer.streaming and answer["Content-Type"].startswith("text/html"):
        assert '<nav class="tabs"' in answer.content.decode()


def test_every_page_is_in_the_table():
    names = {pattern.name for pattern in _patterns(get_resolver().url_patterns)}
    assert names - {None} == set(PAGES)


def _patterns(patterns):
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            if str(pattern.pattern) not in ELSEWHERE:
                yield from _patterns(pattern.url_patterns)
        else:
            yield pattern
