"""Embeddings of texts by an ONNX network in a folder of sentence-transformers, and what such folders may hold."""

import numpy as np
import pytest

from annotate_kit.features import lacking, text_embeddings, version
from tests.sentence_models import INPUTS, TABLE, VOCABULARY, needs_onnxruntime, write_folder, write_json

pytestmark = needs_onnxruntime


@pytest.fixture
def model(tmp_path, monkeypatch):
    monkeypatch.setenv("EMBEDDINGS_MODEL", str(tmp_path / "model"))
    return write_folder(tmp_path / "model")


def rows_of(*words):
    """Of the start of a text and these words."""
    return TABLE[[2, *(VOCABULARY.index(word) for word in words)]]


def unit(row):
    return pytest.approx(row / np.linalg.norm(row), abs=1e-6)


def test_a_text_is_the_mean_of_its_tokens_at_length_one(model):
    first, second, empty = text_embeddings.compute(["apple pear saw hammer apple", "saw", ""])
    assert first == unit(rows_of("apple", "pear", "saw", "hammer", "apple").mean(axis=0))
    assert second == unit(rows_of("saw").mean(axis=0))
    assert empty == unit(TABLE[2])


def test_no_text_is_no_row(model):
    assert text_embeddings.compute([]).shape == (0, 4)


def test_texts_of_many_lengths_stay_in_their_order(model):
    words = np.random.default_rng(1).choice(["apple", "pear", "hammer", "saw"], 2000)
    lengths = np.random.default_rng(2).integers(0, 60, 60)
    texts = [" ".join(words[:length]) for length in lengths]
    for row, length in zip(text_embeddings.compute(texts), lengths, strict=True):
        assert row == unit(rows_of(*words[:length]).mean(axis=0))


