"""A project's archives go into another project as they came out of the first."""

import io

import numpy as np
import orjson
import pyarrow.parquet as parquet
import pytest

from annotate.exports import rows as exports
from annotate.exports.datasets import formats
from annotate.imports.run import import_file, import_records
from annotate_kit.formats import datasets, writers
from annotate_kit.formats.records import Record, Unreadable
from projects.tasktypes import registry
from tests.annotate.test_importing import PNG
from tests.annotate_kit.files import zipped
from tests.annotate_kit.test_annotated_zips import picture

OPTIONS = {"keypoints": {"joints": "nose\ntail", "edges": "nose - tail"}}
ARCHIVES = [
    (tool, task_type)
    for task_type in ("boxes", "polygons", "points", "polylines", "keypoints")
    for tool, _ in formats(task_type)
]
NAMES = ["one/a.png", "two/a.png", "Two/a.PNG", "#1 ü%20.png", "a:b.png", "a?b.png"]


def imported(project, files: dict[str, bytes]):
    return import_file(project, io.BytesIO(zipped(files)), name="pictures.zip", content_type=None)


@pytest.mark.parametrize(("tool", "task_type"), ARCHIVES)
def test_what_is_exported_goes_into_another_project(make_project, tool, task_type):
    labels = ("cat", "it's a dog")
    first, second = (make_project(labels, task_type=task_type, options=OPTIONS.get(task_type, {})) for _ in range(2))
    pictures = {name: picture(400, 300 + number) for number, name in enumerate(NAMES)}
    assert imported(first, pictures).created == len(NAMES)
    golds = dict.fromkeys(NAMES) | {NAMES[1]: first.kind.example(first.spec), NAMES[2]: []}
    for name, gold in golds.items():
        first.items.filter(external_id=name).update(gold=gold)
    suffix = datasets.registry.load(tool).suffix
    files = datasets.unpacked(f"export{suffix}", b"".join(exports.export(first, tool)))
    report = imported(second, {**files, **pictures})
    assert (report.created, report.rejected) == (len(NAMES), [])
    assert dict(second.items.values_list("external_id", "gold")) == golds


VALUES = {"single_choice": ("cat", "dog"), "multiple_choice": (["cat", "dog"], []), "text": ("a cat\n", "ein Hund")}
OF_THE_ITEM = [(tool, task_type) for task_type in VALUES for tool, _ in formats(task_type)]


def of_project(project) -> list:
    """What is known of each item, and who said what in how many seconds."""
    return [
        (item.external_id, item.text, item.meta, item.gold,
         sorted(item.annotations.values_list("annotator__username", "value", "seconds")))
        for item in project.items.order_by("external_id")
    ]  # fmt: skip


@pytest.mark.parametrize(("tool", "task_type"), OF_THE_ITEM)
def test_what_is_said_of_texts_as_a_whole_goes_into_another_project(make_project, ann, tool, task_type):
    first, second = (make_project(("cat", "dog"), task_type=task_type, votes_wanted=1) for _ in range(2))
    gold, answer = (first.kind.clean(value, first.spec) for value in VALUES[task_type])
    keeps_people = tool in ("label_studio", "prodigy")
    seconds = 2.5 if tool == "label_studio" else None
    answers = [{"annotator": "ann", "value": answer, "seconds": seconds}] if keeps_people else None
    import_records(first, [
        Record(1, "a", text="one", gold=gold, meta={"source": "web"}),
        Record(2, "b", text="two", annotations=answers, gold=answer),
        Record(3, "c", text="three"),
    ])  # fmt: skip
    exported = b"".join(exports.export(first, tool))
    suffix = datasets.registry.load(tool).suffix
    report = import_file(second, io.BytesIO(exported), name=f"export{suffix}", content_type=None)
    assert (report.created, report.rejected) == (3, [])
    assert of_project(second) == of_project(first)


ABOUT_TEXTS = [name for name in registry.names if "text" in registry.load(name).item_types]


@pytest.mark.parametrize("writer", writers.registry.names)
@pytest.mark.parametrize("task_type", ABOUT_TEXTS)
def test_an_export_of_items_goes_into_another_project(make_project, ann, task_type, writer):
    first, second = (make_project(("cat", "dog"), task_type=task_type, votes_wanted=1) for _ in range(2))
    gold = first.kind.clean(first.kind.example(first.spec) or "a cat", first.spec)
    answers = [{"annotator": "ann", "value": gold, "seconds": 2.5}]
    import_records(first, [
        Record(1, "a", text="one", gold=gold, meta={"source": "web"}),
        Record(2, "b", text="two", annotations=answers),
        Record(3, "c", text="three"),
    ])  # fmt: skip
    exported = b"".join(exports.export(first, writer))
    suffix = writers.registry.load(writer).suffix
    report = import_file(second, io.BytesIO(exported), name=f"export{suffix}", content_type=None)
    assert (report.created, report.rejected) == (3, [])
    assert of_project(second) == of_project(first)
    assert not report.columns or {name for name, role in report.columns.items() if role == "leave_out"} == {
        "consensus", "belief", "votes",
    }  # fmt: skip


