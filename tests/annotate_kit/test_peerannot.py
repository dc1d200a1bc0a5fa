import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotate_kit.formats.datasets import peerannot
from annotate_kit.formats.datasets.peerannot import (
    FolderError,
    Installation,
    install,
    read_answers,
    read_folder,
    write_answers,
)
from annotate_kit.simulation import simulate

TOY = {"0": {"0": 1, "1": 0, "2": 1, "3": 1}, "1": {"0": 1, "2": 0, "3": 0}, "2": {"1": 1, "3": 1}}
METADATA = {"name": "toy", "n_classes": 2, "n_workers": 4}
PEER = Path(__file__).parents[2] / "var/peers/peerannot/bin/peerannot"


@pytest.fixture
def folder(tmp_path):
    write(tmp_path / "answers.json", TOY)
    write(tmp_path / "metadata.json", METADATA)
    return tmp_path


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def triples(answers):
    return list(zip(answers.item.tolist(), answers.annotator.tolist(), answers.label.tolist(), strict=True))


TOY_TRIPLES = [(0, 0, 1), (0, 1, 0), (0, 2, 1), (0, 3, 1), (1, 0, 1), (1, 2, 0), (1, 3, 0), (2, 1, 1), (2, 3, 1)]


# Answers


def test_answers_become_votes(folder):
    read = read_folder(folder)
    assert triples(read.answers) == TOY_TRIPLES
    assert read.answers.keys.tolist() == [0, 1, 2]
    assert (read.metadata.name, read.metadata.n_labels, read.metadata.n_annotators) == ("toy", 2, 4)


def test_keys_that_do_not_start_at_nought_and_come_in_any_order_are_numbered_from_the_lowest(tmp_path):
    answers = read_answers(write(tmp_path / "a.json", {"7": {"0": 1}, "5": {"2": 0}}))
    assert answers.keys.tolist() == [5, 6, 7]
    assert triples(answers) == [(2, 0, 1), (0, 2, 0)]
    assert answers.missing == 1


def test_a_task_without_answers_is_an_item_without_votes(tmp_path):
    answers = read_answers(write(tmp_path / "a.json", {"0": {"0": 1}, "1": {}}))
    assert answers.n_items == 2
    assert answers.missing == 0


def test_numbers_may_be_written_as_text_or_with_a_point(tmp_path):
    assert triples(read_answers(write(tmp_path / "a.json", '{"0": {"03": "1", "4": 0.0}}'))) == [(0, 3, 1), (0, 4, 0)]


def test_answers_of_the_ai_are_no_votes(tmp_path):
    answers = read_answers(write(tmp_path / "a.json", {"0": {"0": 1, "AI": 2}, "1": {"1": 0}}))
    assert triples(answers) == [(0, 0, 1), (1, 1, 0)]
    assert answers.ai.tolist() == [2, -1]


@pytest.mark.parametrize(
    ("answer_format", "content"),
    [
        (0, "1 0 1 1\n1 -1 0 0\n-1 1 -1 1\n"),
        (1, TOY),
        (2, {"0": {"0": 1, "1": 1}, "1": {"0": 0, "2": 1}, "2": {"0": 1, "1": 0}, "3": {"0": 1, "1": 0, "2": 1}}),
    ],
)
def test_the_three_formats_of_answers_say_the_same(tmp_path, answer_format, content):
    answers = read_answers(write(tmp_path / "answers", content), answer_format=answer_format)
    assert sorted(triples(answers)) == TOY_TRIPLES
    assert answers.keys.tolist() == [0, 1, 2]


def test_the_ai_and_tasks_that_begin_late_are_understood_in_inverted_answers(tmp_path):
    answers = read_answers(write(tmp_path / "a.json", {"0": {"2": 1}, "AI": {"3": 1}}), answer_format=2)
    assert triples(answers) == [(2, 0, 1)]
    assert answers.ai.tolist() == [-1, -1, -1, 1]


@pytest.mark.realdata
def test_the_bundled_folder_says_the_same_in_all_three_formats(shared_data):
    toy = shared_data / "peerannot_toy"
    files = {0: "answers.txt", 1: "answers.json", 2: "answers_inversed.json"}
    triples_of_files = [sorted(triples(read_answers(toy / name, 4, 2, number))) for number, name in files.items()]
    assert triples_of_files == [TOY_TRIPLES] * 3