@pytest.mark.parametrize(
    ("pooling", "pooled"),
    [
        ({"pooling_mode": "cls"}, lambda rows: rows[0]),
        ({"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}, lambda rows: rows[0]),
        ({"pooling_mode": "max"}, lambda rows: rows.max(axis=0)),
        ({"pooling_mode": "mean_sqrt_len_tokens"}, lambda rows: rows.sum(axis=0)),
        ({"pooling_mode": "weightedmean"}, lambda rows: np.average(rows, axis=0, weights=range(1, len(rows) + 1))),
        ({"pooling_mode_lasttoken": True}, lambda rows: rows[-1]),
        ({"pooling_mode": ["cls", "max"]}, lambda rows: np.concatenate([rows[0], rows.max(axis=0)])),
    ],
    ids=lambda value: "" if callable(value) else str(value),
)
def test_tokens_are_pooled_as_the_folder_says(model, pooling, pooled):
    write_folder(model, **pooling)
    short, long = text_embeddings.compute(["saw", "apple pear hammer"])  # filled up to one length
    assert short == unit(pooled(rows_of("saw")))
    assert long == unit(pooled(rows_of("apple", "pear", "hammer")))


@pytest.mark.parametrize("network", ["model.onnx", "onnx/model.onnx", "onnx/model_O2.onnx", "model_quantized.onnx"])
@pytest.mark.parametrize("inputs", [INPUTS, INPUTS[:2], (*INPUTS, "position_ids")])
def test_networks_have_various_names_and_inputs(tmp_path, monkeypatch, network, inputs):
    monkeypatch.setenv("EMBEDDINGS_MODEL", str(write_folder(tmp_path / "model", network, inputs=inputs)))
    assert text_embeddings.compute(["pear"])[0] == unit(rows_of("pear").mean(axis=0))


def test_of_several_networks_the_one_called_model_is_taken_unless_a_file_is_named(model, monkeypatch):
    write_folder(model, "onnx/model_int8.onnx", output="sentence_embedding")
    assert lacking("text_embeddings") == ""
    (model / "onnx/model.onnx").rename(model / "onnx/model_O3.onnx")
    assert "holds several networks: name the file that is meant, such as" in lacking("text_embeddings")
    monkeypatch.setenv("EMBEDDINGS_MODEL", str(model / "onnx/model_O3.onnx"))
    assert text_embeddings.compute(["pear"])[0] == unit(rows_of("pear").mean(axis=0))


def test_the_folder_says_how_far_texts_are_read(model):
    write_json(model / "tokenizer_config.json", {"model_max_length": 4, "pad_token": "[PAD]"})
    write_json(model / "config.json", {"max_position_embeddings": 9})
    text = "apple pear saw hammer hammer"
    assert text_embeddings.compute([text])[0] == unit(rows_of("apple", "pear", "saw").mean(axis=0))
    write_json(model / "sentence_bert_config.json", {"max_seq_length": 2})
    assert text_embeddings.compute([text])[0] == unit(rows_of("apple").mean(axis=0))


def test_texts_are_lower_case_and_have_a_prompt_where_the_folder_says_so(model):
    write_json(model / "sentence_bert_config.json", {"do_lower_case": True})
    write_json(
        model / "config_sentence_transformers.json",
        {"prompts": {"query": "saw ", "document": "hammer "}, "default_prompt_name": "query"},
    )
    assert text_embeddings.compute(["APPLE"])[0] == unit(rows_of("saw", "apple").mean(axis=0))


def test_without_files_of_sentence_transformers_tokens_are_averaged(model):
    (model / "modules.json").unlink()
    (model / "1_Pooling/config.json").unlink()
    assert text_embeddings.compute(["pear"])[0] == unit(rows_of("pear").mean(axis=0))


def test_a_dense_layer_follows(model):
    from safetensors.numpy import save_file

    write_folder(model, modules=("Transformer", "Pooling", "Dense"))
    weight, bias = np.arange(8, dtype=np.float32).reshape(2, 4) / 8, np.array([0.5, -0.5], dtype=np.float32)
    write_json(model / "2_Dense/config.json", {"activation_function": "torch.nn.modules.activation.Tanh"})
    with pytest.raises(ValueError, match="save it by save_pretrained"):
        text_embeddings.compute(["pear"])
    save_file({"linear.weight": weight, "linear.bias": bias}, model / "2_Dense/model.safetensors")
    assert text_embeddings.compute(["pear"])[0] == unit(np.tanh(weight @ rows_of("pear").mean(axis=0) + bias))
    write_json(model / "2_Dense/config.json", {"activation_function": "torch.nn.modules.activation.GELU"})
    with pytest.raises(ValueError, match="has an activation that is not known; Tanh, Identity are"):
        text_embeddings.compute(["pear"])


def test_a_module_that_is_not_known_is_named(model):
    write_folder(model, modules=("Transformer", "Pooling", "LSTM"))
    with pytest.raises(ValueError, match="its module LSTM is not known; Pooling, Dense, Normalize, Dropout are"):
        text_embeddings.compute(["pear"])


def test_an_input_that_is_not_known_is_named(model):
    write_folder(model, inputs=("input_ids", "pixel_values"))
    with pytest.raises(ValueError, match="it takes pixel_values; one is needed that takes input_ids, attention_mask"):
        text_embeddings.compute(["pear"])


def test_a_file_that_is_no_network_is_named(model):
    (model / "onnx/model.onnx").write_bytes(b"no network")
    with pytest.raises(ValueError, match="which EMBEDDINGS_MODEL names, holds no network of sentence embeddings"):
        text_embeddings.compute(["pear"])


@pytest.mark.parametrize("name", ["onnx/model.onnx_data", "1_Pooling/config.json", "sentence_bert_config.json"])
def test_what_changes_the_vectors_changes_the_version(model, name):
    before = version("text_embeddings")
    write_json(model / name, {"pooling_mode": "cls", "max_seq_length": 2})
    assert version("text_embeddings") != before


def test_weights_for_pytorch_alone_are_told_apart(model):
    from safetensors.numpy import save_file

    (model / "onnx/model.onnx").unlink()
    assert "there is neither a model.onnx nor a model.safetensors" in lacking("text_embeddings")
    save_file({"embeddings.word_embeddings.weight": TABLE}, model / "model.safetensors")
    write_json(model / "config.json", {})
    assert "holds the weights of a network for PyTorch and no ONNX file" in lacking("text_embeddings")


def test_a_network_without_its_tokenizer_is_no_model(model):
    (model / "tokenizer.json").unlink()
    assert lacking("text_embeddings").endswith("names, holds no model: tokenizer.json is missing")
