"""Spans of a text: what is taken, what several people's spans agree on, and the pages."""

import io
import re
import sys

import orjson
import pytest
from django.http import QueryDict

from annotate import consensus, exports
from annotate.exports import datasets as export_formats
from annotate.imports.run import import_records
from annotate.models import Annotation, Consensus, ConsensusDue, Suggestion
from annotate.queue.leasing import lease_next
from annotate.views.review.parts import drafted
from annotate_kit.formats import datasets, readers
from annotate_kit.formats.records import Record
from projects import setup
from projects.labels.rows import LabelRow
from projects.models import Membership, Project, Role
from projects.tasktypes import Content, Spec, spans

LABELS = ("Person", "Place")
TEXT = "Ann 🎉 met Otto in Rome. Otto left Rome."


def spec(**options) -> Spec:
    return Spec(LABELS, {"Person": "#0072b2"}, spans.Options(**options))


def shows(text: str) -> Content:
    return Content(lambda: (text, None, None))


def span(start: int, end: int, label: str = "Person") -> dict:
    return {"start": start, "end": end, "label": label}


@pytest.fixture
def news(mona, rita, ann, abe) -> Project:
    """Two texts; one was marked by three people, one of whom overlooked Rome."""
    fields = {"name": "News", "task_type": "spans", "votes_wanted": 3, "learning": False}
    project = setup.create(mona, fields, [LabelRow(name) for name in LABELS])
    for user, role in [(rita, Role.REVIEWER), (ann, Role.ANNOTATOR), (abe, Role.ANNOTATOR)]:
        Membership.objects.create(project=project, user=user, role=role)
    both = [span(10, 14), span(18, 22, "Place")]
    annotations = [
        {"annotator": "ann", "value": [span(0, 3), *both]},
        {"annotator": "abe", "value": [span(0, 3), *both]},
        {"annotator": "mona", "value": [span(10, 14)]},
    ]
    report = import_records(
        project, [Record(1, "one", text=TEXT, annotations=annotations), Record(2, "two", text=TEXT)]
    )
    assert not report.rejected
    return project


def test_spans_are_kept_sorted_and_each_once():
    assert spans.clean([span(10, 14), span(0, 3), span(10, 14)], spec(), shows(TEXT)) == [span(0, 3), span(10, 14)]


@pytest.mark.parametrize(
    ("options", "value", "says"),
    [
        ({}, "no list", "a list of"),
        ({}, [span(0, 3, "Animal")], "no label of this project; it has Person, Place"),
        ({}, [span(0, 99)], "ends behind the text, which has 39 code points"),
        ({}, [span(3, 3)], "start < end"),
        ({}, [span(0, 3), span(2, 5, "Place")], "0 to 3 and 2 to 5 overlap"),
        ({"overlap": "labels"}, [span(0, 3), span(2, 5)], "of Person 0 to 3 and 2 to 5 overlap"),
        ({"labels_required": True}, [], "at least one span"),
        ({}, [{"quote": "Bob", "label": "Person"}], "the text has 'Bob' nowhere"),
        ({}, [{"quote": "Ann", "label": "Person"}] * 2, "only as often"),
        ({}, [span(n, n + 1) for n in range(2001)], "at most 2,000"),
    ],
)
def test_what_is_no_answer_is_refused(options, value, says):
    text = TEXT if len(value) < 2000 else TEXT * 60
    with pytest.raises(ValueError, match=says):
        spans.clean(value, spec(**options), shows(text))


def test_spans_overlap_as_far_as_the_project_allows():
    crossing = [span(0, 3), span(2, 5, "Place")]
    assert spans.clean(crossing, spec(overlap="labels"), shows(TEXT)) == crossing
    nested = [span(0, 3), span(0, 5)]
    assert spans.clean(nested, spec(overlap="free"), shows(TEXT)) == nested


@pytest.mark.parametrize(
    ("options", "says"), [({"overlap": "some"}, "one of none, labels, free"), ({"snap": 3}, "snap")]
)
def test_options_that_make_no_sense_are_refused(news, mona, options, says):
    with pytest.raises(ValueError, match=says):
        setup.change(news, mona, {"options": options})


def test_without_a_script_a_line_is_a_span_by_place_or_by_its_words():
    form = QueryDict(mutable=True)
    form["spans"] = "0 3 Person\n 10-14 Person \nPlace: Rome\n\nPlace: Rome"
    value = spans.clean(spans.from_form(form, spec()), spec(), shows(TEXT))
    assert value == [span(0, 3), span(10, 14), span(18, 22, "Place"), span(34, 38, "Place")]
    form["spans"] = "who knows"
    with pytest.raises(ValueError, match='a line is "0 5 Person" or "Person: the words"'):
        spans.from_form(form, spec())