def test_what_is_written_is_read_again(tmp_path):
    votes = simulate("hammer-spammer", n_annotators=20, n_items=50, n_labels=3, feedback=4, imbalance_votes=True).votes
    keys = range(100, 150)
    write_answers(tmp_path / "a.json", votes.item[::-1], votes.annotator[::-1], votes.label[::-1], keys)
    answers = read_answers(tmp_path / "a.json", 20, 3)
    assert triples(answers) == triples(votes)
    assert answers.keys.tolist() == list(keys)


def test_items_without_votes_are_written_too(tmp_path):
    write_answers(tmp_path / "a.json", [1], [4], [0], [7, 8, 9])
    assert json.loads((tmp_path / "a.json").read_text()) == {"7": {}, "8": {"4": 0}, "9": {}}


def test_two_votes_of_a_person_on_an_item_cannot_be_written(tmp_path):
    with pytest.raises(FolderError, match="worker 4 answered task 8 twice"):
        write_answers(tmp_path / "a.json", [1, 1], [4, 4], [0, 1], [7, 8])
    assert not list(tmp_path.iterdir())


# What is wrong is named: file, key, value, and what would be right


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        (
            {"0": {"0": 1}, "5": {"9": 1}},
            r"answers.json: task 5 has the worker 9; n_workers is 4 .* 0 to 3 are allowed",
        ),
        ({"0": {"3": 2}}, r"answers.json: task 0, worker 3 has the label 2; n_classes is 2 .* 0 to 1 are allowed"),
        ({"0": {"3": -1}}, r"answers.json: task '0', worker '3' has the label -1; labels are whole numbers from 0 on"),
        ({"0": {"3": 0.5}}, r"task '0', worker '3' has the label 0.5; labels are whole numbers"),
        ({"0": {"3": True}}, r"worker '3' has the label True; labels are whole"),
        ({"0": {"3": None}}, r"worker '3' has the label None"),
        ({"0": {"ann": 1}}, r"task '0', worker 'ann': worker ids are whole numbers from 0 on"),
        ({"0": {"99999999999999999999": 1}}, r"worker '99999999999999999999': worker ids are whole"),
        ({"cat": {"0": 1}}, r"answers.json: task 'cat' should be a whole number from 0 on"),
        ({"-1": {"0": 1}}, r"task '-1' should be a whole number from 0 on"),
        ({"0": [1, 0]}, r"answers.json: task '0' is \[1, 0\]; it should be (an object )?\{worker: label\}"),
        ({"0": {"AI": 7}}, r"task 0, worker AI has the label 7; n_classes is 2"),
        ({"0": {"0": 1}, "1000000": {"0": 1}}, r"2 tasks with keys from 0 to 1000000; .* without large gaps"),
        ("[1, 2]", r"answers.json must hold an object, \{…\}; it holds \[1, 2\]"),
        ('{"0": {"0": 1}', r"answers.json is not JSON: .*line 1"),
        ("", r"answers.json is not JSON"),
        ("{}", r"answers.json has no answers; it should hold some like"),
        ('{"0": {}, "1": {}}', r"answers.json has no answers"),
        ('{"0": {"0": 1}, "0": {"1": 1}}', r"answers.json has the key '0' 2 times in one object, with"),
        ('{"0": {"3": 1, "3": 0}}', r"has the key '3' 2 times in one object, with 1 and 0; each key may be there once"),
        ('{"5": {"3": 1}, "05": {"3": 0}}', r"answers.json has the task 5 twice"),
        ('{"5": {"3": 1, "03": 0}}', r"answers.json: task 5 has the worker 3 twice"),
    ],
)
def test_wrong_answers_are_named(folder, answers, says):
    write(folder / "answers.json", answers)
    with pytest.raises(FolderError, match=says):
        read_folder(folder)


keys = st.sampled_from(["0", "1", "2", "03", "-1", "AI", "", "x", "9" * 30, "1:2"]) | st.text(max_size=3)
values = st.integers(-2, 4) | st.none() | st.booleans() | st.floats() | st.text(max_size=2) | st.lists(st.integers())


@pytest.mark.slow(reason="reads three hundred folders")
@settings(max_examples=150, deadline=None)
@given(st.dictionaries(keys, st.dictionaries(keys, values, max_size=4) | values, max_size=4), st.integers(0, 2))
def test_whatever_the_json_it_is_votes_or_an_error_that_names_the_file(tmp_path_factory, content, answer_format):
    path = write(tmp_path_factory.getbasetemp() / "fuzz.json", content)
    try:
        answers = read_answers(path, 4, 3, answer_format)
    except FolderError as error:
        assert "fuzz.json" in str(error)
    else:
        assert len(answers.item) == len(answers.annotator) == len(answers.label)
        assert not len(answers.item) or (answers.item.max() < answers.n_items and answers.label.max() < 3)


