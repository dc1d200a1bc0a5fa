"""Rounds of projects whose answers no model here learns: texts and shapes get an order all the same."""

import io

import numpy as np
import pytest
from PIL import Image

from annotate.imports.run import import_records
from annotate.models import Suggestion
from annotate.queue.leasing import lease
from annotate_kit.acquisition import typiclust
from annotate_kit.formats.records import Record
from core import storage_folders
from learner import status
from learner.evaluation import values
from learner.exploration import in_test_share
from learner.features.shards import folder_of
from learner.models import FEWEST_TEST_ITEMS, Round
from learner.pipeline.diversity import UNLIKE, UNSURE
from projects.models import Project
from tests.learner.conftest import add_records, run_round

TOPICS = ["a letter about rent and the flat", "the weather is cold with rain", "a goal in the last minute of the match"]


@pytest.fixture
def letters(make_project) -> Project:
    """Texts to translate, of three topics; the last one has few."""
    project = make_project(labels=(), task_type="text", retrain_every=10, explore=0.0, show_suggestions="shown")
    sizes = [60, 60, 12]
    texts = [f"{TOPICS[topic]}, part {n} of {n + 7}" for topic, size in enumerate(sizes) for n in range(size)]
    add_records(project, [{"text": text} for text in texts])
    return project


def topic_of(item) -> int:
    return next(place for place, topic in enumerate(TOPICS) if item.text.startswith(topic))


def test_texts_of_every_topic_come_first_though_no_model_learns_texts(letters, ann):
    done = run_round(letters)
    assert (done.status, done.reason) == (Round.Status.FINISHED, UNLIKE)
    assert done.generation
    first = [assignment.item for assignment in lease(letters, ann, 12)]
    assert {topic_of(item) for item in first} == {0, 1, 2}


def test_topics_that_were_answered_come_later(letters, ann, abe, answer):
    answer(letters, ann, 40, lambda item: "done")
    answered = set(letters.annotations.values_list("item", flat=True))
    topics = {topic_of(item) for item in letters.items.filter(pk__in=answered)}
    assert topics == {0}, "without an order they come as they were imported"
    run_round(letters)
    first = [assignment.item for assignment in lease(letters, abe, 10)]
    assert [topic_of(item) for item in first].count(0) <= 2


def test_what_models_elsewhere_are_unsure_of_comes_first(letters, ann):
    items = list(letters.items.order_by("pk"))
    for item, score in ((items[50], 0.9), (items[70], 0.4), (items[5], 0.7)):
        Suggestion.objects.create(
            project=letters, item=item, model="mt", value="x", score=score, created_at=item.created_at
        )
    done = run_round(letters)
    assert done.reason == UNSURE
    first = [assignment.item_id for assignment in lease(letters, ann, 4)]
    assert first[:3] == [items[50].pk, items[5].pk, items[70].pk]


def test_items_that_are_served_at_random_are_mixed_in(make_project, ann):
    project = make_project(labels=(), task_type="text", retrain_every=10, explore=0.3)
    add_records(project, [{"text": f"{TOPICS[n % 3]} {n}"} for n in range(90)])
    assert run_round(project).generation


def picture(red: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 64), (red, 40, 40)).save(file, "PNG")
    return file.getvalue()


def test_a_project_of_boxes_has_rounds_that_order_pictures(make_project, ann):
    """Its features were never set, so they would be those of texts."""
    project = make_project(labels=("Coin",), task_type="boxes", retrain_every=10, explore=0.0)
    records = [Record(n, f"p{n}", image=picture(20 if n < 20 else 220), image_name=f"{n}.png") for n in range(24)]
    report = import_records(project, records)
    assert not report.rejected
    done = run_round(project)
    assert (done.status, done.reason) == (Round.Status.FINISHED, UNLIKE)
    folders = storage_folders.folders(folder_of(project.pk))
    assert [name for name in folders if "-v" in name] == ["image_pixels-v1"]
    reds = {assignment.item.external_id for assignment in lease(project, ann, 24)}
    assert len(reds) == 24


def test_the_parts_of_predicted_boxes_say_what_is_unsure(make_project, ann):
    project = make_project(labels=("Coin",), task_type="boxes", retrain_every=10, explore=0.0)
    import_records(project, [Record(n, f"p{n}", image=picture(n * 9), image_name=f"{n}.png") for n in range(12)])
    items = list(project.items.order_by("pk"))
    for item, probabilities in ((items[3], [0.99, 0.95]), (items[8], [0.99, 0.2]), (items[10], [0.6])):
        parts = [{"box": [1, 1, 9, 9], "label": "Coin", "probability": p} for p in probabilities]
        Suggestion.objects.create(
            project=project, item=item, model="yolo", value=[], parts=parts, created_at=item.created_at
        )
    assert run_round(project).reason == UNSURE
    first = [assignment.item_id for assignment in lease(project, ann, 3)]
    assert first == [items[8].pk, items[10].pk, items[3].pk]