def test_the_consensus_has_the_spans_of_most_and_says_what_it_left_out(news):
    consensus.fresh(news)
    agreed = Consensus.objects.get(item__external_id="one")
    assert agreed.value == [span(0, 3), span(10, 14), span(18, 22, "Place")]
    assert {part["votes"] for part in agreed.parts} == {2, 3}
    assert all(0 < part["probability"] <= 1 for part in agreed.parts)
    assert 0 < agreed.dispute < 1


def test_one_answer_stands_as_it_is(news, ann):
    import_records(news, [Record(1, "three", text=TEXT, annotations=[{"annotator": "ann", "value": [span(4, 5)]}])])
    consensus.fresh(news)
    assert Consensus.objects.get(item__external_id="three").value == [span(4, 5)]


def test_a_few_new_answers_are_merged_by_what_the_last_run_says_of_people(news, ann, monkeypatch):
    consensus.fresh(news)
    plan, whole = sys.modules["annotate.consensus.plan"], sys.modules["annotate.consensus.refresh"]
    monkeypatch.setattr(plan, "SMALL", 0)
    monkeypatch.setattr(plan, "MUCH", 10)
    monkeypatch.setattr(whole, "_aggregate_all", lambda *_: pytest.fail("all votes were aggregated again"))
    annotations = [{"annotator": name, "value": [span(4, 5)]} for name in ("ann", "abe")]
    import_records(news, [Record(1, "three", text=TEXT, annotations=annotations)])
    consensus.fresh(news)
    assert Consensus.objects.get(item__external_id="three").value == [span(4, 5)]


def test_spans_go_by_form_rest_review_and_export(news, client, ann, rita):
    lease = lease_next(news, ann)
    client.force_login(ann)
    page = client.get(f"/projects/{news.pk}/label/").content.decode()
    assert 'name="spans"' in page
    url = f"/api/assignments/{lease.pk}/annotation/"
    refused = client.put(url, {"value": [span(0, 99)]}, content_type="application/json")
    assert (refused.status_code, "39 code points" in refused.json()["value"][0]) == (400, True)
    form = {"assignment": lease.pk, "spans": "Person: Otto", "act": "submit"}
    client.post(f"/projects/{news.pk}/label/", form)
    assert Annotation.objects.get(item__external_id="two").value == [span(10, 14)]

    client.force_login(rita)
    review = client.get(f"/projects/{news.pk}/review/?order=unsure").content.decode()
    assert '<mark data-color="#0072b2">' in review
    for address in ("", "items/", "agreement/", "people/"):
        assert client.get(f"/projects/{news.pk}/{address}").status_code == 200, address
    assert client.get(f"/items/{lease.item_id}/").status_code == 200
    rows = [orjson.loads(line) for line in b"".join(exports.export(news, "jsonl")).splitlines()]
    assert {row["external_id"]: row["consensus"] for row in rows}["two"] == [span(10, 14)]


def test_a_reviewer_corrects_by_the_words(news, client, rita, ann):
    consensus.fresh(news)
    answer = Annotation.objects.get(annotator=ann)
    client.force_login(rita)
    form = {"item": answer.item_id, "annotation": answer.pk, "act": "correct", "spans": "Place: Rome"}
    client.post(f"/projects/{news.pk}/review/", form)
    answer.refresh_from_db()
    assert answer.value == [span(18, 22, "Place")]


def test_renaming_a_label_renames_it_in_spans(news, mona):
    people = [LabelRow("Human", id=news.labels.get(name="Person").pk), LabelRow("Place")]
    setup.set_labels(news, mona, people)
    assert {part["label"] for part in Annotation.objects.first().value} <= {"Human", "Place"}


def test_a_long_text_is_drawn_around_its_spans():
    text = f"{'before ' * 200}Rome{' behind' * 200}"
    drawn = spans.draw([span(1400, 1404, "Place")], shows(text), spec())
    assert "Rome<small>Place</small>" in drawn
    assert len(drawn) < 400


def test_overlapping_spans_are_drawn_with_both_names():
    drawn = spans.draw([span(0, 9), span(0, 3, "Place")], shows(TEXT), spec(overlap="free"))
    assert ("Ann<small>Place</small>" in drawn, "met<small>Person</small>" in drawn) == (True, True)


@pytest.mark.parametrize("name", ["conll", "doccano", "label_studio", "prodigy", "spacy"])
def test_what_other_tools_read_holds_the_consensus(news, client, mona, name):
    client.force_login(mona)
    page = client.get(f"/projects/{news.pk}/export/").content.decode()
    assert f'value="{name}"' in page
    assert 'value="coco"' not in page
    response = client.get(f"/api/projects/{news.pk}/export/?format={name}")
    entry = datasets.registry.load(name)
    data = b"".join(response.streaming_content)
    examples = {example.external_id: example for example in entry.read({f"news{entry.suffix}": data})}
    assert examples["one"].text == TEXT
    assert examples["one"].value == [span(0, 3), span(10, 14), span(18, 22, "Place")]


