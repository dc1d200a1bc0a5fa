"""Embeddings of texts by a static model in a folder: their numbers, which model made them, and what may be missing."""

import os
import socket

import numpy as np
import pytest

from annotate_kit.features import _model_folder, lacking, registry, text_embeddings, version
from tests.embedding_models import VOCABULARY, needs_model2vec, vectors, write_model

TEXTS = ["an apple, a pear", "PLUM", "a saw", ""]


@pytest.fixture
def model(tmp_path, monkeypatch):
    folder = write_model(tmp_path / "model", vectors())
    monkeypatch.setenv("EMBEDDINGS_MODEL", str(folder))
    return folder


def unit(row):
    return row / np.linalg.norm(row)


@needs_model2vec
class TestWithAModel:
    def test_a_text_is_the_mean_of_its_tokens_at_length_one(self, model):
        table = vectors()
        rows = text_embeddings.compute(TEXTS)
        assert (rows.shape, rows.dtype) == ((4, 8), np.float32)
        assert rows[0] == pytest.approx(unit(table[1] + table[2]), abs=1e-6)
        assert rows[1] == pytest.approx(unit(table[3]), abs=1e-6)
        assert not rows[3].any()

    def test_words_that_the_model_does_not_know_change_nothing(self, model):
        plain, surrounded, unknown = text_embeddings.compute(["saw", "the saw of mona", "mona"])
        assert np.array_equal(plain, surrounded)
        assert not unknown.any()

    def test_texts_of_one_topic_are_near_each_other(self, model):
        pear, cherry, drill = text_embeddings.compute(["pear", "cherry", "drill"])
        assert pear @ cherry > 0.8 > 0.5 > pear @ drill

    def test_no_text_is_no_row(self, model):
        assert text_embeddings.compute([]).shape == (0, 8)

    def test_tokens_count_by_the_models_weights(self, model):
        weights = [1.0] * len(VOCABULARY)
        weights[1], weights[5] = 0.1, 3.0
        write_model(model, vectors(), weights)
        (row,) = text_embeddings.compute(["apple hammer"])
        assert row == pytest.approx(unit(0.1 * vectors()[1] + 3 * vectors()[5]), abs=1e-6)

    def test_a_model_in_half_precision_gives_rows_of_length_one_all_the_same(self, model):
        write_model(model, vectors().astype(np.float16))
        rows = text_embeddings.compute(["apple pear saw", "drill"])
        assert np.linalg.norm(rows, axis=1) == pytest.approx([1, 1], abs=1e-6)

    def test_another_model_has_another_version_and_other_numbers(self, model, tmp_path, monkeypatch):
        first, row = version("text_embeddings"), text_embeddings.compute(["apple"])
        assert first.startswith(f"{text_embeddings.VERSION}-")
        monkeypatch.setenv("EMBEDDINGS_MODEL", str(write_model(tmp_path / "copy", vectors())))
        assert version("text_embeddings") == first
        write_model(tmp_path / "copy", vectors(seed=1))
        os.utime(tmp_path / "copy" / "model.safetensors", (1, 1))  # clocks of files may be coarse
        assert version("text_embeddings") != first
        assert not np.allclose(text_embeddings.compute(["apple"]), row)

    def test_other_words_of_the_tokenizer_are_another_model(self, model):
        first = version("text_embeddings")
        tokenizer = model / "tokenizer.json"
        tokenizer.write_text(tokenizer.read_text().replace('"apple"', '"quince"'))
        assert version("text_embeddings") != first

    def test_nothing_is_downloaded(self, model, monkeypatch):
        text_embeddings._with_table.cache_clear()
        monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("connected"))
        assert text_embeddings.compute(["apple"]).any()

    def test_files_that_are_no_model_are_named(self, model):
        (model / "model.safetensors").write_bytes(b"no tensors")
        with pytest.raises(ValueError, match=r"which EMBEDDINGS_MODEL names, holds no model of model2vec"):
            text_embeddings.compute(["apple"])

    def test_a_file_that_is_missing_is_named(self, model):
        (model / "tokenizer.json").unlink()
        assert lacking("text_embeddings").endswith("EMBEDDINGS_MODEL names, holds no model: tokenizer.json is missing")
        assert text_embeddings.model_id() == ""
        with pytest.raises(ValueError, match=r"tokenizer\.json is missing"):
            text_embeddings.compute(["apple"])

    def test_without_a_folder_the_setting_is_named(self, monkeypatch):
        monkeypatch.delenv("EMBEDDINGS_MODEL", raising=False)
        assert "set EMBEDDINGS_MODEL to its folder" in lacking("text_embeddings")


def test_without_the_package_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(_model_folder, "find_spec", lambda name: None)
    assert "pip install -r requirements-embeddings.txt" in lacking("text_embeddings")
    with pytest.raises(ValueError, match="model2vec, which is not installed"):
        text_embeddings.compute(["apple"])


def test_other_features_lack_nothing():
    assert {lacking(name) for name in registry.names if not name.endswith("_embeddings")} == {""}
    assert version("text_hashing") == "1"