@pytest.mark.parametrize(
    "text", ['{"a":' * 900 + "1" + "}" * 900, '{"a":' * 5000, "\ufeff{}", '{"0": {"0": 1e400}}', "\0"]
)
def test_odd_text_is_an_error_and_no_crash(folder, text):
    write(folder / "answers.json", text)
    with pytest.raises(FolderError, match=r"answers\.json"):
        read_folder(folder)


@pytest.mark.parametrize(
    ("matrix", "says"),
    [
        ("1 0\n1 -1 0\n", "has 2 workers in row 0 and 3 in row 1"),
        ("1 0\n1 x\n", "task 1, worker 1 is 'x'; labels are whole numbers from 0 on, -1 for none"),
        ("1 0\n0.5 1\n", "task 1, worker 0 is '0.5'"),
        ("1 nan\n", "task 0, worker 1 is 'nan'"),
        ("-1 -1\n", "has no answers"),
        ("", "has no answers"),
    ],
)
def test_a_wrong_matrix_is_named(tmp_path, matrix, says):
    with pytest.raises(FolderError, match=says):
        read_answers(write(tmp_path / "answers.txt", matrix), answer_format=0)


def test_an_unknown_format_is_named(folder):
    with pytest.raises(FolderError, match="answers format 3 is not known"):
        read_answers(folder / "answers.json", answer_format=3)


@pytest.mark.parametrize(
    ("metadata", "says"),
    [
        ({"n_classes": 2, "n_workers": 4}, "metadata.json: name is missing; it should be the dataset's name"),
        ({"name": "x", "n_workers": 4}, "n_classes is missing; it should be a whole number from 1 on"),
        ({"name": "x", "n_classes": 2, "n_workers": "4"}, "n_workers is '4'; it should be a whole number"),
        ({"name": "x", "n_classes": 0, "n_workers": 4}, "n_classes is 0"),
        ("{", "metadata.json is not JSON"),
    ],
)
def test_wrong_metadata_are_named(folder, metadata, says):
    write(folder / "metadata.json", metadata)
    with pytest.raises(FolderError, match=says):
        read_folder(folder)


@pytest.mark.parametrize("name", ["answers.json", "metadata.json"])
def test_a_missing_file_is_named_with_what_it_should_hold(folder, name):
    (folder / name).unlink()
    with pytest.raises(FolderError, match=f"{name} is missing; it "):
        read_folder(folder)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FolderError, match="nowhere is not a folder"):
        read_folder(tmp_path / "nowhere")


# The rest of a folder


def test_tasks_that_a_file_names_are_left_out_and_the_rows_move_up(folder):
    write(folder / "too_hard.txt", "-1 1\n")
    left = read_folder(folder, remove=folder / "too_hard.txt").answers
    assert left.keys.tolist() == [0, 2]
    assert triples(left) == [(0, 0, 1), (0, 1, 0), (0, 2, 1), (0, 3, 1), (1, 1, 1), (1, 3, 1)]


def test_a_wrong_line_of_removed_tasks_is_named(folder):
    write(folder / "too_hard.txt", "-1 1\n-1 cat\n")
    with pytest.raises(FolderError, match="line 2 is '-1 cat'; it should be an index and a task's key"):
        read_folder(folder, remove=folder / "too_hard.txt")
    write(folder / "too_hard.txt", "-1 0\n-1 1\n-1 2\n")
    with pytest.raises(FolderError, match="removes all tasks"):
        read_folder(folder, remove=folder / "too_hard.txt")


def test_the_truth_is_that_of_a_simulation(folder):
    np.save(folder / "ground_truth.npy", np.array([1, 0, 1]))
    assert read_folder(folder).truth.tolist() == [1, 0, 1]  # type: ignore[union-attr]
    np.save(folder / "ground_truth.npy", np.array([1, 0]))
    with pytest.raises(FolderError, match=r"ground_truth.npy must have the shape \(3,\); it has \(2,\)"):
        read_folder(folder)
    np.save(folder / "ground_truth.npy", np.array([1, 0, 2]))
    with pytest.raises(FolderError, match="whole numbers from 0 to 1"):
        read_folder(folder)


@pytest.mark.realdata
def test_without_one_the_truth_is_the_folder_that_a_picture_is_in(shared_data):
    toy = read_folder(shared_data / "peerannot_toy")
    assert toy.label_names == ["notsmiles", "smiles"]
    assert toy.truth is not None
    assert toy.truth.tolist() == [1, 0, 1]


