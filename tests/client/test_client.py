"""The Python client against the real REST API, in one process."""

import importlib.util

import numpy as np
import pytest
from annotate_client import AnnotateError, PredictionsRejected, ServerUnreachable, UnknownClasses, Workspace
from PIL import Image

from annotate.models import Annotation
from annotate.queue.leasing import lease, lease_next
from annotate.queue.submitting import submit
from learner import rounds
from projects.models import Membership, Project
from tests.receiver import receiving

REVIEWS = ["Works like new.", "Broke on the second day.", "Arrived early.", "Three weeks late."] * 5


@pytest.fixture
def project(workspace):
    return workspace.create_project("my reviews", labels=["good", "bad"], learning=False)


def numbered(texts: list[str]) -> list[str]:
    return [f"{text} ({number})" for number, text in enumerate(texts)]


def test_a_name_and_a_password_give_a_workspace(mona, transport):
    assert Workspace.log_in("http://testserver", "mona", "mona's password", transport=transport).projects() == []


def test_a_project_is_found_by_its_name_or_number(workspace, project):
    assert workspace.project("my reviews").id == workspace.project(project.id).id == project.id
    assert project.label_names == ["good", "bad"]
    with pytest.raises(KeyError, match="there is no project 'yours' of yours; there are my reviews"):
        workspace.project("yours")


def test_a_label_is_added_once(workspace, project):
    assert [project.add_label("mixed"), project.add_label(" Mixed ")] == ["mixed", "mixed"]
    assert project.label_names == workspace.project(project.id).label_names == ["good", "bad", "mixed"]


def test_texts_come_in_once_however_often_they_are_sent(project):
    assert project.add_features(numbered(REVIEWS))["created"] == 20
    assert project.add_features(numbered(REVIEWS))["unchanged"] == 20


def test_labels_that_come_with_the_texts_are_mine(project):
    project.add_features(["good one", "bad one", "odd one"], labels=[np.str_("good"), "bad", None])
    assert project.new_labels == ["good", "bad", None]
    assert {row["annotator"] for row in project.annotations()} == {"mona"}


def test_as_many_labels_as_features_are_wanted(project):
    with pytest.raises(ValueError, match="3 features and 1 labels; there must be as many"):
        project.add_features(["one", "two", "three"], labels=["good"])


@pytest.mark.parametrize(
    ("features", "kind"),
    [
        (np.arange(6.0).reshape(2, 3), "data"),
        (np.arange(32).reshape(2, 4, 4), "image"),
        ([Image.new("L", (8, 8), 10), Image.new("RGB", (9, 9))], "image"),
        ([{"price": np.float64(1.5), "city": "Rome"}, {"price": float("nan"), "city": None}], "data"),
    ],
)
def test_arrays_images_and_tables_become_items(project, features, kind):
    assert project.add_features(features)["created"] == 2
    assert all(item[kind] is not None for item in project.items())


@pytest.mark.skipif(importlib.util.find_spec("pandas") is None, reason="pandas is not installed")
def test_a_data_frame_comes_in_row_by_row(project):
    import pandas as pd

    assert project.add_features(pd.DataFrame({"a": [1, 2], "b": ["x", None]}))["created"] == 2


def test_priorities_decide_what_is_asked_first(project, mona):
    project.add_features(numbered(REVIEWS), ids=[f"r{number}" for number in range(20)])
    project.set_priorities([{"external_id": "r7", "priority": 1, "votes_wanted": 2}])
    assert lease_next(_row(project), mona).item.external_id == "r7"


def test_many_items_are_changed_deleted_and_restored(project):
    project.add_features(numbered(REVIEWS))
    first = [item["id"] for item in project.items()[:2]]
    assert project.change_items("votes_wanted", ids=first, votes_wanted=3) == {"items": 2, "changed": 2}
    assert project.change_item(first[0], priority=1, meta={"by": "hand"})["meta"] == {"by": "hand"}
    assert project.change_items("flag", filter={"search": "Broke"})["changed"] == 5
    deletion = project.delete_items(filter={"state": "flagged"}, most_annotations=0)
    assert (deletion["items"], deletion["annotations"], len(project.items())) == (5, 0, 15)
    assert project.restore_items(deletion["deletion"])["items"] == 5
    assert len(project.items(state="flagged")) == 5