@pytest.mark.parametrize("writer", writers.registry.names)
def test_so_does_one_of_records(make_project, writer):
    first, second = (make_project(("cat", "dog"), task_type="single_choice") for _ in range(2))
    import_records(first, [Record(n, f"item-{n}", data={"age": n, "job": "cook"}, gold="dog") for n in range(1, 4)])
    exported = b"".join(exports.export(first, writer))
    suffix = writers.registry.load(writer).suffix
    assert import_file(second, io.BytesIO(exported), name=f"export{suffix}", content_type=None).rejected == []
    fields = ("external_id", "data", "gold")
    assert sorted(second.items.values_list(*fields)) == sorted(first.items.values_list(*fields))


def test_pictures_that_were_classified_go_into_another_project(make_project):
    first, second = (make_project(("cat", "dog"), task_type="single_choice") for _ in range(2))
    import_records(first, [Record(1, "a.png", image=PNG, gold="cat", meta={"text": "a caption"})])
    exported = b"".join(exports.export(first, "label_studio"))
    report = imported(second, {"a.png": PNG, "tasks.json": exported})
    assert (report.created, report.rejected) == (1, [])
    assert of_project(second) == of_project(first)


def test_formats_are_offered_where_they_fit_the_items(client, make_project, mona):
    project = make_project(task_type="single_choice")
    for record, offered in [
        (Record(1, "a", text="one"), True),
        (Record(2, "b", data={"age": 5}), False),
    ]:
        import_records(project, [record])
        assert ("label_studio" in dict(exports.formats(project))) is offered
    assert "peerannot" in dict(exports.formats(project))
    assert "peerannot" not in dict(exports.formats(make_project(task_type="multiple_choice")))
    client.force_login(mona)
    assert b"label_studio" not in client.get(f"/projects/{project.pk}/export/").content
    refused = client.get(f"/api/projects/{project.pk}/export/?format=label_studio")
    assert refused.status_code == 400
    assert "no place for answers of the type single_choice about" in refused.content.decode()


