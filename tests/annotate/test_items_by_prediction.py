"""Items found by what the newest round predicts, and by who has not labelled them."""

import pytest
from rest_framework.test import APIClient

from annotate.models import Prediction
from projects.models import Project
from tests.annotate.pages import with_offer

pytestmark = pytest.mark.django_db


@pytest.fixture
def crops(make_project, abe) -> Project:
    return with_offer(make_project(labels=("fruit", "tools")), abe, fruit=10, tools=5)


def listed(project: Project, person, **query) -> list[str]:
    api = APIClient()
    api.force_authenticate(person)
    response = api.get(f"/api/projects/{project.pk}/items/", query)
    assert response.status_code == 200, response.json()
    return [item["text"] for item in response.json()["results"]]


def test_by_predicted_label_and_confidence(crops, rita):
    assert listed(crops, rita, predicted="tools") == [f"tool {n}" for n in range(5)]
    below = sorted(Prediction.objects.values_list("probability", flat=True))[7]
    assert listed(crops, rita, confidence_below=below) == [f"tool {n}" for n in range(5)] + ["fruit 0", "fruit 1"]
    assert listed(crops, rita, predicted="fruit", confidence_below=below) == ["fruit 0", "fruit 1"]


def test_the_least_certain_predictions_come_first_and_the_view_of_them_is_sorted_so(crops, client, rita):
    Prediction.objects.filter(item__text="fruit 9").delete()
    by_confidence = Prediction.objects.order_by("probability", "item").values_list("item__text", flat=True)
    assert listed(crops, rita, sort="prediction") == [*by_confidence, "fruit 9"]  # what has none is last, both ways
    assert listed(crops, rita, sort="-prediction")[-1] == "fruit 9"
    client.force_login(rita)
    views = client.get(f"/projects/{crops.pk}/items/").context["views"]
    assert "?below=60&sort=prediction" in [view.address for view in views]


def test_by_who_has_not_labelled_them(crops, rita, ann, abe):
    assert listed(crops, rita, not_by="abe") == [f"fruit {n}" for n in range(10)]
    assert listed(crops, abe, not_by="abe") == [f"fruit {n}" for n in range(10)]


def test_annotators_do_not_learn_what_the_model_predicts(crops, ann):
    api = APIClient()
    api.force_authenticate(ann)
    for query in ({"predicted": "fruit"}, {"confidence_below": 0.9}):
        refused = api.get(f"/api/projects/{crops.pk}/items/", query)
        assert (refused.status_code, "reviewers" in str(refused.json())) == (400, True)


def test_a_label_that_there_is_not_is_refused_with_those_there_are(crops, rita):
    api = APIClient()
    api.force_authenticate(rita)
    refused = api.get(f"/api/projects/{crops.pk}/items/", {"predicted": "vegetable"})
    assert refused.status_code == 400 and "fruit, tools" in str(refused.json()["predicted"])


def test_the_page_understands_the_same(crops, client, rita):
    client.force_login(rita)
    page = client.get(f"/projects/{crops.pk}/items/?predicted=tools&below=100&not_by=abe").content.decode()
    assert "Nothing like this" in page
    page = client.get(f"/projects/{crops.pk}/items/?predicted=fruit&not_by=abe&below=99").content.decode()
    assert "fruit 0" in page and "tool 0" not in page and "fruit 9" not in page
    assert "<option selected>fruit</option>" in " ".join(page.split())
