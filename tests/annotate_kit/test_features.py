"""Features give a row of float32 numbers per content, and learn nothing from the contents beside it."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy import sparse

from annotate_kit.features import (
    given_vectors,
    image_colour,
    image_hog,
    image_pixels,
    registry,
    stack,
    table,
    text_hashing,
)
from tests.embedding_models import needs_model2vec, vectors, write_model
from tests.image_models import needs_onnxruntime, write_network


def image(pixels, kind="PNG", mode=None):
    file = io.BytesIO()
    Image.fromarray(np.asarray(pixels, dtype=np.uint8), mode).save(file, kind)
    return file.getvalue()


def noise(seed, *shape):
    return np.random.default_rng(seed).integers(0, 256, shape)


def dense(features):
    return features.toarray() if sparse.issparse(features) else features


CONTENTS = {
    "text_hashing": ["Good morning, good day!", "", "早上好", "word " * 200],
    "text_embeddings": ["a red apple", "", "saw and drill", "a plum, a pear"],
    "table": [{"age": 42, "job": "nurse"}, {}, {"tags": ["a", "b"], "place": {"lat": 1.5}}, {"x": None, "ok": True}],
    "image_pixels": [image(noise(seed, 40, 30)) for seed in range(4)],
    "image_hog": [image(noise(seed, 40, 30, 3)) for seed in range(4)],
    "image_colour": [image(noise(seed, 40, 30, 3)) for seed in range(4)],
    "image_embeddings": [image(noise(seed, 40, 30, 3) // (seed + 1)) for seed in range(4)],
    "given_vectors": [[0.0, 1.0], [1.0, 2.0], [3.0, 4.0], [-1.0, 0.5]],
}


NEEDS = {"text_embeddings": needs_model2vec, "image_embeddings": needs_onnxruntime}
ENTRIES = [pytest.param(name, marks=NEEDS.get(name, [])) for name in registry.names]


@pytest.mark.parametrize("name", ENTRIES)
class TestEveryFeature:
    @pytest.fixture(autouse=True)
    def model(self, name, tmp_path, monkeypatch):
        if name == "text_embeddings":
            monkeypatch.setenv("EMBEDDINGS_MODEL", str(write_model(tmp_path / "model", vectors())))
        if name == "image_embeddings":
            monkeypatch.setenv("IMAGE_EMBEDDINGS_MODEL", str(write_network(tmp_path / "model")))

    def test_says_what_it_takes_and_its_version(self, name):
        entry = registry.load(name)
        assert entry.kinds
        assert entry.kinds <= {"text", "image", "data"}
        assert isinstance(entry.VERSION, int)

    def test_gives_a_finite_row_of_float32_per_content(self, name):
        features = registry.load(name).compute(CONTENTS[name])
        assert features.shape[0] == 4
        assert features.dtype == np.float32
        assert np.isfinite(dense(features)).all()

    def test_computes_a_row_alike_in_whatever_company(self, name):
        compute = registry.load(name).compute
        whole = dense(compute(CONTENTS[name]))
        shards = dense(stack([compute(CONTENTS[name][:1]), compute(CONTENTS[name][1:])]))
        assert np.allclose(whole, shards)

    def test_tells_different_contents_apart(self, name):
        rows = dense(registry.load(name).compute(CONTENTS[name]))
        assert len({row.tobytes() for row in rows}) == 4


def test_texts_are_rows_of_length_one_of_words_and_pairs():
    both, red, wine, empty = text_hashing.compute(["red wine", "RED", "wine", "!"])
    assert both.nnz == 3
    assert (both.multiply(red).nnz, both.multiply(wine).nnz) == (1, 1)
    assert [sparse.linalg.norm(row) for row in (both, red, empty)] == pytest.approx([1, 1, 0])


def test_a_repeated_word_counts_by_its_logarithm():
    (row,) = text_hashing.compute(["a b a c a"])
    a, once = row.max(), row.data.min()
    assert a / once == pytest.approx(1 + np.log(3), rel=1e-5)


def test_scripts_without_spaces_are_taken_by_characters():
    texts = text_hashing.compute(["今日は雨", "今日は晴れ", "Grüße"])
    assert texts[0].multiply(texts[1]).nnz == 5  # three characters and the two pairs of them
    assert texts[2].nnz == 1


def test_tiny_images_keep_their_pixels():
    pixels = noise(0, 8, 8)
    (row,) = image_pixels.compute([image(pixels)])
    assert np.array_equal(row, (pixels / 255).astype(np.float32).ravel())


def test_tiny_images_fit_beside_large_ones():
    tiny, large = image(noise(0, 8, 8)), image(noise(1, 20, 20))
    narrow, wide = image_pixels.compute([tiny]), image_pixels.compute([large])
    assert (narrow.shape, wide.shape) == ((1, 64), (1, 1412))
    assert np.array_equal(stack([narrow, wide]), image_pixels.compute([tiny, large]))


def test_gradients_show_the_direction_of_edges_and_not_how_light_it_is():
    stripes = np.tile([0, 0, 0, 0, 200, 200, 200, 200], (32, 4))
    upright, lying, pale = (
        image_pixels.compute([image(pixels)])[0, 64 + 1024 :] for pixels in (stripes, stripes.T, stripes / 2 + 100)
    )
    assert np.dot(upright, pale) > 0.99 * np.dot(upright, upright)
    assert np.dot(upright, lying) < 0.1 * np.dot(upright, upright)


def test_transparent_is_white_and_sixteen_bits_are_grey():
    clear = np.zeros((8, 8, 4))
    assert image_pixels.compute([image(clear)]).min() == 1.0
    file = io.BytesIO()
    Image.fromarray(np.full((8, 8), 32896, dtype=np.uint16)).save(file, "PNG")
    assert image_pixels.compute([file.getvalue()]) == pytest.approx(np.full((1, 64), 128 / 255))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF"])
def test_every_format_that_is_imported_is_decoded(kind):
    shade = image(np.full((64, 64, 3), 200), kind)
    assert image_pixels.compute([shade])[0, :1088] == pytest.approx(200 / 255, abs=0.02)


def test_an_image_that_cannot_be_decoded_is_black():
    features = image_pixels.compute([b"no image", image(noise(0, 20, 20))[:-200], image(noise(1, 20, 20))])
    assert not features[0].any()
    assert features[2].any()


RED, BLUE, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)


def plain(colour, height=40, width=60):
    return np.tile(np.array(colour), (height, width, 1))


@pytest.mark.parametrize(("entry", "columns"), [(image_hog, 1764), (image_colour, 112)])
class TestEveryFeatureOfColouredImages:
    def test_is_as_wide_whatever_the_size_of_the_image(self, entry, columns):
        images = [[image(noise(0, *shape))] for shape in [(8, 8), (300, 200, 3), (64, 64, 4), (1, 1)]]
        assert [entry.compute(alone).shape for alone in images] == [(1, columns)] * 4
        assert entry.compute([]).shape == (0, columns)

    def test_of_an_image_that_cannot_be_decoded_is_zero(self, entry, columns):
        broken = image(noise(0, 40, 40, 3))[:-200]
        rows = entry.compute([b"no image", broken, image(noise(1, 20, 20, 3))])
        assert not rows[:2].any()
        assert rows[2].any()

    def test_is_nearly_the_same_at_another_size(self, entry, columns):
        small = np.add.outer(np.arange(64), np.arange(64))[..., None] * [2, 1, 1]
        large = small.repeat(4, axis=0).repeat(4, axis=1)
        narrow, wide = entry.compute([image(small), image(large)])
        assert np.dot(narrow, wide) > 0.98 * np.linalg.norm(narrow) * np.linalg.norm(wide)

    def test_is_the_same_with_more_images_than_are_computed_at_once(self, entry, columns, monkeypatch):
        images = [image(noise(seed, 20, 20, 3)) for seed in range(5)]
        whole = entry.compute(images)
        monkeypatch.setattr(entry, "_AT_ONCE", 2)
        assert np.allclose(entry.compute(images), whole, atol=1e-6)


def test_each_block_of_gradients_is_of_length_one_or_flat():
    half = np.zeros((64, 64), dtype=int)
    half[:, :28] = 200
    (row,) = image_hog.compute([image(half)])
    lengths = np.linalg.norm(row.reshape(7, 7, 36), axis=-1)
    assert lengths[:, 2:4] == pytest.approx(1, abs=0.01)
    assert not lengths[:, 5:].any()


@pytest.mark.parametrize(("degrees", "expected"), [(0, 0), (40, 2), (80, 4), (120, 6), (160, 8)])
def test_a_slope_falls_into_its_direction(degrees, expected):
    x, y = np.meshgrid(np.arange(64), np.arange(64))
    slope = 128 + (np.cos(np.radians(degrees)) * (x - 32) + np.sin(np.radians(degrees)) * (y - 32)) * 2
    (row,) = image_hog.compute([image(slope)])
    assert row.reshape(-1, 4, 9).sum(axis=(0, 1)).argmax() == expected


def test_gradients_do_not_tell_light_from_dark_but_see_edges_between_colours_equally_light():
    stripes = np.tile([0, 0, 0, 0, 200, 200, 200, 200], (64, 8))
    dark, pale = image_hog.compute([image(stripes), image(stripes / 2 + 100)])
    assert np.dot(dark, pale) > 0.99 * np.dot(dark, dark)
    grey_alike = np.where(stripes[..., None] > 0, [0, 100, 0], [196, 0, 0])
    assert np.ptp(Image.fromarray(grey_alike.astype(np.uint8)).convert("L")) <= 1
    assert np.dot(*image_hog.compute([image(grey_alike), image(stripes)])) > 0.9 * np.dot(dark, dark)


def test_shares_of_colours_are_a_row_of_length_one_wherever_they_are():
    parts = [np.concatenate(pair, axis=axis) for axis in (0, 1) for pair in [(plain(RED), plain(BLUE))]]
    rows = image_colour.compute([image(part) for part in [*parts, plain(RED)]])[:, :64]
    assert np.linalg.norm(rows, axis=1) == pytest.approx([1, 1, 1], abs=1e-5)
    assert np.dot(rows[0], rows[1]) > 0.99
    assert rows[0][[3 * 16, 3]] ** 2 == pytest.approx([0.5, 0.5], abs=0.02)
    assert rows[2].argmax() == 3 * 16 and rows[2].max() == pytest.approx(1)


def test_colours_have_a_place():
    flag = np.concatenate([plain(RED), plain(WHITE), plain(BLUE), plain(WHITE)], axis=0)
    (row,) = image_colour.compute([image(flag)])
    fields = row[64:].reshape(4, 4, 3) * 4
    assert fields[:, 1] == pytest.approx(np.array([RED, WHITE, BLUE, WHITE]) / 255, abs=0.1)


def test_slightly_other_light_changes_colours_little():
    grey, brighter, white = image_colour.compute(
        [image(plain(shade)) for shade in [(120,) * 3, (135,) * 3, (220,) * 3]]
    )
    assert np.linalg.norm(grey - brighter) < 0.3 * np.linalg.norm(grey - white)


def test_transparent_is_white_and_sixteen_bits_are_grey_to_colours_as_well():
    assert np.array_equal(*image_colour.compute([image(np.zeros((8, 8, 4))), image(plain(WHITE))]))
    file = io.BytesIO()
    Image.fromarray(np.full((8, 8), 32896, dtype=np.uint16)).save(file, "PNG")
    assert image_colour.compute([file.getvalue()])[0, 64:] * 4 == pytest.approx(128 / 255)


def test_numbers_of_a_table_keep_their_order_and_sign():
    values = [-1e6, -2, 0, 1, 30, 1e6]
    column = table.compute([{"x": value} for value in values]).sum(axis=1)
    assert np.all(np.diff(np.asarray(column).ravel()) > 0)
    assert abs(column).max() < 15


def test_a_table_takes_whatever_json_holds():
    rows = table.compute([{"x": 10**400}, {"x": float("nan")}, {"x": float("inf")}, {"x": {"y": [[1], [None]]}}])
    assert np.isfinite(rows.data).all()
    assert [row.nnz for row in rows] == [1, 1, 1, 2]


def test_words_of_a_table_meet_within_their_field_only():
    nurse, doctor, other = table.compute([{"job": "night nurse"}, {"job": "Night doctor"}, {"place": "night nurse"}])
    assert nurse.multiply(doctor).nnz == 1
    assert nurse.multiply(other).nnz == 0


def test_given_vectors_may_be_sparse():
    vectors = sparse.csr_matrix(np.eye(3))
    assert sparse.issparse(given_vectors.compute(vectors))
    assert given_vectors.compute(vectors).dtype == np.float32


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ([[1, 2], [3]], "as many for each item"),
        ([["a"]], "must be numbers"),
        ([1, 2, 3], r"must be \(items, numbers\)"),
        ([[], []], r"must be \(items, numbers\)"),
        ([[np.nan]], "NaN or infinity"),
        ([[1e300]], "NaN or infinity"),
    ],
)
def test_what_are_no_vectors_is_refused(wrong, error):
    with pytest.raises(ValueError, match=error):
        given_vectors.compute(wrong)


def test_every_entry_is_in_the_reference():
    reference = (Path(__file__).parents[2] / "docs/reference/features.md").read_text(encoding="utf-8")
    assert [name for name in registry.names if f"| `{name}` |" not in reference] == []
