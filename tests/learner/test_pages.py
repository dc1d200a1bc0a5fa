"""The page of the rounds: who sees it, what it says, when it stops to ask."""

import re

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from learner import rounds, status
from learner.evaluation.scores import in_words
from learner.models import Round
from tests import lasting
from tests.learner.conftest import of_fruit_and_tools
from tests.pages import markup_of

pytestmark = pytest.mark.django_db
mona, rita, ann, abe, make_project = lasting.CAST


@pytest.fixture(scope="module")
def learnt(make_project, ann, answer):
    """Two rounds, with 30 and with 60 labels; how many test items there are, and so the score, hangs on the ids."""
    fruit_and_tools = of_fruit_and_tools(make_project)
    for _ in range(2):
        answer(fruit_and_tools, ann, 30)
        assert rounds.run(rounds.begin(fruit_and_tools, Round.Trigger.CLICK)[0]).status == "finished"
    fruit_and_tools.rounds.update(n_test=25, score=0.9, score_low=0.72, score_high=0.97)
    return fruit_and_tools


@pytest.fixture
def page(client, rita):
    """`page(project, "panel/")`: what rita, who reviews, gets to see."""

    def get(project, part=""):
        client.force_login(rita)
        return client.get(f"/projects/{project.pk}/rounds/{part}")

    return get


@pytest.mark.parametrize("part", ["", "progress/", "panel/"])
@pytest.mark.parametrize("name, status", [("mona", 200), ("rita", 200), ("ann", 403), ("otto", 404)])
def test_reviewers_see_rounds_and_annotators_do_not(client, fruit_and_tools, request, part, name, status):
    client.force_login(request.getfixturevalue(name))
    seen = client.get(f"/projects/{fruit_and_tools.pk}/rounds/{part}").status_code
    assert seen == (286 if part and status == 200 else status)


def test_strangers_are_asked_to_log_in(client, fruit_and_tools):
    assert client.get(f"/projects/{fruit_and_tools.pk}/rounds/").url.startswith("/accounts/login/")


def test_a_manager_starts_a_round_by_hand(client, fruit_and_tools, mona):
    client.force_login(mona)
    assert client.post(f"/projects/{fruit_and_tools.pk}/rounds/").status_code == 302
    new_round = fruit_and_tools.rounds.get()
    assert (new_round.status, new_round.trigger, new_round.asked_by, OrmQ.objects.count()) == (
        "queued",
        "click",
        mona,
        1,
    )


@pytest.mark.parametrize(("name", "status"), [("rita", 403), ("ann", 403), ("otto", 404)])
def test_nobody_else_starts_a_round(client, fruit_and_tools, request, name, status):
    client.force_login(request.getfixturevalue(name))
    assert client.post(f"/projects/{fruit_and_tools.pk}/rounds/").status_code == status
    assert not fruit_and_tools.rounds.exists()


def test_only_a_manager_has_the_button(client, fruit_and_tools, mona, page):
    assert "Retrain now" not in markup_of(page(fruit_and_tools))
    client.force_login(mona)
    assert "Retrain now" in markup_of(client.get(f"/projects/{fruit_and_tools.pk}/rounds/"))


def test_the_page_shows_the_curve_and_every_round(learnt, page):
    shown = markup_of(page(learnt))
    newest, oldest = learnt.rounds.order_by("-id")
    assert in_words(newest.score, newest.score_low, newest.score_high) in shown
    assert re.findall(r'<th scope="row"><a href="[^"]+">(\d+)</a>', shown) == ["2", "1"]
    assert f'60<br><span class="small muted">{newest.n_train} + {newest.n_test}</span>' in shown
    assert f"{oldest.n_labels} labels: {in_words(oldest.score, oldest.score_low, oldest.score_high)}" in shown
    assert 'class="band series-1"' in shown
    assert "style=" not in shown


def test_the_panel_shows_the_latest_score_with_its_interval(learnt, page):
    shown = markup_of(page(learnt, "panel/"))
    newest = learnt.rounds.latest("id")
    assert in_words(newest.score, newest.score_low, newest.score_high) in shown
    assert f"on {newest.n_test} item" in shown
    assert "hx-trigger" not in shown


def test_a_score_on_few_test_items_is_too_early_to_be_shown(learnt, page):
    learnt.rounds.update(n_test=19)
    shown = markup_of(page(learnt))
    assert "too early: 19 of 20" in shown
    assert 'class="band series-1"' not in shown
    panel = markup_of(page(learnt, "panel/"))
    assert "Too early" in panel
    assert "19 of 20 items served at random are answered" in panel


def test_a_page_without_rounds_says_what_to_do(fruit_and_tools, page):
    assert "No round yet" in markup_of(page(fruit_and_tools))
    assert "Nothing is learnt yet" in markup_of(page(fruit_and_tools, "panel/"))


def test_it_asks_again_while_a_round_is_under_way_and_stops_with_286(learnt, page):
    new_round = rounds.ask(learnt, Round.Trigger.CLICK)
    for part in ("progress/", "panel/"):
        waiting = page(learnt, part)
        assert (waiting.status_code, "hx-trigger" in markup_of(waiting)) == (200, True)
    rounds.run(new_round)
    for part in ("progress/", "panel/"):
        done = page(learnt, part)
        assert (done.status_code, "hx-trigger" in markup_of(done)) == (286, False)


@pytest.mark.parametrize(
    "fields, sentence",
    [
        ({"retrain_every": 80}, "Next round after 50 more annotations."),
        ({"retrain_every": 31}, "Next round after 1 more annotation."),
        ({"retrain_every": 0, "retrain_minutes": 5}, "Rounds start every 5 minutes, if something is new."),
        ({"retrain_every": 0}, "Rounds start by hand only."),
        ({"learning": False}, "Learning is switched off in the settings."),
    ],
)
def test_it_says_when_the_next_round_comes(fruit_and_tools, ann, answer, page, fields, sentence):
    answer(fruit_and_tools, ann, 30)
    for name, value in fields.items():
        setattr(fruit_and_tools, name, value)
    fruit_and_tools.save()
    assert sentence in markup_of(page(fruit_and_tools))


def test_people_are_told_when_the_worker_does_not_answer(fruit_and_tools, page, monkeypatch):
    assert "The worker does not answer" in markup_of(page(fruit_and_tools))
    monkeypatch.setattr(status, "worker_answers", lambda: True)
    assert "The worker does not answer" not in markup_of(page(fruit_and_tools))


def test_a_failed_round_says_why(learnt, page):
    Round.objects.create(
        project=learnt, trigger="click", status="failed", reason="the <b>reason</b>", finished_at=timezone.now()
    )
    shown = markup_of(page(learnt))
    assert "The last round failed:</strong> the &lt;b&gt;reason&lt;/b&gt;." in shown
    assert "stays in force" in shown


def test_older_rounds_are_a_page_away(fruit_and_tools, page):
    Round.objects.bulk_create(Round(project=fruit_and_tools, trigger="click", status="failed") for _ in range(35))
    shown = page(fruit_and_tools)
    assert len(shown.context["rounds"]) == 30
    older = page(fruit_and_tools, f"?before={shown.context['older']}")
    assert len(older.context["rounds"]) == 5
    assert not set(older.context["rounds"]) & set(shown.context["rounds"])
    assert page(fruit_and_tools, "?before=nonsense").status_code == 200
