"""A project's archives go into another project as they came out of the first."""

import io

import pyarrow.parquet as parquet
import pytest

from annotate.exports import rows as exports
from annotate.exports.datasets import formats
from annotate.imports.run import import_file, import_records
from annotate_kit.formats import datasets
from annotate_kit.formats.records import Record
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

    @pytest.mark.parametrize("task_type", ["single_choice", "multiple_choice", "text", "spans"])
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