@pytest.mark.parametrize(("name", "key"), [("smile-2.png", 2), ("a-b-12.tar.gz", 12), ("x.y-3.jpg", 3), ("plain-4", 4)])
def test_a_pictures_key_is_behind_its_last_dash(tmp_path, name, key):
    (tmp_path / "train/cats").mkdir(parents=True)
    (tmp_path / "train/cats" / name).touch()
    assert peerannot.read_images(tmp_path / "train") == [(tmp_path / "train/cats" / name, "cats", key)]


def test_a_picture_without_a_key_is_named(tmp_path):
    (tmp_path / "train/cats").mkdir(parents=True)
    (tmp_path / "train/cats/cat.png").touch()
    with pytest.raises(FolderError, match=r"cat.png has no task's key in its name; it should be <name>-<key>.png"):
        peerannot.read_images(tmp_path / "train")


def test_more_class_folders_than_classes_are_an_error(folder):
    for name in ("a", "b", "c"):
        (folder / "train" / name).mkdir(parents=True)
    with pytest.raises(FolderError, match="has 3 class folders, but n_classes is 2"):
        read_folder(folder)


def test_cifar_has_its_own_order_of_classes(tmp_path):
    for name in ("bird", "car", "plane"):
        (tmp_path / "cifar10H/train" / name).mkdir(parents=True)
    assert (peerannot.read_class_names(tmp_path / "cifar10H/train") or [])[:3] == ["plane", "car", "bird"]


@pytest.mark.parametrize(
    ("strategy", "hard", "name"),
    [
        ("MV", False, "labels_toy_mv.npy"),
        ("dawid_skene", True, "labels_toy_dawid_skene_hard.npy"),
        ("plantnet[alpha=0.6,AI=ignored]", False, "labels_toy_plantnet[alpha=0.6,ai=ignored].npy"),
        ("plantnet[authors=a/b.txt]", False, "labels_toy_plantnet[authors=a_b.txt].npy"),
    ],
)
def test_labels_are_named_as_peerannot_names_them(tmp_path, strategy, hard, name):
    path = peerannot.write_labels(tmp_path, "toy", strategy, np.array([1, 0, 1]), hard)
    assert path == tmp_path / "labels" / name
    assert np.load(path).dtype == np.int64


def test_a_failed_write_leaves_what_was_there(tmp_path):
    peerannot.save_json(tmp_path / "a.json", {"good": 1})
    with pytest.raises(TypeError):
        peerannot.save_json(tmp_path / "a.json", {"bad": object()})
    assert json.loads((tmp_path / "a.json").read_text()) == {"good": 1}
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


# Installing a dataset


@pytest.fixture
def material(tmp_path):
    """A matrix of answers and pictures: ten cats and ten dogs for training, one of each for the test."""
    source = tmp_path / "material"
    names = [f"pic{number:02}.png" for number in range(20)]
    for number, name in enumerate(names):
        write(source / "train" / ("cats" if number < 10 else "dogs") / name, name)
    write(source / "test/cats/t1.jpg", "t1")
    write(source / "test/dogs/t2.jpg", "t2")
    write(source / "filenames.txt", "\n".join(names[::-1]))
    write(source / "labelNames.txt", "dogs\ncats\n")
    write(source / "answers.txt", "\n".join("1 -1 0" if number % 2 else "-1 1 1" for number in range(20)))
    return source


def test_a_dataset_is_installed_with_its_pictures(tmp_path, material):
    plan = Installation(
        answers=material / "answers.txt",
        train_path=material / "train",
        test_path=material / "test",
        files_path=material / "filenames.txt",
        label_names=material / "labelNames.txt",
    )
    install(tmp_path / "pets", plan)
    read = read_folder(tmp_path / "pets")
    assert read.metadata.more == {"nb_workers": 3, "n_task": 20}
    assert (read.metadata.name, read.metadata.n_labels, read.metadata.n_annotators) == ("pets", 2, 3)
    train, val, test = (peerannot.read_images(tmp_path / "pets" / part) for part in ("train", "val", "test"))
    assert len(train) + len(val) == 20 and 0 < len(val) < 10
    assert {image.key for image in train + val} == set(range(20))
    for image in train + val + test:
        assert image.path.read_text().split(".")[0] == image.path.name.split("-")[0]
    assert [image.key for image in train if image.path.name.startswith("pic19")] in ([0], [])
    truth = json.loads((tmp_path / "pets/test_groundTruth.json").read_text())
    assert truth == {"20": {"0": 1}, "21": {"0": 0}}


