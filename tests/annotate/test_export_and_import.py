"""A project's archives go into another project as they came out of the first."""

import io

import pytest

from annotate.exports import rows as exports
from annotate.exports.datasets import formats
from annotate.imports.run import import_file
from annotate_kit.formats import datasets
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