def test_a_refusal_is_raised_with_the_servers_words(project):
    with pytest.raises(AnnotateError, match=r"400.*labels"):
        Workspace.create_project(_workspace(project), "bad", labels=[])
    project.add_features(["one"])
    report = project.set_priorities([{"external_id": "nowhere", "priority": 1}])
    assert report["rejected"][0]["error"] == "this project has no item 'nowhere'"


def test_a_model_of_ones_own_orders_the_queue(project, mona, capsys):
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    project.add_features(numbered(REVIEWS), ids=[f"r{number}" for number in range(20)])
    for assignment in lease(_row(project), mona, 12):
        submit(assignment, "bad" if any(w in assignment.item.text for w in ("Broke", "late")) else "good")
    scores = project.orchestrate(make_pipeline(TfidfVectorizer(), LogisticRegression()), explore=0.0, seed=1)
    assert scores[0] > 0.6
    assert "Trained on 12 labels. Score: " in capsys.readouterr().out
    assert _row(project).queue_state.generation == 1
    assert Annotation.objects.count() == 12


def test_a_function_of_ones_own_says_what_is_asked_first(project, mona):
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    project.add_features(numbered(REVIEWS), ids=[f"r{number}" for number in range(20)])
    for assignment in lease(_row(project), mona, 12):
        submit(assignment, "bad" if any(w in assignment.item.text for w in ("Broke", "late")) else "good")
    model = make_pipeline(TfidfVectorizer(), LogisticRegression())
    project.orchestrate(model, acquisition=lambda proba: np.arange(len(proba)), explore=0.0)
    assert lease_next(_row(project), mona).item.external_id == "r19"


def choose(project, mona, names, n=12):
    """mona answers n items: the value at the place of its item in `names`, which repeat."""
    for assignment in lease(_row(project), mona, n):
        submit(assignment, names[int(assignment.item.external_id[1:]) % len(names)])


def reader(classifier):
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline

    return make_pipeline(TfidfVectorizer(), classifier)


@pytest.fixture
def read_reviews(project, mona):
    """Twenty reviews in their order, the first twelve answered."""
    project.add_features(numbered(REVIEWS), ids=[f"r{number}" for number in range(20)])
    choose(project, mona, ["good", "bad", "good", "bad"])
    return project


def likeliest(project):
    """The label that the stored predictions speak for, by the item's number."""
    from annotate.models import Suggestion

    suggestions = Suggestion.objects.filter(project=project.id).select_related("item")
    return {int(row.item.external_id[1:]): row.value for row in suggestions}


def test_labels_that_were_encoded_for_the_model_are_decoded_for_the_server(read_reviews):
    from sklearn.linear_model import LogisticRegression

    def encode(X, y):
        return X, None if y is None else [{"good": 0, "bad": 1}[label] for label in y]

    read_reviews.orchestrate(reader(LogisticRegression()), model_preprocess=encode)
    values = likeliest(read_reviews)
    assert len(values) == 8
    assert all(values[number] == ("bad" if number % 2 else "good") for number in values)


def test_classes_that_nobody_can_tell_apart_are_asked_for(read_reviews):
    from sklearn.linear_model import LogisticRegression

    def mix(X, y):
        return X, None if y is None else [number % 2 for number in range(len(y))][::-1][:5] + [0, 1] * 3 + [1]

    with pytest.raises(UnknownClasses, match=r"classes=\['good', 'bad'\]"):
        read_reviews.orchestrate(reader(LogisticRegression()), model_preprocess=mix)
    read_reviews.orchestrate(reader(LogisticRegression()), model_preprocess=mix, classes=["good", "bad"])
    assert len(likeliest(read_reviews)) == 8


