"""Features are computed once per item, extended, and found again row by row."""

import numpy as np
import pytest
from django.core.files.storage import FileSystemStorage, default_storage
from scipy import sparse

from annotate.imports.run import import_records
from annotate_kit.features import text_hashing
from annotate_kit.formats.records import Record
from core import storage_folders
from learner.features import NoFeatures, of_items, shards, store, store_vectors
from learner.features.shards import Shards, folder_of
from tests.learner.conftest import add_records, topics

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["in memory", "in files"])
def storage(request, monkeypatch, tmp_path):
    """Shards are read as streams from object storage, and mapped where they are files of this machine."""
    if request.param == "in files":
        files = FileSystemStorage(tmp_path)
        for module in (storage_folders, shards):
            monkeypatch.setattr(module, "default_storage", files)


@pytest.fixture
def computed(monkeypatch) -> list[str]:
    """Every text whose features are computed."""
    seen: list[str] = []
    compute = text_hashing.compute

    def noted(texts):
        seen.extend(texts)
        return compute(texts)

    monkeypatch.setattr(text_hashing, "compute", noted)
    return seen


def ids(project) -> np.ndarray:
    return np.array(project.items.order_by("pk").values_list("pk", flat=True))


def test_features_are_those_of_their_items(fruit_and_tools, storage, monkeypatch):
    monkeypatch.setattr(store, "ROWS", 30)
    stored = of_items(fruit_and_tools)
    assert len(stored.stems) == 7
    wanted = np.random.default_rng(0).permutation(ids(fruit_and_tools))[:50]
    texts = dict(fruit_and_tools.items.values_list("pk", "text"))
    expected = text_hashing.compute([texts[item] for item in wanted])
    assert abs(stored.read(wanted) - expected).max() == 0


def test_features_are_computed_once(fruit_and_tools, storage, computed):
    of_items(fruit_and_tools)
    of_items(fruit_and_tools)
    assert len(computed) == 200


def test_what_a_killed_worker_computed_in_long_work_is_kept(fruit_and_tools, storage, computed, monkeypatch):
    monkeypatch.setitem(store._AT_ONCE, "text", 60)
    monkeypatch.setattr(store, "SHARD_SECONDS", 0.0)
    shares: list[float] = []

    def advance(share):
        shares.append(share)
        if len(shares) == 2:
            raise SystemExit

    with pytest.raises(SystemExit):
        of_items(fruit_and_tools, advance)
    computed.clear()
    stored = of_items(fruit_and_tools, shares.append)
    assert (len(computed), len(stored.all_items)) == (80, 200)
    assert shares == [0.3, 0.6, 0.75, 1.0]


def test_new_and_changed_items_extend_the_features(fruit_and_tools, storage, computed):
    of_items(fruit_and_tools)
    records = [{"text": "a hammer, rewritten"}, *topics(202)[1:]]
    computed.clear()
    add_records(fruit_and_tools, records)
    stored = of_items(fruit_and_tools)
    assert sorted(computed) == sorted(["a hammer, rewritten", records[200]["text"], records[201]["text"]])
    first = ids(fruit_and_tools)[:1]
    assert abs(stored.read(first) - text_hashing.compute(["a hammer, rewritten"])).max() == 0


def test_chunks_hold_each_item_once_and_leave_out_the_unknown(fruit_and_tools, storage, monkeypatch):
    monkeypatch.setattr(store, "ROWS", 64)
    stored = of_items(fruit_and_tools)
    items = ids(fruit_and_tools)
    chunks = [part for part, _ in stored.chunks(np.append(items[10:150], 10**9))]
    assert sorted(np.concatenate(chunks)) == sorted(items[10:150])
    assert len(chunks) == 3


def test_another_version_is_computed_anew_and_replaces_the_old_one(fruit_and_tools, storage, computed, monkeypatch):
    of_items(fruit_and_tools)
    monkeypatch.setattr(text_hashing, "VERSION", text_hashing.VERSION + 1)
    of_items(fruit_and_tools)
    assert len(computed) == 400
    assert storage_folders.folders(folder_of(fruit_and_tools.pk)) == [f"text_hashing-v{text_hashing.VERSION}"]


def test_a_shard_that_a_kill_cut_off_does_not_count(fruit_and_tools, storage, computed):
    stored = of_items(fruit_and_tools)
    name = f"{stored.folder}/{stored.stems[0]}.items.npy"
    with shards.default_storage.open(name) as handle:
        half = handle.read()[:500]
    shards.default_storage.delete(name)
    shards.default_storage.save(name, shards.ContentFile(half))
    of_items(fruit_and_tools)
    assert len(computed) == 400