def test_where_spacy_is_missing_its_binary_format_is_not_offered_and_says_what_to_install(
    news, client, mona, monkeypatch
):
    for module in ("spacy", "spacy.tokens", "spacy.vocab"):
        monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setattr(export_formats, "find_spec", lambda name: None)
    client.force_login(mona)
    assert 'value="docbin"' not in client.get(f"/projects/{news.pk}/export/").content.decode()
    response = client.get(f"/api/projects/{news.pk}/export/?format=docbin")
    assert response.status_code == 400
    assert "which is not installed here: pip install spacy" in response.content.decode()


def test_a_format_for_pictures_is_refused_for_spans(news, client, mona):
    client.force_login(mona)
    response = client.get(f"/api/projects/{news.pk}/export/?format=voc")
    assert response.status_code == 400
    assert (
        "voc has no place for answers of the type spans about text; there is conll, doccano"
        in response.content.decode()
    )


def test_suggestions_of_a_removed_label_go_with_it(news, mona):
    item = news.items.get(external_id="two")
    for model, label in [("a", "Place"), ("b", "Person")]:
        Suggestion.objects.create(
            project=news, item=item, model=model, value=[span(0, 3, label)], created_at=item.created_at
        )
    Annotation.objects.all().delete()
    setup.set_labels(news, mona, [LabelRow("Person", id=news.labels.get(name="Person").pk)])
    assert list(Suggestion.objects.values_list("model", flat=True)) == ["b"]


@pytest.mark.parametrize("name", ["conll", "doccano", "prodigy", "spacy", "label_studio"])
def test_what_was_exported_for_other_tools_is_imported_again(news, make_project, mona, name):
    consensus.fresh(news)
    data = b"".join(exports.export(news, name))
    other = make_project(labels=LABELS, task_type="spans", learning=False)
    reader = readers.for_file(exports.file_name(news, name), None)
    report = import_records(other, reader.read(io.BytesIO(data)))
    assert not report.rejected, report.rejected
    item = other.items.get(external_id="one")
    consensus.fresh(other)
    agreed = Consensus.objects.filter(item=item).values_list("value", flat=True).first()
    assert (item.text, item.gold or agreed) == (TEXT, [span(0, 3), span(10, 14), span(18, 22, "Place")])


def test_a_second_file_without_names_takes_nothing_from_the_first(make_project):
    project = make_project(labels=LABELS, task_type="spans")
    for data in (b"-DOCSTART- -X- O O\n\nAnn B-Person\n", b"-DOCSTART- -X- O O\n\nParis B-Place\n"):
        report = import_records(project, readers.for_file("part.conll", None).read(io.BytesIO(data)))
        assert (report.created, report.rejected) == (1, [])
    assert sorted(project.items.values_list("text", flat=True)) == ["Ann", "Paris"]


def test_a_span_that_does_not_fit_the_text_is_rejected_with_its_row(make_project):
    project = make_project(labels=LABELS, task_type="spans")
    lines = b'{"text": "Ann", "entities": [[0, 3, "Person"]]}\n{"text": "Ann", "entities": [[0, 9, "Person"]]}\n'
    report = import_records(project, readers.for_file("a.jsonl", None).read(io.BytesIO(lines)))
    assert [row["row"] for row in report.rejected] == [2]
    assert "has 3 code points" in report.rejected[0]["error"]


def test_the_agreement_page_tells_finding_calling_and_drawing_apart(news, client, mona):
    client.force_login(mona)
    page = client.get(f"/projects/{news.pk}/agreement/").content.decode()
    assert page.count("Do they ") == 3
    assert "nan" not in page
    assert "Each label is a question of its own" not in page


def related(*labels: str) -> dict:
    """Ann met Otto, and whatever else."""
    spans_ = [{"id": 0, **span(0, 3)}, {"id": 1, **span(10, 14)}]
    return {"spans": spans_, "relations": [{"from": 0, "to": 1, "label": label} for label in labels]}


def test_relations_are_those_of_the_project():
    assert spans.clean(related("met"), spec(relations="met, left"), shows(TEXT)) == related("met")
    with pytest.raises(ValueError, match="no relation 'knows'; relations are met, left"):
        spans.clean(related("knows"), spec(relations="met, left"), shows(TEXT))
    with pytest.raises(ValueError, match="the project has no relations"):
        spans.clean(related("met"), spec(), shows(TEXT))


