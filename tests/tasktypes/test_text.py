"""A text per item: what is taken, what several people's texts agree on, and the pages."""

import orjson
import pytest

from annotate import consensus, exports
from annotate.imports.run import import_records
from annotate.models import Annotation, Consensus
from annotate.queue.leasing import lease_next
from annotate.queue.submitting import submit
from annotate_kit.formats.records import Record
from projects import setup
from projects.models import Membership, Project, Role
from projects.tasktypes import Spec, text


@pytest.fixture
def letters(mona, rita, ann, abe) -> Project:
    """Old letters, each typed by two people."""
    project = setup.create(mona, {"name": "Letters", "task_type": "text", "votes_wanted": 3, "learning": False}, [])
    for user, role in [(rita, Role.REVIEWER), (ann, Role.ANNOTATOR), (abe, Role.ANNOTATOR)]:
        Membership.objects.create(project=project, user=user, role=role)
    annotations = [
        {"annotator": "ann", "value": "Dear Mr Holmes, come at once."},
        {"annotator": "abe", "value": "Dear Mr Holmes come at once."},
        {"annotator": "mona", "value": "Deer Mister Home, no."},
    ]
    import_records(
        project, [Record(1, "one", text="a scan", annotations=annotations), Record(2, "two", text="another")]
    )
    return project


@pytest.mark.parametrize(
    ("options", "value", "says"),
    [
        ({}, 7, "a text is a string"),
        ({}, " \n", "the text is empty"),
        ({}, "a\0b", "NUL"),
        ({"most_characters": 3}, "four", "the text has 4 characters; at most 3 are taken"),
        ({"lines": False}, "a\nb", "one line"),
        ({"pattern": "[0-9]+"}, "12a", r"must match \[0-9\]\+"),
    ],
)
def test_what_is_no_answer_is_refused(options, value, says):
    with pytest.raises(ValueError, match=says):
        text.clean(value, Spec((), options=text.Options(**options)))


def test_equal_texts_are_equal_bytes():
    spec = Spec((), options=text.Options())
    assert text.clean("e\u0301te\r\n", spec) == text.clean("\u00e9te", spec) == "\u00e9te"


@pytest.mark.parametrize(
    ("options", "says"),
    [({"pattern": "("}, "regular expression"), ({"most_characters": 0}, "from 1"), ({"language": "<b>"}, "code")],
)
def test_options_that_make_no_sense_are_refused(letters, mona, options, says):
    with pytest.raises(ValueError, match=says):
        setup.change(letters, mona, {"options": options})


def test_the_consensus_is_the_text_most_like_the_others(letters):
    consensus.fresh(letters)
    agreed = Consensus.objects.get(item__external_id="one")
    assert agreed.value in ("Dear Mr Holmes, come at once.", "Dear Mr Holmes come at once.")
    assert 0 < agreed.certainty < 1
    assert 0 < agreed.dispute < 1
    assert {part["text"] for part in agreed.parts} >= {agreed.value}


def test_texts_go_by_form_rest_review_and_export(letters, client, ann, rita):
    lease = lease_next(letters, ann)
    client.force_login(ann)
    page = client.get(f"/projects/{letters.pk}/label/").content.decode()
    assert '<textarea class="answer-text"' in page
    assert "This project has no labels yet" not in page
    url = f"/api/assignments/{lease.pk}/annotation/"
    refused = client.put(url, {"value": ""}, content_type="application/json")
    assert (refused.status_code, refused.json()) == (400, {"value": ["the text is empty"]})
    client.post(f"/projects/{letters.pk}/label/", {"assignment": lease.pk, "text": "Yours, W.", "act": "submit"})
    assert Annotation.objects.get(item__external_id="two").value == "Yours, W."

    client.force_login(rita)
    review = client.get(f"/projects/{letters.pk}/review/?order=unsure").content.decode()
    assert '<span class="drawn-text"' in review
    assert review.count("<textarea") >= 1
    for address in ("", "items/", "agreement/", "people/"):
        assert client.get(f"/projects/{letters.pk}/{address}").status_code == 200
    rows = [orjson.loads(line) for line in b"".join(exports.export(letters, "jsonl")).splitlines()]
    assert {row["external_id"]: row["consensus"] for row in rows}["two"] == "Yours, W."


def test_a_text_cannot_break_out_of_the_page(letters, client, rita, abe):
    submit(lease_next(letters, abe), "<script>alert(1)</script>")
    consensus.fresh(letters)
    client.force_login(rita)
    assert "<script>alert(1)" not in client.get(f"/projects/{letters.pk}/items/").content.decode()


def test_a_suggested_text_needs_no_probabilities(letters, client, mona, ann):
    client.force_login(mona)
    url = f"/api/projects/{letters.pk}/predictions/?model=ocr"
    answer = client.put(url, [{"external_id": "two", "value": "Yours, VV."}], content_type="application/json")
    assert answer.status_code == 200, answer.content
    wrong = client.put(url, [{"external_id": "two", "proba": {"a": 1.0}}], content_type="application/json")
    assert "predictions here have a value" in wrong.content.decode()