def test_features_go_with_their_project(fruit_and_tools, django_capture_on_commit_callbacks):
    folder = folder_of(fruit_and_tools.pk)
    of_items(fruit_and_tools)
    assert storage_folders.folders(folder)
    with django_capture_on_commit_callbacks(execute=True):
        fruit_and_tools.delete()
    assert not storage_folders.folders(folder)
    assert not storage_folders.files(f"{folder}/text_hashing-v1")


def test_an_image_that_was_deleted_is_no_reason_to_fail(make_project):
    project = make_project(features="image_pixels")
    import_records(project, [Record(row=1, external_id="one", image=_png(), image_name="one.png")])
    default_storage.delete(project.items.get().image)
    assert of_items(project).read(ids(project)).sum() == 0


def test_small_and_large_images_share_one_width(make_project):
    project = make_project(features="image_pixels")
    import_records(project, [Record(row=1, external_id="small", image=_png(8), image_name="small.png")])
    assert of_items(project).columns == 64
    import_records(project, [Record(row=1, external_id="large", image=_png(40), image_name="large.png")])
    read = of_items(project).read(ids(project)[::-1])
    assert read.shape == (2, 1412)
    assert read[1, 64:].sum() == 0 < read[0, 64:].sum()


def _png(side: int = 8) -> bytes:
    import io

    from PIL import Image

    written = io.BytesIO()
    Image.effect_noise((side, side), 90).save(written, "PNG")
    return written.getvalue()


# Vectors that were sent.


@pytest.fixture
def vectors(fruit_and_tools):
    fruit_and_tools.features = "given_vectors"
    fruit_and_tools.save()
    return fruit_and_tools


def test_vectors_are_kept_for_the_items_that_are_named(vectors, storage):
    report = store_vectors(vectors, ["item-3", "nobody", "item-1"], np.arange(12).reshape(3, 4))
    assert (report.stored, report.unknown_count, report.unknown) == (2, 1, ["nobody"])
    items = ids(vectors)
    assert of_items(vectors).read(items[[0, 2]]).tolist() == [[8, 9, 10, 11], [0, 1, 2, 3]]
    assert of_items(vectors).has(items).sum() == 2


def test_a_vector_sent_again_replaces_the_former(vectors, storage):
    store_vectors(vectors, ["item-1", "item-2"], [[1, 1], [2, 2]])
    store_vectors(vectors, ["item-1"], [[3, 3]])
    assert of_items(vectors).read(ids(vectors)[:2]).tolist() == [[3, 3], [2, 2]]


def test_sparse_vectors_are_kept_as_they_are(vectors, storage):
    store_vectors(vectors, ["item-1", "item-2"], sparse.csr_matrix([[0, 1], [2, 0]]))
    read = of_items(vectors).read(ids(vectors)[:2])
    assert isinstance(read, sparse.csr_matrix)
    assert read.toarray().tolist() == [[0, 1], [2, 0]]


@pytest.mark.parametrize(
    "names, numbers, message",
    [
        (["item-1"], [[1, 2], [3, 4]], "1 ids want as many vectors"),
        (["item-1", "item-1"], [[1, 2], [3, 4]], "'item-1' comes twice"),
        (["item-1"], [[1, float("nan")]], "finite"),
        (["item-1"], [[1, 2, 3]], "the vectors sent before have 2 numbers, these 3"),
    ],
)
def test_vectors_that_cannot_be_right_are_refused_whole(vectors, names, numbers, message):
    store_vectors(vectors, ["item-9"], [[9, 9]])
    with pytest.raises(ValueError, match=message):
        store_vectors(vectors, names, numbers)
    assert len(Shards(vectors.pk, "given_vectors", 1).stems) == 1


def test_vectors_of_another_length_can_take_the_place_of_all(vectors):
    store_vectors(vectors, ["item-1"], [[1, 2]])
    store_vectors(vectors, ["item-2"], [[1, 2, 3]], replace=True)
    assert of_items(vectors).has(ids(vectors)).sum() == 1
    assert of_items(vectors).columns == 3


def test_without_vectors_it_says_how_to_send_them(vectors):
    with pytest.raises(NoFeatures, match=f"PUT /api/projects/{vectors.pk}/features/"):
        of_items(vectors)