def test_relations_of_quoted_words_and_of_lines():
    value = {"spans": [{"quote": "Ann", "label": "Person"}, {"quote": "Otto", "label": "Person"}],
             "relations": [{"from": 0, "to": 1, "label": "met"}]}  # fmt: skip
    assert spans.clean(value, spec(relations="met"), shows(TEXT)) == related("met")
    form = QueryDict(mutable=True)
    form["spans"] = "Person: Ann\n10 14 Person\n1 -> 2 met"
    value = spans.from_form(form, spec(relations="met"))
    assert spans.clean(value, spec(relations="met"), shows(TEXT)) == related("met")


def test_relations_follow_labels_that_are_renamed_and_leave_with_their_spans():
    parts = spans.parts(related("met"))
    renamed = [part._replace(label="Place") for part in parts]
    assert spans.rebuild(related("met"), renamed)["relations"] == related("met")["relations"]
    assert spans.rebuild(related("met"), parts[:1]) == [span(0, 3)]


@pytest.fixture
def meetings(news) -> Project:
    """The news with relations: two of three people say that Ann met Otto."""
    news.options = {**news.options, "relations": "met, left"}
    news.save()
    value = related("met")
    annotations = [{"annotator": name, "value": value} for name in ("ann", "abe")]
    annotations.append({"annotator": "mona", "value": [span(0, 3), span(10, 14)]})
    report = import_records(news, [Record(1, "three", text=TEXT, annotations=annotations)])
    assert not report.rejected
    consensus.fresh(news)
    return news


def test_people_agree_on_a_relation_and_pages_and_exports_tell_it(meetings, client, rita):
    item = meetings.items.get(external_id="three")
    assert item.consensus.value == related("met")
    client.force_login(rita)
    assert "<small>met →</small> Otto" in client.get(f"/items/{item.pk}/").content.decode()
    line = next(line for line in exports.datasets.write(meetings, "doccano", [item.pk]))
    assert orjson.loads(line)["relations"] == [{"id": 0, "from_id": 0, "to_id": 1, "type": "met"}]


def test_reviewers_see_how_probable_each_relation_is_and_which_were_left_out(meetings, client, rita, ann):
    annotation = Annotation.objects.get(item__external_id="three", annotator=ann)
    annotation.value = related("left", "met")
    annotation.save()
    ConsensusDue.objects.create(project=meetings, item=annotation.item)
    consensus.fresh(meetings)
    item = meetings.items.get(external_id="three")
    relations = [part for part in item.consensus.parts if "from" in part]
    ends = {"from": span(0, 3), "to": span(10, 14)}
    assert relations == [
        {**ends, "label": "left", "probability": 0.375, "votes": 1},
        {**ends, "label": "met", "probability": 0.625, "votes": 2},
    ]
    client.force_login(rita)
    page = client.get(f"/projects/{meetings.pk}/review/?item={item.pk}").content.decode()
    words = " ".join(re.sub(r"<[^>]*>", " ", page).split())
    assert "Ann met → Otto 63&#8239;%, 2 votes Ann left → Otto 38&#8239;%, 1 vote, left out" in words


def test_a_reviewers_draft_has_the_relations_with_those_left_out_as_suggestions(meetings):
    agreed = meetings.items.get(external_id="three").consensus
    agreed.parts.append({"from": span(10, 14), "to": span(0, 3), "label": "left", "probability": 0.2, "votes": 1})
    draft = drafted(agreed)
    assert [(part["id"], part["start"]) for part in draft["spans"]] == [(0, 0), (1, 10)]
    assert draft["relations"] == [
        {"from": 0, "to": 1, "label": "met", "probability": 0.625},
        {"from": 1, "to": 0, "label": "left", "probability": 0.2, "suggested": True},
    ]
    agreed.value = [span(0, 3)]  # as a reviewer corrected it
    assert [row["label"] for row in drafted(agreed)["relations"]] == ["met", "left"]
    assert all(row["suggested"] for row in drafted(agreed)["relations"])


def test_an_answer_with_relations_is_submitted_with_its_origins(meetings, client, otto):
    Membership.objects.create(project=meetings, user=otto, role=Role.ANNOTATOR)
    client.force_login(otto)
    (lease,) = client.post(f"/api/projects/{meetings.pk}/assignments/", {"count": 1}, "application/json").json()
    body = {"value": related("met"), "origins": ["drawn", "accepted"]}
    stored = client.put(f"/api/assignments/{lease['id']}/annotation/", body, "application/json")
    assert stored.status_code in (200, 201), stored.json()
    annotation = Annotation.objects.latest("pk")
    assert annotation.value == related("met")
    assert annotation.part_origins == ["drawn", "accepted"]
