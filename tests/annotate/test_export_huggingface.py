"""The folder for Hugging Face's datasets: its card, its splits, its features."""

import io
import json
import zipfile

import pyarrow.parquet as pq
import pytest
from PIL import Image

from annotate.exports import export
from annotate.exports.splits import split_of
from annotate.imports.run import import_records
from annotate.queue.leasing import lease_next
from annotate.queue.submitting import submit
from annotate_kit.formats.records import Record
from core import storage_folders
from tests.annotate.test_assignments_api import signed_in
from tests.annotate.test_label_studio_forms import BAD, GOOD, QUESTIONS
from tests.conftest import add_texts


def folder(project) -> dict[str, bytes]:
    """The files of the zip, without the folder's own name."""
    with zipfile.ZipFile(io.BytesIO(b"".join(export(project, "huggingface")))) as archive:
        return {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}


def tables(files) -> dict:
    names = {split: f"data/{split}-00000-of-00001.parquet" for split in ("train", "test")}
    return {split: pq.read_table(io.BytesIO(files[name])) for split, name in names.items() if name in files}


def rows(files) -> dict[str, dict]:
    return {row["external_id"]: row for table in tables(files).values() for row in table.to_pylist()}


def features(files) -> dict:
    """As the library reads them from a Parquet file."""
    schema = tables(files)["train"].schema
    return json.loads(schema.metadata[b"huggingface"])["info"]["features"]


@pytest.fixture
def labelled(make_project, ann):
    project = make_project(labels=("negative", "it's: good"))
    add_texts(project, [f"text {number}" for number in range(40)])
    for value in ("it's: good", "negative"):
        submit(lease_next(project, ann), value)
    return project


def test_labels_are_numbers_with_the_names_that_the_card_tells(labelled):
    files = folder(labelled)
    assert [rows(files)[f"item-{number}"]["label"] for number in (1, 2, 3)] == [1, 0, None]
    assert features(files)["label"] == {"names": ["negative", "it's: good"], "_type": "ClassLabel"}
    assert features(files)["text"] == {"dtype": "string", "_type": "Value"}


def test_the_card_names_the_files_the_features_and_the_labels(labelled):
    yaml = pytest.importorskip("yaml")
    files = folder(labelled)
    _, header, _ = files["README.md"].decode().split("---\n", 2)
    card = yaml.safe_load(header)
    assert card["configs"] == [
        {
            "config_name": "default",
            "data_files": [
                {"split": "train", "path": "data/train-00000-of-00001.parquet"},
                {"split": "test", "path": "data/test-00000-of-00001.parquet"},
            ],
        }
    ]
    info = card["dataset_info"]
    names = {"0": "negative", "1": "it's: good"}
    assert {"name": "label", "dtype": {"class_label": {"names": names}}} in info["features"]
    assert {split["name"]: split["num_examples"] for split in info["splits"]} == {
        split: table.num_rows for split, table in tables(files).items()
    }
    assert all(split["num_bytes"] > 0 for split in info["splits"])  # without it the library ignores all of this
    assert [feature["name"] for feature in info["features"]] == tables(files)["train"].column_names


def test_every_item_stands_in_one_split_and_stays_there(labelled):
    by_split = {split: set(table["external_id"].to_pylist()) for split, table in tables(folder(labelled)).items()}
    assert len(by_split["train"] | by_split["test"]) == 40 and not by_split["train"] & by_split["test"]
    assert all(split_of(name) == split for split, names in by_split.items() for name in names)
    share = sum(split_of(f"item-{number}") == "test" for number in range(2000)) / 2000
    assert 0.17 < share < 0.23


def test_a_split_without_items_is_left_out(make_project):
    """The library cannot read a file without rows."""
    project = make_project()
    add_texts(project, ["one"])
    files = folder(project)
    assert split_of("item-1") == "train" and list(tables(files)) == ["train"]
    assert "split: test" not in files["README.md"].decode()


