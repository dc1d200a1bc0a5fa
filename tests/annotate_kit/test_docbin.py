"""spaCy's DocBin as spaCy's users make it; left out where spaCy is not installed."""

import io

import pytest

from annotate_kit.formats import readers
from annotate_kit.formats.records import Rejected

spacy = pytest.importorskip("spacy", reason="spaCy is not installed")

PER = [{"start": 0, "end": 4, "label": "PER"}]


def doc(*entities, text: str = "Anna left Rome", **of_doc):
    document = spacy.blank("en")(text)
    document.set_ents([document.char_span(start, end, label=label) for start, end, label in entities])
    document.cats = of_doc.get("cats", {})
    return document


def read(*docs, kind: str = "spans") -> list:
    data = spacy.tokens.DocBin(docs=docs, store_user_data=True).to_bytes()
    return list(readers.rows(readers.registry.load("docbin"), io.BytesIO(data), kind=kind))


def test_what_nobody_annotated_has_no_gold():
    annotated, none_in_it, untouched = read(doc((0, 4, "PER")), doc(), spacy.blank("en")("Anna left Rome"))
    assert (annotated.gold, none_in_it.gold, untouched.gold) == (PER, [], None)


def test_a_span_that_is_an_entity_and_in_a_group_is_one():
    both = doc((0, 4, "PER"))
    both.spans["sc"] = [spacy.tokens.Span(both, 0, 1, "PER"), spacy.tokens.Span(both, 0, 3, "EVENT")]
    (row,) = read(both)
    assert row.gold == [*PER, {"start": 0, "end": 14, "label": "EVENT"}]


def test_a_text_that_is_annotated_in_part_is_refused():
    part = spacy.blank("en")("Anna left Rome")
    part.set_ents([spacy.tokens.Span(part, 0, 1, "PER")], default="missing")
    (rejected,) = read(part)
    assert rejected.external_id is None
    assert rejected.error.startswith("of 2 tokens it is not told whether they are in entities (missing)")


def test_what_is_left_out_is_told():
    linked = doc(cats={"news": 1.0})
    linked.ents = [spacy.tokens.Span(linked, 0, 1, "PER", kb_id="Q1")]
    row, rejected = read(linked)
    assert row.gold == PER
    assert rejected.error == (
        "left out: knowledge base ids of 1 spans, categories, which go into a project of single or multiple choice; "
        "spans are read"
    )


def test_categories_are_answers_in_projects_of_choices():
    cats = {"news": 0.9, "sport": 0.1, "arts": 0.6}
    assert read(doc(cats=cats), kind="multiple_choice")[0].gold == ["news", "arts"]
    assert read(doc(cats={"news": 1.0, "sport": 0.0}), kind="single_choice")[0].gold == "news"
    (several,) = read(doc(cats=cats), kind="single_choice")
    assert "a single choice is one category" in several.error
    (wrong,) = read(doc((0, 4, "PER")), kind="single_choice")
    assert isinstance(wrong, Rejected)
    assert wrong.error == "it has spans and no categories (cats); spans go into a project of spans"