def test_votes_alone_are_installed_from_any_format(tmp_path):
    inverted = write(tmp_path / "inverted.json", {"0": {"0": 1, "1": 1}, "3": {"0": 0}})
    metadata = write(tmp_path / "given.json", {"name": "mine", "n_classes": 5, "url": "https://example.org"})
    install(tmp_path / "made", Installation(answers=inverted, answers_format=2, metadata=metadata, no_task=True))
    read = read_folder(tmp_path / "made")
    assert triples(read.answers) == [(0, 0, 1), (0, 3, 0), (1, 0, 1)]
    assert (read.metadata.name, read.metadata.n_labels, read.metadata.n_annotators) == ("mine", 5, 4)
    assert read.metadata.more["url"] == "https://example.org"


def test_pictures_may_be_copied_and_have_their_own_val(tmp_path, material):
    paths = {part: material / part.split("_")[0] for part in ("train_path", "test_path")}
    files = {"answers": material / "answers.txt", "files_path": material / "filenames.txt"}
    install(tmp_path / "pets", Installation(**files, **paths, val_path=material / "test", copy=True))
    assert len(peerannot.read_images(tmp_path / "pets/train")) == 20
    assert [image.key for image in peerannot.read_images(tmp_path / "pets/val")] == [20, 21]
    assert not any(path.is_symlink() for path in (tmp_path / "pets").rglob("*"))


def test_what_is_installed_again_has_no_pictures_of_before(tmp_path, material):
    names = {"answers": "answers.txt", "train_path": "train", "files_path": "filenames.txt"}
    plan = Installation(**{name: material / path for name, path in names.items()})
    install(tmp_path / "pets", plan)
    before = sorted((tmp_path / "pets").rglob("*"))
    install(tmp_path / "pets", plan)
    assert sorted((tmp_path / "pets").rglob("*")) == before
    (other := tmp_path / "pets/train/cats/other-7.png").write_text("of an earlier one")
    with pytest.raises(FolderError, match=r"pets has 1 pictures that are not installed now, train/cats/other-7\.png"):
        install(tmp_path / "pets", plan)
    other.unlink()
    install(tmp_path / "pets", plan)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"files_path": None}, "votes alone are installed by --no-task"),
        ({"train_path": Path("nowhere")}, "nowhere is not a folder"),
        ({"label_names": "one"}, "has 1 classes; .*answers use 2"),
        ({"metadata": '{"n_workers": 2}'}, "n_workers is 2, but the answers need 3"),
        ({"files_path": "pic00.png"}, r"does not name pic\d\d.png"),
        ({"label_names": "birds\ncats\n"}, "dogs is not one of the classes birds, cats"),
    ],
)
def test_a_dataset_that_cannot_be_installed_leaves_no_folder(tmp_path, material, change, says):
    plan = {"answers": "answers.txt", "train_path": "train", "test_path": "test", "files_path": "filenames.txt"}
    paths = {name: material / path for name, path in plan.items()}
    for name, value in change.items():
        paths[name] = write(tmp_path / "changed", value) if isinstance(value, str) else value
    with pytest.raises(FolderError, match=says):
        install(tmp_path / "pets", Installation(**paths))
    assert not (tmp_path / "pets").exists()


# With peerannot itself, where its environment is


@pytest.mark.processes
@pytest.mark.skipif(not PEER.exists(), reason="no var/peers/peerannot; benchmarks/aggregation.py makes it")
def test_peerannot_reads_what_we_write_and_we_read_what_it_writes(tmp_path):
    votes = simulate("hammer-spammer", n_annotators=12, n_items=80, n_labels=3, ratio=0.2, feedback=7).votes
    write_answers(tmp_path / "answers.json", votes.item, votes.annotator, votes.label, range(80))
    write(tmp_path / "metadata.json", {"name": "ours", "n_classes": 3, "n_workers": 12})
    subprocess.run([PEER, "aggregate", tmp_path, "-s", "NaiveSoft"], check=True, capture_output=True)
    shares = np.load(peerannot.labels_path(tmp_path, "ours", "NaiveSoft"))
    np.testing.assert_allclose(shares, votes.tally / votes.per_item[:, None])

    folder = tmp_path / "theirs"
    options = ["--n-worker", "9", "--n-task", "40", "-K", "4", "-fb", "5", "--folder", folder]
    subprocess.run([PEER, "simulate", *options], check=True, capture_output=True)
    read = read_folder(folder)
    assert (np.bincount(read.answers.item) == 5).all()
    assert read.truth is not None
    assert (read.answers.label == read.truth[read.answers.item]).all()