def test_several_labels_are_a_list_of_numbers(make_project, ann):
    project = make_project(labels=("a", "b", "c"), task_type="multiple_choice")
    add_texts(project, ["one"])
    submit(lease_next(project, ann), ["c", "a"])
    files = folder(project)
    assert rows(files)["item-1"]["labels"] == [0, 2]
    assert features(files)["labels"]["feature"]["names"] == ["a", "b", "c"]


def test_the_user_s_own_columns_come_back_in_their_order_with_their_types(make_project, mona):
    project = make_project()
    body = b"zebra,id,votes,apple,note\n1.5,one,7,x,hello\n2,two,8,y,\n"
    address = f"/api/projects/{project.pk}/items/?columns=zebra:field,id:external_id,votes:field,apple:field,note:meta"
    assert signed_in(mona).post(address, body, content_type="text/csv").json()["created"] == 2
    files = folder(project)
    names = tables(files)["train"].column_names
    assert names == ["external_id", "zebra", "data.votes", "apple", "note", "label", "votes"]
    assert {name: features(files)[name]["dtype"] for name in names[1:5]} == {
        "zebra": "float64", "data.votes": "int64", "apple": "string", "note": "string",
    }  # fmt: skip
    assert rows(files)["two"] == {
        "external_id": "two", "zebra": 2.0, "data.votes": 8, "apple": "y", "note": None, "label": None, "votes": 0,
    }  # fmt: skip


def test_pictures_are_in_the_files(make_project):
    project = make_project()
    picture = io.BytesIO()
    Image.new("RGB", (4, 4)).save(picture, "PNG")
    import_records(project, [Record(row=1, external_id="one", image=picture.getvalue(), image_name="a.png")])
    files = folder(project)
    assert rows(files)["one"]["image"]["bytes"] == picture.getvalue()
    assert features(files)["image"] == {"_type": "Image"}
    storage_folders.remove(f"images/{project.pk}")


def test_it_is_downloaded_by_rest(labelled, mona):
    answer = signed_in(mona).get(f"/api/projects/{labelled.pk}/export/?format=huggingface&only_done=1")
    assert (answer["Content-Type"], "reviews-huggingface.zip" in answer["Content-Disposition"]) == (
        "application/zip",
        True,
    )
    assert b"".join(answer.streaming_content).startswith(b"PK")


def test_each_question_of_a_form_has_a_column_beside_the_answers_as_a_whole(make_project):
    project = make_project((), task_type="form", options={"questions": QUESTIONS})
    golds = [BAD, {**GOOD, "topics": []}, *[None] * 20]
    meta = {"mood": "of the sender", "value.mood": "his own"}
    import_records(project, [
        Record(n, f"item-{n}", text=f"text {n}", gold=gold, meta=meta) for n, gold in enumerate(golds)
    ])  # fmt: skip
    files = folder(project)
    assert tables(files)["train"].column_names == [
        "external_id", "text", "mood", "meta.value.mood", "value", "value.mood", "value.topics", "value.stars",
        "value.share", "value.why", "votes",
    ]  # fmt: skip
    mood = {"names": ["good", "bad"], "_type": "ClassLabel"}
    topics = {"feature": {"names": ["price", "service"], "_type": "ClassLabel"}, "_type": "Sequence"}
    assert (features(files)["value.mood"], features(files)["value.topics"]) == (mood, topics)
    assert [features(files)[f"value.{name}"]["dtype"] for name in ("stars", "share", "why")] == [
        "float64", "float64", "string",
    ]  # fmt: skip
    columns = ["value.mood", "value.topics", "value.stars", "value.share", "value.why"]
    assert [[rows(files)[f"item-{n}"][column] for column in columns] for n in range(3)] == [
        [1, [0, 1], 2.0, 0.25, "late\nand open"],
        [0, [], 5.0, None, None],
        [None] * 5,
    ]
    assert json.loads(rows(files)["item-0"]["value"]) == BAD