def test_predictions_that_the_server_rejects_are_an_error_with_the_reasons(read_reviews, capsys):
    from sklearn.linear_model import LogisticRegression

    with pytest.raises(PredictionsRejected, match=r"rejected 8 of 8 predictions: .*'excellent'"):
        read_reviews.orchestrate(reader(LogisticRegression()), classes=["excellent", "bad"])
    assert "Score" not in capsys.readouterr().out


@pytest.mark.parametrize("kind", ["OneVsRest", "MultiOutput", "forest", "binarizer"])
def test_lists_of_labels_train_models_of_several_labels(workspace, mona, kind):
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.multioutput import MultiOutputClassifier
    from sklearn.preprocessing import MultiLabelBinarizer

    project = workspace.create_project("topics", ["quality", "delivery"], "multiple_choice", learning=False)
    project.add_features(numbered(REVIEWS), ids=[f"r{number}" for number in range(20)])
    choose(project, mona, [["quality"], ["quality"], ["delivery"], ["delivery", "quality"]])
    logistic = LogisticRegression(C=100)
    model, preprocess = {
        "OneVsRest": (OneVsRestClassifier(logistic), None),
        "MultiOutput": (MultiOutputClassifier(logistic), None),
        "forest": (RandomForestClassifier(random_state=0), None),
        "binarizer": (
            OneVsRestClassifier(logistic),
            lambda X, y: (X, None if y is None else MultiLabelBinarizer().fit_transform(y)),
        ),
    }[kind]
    assert project.orchestrate(reader(model), model_preprocess=preprocess)[0] is not None
    values = likeliest(project)
    assert len(values) == 8
    assert all(values[number] == ["quality"] for number in values if number % 4 == 0)
    assert all("delivery" in values[number] for number in values if number % 4 == 2)


def test_a_label_that_nobody_chose_is_waited_for_or_left_out(workspace, mona, capsys):
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.multioutput import MultiOutputClassifier

    project = workspace.create_project("topics", ["quality", "delivery", "price"], "multiple_choice", learning=False)
    project.add_features(numbered(REVIEWS), ids=[f"r{number}" for number in range(20)])
    choose(project, mona, [["quality"], ["quality"], ["delivery"], ["delivery"]])
    assert project.orchestrate(reader(MultiOutputClassifier(LogisticRegression()))) == [None]
    assert "OneVsRestClassifier does" in capsys.readouterr().out
    project.orchestrate(reader(OneVsRestClassifier(LogisticRegression())))
    assert len(likeliest(project)) == 8


def test_a_model_of_ones_own_learns_from_pictures(workspace, mona):
    from sklearn.linear_model import LogisticRegression

    project = workspace.create_project("digits", labels=["dark", "light"], learning=False)
    grey = [number * 12 for number in range(20)]
    pictures = [np.full((4, 4), level, dtype=np.uint8) for level in grey]
    project.add_features(pictures, ids=[f"p{number}" for number in range(20)])
    for assignment in lease(_row(project), mona, 12):
        submit(assignment, "light" if int(assignment.item.external_id[1:]) >= 6 else "dark")
    project.orchestrate(
        LogisticRegression(max_iter=1000),
        model_preprocess=lambda X, y: (X.reshape(len(X), -1) / 255, y),
        acquisition=lambda proba: proba.max(axis=1),
    )
    assert set(likeliest(project).values()) == {"light"}


def test_annotations_since_the_last_one_do_not_repeat_it(read_reviews, mona):
    before = read_reviews.annotations()
    last = max(row["updated_at"] for row in before)
    assert (len(before), read_reviews.annotations(since=last)) == (12, [])
    choose(read_reviews, mona, ["good", "bad", "good", "bad"], n=1)
    assert len(read_reviews.annotations(since=last)) == 1
    assert len(read_reviews.annotations(since=max(row["id"] for row in before))) == 1


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "127.0.0.1:9"])
def test_a_server_that_does_not_answer_is_an_error_that_says_so(url):
    with pytest.raises(ServerUnreachable, match=r"cannot be reached .*Is the server running") as caught:
        Workspace(url, "token").projects()
    assert isinstance(caught.value, AnnotateError) and caught.value.status is None


