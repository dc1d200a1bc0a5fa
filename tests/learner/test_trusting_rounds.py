"""Rounds are run again from their record, undone, compared, and their models used elsewhere."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command
from rest_framework.test import APIClient

from annotate.models import QueueState, Suggestion
from annotate.queue.ordering import publish
from annotate_kit import trained
from config import env
from learner import features, predictions, rounds
from learner.models import Round
from learner.rounds import NotUndoable, comparing, outcomes, repeating, undoing
from projects.models import Project
from tests import lasting
from tests.learner.conftest import add_records, finished_round, of_fruit_and_tools, published_order, topics

pytestmark = pytest.mark.django_db
mona, rita, ann, abe, make_project = lasting.CAST


@pytest.fixture(scope="module")
def two_rounds(make_project, ann, answer) -> tuple[Project, Round, Round, list[int]]:
    """Two rounds, ten answers apart, and the order of the first."""
    fruit_and_tools = of_fruit_and_tools(make_project)
    fruit_and_tools.show_suggestions = "always"
    fruit_and_tools.save()
    answer(fruit_and_tools, ann, 60)
    first = finished_round(fruit_and_tools)
    first_order = published_order(fruit_and_tools)
    answer(fruit_and_tools, ann, 10)
    return fruit_and_tools, first, finished_round(fruit_and_tools), first_order


@pytest.fixture
def twice(two_rounds) -> tuple[Project, Round, Round, list[int]]:
    """The same, read for this test."""
    project, first, second, first_order = two_rounds
    return (
        Project.objects.get(pk=project.pk),
        Round.objects.get(pk=first.pk),
        Round.objects.get(pk=second.pk),
        list(first_order),
    )


def test_a_round_is_run_again_from_its_record_after_people_went_on(twice):
    project, first, second, _ = twice
    before = QueueState.objects.get(project=project).generation
    for done in (first, second):
        again = repeating.repeat(done)
        assert (again.is_same, again.differences) == (True, [])
    assert first.record["order"] != second.record["order"]
    assert QueueState.objects.get(project=project).generation == before


def test_what_changed_since_is_named_where_another_order_comes_out(twice):
    project, first, _, _ = twice
    project.items.update(text="all the same now", digest=b"\0" * 16)
    again = repeating.repeat(first)
    assert not again.is_same
    assert [name for name, _, _ in again.differences] == ["rows"]


def test_a_typical_start_is_run_again_as_well(make_project):
    project = make_project(labels=("fruit", "tools"), retrain_every=0)
    add_records(project, topics(100))
    assert repeating.repeat(finished_round(project)).is_same


def test_the_command_says_whether_the_same_comes_out(twice, capsys):
    _, first, _, _ = twice
    call_command("run_round", str(first.project_id), repeat=first.pk)
    assert f"Round {first.pk}: the same order" in capsys.readouterr().out


def test_the_former_order_returns_with_its_suggestions_and_predictions(twice, mona):
    project, first, second, first_order = twice
    suggested = dict(Suggestion.objects.filter(project=project).values_list("item", "proba"))
    assert published_order(project) != first_order
    returned = undoing.undo(second, mona)
    assert returned == first
    assert published_order(project) == first_order
    assert dict(Suggestion.objects.filter(project=project).values_list("item", "proba")) != suggested
    assert predictions.newest(project).round_id == first.pk
    second.refresh_from_db()
    assert second.undone_by == mona
    assert undoing.in_force(project) == first


def test_after_the_first_round_the_projects_own_order_returns(twice, mona):
    project, first, second, _ = twice
    undoing.undo(second, mona)
    first.refresh_from_db()
    assert undoing.undo(first, mona) is None
    assert published_order(project) == []
    assert predictions.newest(project) is None


def test_only_the_round_in_force_can_be_undone(twice, mona):
    project, first, second, first_order = twice
    with pytest.raises(NotUndoable, match="only the round whose order is in force"):
        undoing.undo(first, mona)
    publish(project, first_order[:3])  # as predictions from elsewhere do
    with pytest.raises(NotUndoable, match="only the round whose order is in force"):
        undoing.undo(second, mona)


def test_an_order_that_is_no_longer_stored_is_not_undone(twice, mona):
    project, first, second, _ = twice
    default_storage.delete(f"features/{project.pk}/rounds/{first.pk}.npz")
    with pytest.raises(NotUndoable, match="no longer stored"):
        undoing.undo(second, mona)


def test_an_undone_round_is_no_part_of_the_curve_and_the_next_one_learns_anew(twice, mona, ann, answer):
    project, _, second, _ = twice
    undoing.undo(second, mona)
    assert not project.rounds.informative().filter(pk=second.pk).exists()
    answer(project, ann, 5)
    assert undoing.in_force(project) is not None
    third = finished_round(project)
    assert undoing.in_force(project) == third
    assert third.n_labels == 75


def test_the_newest_five_are_stored(fruit_and_tools, ann, answer):
    answer(fruit_and_tools, ann, 40)
    done = [finished_round(fruit_and_tools) for _ in range(6)]
    assert [outcomes.load(each) is None for each in done] == [True] + 5 * [False]
    assert [outcomes.model_file(each) is None for each in done] == [True] + 5 * [False]


def test_two_rounds_are_compared_on_the_same_items(twice):
    _, first, second, _ = twice
    compared = comparing.compare(first, second)
    assert {name for name, _, _ in compared.record} == {"data", "rows", "former_tuning"}
    assert 0 < compared.same_next <= 100
    assert 0.8 < compared.agreement <= 1
    assert compared.on_test.items == second.n_test
    assert (
        compared.on_test.first - compared.on_test.only_first == compared.on_test.second - compared.on_test.only_second
    )


@pytest.mark.parametrize("estimator", ["auto", "mixture", "naive_bayes"])
def test_the_downloaded_model_predicts_what_the_round_predicted(make_project, ann, answer, tmp_path, estimator):
    project = make_project(labels=("fruit", "tools"), retrain_every=0, estimator=estimator)
    add_records(project, topics(80))
    answer(project, ann, 60)
    seen = []
    done = rounds.run(rounds.begin(project, Round.Trigger.CLICK)[0], observe=seen.append)
    (learnt,) = seen
    file = tmp_path / "model.skops"
    with default_storage.open(outcomes.model_file(done)) as stored:
        file.write_bytes(stored.read())
    model = trained.load(file)
    items = list(project.items.order_by("pk"))
    expected = learnt.fitted.predict(learnt.rows.read(np.array([item.pk for item in items])))
    assert model.predict_proba([item.text for item in items]) == pytest.approx(expected, abs=1e-5)
    assert model.predict(["a hammer", "an apple"]) == ["tools", "fruit"]


def test_a_model_of_vectors_takes_vectors_and_says_so(make_project, ann, answer, tmp_path):
    project = make_project(labels=("fruit", "tools"), retrain_every=0, features="given_vectors")
    add_records(project, topics(80))
    vectors = np.random.default_rng(0).standard_normal((80, 8)) + 3 * (np.arange(80) % 2)[:, np.newaxis]
    features.store_vectors(project, [f"item-{row}" for row in range(1, 81)], vectors)
    answer(project, ann, 60)
    file = tmp_path / "model.skops"
    with default_storage.open(outcomes.model_file(finished_round(project))) as stored:
        file.write_bytes(stored.read())
    model = trained.load(file)
    texts = [item.text for item in project.items.order_by("pk")]
    assert np.mean(np.array(model.predict(texts, vectors)) == [record["gold"] for record in topics(80)]) > 0.95
    with pytest.raises(ValueError, match="this model was trained on vectors"):
        model.predict(texts)
    with pytest.raises(ValueError, match="8 numbers an item, these have 5"):
        model.predict(texts, vectors[:, :5])


def test_a_file_that_wants_other_objects_is_refused(tmp_path):
    import skops.io

    file = tmp_path / "other.skops"
    skops.io.dump(subprocess.CompletedProcess([], 0), file)
    with pytest.raises(ValueError, match="it wants objects of subprocess"):
        trained.load(file)


def test_the_script_on_the_page_predicts(twice, client, rita, tmp_path):
    project, _, second, _ = twice
    client.force_login(rita)
    address = f"/projects/{project.pk}/rounds/{second.pk}/"
    downloaded = client.get(f"{address}model/")
    name = downloaded.headers["Content-Disposition"].split('"')[1]
    (tmp_path / name).write_bytes(b"".join(downloaded.streaming_content))
    script = client.get(address).context["script"]
    assert len(script.strip().splitlines()) <= 10 and name in script
    (tmp_path / "predict.py").write_text(script)
    ran = subprocess.run(
        [sys.executable, "predict.py"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(env.ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    assert "'fruit':" in ran.stdout and "'tools':" in ran.stdout
    assert Path(tmp_path / name).stat().st_size < 500_000


@pytest.mark.parametrize("features", ["image_pixels", "image_hog", "image_colour"])
def test_the_script_of_a_model_of_pictures_reads_one(twice, client, rita, features):
    project, _, second, _ = twice
    second.record["parameters"]["features"] = features
    second.save()
    client.force_login(rita)
    script = client.get(f"/projects/{project.pk}/rounds/{second.pk}/").context["script"]
    assert "[learn,images]" in script and 'Path("picture.png").read_bytes()' in script


def test_a_manager_undoes_a_round_on_its_page_and_a_reviewer_does_not(twice, client, mona, rita):
    project, _, second, first_order = twice
    address = f"/projects/{project.pk}/rounds/{second.pk}/"
    client.force_login(rita)
    assert "Undo this round" not in client.get(address).content.decode()
    assert client.post(address).status_code == 403
    client.force_login(mona)
    assert "Undo this round" in client.get(address).content.decode()
    page = client.post(address, follow=True).content.decode()
    assert "The order of round 1 is in force again." in page
    assert published_order(project) == first_order
    assert "undone" in client.get(f"/projects/{project.pk}/rounds/").content.decode()
    again = client.post(address, follow=True).content.decode()
    assert "only the round whose order is in force can be undone" in again


def test_a_reviewer_sees_two_rounds_side_by_side(twice, client, rita):
    project, first, second, _ = twice
    client.force_login(rita)
    page = client.get(f"/projects/{project.pk}/rounds/compare/?first={first.pk}&second={second.pk}").content.decode()
    assert "Rounds 1 and 2" in page
    assert "Right on the same" in page
    elsewhere = client.get(f"/projects/{project.pk}/rounds/compare/?first={first.pk}&second=999")
    assert elsewhere.status_code == 404


def test_rest_has_the_record_the_model_the_comparison_and_the_undo(twice, mona, ann):
    project, first, second, first_order = twice
    api = APIClient()
    api.force_authenticate(mona)
    shown = api.get(f"/api/rounds/{second.pk}/").json()
    assert shown["record"]["seed"] == [project.pk, second.pk] and shown["undone_at"] is None
    assert b"".join(api.get(f"/api/rounds/{second.pk}/model/").streaming_content)[:2] == b"PK"
    compared = api.get(f"/api/rounds/{second.pk}/comparison/", {"with": first.pk}).json()
    assert compared["on_test"]["items"] == second.n_test
    assert api.delete(f"/api/rounds/{first.pk}/order/").status_code == 409
    assert api.delete(f"/api/rounds/{second.pk}/order/").json() == {"in_force": first.pk}
    assert published_order(project) == first_order
    api.force_authenticate(ann)
    assert api.delete(f"/api/rounds/{first.pk}/order/").status_code == 404