def predict(project: Project, value, model: str = "elsewhere", items=None) -> None:
    """The same prediction for every item."""
    for item in items or project.items.all():
        Suggestion.objects.create(project=project, item=item, model=model, value=value, created_at=item.created_at)


@pytest.fixture
def boxed(make_project, ann) -> Project:
    """Eighty pictures with a coin each, which ann boxed; half of them are served at random."""
    project = make_project(labels=("Coin",), task_type="boxes", retrain_every=10, explore=0.5)
    annotations = [{"annotator": "ann", "value": [{"box": [10, 10, 30, 30], "label": "Coin"}]}]
    image = picture(40)
    records = [Record(n, f"p{n}", image=image, image_name=f"{n}.png", annotations=annotations) for n in range(80)]
    records += [Record(n, f"p{n}", image=image, image_name=f"{n}.png") for n in range(80, 100)]
    assert not import_records(project, records).rejected
    return project


def test_boxes_that_were_predicted_elsewhere_are_scored_on_the_items_served_at_random(boxed, client, mona):
    near, invented = {"box": [12, 10, 30, 30], "label": "Coin"}, {"box": [40, 40, 60, 60], "label": "Coin"}
    predict(boxed, [near, invented])
    done = run_round(boxed)
    answered = np.array([item.pk for item in boxed.items.filter(annotations__isnull=False)])
    assert done.n_test == in_test_share(boxed.pk, answered, 0.5).sum() >= FEWEST_TEST_ITEMS
    assert done.score == pytest.approx(2 / 3)
    assert done.score_low <= done.score <= done.score_high
    judged = done.record["predictions"]
    assert (judged["model"], judged["items"], judged["precision"], judged["recall"]) == (
        "elsewhere",
        done.n_test,
        0.5,
        1,
    )
    assert judged["mean_iou"] == pytest.approx(0.9)
    client.force_login(mona)
    page = client.get(f"/projects/{boxed.pk}/rounds/").content.decode()
    assert "F1 of boxes" in page
    assert "Learning curve" in page


def test_predicted_ratings_are_scored_by_their_correlation(make_project):
    project = make_project(labels=(), task_type="rating")
    ratings = [1 + n % 5 for n in range(30)]
    import_records(project, [Record(n, f"t{n}", text=f"text {n}") for n in range(30)])
    items = list(project.items.order_by("pk"))
    for place, (item, rating) in enumerate(zip(items, ratings, strict=True)):
        predict(project, min(5, rating + place % 2), items=[item])
    ids = np.array([item.pk for item in items])
    judged = values.judge(project, ids, ratings, np.random.default_rng(0))
    assert 0.7 < judged.score.low < judged.score.value < judged.score.high < 1
    assert 0.2 < judged.record["mean_error"] < 0.6
    assert values.judge(project, ids[:1], ratings[:1], np.random.default_rng(0)) is None, "one tells nothing"


def test_what_people_saw_before_they_answered_is_not_scored(boxed):
    predict(boxed, [])
    boxed.annotations.update(suggestion_shown={"model": "elsewhere", "value": []})
    done = run_round(boxed)
    assert (done.score, done.n_test) == (None, 0)
    assert not boxed.rounds.informative().exists()


def test_the_newest_models_predictions_make_the_next_point_of_the_curve(boxed):
    predict(boxed, [{"box": [40, 40, 60, 60], "label": "Coin"}], "old")
    first = run_round(boxed)
    predict(boxed, [{"box": [10, 10, 30, 30], "label": "Coin"}], "young")
    Suggestion.objects.filter(model="young").update(created_at=first.created_at)
    second = run_round(boxed)
    assert (first.score, second.score, second.record["predictions"]["model"]) == (0, 1, "young")
    assert [(point.labels, point.score) for point in status.points(boxed)] == [(80, 0), (80, 1)]


def test_texts_that_were_predicted_elsewhere_are_scored_by_their_words(make_project, ann):
    project = make_project(labels=(), task_type="text", retrain_every=10, explore=0.5)
    answers = [{"annotator": "ann", "value": "it is cold outside"}]
    add_records(project, [{"text": f"{TOPICS[n % 3]} {n}", "annotations": answers} for n in range(60)])
    predict(project, "it is warm outside")
    done = run_round(project)
    assert done.score == pytest.approx(0.75)
    assert done.record["predictions"]["equal"] == 0


def test_what_lies_far_from_labelled_rows_is_chosen():
    rng = np.random.default_rng(0)
    middle = np.array([[0.0, 0.0], [8.0, 0.0], [0.0, 8.0]])
    pool = np.concatenate([rng.normal(place, 0.3, (40, 2)) for place in middle]).astype(np.float32)
    labelled = rng.normal(middle[0], 0.3, (10, 2)).astype(np.float32)
    chosen = typiclust.uncovered(np.concatenate([pool, labelled]), len(pool), 6, rng)
    assert len(set(chosen.tolist())) == 6
    assert (chosen < len(pool)).all()
    assert (chosen >= 40).sum() >= 5
