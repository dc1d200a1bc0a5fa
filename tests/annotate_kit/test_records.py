"""One record of a file: what is taken, and what is rejected with what would be right."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotate_kit.formats.records import Record, Rejected, clean
from tests.annotate_kit.files import JSON, image

FIELD = st.sampled_from(["external_id", "text", "image", "data", "meta", "votes_wanted", "gold", "annotations"])


@given(mapping=JSON | st.dictionaries(FIELD | st.text(), JSON, max_size=4))
@settings(max_examples=100, deadline=None)
def test_whatever_json_comes_it_is_a_record_or_rejected(mapping):
    row = clean(3, mapping)
    assert row.row == 3
    if isinstance(row, Record):
        assert sum(content is not None for content in (row.text, row.image, row.data)) == 1
    else:
        assert row.error.isprintable()


def test_a_full_record_keeps_all_that_was_given():
    given_vote = {"annotator": "ann", "value": "cat", "seconds": 1.5}
    row = clean(1, {
        "external_id": 7, "image": "data:image/png;base64," + base64.b64encode(image()).decode(), "votes_wanted": 3,
        "meta": {"by": "x"}, "gold": ["cat"], "annotations": [given_vote], "text": None,
    })  # fmt: skip
    assert row == Record(1, "7", None, image(), None, None, {"by": "x"}, 3, ["cat"], [given_vote])


@pytest.mark.parametrize(
    ("mapping", "error"),
    [
        ([], "a record is an object"),
        ({}, "exactly one of text, image and data, this has none"),
        ({"text": "a", "data": {"b": 1}}, "this has text and data"),
        ({"text": ""}, "text is empty"),
        ({"text": "  \n"}, "text is empty"),
        ({"text": 5}, "text must be a string, this is a number"),
        ({"text": "a\0b"}, r"U\+0000"),
        ({"text": "a\ud800b"}, "half of a surrogate pair at character 2"),
        ({"text": "a", "label": "b"}, "unknown field 'label'; a record has external_id, text, image"),
        ({"text": "a", "external_id": True}, "external_id must be a string or an integer"),
        ({"text": "a", "external_id": ""}, "external_id is empty"),
        ({"text": "a", "external_id": "x" * 201}, "201 characters, at most 200"),
        ({"text": "a", "external_id": "x\0"}, r"external_id has the character U\+0000"),
        ({"text": "a", "votes_wanted": 0}, "votes_wanted must be an integer from 1 to 100, this is 0"),
        ({"text": "a", "votes_wanted": 101}, "from 1 to 100"),
        ({"text": "a", "votes_wanted": True}, "from 1 to 100"),
        ({"text": "a", "votes_wanted": "2"}, "from 1 to 100"),
        ({"text": "a", "meta": ["b"]}, "meta must be an object"),
        ({"text": "a", "meta": {"b": ["\0"]}}, r"meta has the character U\+0000"),
        ({"text": "a", "meta": {"b": "\udc00"}}, "meta cannot be written as JSON"),
        ({"text": "a", "gold": "\0"}, r"gold has the character U\+0000"),
        ({"data": {}}, "data is empty"),
        ({"data": "x"}, "data must be an object"),
        ({"image": "https://example.org/a.png"}, "nothing is fetched"),
        ({"image": "no base64!"}, "not valid base64"),
        ({"image": "data:image/svg+xml,<svg/>"}, "must look like data:image/png;base64"),
        ({"image": 1}, "data: URL or a base64 string"),
        ({"text": "a", "annotations": {"ann": 1}}, "annotations must be a list"),
        ({"text": "a", "annotations": [{"annotator": "ann"}]}, "an object {annotator, value, seconds"),
        ({"text": "a", "annotations": [{"annotator": "", "value": 1}]}, "annotator must be a user's name"),
        ({"text": "a", "annotations": [{"annotator": "a", "value": 1, "at": 2}]}, "unknown field 'at' in annotations"),
        ({"text": "a", "annotations": [{"annotator": "a", "value": 1, "seconds": -1}]}, "at least 0, this is -1"),
        ({"text": "a", "predictions": {"m": 1}}, "predictions must be a list of .*, this is an object"),
        ({"text": "a", "predictions": [{"model": "m"}]}, "one of them is {'model': 'm'}"),
        ({"text": "a", "predictions": [{"model": "m" * 101, "value": 1}]}, "up to 100 characters.*one model is"),
        ({"text": "a", "predictions": [{"model": "m", "value": 1}] * 2}, "two values of one model"),
        ({"text": "a", "predictions": [{"model": "m", "valeu": 1}]}, "a prediction is .*one of them is"),
    ],
)
def test_a_bad_record_is_rejected_with_what_would_be_right(mapping, error):
    row = clean(1, mapping)
    assert isinstance(row, Rejected)
    with pytest.raises(ValueError, match=error):
        raise ValueError(row.error)


def test_a_rejected_row_is_named_by_its_external_id_only_if_that_is_a_good_one():
    assert clean(1, {"external_id": 5}).external_id == "5"
    assert clean(1, {"external_id": "x\0", "text": "a"}).external_id is None


def test_a_backslash_before_u0000_is_no_nul():
    assert isinstance(clean(1, {"text": "a", "meta": {"code": r"\u0000"}}), Record)
