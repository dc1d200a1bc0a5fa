"""Every item type goes from a file to the labelling screen, the pages, REST and the learner."""

import io

import numpy as np
import pytest
from django.core.files.storage import default_storage
from django.template.loader import get_template
from PIL import Image
from rest_framework.test import APIClient

import annotate_kit.features
from annotate.imports import columns
from annotate.imports.run import import_records
from annotate.models import Item
from annotate.templatetags.answers import glimpse, picture
from annotate_kit.formats.records import Record
from learner import dataset
from projects import itemtypes

TYPES = itemtypes.registry.names


def a_picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (8, 6), "red").save(file, "PNG")
    return file.getvalue()


EXAMPLES = {
    "text": {"text": "the cat\nsat"},
    "image": {"image": a_picture(), "image_name": "cat.png"},
    "data": {"data": {"size": 3, "colour": "red"}},
}
SENT = {"text": "the cat\nsat", "image": "/items/{}/image/", "data": {"size": 3, "colour": "red"}}
GLIMPSES = {"text": "the cat sat", "image": "", "data": "size: 3; colour: red"}


@pytest.fixture(params=TYPES)
def name(request) -> str:
    return request.param


@pytest.fixture
def item(name, make_project) -> Item:
    project = make_project(features=itemtypes.registry.load(name).features)
    report = import_records(project, [Record(row=1, external_id="one", **EXAMPLES[name])])
    assert report.created == 1, report.rejected
    return project.items.get()


def test_it_has_what_a_type_must_have(name):
    item_type = itemtypes.registry.load(name)
    assert Item._meta.get_field(item_type.column).null
    assert name in annotate_kit.features.registry.load(item_type.features).kinds
    assert item_type.about
    assert get_template(f"annotate/items/{name}.html")


def test_types_are_offered_in_their_order_with_what_they_are_for():
    assert [name for name, _ in itemtypes.choices()] == ["text", "image", "data"]
    assert dict(itemtypes.choices())["image"] == "Images\nPhotographs, scans, drawings"


def test_an_item_knows_its_type(item, name):
    assert item.kind == name
    assert columns.content_of(item.project) == itemtypes.registry.load(name).role


def test_what_is_none_of_the_types_is_an_error_that_names_them():
    with pytest.raises(ValueError, match="an item has one of text, image, data"):
        itemtypes.shown_by(Item())
    with pytest.raises(KeyError, match="it has data, image, text"):
        itemtypes.registry.load("audio")


def test_it_is_leased_by_rest_as_the_screen_shows_it(item, name, ann):
    api = APIClient()
    api.force_authenticate(ann)
    [leased] = api.post(f"/api/projects/{item.project_id}/assignments/", {}).json()
    sent = SENT[name].format(item.pk) if name == "image" else SENT[name]
    assert leased["item"] == {"id": item.pk, "external_id": "one", name: sent}


def test_it_is_drawn_on_the_labelling_screen_and_on_pages(item, name, client, ann, mona):
    client.force_login(ann)
    screen = client.get(f"/projects/{item.project_id}/label/").content.decode()
    assert f'class="item-{name}"' in screen
    client.force_login(mona)
    page = client.get(f"/items/{item.pk}/").content.decode()
    drawn = {"text": "the cat<br>sat", "image": f'src="/items/{item.pk}/image/"', "data": "<dt>colour</dt>"}
    assert drawn[name] in page
    assert client.get(f"/projects/{item.project_id}/items/").status_code == 200


def test_a_list_shows_its_words_or_its_picture(item, name):
    assert (glimpse(item), picture(item)) == (GLIMPSES[name], f"/items/{item.pk}/image/" if name == "image" else "")


def test_the_learner_gets_its_content(item, name):
    [(pk, content)] = dataset.contents(np.array([item.pk]))
    assert (pk, content) == (item.pk, EXAMPLES[name][name])
    assert dataset.kind(item.project) == name


def test_a_picture_that_is_no_more_is_an_empty_one_for_the_learner(make_project):
    project = make_project()
    import_records(project, [Record(row=1, external_id="one", **EXAMPLES["image"])])
    item = project.items.get()
    default_storage.delete(item.image)
    assert list(dataset.contents(np.array([item.pk]))) == [(item.pk, b"")]
