"""A round may learn from what everybody said, with no consensus in between."""

import numpy as np
import pytest
from django.core.files.storage import default_storage
from django.utils.html import escape

from annotate.models import Band, ModelVote, QueueState, Suggestion
from annotate.queue.leasing import lease
from annotate.reviews import correct
from annotate_kit import learning_from_crowds, trained
from learner import dataset, rounds, tasks
from learner.models import Round
from learner.rounds import outcomes, repeating
from projects import estimators, setup
from projects.models import Project, Suggestions
from tests.learner.conftest import add_records, topics
from tests.learner.test_model_vote import weak_votes

pytestmark = pytest.mark.django_db


def job(project: Project) -> Round:
    """Ask for a round, as the page does, and do the job that the worker takes up."""
    asked_for = rounds.ask(project, Round.Trigger.CLICK)
    tasks.run_round(asked_for.pk)
    asked_for.refresh_from_db()
    return asked_for


def crowd(make_project, estimator: str, votes: int = 3, **fields: object) -> Project:
    """120 of 160 texts have votes that are right four times in five; the other forty wait in the queue."""
    project = make_project(
        labels=("fruit", "tools"), retrain_every=0, votes_wanted=votes, estimator=estimator, **fields
    )
    texts = topics(160)
    weak_votes(project, texts[:120], votes=votes, right=0.8)
    add_records(project, [{**text, "external_id": f"waiting-{row}"} for row, text in enumerate(texts[120:])])
    return project


@pytest.mark.parametrize("estimator", learning_from_crowds.registry.names)
def test_a_round_learns_from_the_votes(make_project, estimator):
    project = crowd(make_project, estimator, show_suggestions=Suggestions.SHOWN)
    done = job(project)
    assert (done.status, done.reason, done.estimator, done.tuning) == (
        "finished",
        "",
        estimator,
        {"estimator": estimator},
    )
    assert done.n_labels == 120 == done.n_train + done.n_test
    assert done.cv_score > 0.55
    generation = QueueState.objects.get(project=project).generation
    assert Band.objects.filter(project=project, generation=generation).count() == 40
    assert ModelVote.objects.filter(project=project).count() == 120
    suggested = Suggestion.objects.filter(item__project=project).values_list("value", "item__gold")
    assert len(suggested) > 25
    right = np.mean([value == gold for value, gold in suggested])
    assert right > 0.9, (right, done.cv_score, done.score)


def test_the_test_share_and_the_votes_on_it_are_not_learned_from(make_project, monkeypatch):
    project = crowd(make_project, "wds_soft_labels")
    learned_from = []
    learn = learning_from_crowds.learn

    def noted(X, votes, *args, **kwargs):
        learned_from.append(votes)
        return learn(X, votes, *args, **kwargs)

    monkeypatch.setattr(learning_from_crowds, "learn", noted)
    done = job(project)
    assert done.n_test > 0
    assert learned_from[0].n_items == done.n_train
    assert len(learned_from[0]) == 3 * done.n_train


def test_what_a_reviewer_decided_counts_as_a_vote_of_its_own(make_project, rita):
    project = crowd(make_project, "crowd_layer")
    before = dataset.labelled(project).votes
    item = project.items.order_by("pk").first()
    correct(item.annotations.all()[:1], rita, "tools")
    after = dataset.labelled(project).votes
    assert (len(before), len(after), after.n_annotators) == (360, 361, before.n_annotators)
    assert (after.item[-1], after.annotator[-1], after.label[-1]) == (0, before.n_annotators - 1, 1)


def test_the_round_is_run_again_on_the_votes_that_it_read(make_project, ann, answer):
    project = crowd(make_project, "common_individual_shrinkage")
    done = job(project)
    answer(project, ann, 5)
    again = repeating.repeat(done)
    assert (again.is_same, again.differences) == (True, [])
    assert "vote_item" in np.load(default_storage.open(f"features/{project.pk}/rounds/{done.pk}.npz")).files


@pytest.mark.parametrize("estimator", learning_from_crowds.registry.names)
def test_its_model_is_downloaded_without_a_trace_of_the_people(make_project, tmp_path, estimator):
    project = crowd(make_project, estimator)
    seen = []
    done = rounds.run(rounds.begin(project, Round.Trigger.CLICK)[0], observe=seen.append)
    file = tmp_path / "model.skops"
    with default_storage.open(outcomes.model_file(done)) as stored:
        file.write_bytes(stored.read())
    model, items = trained.load(file), list(project.items.order_by("pk"))
    expected = seen[0].fitted.predict(seen[0].rows.read(np.array([item.pk for item in items])))
    assert model.predict_proba([item.text for item in items]) == pytest.approx(expected, abs=1e-5)
    assert set(vars(model.estimator)) <= {"n_labels", "C", "max_iterations", "preparation_", "row_"}


def test_with_one_vote_an_item_the_round_says_what_is_missing(make_project, client, mona, abe):
    project = crowd(make_project, "common_individual_shrinkage", votes=1)
    done = job(project)
    assert (done.status, done.cv_score) == ("finished", None)
    assert done.reason.startswith("needs items with the votes of two people or more, since common_individual_shrinkage")
    assert lease(project, abe, 1)
    client.force_login(mona)
    page = client.get(f"/projects/{project.pk}/rounds/").content.decode()
    assert escape("one vote an item is enough for auto and the others") in page


def test_answers_of_another_kind_are_refused_in_the_settings_and_by_rest(make_project, client, mona):
    project = make_project(task_type="multiple_choice")
    sentence = "conal learns from votes on items of one label each"
    with pytest.raises(setup.Unsuited, match=sentence):
        setup.change(project, mona, {"estimator": "conal"})
    client.force_login(mona)
    address = f"/api/projects/{project.pk}/"
    refused = client.patch(address, {"estimator": "conal"}, content_type="application/json")
    assert refused.status_code == 400
    assert sentence in refused.json()["estimator"][0]
    page = client.post(f"/projects/{project.pk}/settings/", {"estimator": "conal", "task_type": "multiple_choice"})
    assert sentence in page.content.decode()
    assert (
        client.patch(address, {"task_type": "single_choice", "estimator": "conal"}, "application/json").status_code
        == 200
    )
    assert client.patch(address, {"task_type": "multiple_choice"}, "application/json").status_code == 400


def test_the_settings_show_them_in_a_group_of_their_own(make_project, client, mona):
    client.force_login(mona)
    page = client.get(f"/projects/{make_project().pk}/settings/").content.decode()
    _, _, group = page.partition('<optgroup label="From the votes themselves">')
    group = group.partition("</optgroup>")[0]
    assert [
        name for name, _ in estimators.choices() if f'value="{name}"' in group
    ] == learning_from_crowds.registry.names