class TestHuggingFace:
    """The zip of Parquet files with the card."""

    def again(self, first, second) -> None:
        exported = b"".join(exports.export(first, "huggingface"))
        report = import_file(second, io.BytesIO(exported), name="a.zip", content_type=None)
        assert (report.rejected, report.created) == ([], first.items.count())
        fields = ("external_id", "text", "data", "meta", "gold", "width")
        assert sorted(second.items.values_list(*fields)) == sorted(first.items.values_list(*fields))

    @pytest.mark.parametrize("task_type", [name for name in registry.names if "text" in registry.load(name).item_types])
    def test_texts_come_back_with_what_is_agreed_on(self, make_project, task_type):
        first, second = (make_project(("cat", "dog"), task_type=task_type) for _ in range(2))
        gold = first.kind.clean(first.kind.example(first.spec) or "cat", first.spec)
        metas = [{"price": 1.5, "label": "x", "tags": ["a"]}, {"price": 2.0, "is_new": True, "page": 3}, None]
        import_records(first, [
            Record(n, f"item-{n}", text=f"text {n}", gold=gold if n % 2 else None, meta=metas[n % 3])
            for n in range(1, 13)
        ])  # fmt: skip
        self.again(first, second)

    def test_records_come_back_as_they_were(self, make_project):
        first, second = (make_project(("cat", "dog"), task_type="single_choice") for _ in range(2))
        data = {"age": 42, "job": "cook", "votes": 3, "image": "a.png", "more": {"deep": [1]}}
        import_records(first, [Record(1, "a", data=data, gold="dog", meta={"age": "old"}), Record(2, "b", data=data)])
        self.again(first, second)

    def test_pictures_come_back_with_their_shapes(self, make_project):
        first, second = (make_project(("cat", "dog"), task_type="boxes") for _ in range(2))
        box = [{"box": [1.0, 2.0, 30.0, 20.0], "label": "dog"}]
        import_records(first, [
            Record(1, "one/a.png", image=picture(100, 50), gold=box),
            Record(2, "b.png", image=picture(101, 50), meta={"text": "x"}),
        ])  # fmt: skip
        self.again(first, second)

    def test_one_of_its_files_may_come_alone(self, make_project):
        first, second = (make_project(("cat", "dog"), task_type="single_choice") for _ in range(2))
        import_records(first, [Record(1, "item-1", text="one", gold="dog")])
        (name, data), *_ = [
            file for file in datasets.unpacked("a.zip", b"".join(exports.export(first, "huggingface"))).items()
            if file[0].endswith(".parquet")
        ]  # fmt: skip
        assert import_file(second, io.BytesIO(data), name=name, content_type=None).created == 1
        assert second.items.get().gold == "dog"

    def test_a_row_that_names_no_label_is_told_and_files_of_others_too(self, client, make_project, mona):
        first = make_project(("cat", "dog"), task_type="single_choice")
        import_records(first, [Record(n, f"item-{n}", text=f"text {n}", gold="dog") for n in (1, 2)])
        files = datasets.unpacked("a.zip", b"".join(exports.export(first, "huggingface")))
        name = next(name for name in files if name.endswith(".parquet"))
        table = parquet.read_table(io.BytesIO(files[name]))
        wrong = table.set_column(table.column_names.index("label"), "label", [[7] + [1] * (len(table) - 1)])
        parquet.write_table(wrong.replace_schema_metadata(table.schema.metadata), file := io.BytesIO())
        parquet.write_table(table.replace_schema_metadata({}), other := io.BytesIO())
        content = zipped({name: file.getvalue(), "data/other.parquet": other.getvalue(), "README.md": b"---"})
        client.force_login(mona)
        second = make_project(("cat", "dog"), task_type="single_choice")
        address = f"/api/projects/{second.pk}/items/"
        answer = client.post(address, content, content_type="application/zip").json()
        errors = [row["error"] for row in answer["rejected"]]
        assert (answer["created"], len(errors)) == (len(table) - 1, 2)
        assert errors[0] == "label must be numbers from 0 to 1, one is 7"
        assert "take files of records out of the zip and import each by itself" in errors[1]


class TestPeerannot:
    """The zip of a folder of answers."""

    PEOPLE = [{"annotator": "ann", "value": "dog"}, {"annotator": "abe", "value": "cat"}]

    @pytest.fixture
    def project(self, make_project, ann, abe):
        return lambda: make_project(("cat", "dog"), task_type="single_choice", votes_wanted=2)

    def known(self, project) -> list:
        return [(*row[:3], row[3], [vote[:2] for vote in row[4]]) for row in of_project(project)]

    def test_texts_and_records_come_back_with_every_vote(self, project):
        first, second = project(), project()
        import_records(first, [
            Record(1, "a  b\n", text="one\ntwo", gold="dog", annotations=self.PEOPLE, meta={"source": "web"}),
            Record(2, "b", text="two", annotations=self.PEOPLE[:1]),
            Record(3, "c", data={"z": 1, "a": "x"}, annotations=self.PEOPLE[1:]),
        ])  # fmt: skip
        exported = b"".join(exports.export(first, "peerannot"))
        report = import_file(second, io.BytesIO(exported), name="a.zip", content_type=None)
        assert (report.created, report.rejected) == (3, [])
        assert self.known(second) == self.known(first)
        assert list(second.items.get(external_id="c").fields) == ["z", "a"]

    def test_pictures_are_put_into_the_zip(self, project):
        first, second = project(), project()
        pictures = {name: picture(100, 50 + number) for number, name in enumerate(NAMES)}
        import_records(first, [
            Record(number, name, image=data, annotations=self.PEOPLE, meta={"site": "north"})
            for number, (name, data) in enumerate(pictures.items(), 1)
        ])  # fmt: skip
        files = datasets.unpacked("a.zip", b"".join(exports.export(first, "peerannot")))
        report = imported(second, {**files, **pictures})
        assert (report.created, report.rejected) == (len(NAMES), [])
        assert self.known(second) == self.known(first)
        third = imported(project(), files)
        assert third.rejected_count == len(NAMES)
        assert third.rejected[0]["error"].startswith(f"task 0: the picture {NAMES[0]!r} is not in the archive; put it")


