"""A project's archives go into another project as they came out of the first."""

import io

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