def test_too_few_labels_are_said_and_train_nothing(project, capsys):
    project.add_features(numbered(REVIEWS))
    assert project.orchestrate(model=None) == [None]
    assert "Not enough labels to retrain: 0, at least 4 are needed." in capsys.readouterr().out


def test_a_wrong_acquisition_function_is_told_before_anything_is_trained(project):
    with pytest.raises(AnnotateError, match=r"400.*margins"):
        project.orchestrate(model=None, acquisition="margins")


def test_vectors_of_ones_own_are_sent(project):
    project.add_features(numbered(REVIEWS), ids=[f"r{number}" for number in range(20)])
    report = project.send_vectors([f"r{number}" for number in range(20)], np.ones((20, 3)))
    assert report["stored"] == 20


def test_the_export_and_the_progress_are_at_hand(project):
    project.add_features(["one", "two"])
    assert len(project.export("jsonl").splitlines()) == 2
    assert project.progress()["items"] == 2


def _row(project):
    from projects.models import Project

    return Project.objects.get(pk=project.id)


def _workspace(project):
    workspace = Workspace.__new__(Workspace)
    workspace.connection = project.connection
    return workspace


def test_items_like_others_are_empty_before_there_are_features(workspace):
    project = workspace.create_project("vectors", labels=["east", "north"], features="given_vectors", retrain_every=0)
    project.add_features(["one", "two", "three"], ids=["1", "2", "3"])
    first, second, third = (item["id"] for item in project.items())
    assert project.similar_items([first]) == []
    project.send_vectors(["1", "2", "3"], np.array([[1, 0], [0.1, 1], [1, 0.1]]))
    assert [row["item"] for row in project.similar_items([first])] == [third, second]
    assert project.similar_items([first], 1, only_open=True)[0]["external_id"] == "3"


def test_a_round_is_compared_downloaded_and_undone(workspace, ann):
    project = workspace.create_project("sizes", labels=["even", "odd"], retrain_every=0, explore=0, estimator="sgd")
    project.add_features([f"number {'one' if n % 2 else 'two'} {n}" for n in range(30)])
    setup = Project.objects.get(pk=project.id)
    Membership.objects.create(project=setup, user=ann, role="annotator")
    done = []
    for _ in range(2):
        for leased in lease(setup, ann, 8):
            submit(leased, "odd" if "one" in leased.item.text else "even")
        done.append(rounds.run(rounds.begin(setup, "click")[0]).pk)
    assert project.compare_rounds(*done)["same_next"] > 0
    assert project.model(done[1])[:2] == b"PK"
    assert project.undo_round(done[1]) == done[0]
    with pytest.raises(AnnotateError, match="only the round whose order is in force"):
        project.undo_round(done[1])


def test_a_machine_votes_beside_people(workspace, project):
    project.add_features(numbered(REVIEWS))
    project.add_machine("rule")
    item = project.items()[0]
    assert project.send_votes("rule", [{"item": item["id"], "value": "good", "confidence": 0.7}])["stored"] == 1
    (machine,) = project.machines()
    assert (machine["username"], machine["votes"], machine["judged"]) == ("rule", 1, 0)


def test_a_webhook_is_added_tested_changed_and_removed(workspace, project):
    with receiving() as receiver:
        webhook = project.add_webhook(receiver.url, ["item.done"], secret="a long secret")
        assert project.test_webhook(webhook["id"])["received"]
    assert receiver.names == ["test"] and "X-Annotate-Signature" in receiver.requests[0].headers
    assert project.change_webhook(webhook["id"], active=False)["active"] is False
    assert [row["has_secret"] for row in project.webhooks()] == [True]
    project.remove_webhook(webhook["id"])
    assert project.webhooks() == []
    with pytest.raises(AnnotateError, match="is not a valid choice"):
        project.add_webhook(receiver.url, ["item.painted"])
