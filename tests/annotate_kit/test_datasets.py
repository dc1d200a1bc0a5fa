"""The files of other labelling tools, both ways."""

import io
import zipfile
from inspect import signature

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotate_kit.formats.datasets import Example, registry, unpacked
from annotate_kit.formats.readers import Unreadable
from annotate_kit.formats.records import Rejected
from tests.annotate_kit.dataset_files import (
    BOTH_WAYS,
    FORMATS,
    KEYS,
    MISSING,
    PEOPLE,
    READ_ONLY,
    examples,
    read,
    spans,
)


@pytest.mark.parametrize("name", FORMATS)
class TestEveryFormat:
    def test_it_says_what_it_takes(self, name):
        assert registry.load(name).takes <= {"spans", "form", *KEYS, *OF_KIND}
        assert registry.load(name).takes
        assert (name in READ_ONLY) == (name not in BOTH_WAYS)

    @pytest.mark.parametrize("data", [b"", b"\xff\xfe\x00", b"{", b"[]", b"<a>", b"[[[", b"PK\x03\x04nothing", b"null"])
    def test_what_is_another_file_is_refused_or_has_no_items(self, name, data):
        for file in ("x.json", "x.jsonl", "x.xml", "x.txt", "x.conll"):
            try:
                rows = list(registry.load(name).read(unpacked(file, data)))
            except Unreadable as error:
                assert len(str(error)) > 10
            else:
                assert all(isinstance(row, Rejected) or not row.value for row in rows)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.skipif(name in MISSING, reason=f"{name} needs a package that is not here"))
        for name in BOTH_WAYS
    ],
)
class TestBothWays:
    def test_what_is_written_and_read_is_the_same(self, name):
        for seed in range(20):
            items = examples(name, seed)
            read_items = read(name, registry.load(name).write(items))
            assert sorted(read_items, key=lambda item: item.external_id) == sorted(
                items, key=lambda item: item.external_id
            )

    def test_the_same_items_make_the_same_bytes(self, name):
        write = registry.load(name).write
        assert write(examples(name)) == write(examples(name))

    def test_no_items_are_no_error(self, name):
        data = registry.load(name).write([])
        assert isinstance(data, bytes)

    def test_what_it_has_no_place_for_is_refused_by_name(self, name):
        takes = registry.load(name).takes
        if "spans" not in takes:
            wrong = Example("pic.jpg", None, 9, 9, [{"start": 0, "end": 1, "label": "PER"}])
        elif takes == {"spans"}:
            wrong = Example("pic.jpg", None, 9, 9, [{"box": [0, 0, 1, 1], "label": "car"}])
        else:
            wrong = Example("pic.jpg", None, 9, 9, [{"line": [[0, 0], [1, 1]], "label": "car"}])
        with pytest.raises(ValueError, match=r"pic\.jpg"):
            registry.load(name).write([wrong])


@settings(deadline=None, max_examples=50)
@given(st.text(max_size=60), st.randoms(use_true_random=False))
def test_any_text_survives_every_format_for_spans(text, rng):
    text = text.replace("\0", "")
    if any("\ud800" <= c <= "\udfff" for c in text):
        return
    example = Example("x", text, value=spans(rng, text)).cleaned()
    for name in set(BOTH_WAYS) - MISSING:
        if "spans" in registry.load(name).takes:
            assert read(name, registry.load(name).write([example])) == [example]


WRITTEN = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20)
OF_KIND = {
    "single_choice": WRITTEN,
    "multiple_choice": st.lists(WRITTEN, max_size=4, unique=True).map(sorted),
    "text": WRITTEN,
    "rating": st.integers(1, 5) | st.floats(1, 5),
}


@settings(deadline=None, max_examples=50)
@given(st.sampled_from([(name, kind) for name in BOTH_WAYS for kind in OF_KIND if kind in registry.load(name).takes
                        if name not in MISSING]), st.data())  # fmt: skip
def test_what_is_about_the_item_as_a_whole_comes_back(name_and_kind, data):
    (name, kind), known = name_and_kind, st.none() | OF_KIND[name_and_kind[1]]
    people = [{"annotator": name, "value": data.draw(OF_KIND[kind])} for name in ("abe", "ann@x.org")]
    items = [
        Example("a", data.draw(WRITTEN), value=data.draw(known), annotations=people if name in PEOPLE else []),
        Example("b", data.draw(WRITTEN), value=data.draw(known), meta={"source": "web"}),
    ]
    values = [item.value for item in items] + [row["value"] for item in items for row in item.annotations]
    labels = {label for value in values for label in (value if isinstance(value, list) else [value])} - {None}
    write = registry.load(name).write
    options = {"labels": sorted(labels)} if "labels" in signature(write).parameters else {}
    assert read(name, write(items, kind=kind, **options), kind=kind) == items


@pytest.mark.parametrize("name", sorted(PEOPLE))
def test_who_said_what_survives(name):
    people = [
        {"annotator": "ann@example.org", "value": [{"start": 0, "end": 4, "label": "PER"}]},
        {"annotator": "abe", "value": []},
    ]
    settled = Example("1", "Anna 🚀", value=[{"start": 5, "end": 6, "label": "THING"}], annotations=people)
    unsettled = Example("2", "Anna", annotations=people)
    untouched = Example("3", "Bo")
    items = [settled, unsettled, untouched]
    assert read(name, registry.load(name).write(items)) == items


def test_an_entry_that_is_a_package_has_a_name_for_people_too():
    assert registry.title("peerannot").startswith("Folders as peerannot keeps them")
    assert dict(registry.choices())["coco"] == "COCO's JSON"


def test_a_zip_bomb_is_refused(monkeypatch):
    monkeypatch.setattr("annotate_kit.formats.datasets._files.MAX_BYTES", 1000)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", b"0" * 2000)
    with pytest.raises(Unreadable, match="the archive holds more than"):
        unpacked("a.zip", buffer.getvalue())


def test_names_of_pictures_cannot_lead_out_of_an_archive():
    example = Example("../../etc/passwd.jpg", None, 9, 9, [])
    for name in ("yolo", "voc", "labelme"):
        files = unpacked("data.zip", registry.load(name).write([example, example]))
        assert not any(".." in file for file in files)