class TestFoldersOfPeerannot:
    """As its users have them: pictures in folders of their classes, with the key of their task."""

    ANSWERS = {"0": {"0": 1, "1": 1, "AI": 0}, "1": {"1": 0}}
    METADATA = {"name": "pets", "n_classes": 2, "n_workers": 2}

    def files(self, **others) -> dict[str, bytes]:
        names = ("train/cat/one-1.png", "train/dog/two-0.png", "train/dog/three.png")
        pictures = {name: picture(60, 40 + number) for number, name in enumerate(names)}
        files = {"answers.json": orjson.dumps(self.ANSWERS), "metadata.json": orjson.dumps(self.METADATA)} | others
        files |= {"labels/labels_pets_mv.npy": b"x", "identification/x.csv": b"x"}
        return {f"pets/{name}": data for name, data in (files | pictures).items() if data}

    @pytest.fixture
    def pets(self, make_project):
        return make_project(("cat", "dog"), task_type="single_choice", votes_wanted=2)

    def sent(self, project, files):
        stream = io.BytesIO(zipped(files))
        return import_file(project, stream, name="a.zip", content_type=None, create_annotators=True)

    def test_votes_classes_and_the_model_come_in(self, pets):
        report = self.sent(pets, self.files())
        assert (report.created, report.rejected) == (3, [])
        assert [(row[0], row[3], [vote[:2] for vote in row[4]]) for row in of_project(pets)] == [
            ("pets/train/cat/one-1.png", "cat", [("1", "cat")]),
            ("pets/train/dog/three.png", None, []),
            ("pets/train/dog/two-0.png", "dog", [("0", "dog"), ("1", "dog")]),
        ]
        assert list(pets.suggestions.values_list("model", "value")) == [("AI", "cat")]

    def test_what_is_known_to_be_right_goes_before_the_folder(self, pets):
        np.save(truth := io.BytesIO(), np.array([-1, 1]))
        self.sent(pets, self.files(**{"ground_truth.npy": truth.getvalue()}))
        assert dict(pets.items.values_list("external_id", "gold")) == {
            "pets/train/cat/one-1.png": "dog", "pets/train/dog/two-0.png": None, "pets/train/dog/three.png": None,
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("name", "data", "error"),
        [
            ("answers.json", b"{", "answers.json is not JSON"),
            ("answers.json", b'{"0": {"7": 1}}', "7"),
            ("metadata.json", b'{"name": "x"}', "metadata.json: n_classes is missing; it should be a whole number"),
            ("workers.txt", b"ann\n", "workers.txt has 1 lines, and there are 2 workers; each needs one"),
            ("tasks.jsonl", b"{}\n", "tasks.jsonl has 1 lines, and there are 2 tasks; each needs one"),
        ],
    )
    def test_a_wrong_file_is_named_with_what_would_be_right(self, pets, name, data, error):
        with pytest.raises(Unreadable, match=error) as caught:
            self.sent(pets, self.files(**{name: data}))
        assert "/tmp" not in str(caught.value)

    def test_a_task_that_shows_nothing_is_a_rejected_row(self, client, pets, mona, ann):
        answers = {"0": {"0": 1}, "1": {"0": 0}, "2": {"0": 0}}
        files = self.files(**{"answers.json": orjson.dumps(answers), "workers.txt": b"ann\nabe\n"})
        client.force_login(mona)
        address = f"/api/projects/{pets.pk}/items/"
        report = client.post(address, zipped(files), content_type="application/zip").json()
        assert (report["created"], [row["row"] for row in report["rejected"]]) == (3, [3])
        assert "task 2: no picture is called train/<class>/<name>-2.<ext>" in report["rejected"][0]["error"]

    def test_people_and_classes_that_nobody_used_take_no_room(self, make_project):
        many = {"metadata.json": orjson.dumps({"name": "pets", "n_classes": 2**40, "n_workers": 2**40})}
        project = make_project(("0", "1", "cat", "dog"), task_type="single_choice", votes_wanted=2)
        self.sent(project, self.files(**many))
        assert {vote[1] for row in of_project(project) for vote in row[4]} == {"0", "1"}

    def test_two_tasks_cannot_show_one_picture(self, pets):
        about = {
            name: data for name, data in self.files(**{"labels.txt": b"cat\ndog\n"}).items() if "train" not in name
        }
        report = self.sent(pets, about | {"pets/tasks.txt": b"a.png\na.png\n", "a.png": picture()})
        assert [row[0] for row in of_project(pets)] == ["a.png"]
        assert [row["error"] for row in report.rejected] == [
            "external_id was given in row 1 already; the first one counts"
        ]

    def test_it_goes_into_a_project_of_single_choice(self, make_project):
        with pytest.raises(Unreadable, match="it goes into a project of single choice"):
            self.sent(make_project(("cat",), task_type="boxes"), self.files())
