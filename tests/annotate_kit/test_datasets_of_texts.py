"""The files of other labelling tools about texts."""

import io
import random
import sys
import zlib

import orjson
import pytest

from annotate_kit.formats import readers
from annotate_kit.formats.datasets import Example, registry
from annotate_kit.formats.readers import Unreadable
from annotate_kit.formats.records import Rejected
from tests.annotate_kit.dataset_files import TEXTS, read


class TestDocBin:
    VALUE = [{"start": 0, "end": 4, "label": "PER"}, {"start": 12, "end": 19, "label": "LOC"}]

    def test_without_spacy_it_says_what_to_install(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "spacy.tokens", None)
        monkeypatch.setitem(sys.modules, "spacy", None)
        docbin = registry.load("docbin")
        with pytest.raises(Unreadable, match="spaCy, which is not installed here: pip install spacy"):
            list(docbin.read({"x.spacy": b""}))
        with pytest.raises(ValueError, match="spaCy, which is not installed here: pip install spacy"):
            docbin.write([Example("x", "Anna", value=[])])

    def test_spacy_reads_what_is_written(self):
        tokens = pytest.importorskip("spacy.tokens", reason="spaCy is not installed: what DocBin holds is not checked")
        vocab = pytest.importorskip("spacy.vocab").Vocab()
        overlapping = [*self.VALUE, {"start": 0, "end": 7, "label": "NP"}]
        examples_written = [Example("a", TEXTS[0][:35], value=value) for value in (self.VALUE, overlapping, None)]
        data = registry.load("docbin").write([example.cleaned() for example in examples_written])
        named, grouped, unsettled = tokens.DocBin().from_bytes(data).get_docs(vocab)
        assert [(span.text, span.label_) for span in named.ents] == [
            (named.text[span["start"] : span["end"]], span["label"]) for span in self.VALUE
        ]
        assert sorted(span.label_ for span in grouped.spans["sc"]) == ["LOC", "NP", "PER"]
        assert not unsettled.has_annotation("ENT_IOB")
        assert named.user_data["external_id"] == "a"

    def test_spacy_finds_every_span_at_its_code_points(self):
        """In texts of emoji, flags, marks that combine, other directions and white space; overlapping and not."""
        tokens = pytest.importorskip("spacy.tokens", reason="spaCy is not installed: what DocBin holds is not checked")
        vocab = pytest.importorskip("spacy.vocab").Vocab()
        rng = random.Random(0)
        examples = [self.random_example(rng, f"text-{n}", may_overlap=n % 2 == 1) for n in range(200)]
        data = registry.load("docbin").write(examples)
        for example, doc in zip(examples, tokens.DocBin().from_bytes(data).get_docs(vocab), strict=True):
            spans = [*doc.ents, *(span for group in doc.spans.values() for span in group)]
            read_back = sorted((span.start_char, span.end_char, span.label_) for span in spans)
            assert doc.text == example.text
            assert read_back == sorted((span["start"], span["end"], span["label"]) for span in example.value)
            assert all(span.text == example.text[span.start_char : span.end_char] for span in spans)
        assert read("docbin", data, "x.spacy") == examples

    def random_example(self, rng, name, may_overlap):
        pieces = [
            "a",
            "b",
            "Ω",
            "e\u0301",
            "שלום",
            "🎉",
            "🇩🇪",
            "👩‍👧",
            "don't",
            ".",
            "-",
            " ",
            " ",
            "  ",
            "\n",
            "\t",
            "\u00a0",
        ]
        text = "".join(rng.choice(pieces) for _ in range(rng.randint(1, 25)))
        places = set()
        for _ in range(4):
            start = rng.randrange(len(text))
            place = (start, rng.randint(start + 1, len(text)))
            if may_overlap or not any(place[0] < end and begin < place[1] for begin, end in places):
                places.add(place)
        value = [{"start": start, "end": end, "label": "X"} for start, end in sorted(places)]
        return Example(name, text, value=value)

    def test_a_file_that_is_none_is_refused(self):
        pytest.importorskip("spacy.tokens", reason="spaCy is not installed")
        for data in (b"", b"nothing", zlib.compress(b"x")):
            with pytest.raises(Unreadable, match=r"x\.spacy is no DocBin"):
                read("docbin", data, "x.spacy")


class TestConll:
    def test_conll_2003_is_read(self):
        first = b"-DOCSTART- -X- -X- O\n\nEU NNP B-NP B-ORG\nrejects VBZ B-VP O\n"
        data = first + b"New NNP B-NP B-LOC\nYork NNP I-NP I-LOC\n\nPeter NNP B-NP B-PER\n"
        (example,) = read("conll", data)
        assert example.text == "EU rejects New York\nPeter"
        assert [(example.text[span["start"] : span["end"]], span["label"]) for span in example.value] == [
            ("EU", "ORG"), ("New York", "LOC"), ("Peter", "PER"),
        ]  # fmt: skip

    @pytest.mark.parametrize(
        "tags", ["I-A I-A O I-B B-B", "B-A I-A O B-B B-B", "B-A E-A O S-B S-B", "B-A L-A O U-B U-B"]
    )
    def test_iob1_iob2_bioes_and_bilou_mean_the_same(self, tags):
        data = "\n".join(f"w{n} {tag}" for n, tag in enumerate(tags.split()))
        (example,) = read("conll", data.encode())
        assert [(span["start"], span["end"]) for span in example.value] == [(0, 5), (9, 11), (12, 14)]

    @pytest.mark.parametrize(("data", "reason"), [
        ("a\nb O", "a row is a token and its tag"),
        ("a PER", "a tag is O, B-LABEL or I-LABEL; this is 'PER'"),
        ('# id = x\n# text = "cat"\ndog\t0\tO', "at 0 the text has 'cat', and the token is 'dog'"),
    ])  # fmt: skip
    def test_a_wrong_row_is_named(self, data, reason):
        (rejected,) = read("conll", data.encode())
        assert reason in rejected.error

    @pytest.mark.parametrize(("value", "reason"), [
        ([(0, 4), (2, 6)], "spans of 'x' overlap at 2"), ([(0, 5)], "begins or ends with white space"),
    ])  # fmt: skip
    def test_what_tags_cannot_say_is_refused(self, value, reason):
        example = Example("x", "Anna met", value=[{"start": a, "end": b, "label": "PER"} for a, b in value])
        with pytest.raises(ValueError, match=reason):
            registry.load("conll").write([example])

    def test_a_span_may_cut_a_word_and_cross_a_line(self):
        example = Example(
            "x",
            "Iranian\nBank",
            value=[{"start": 0, "end": 4, "label": "LOC"}, {"start": 4, "end": 12, "label": "ORG"}],
        )
        assert read("conll", registry.load("conll").write([example])) == [example]


class TestTexts:
    def test_spacy_of_older_versions_is_read(self):
        data = b'["Anna met", {"entities": [[0, 4, "PER"]]}]\n{"text": "Bo", "entities": [[0, 2, "PER"]]}'
        assert [item.value for item in read("spacy", data)] == [
            [{"start": 0, "end": 4, "label": "PER"}], [{"start": 0, "end": 2, "label": "PER"}],
        ]  # fmt: skip

    def test_prodigy_has_tokens_and_leaves_out_what_was_rejected(self):
        example = Example("x", "Anna met", value=[{"start": 0, "end": 4, "label": "PER"}])
        line = orjson.loads(registry.load("prodigy").write([example]))
        assert line["spans"] == [{"start": 0, "end": 4, "label": "PER", "token_start": 0, "token_end": 0}]
        assert [token["ws"] for token in line["tokens"]] == [True, False]
        assert read("prodigy", orjson.dumps({**line, "answer": "reject"}))[0].value is None

    def test_of_choices_prodigys_options_say_what_was_chosen(self):
        options = [{"id": 1, "text": "Positive"}, {"id": "NEG", "text": "Negative"}]
        row = {"text": "a", "options": options, "answer": "accept"}
        rows = [{**row, "accept": [1]}, {**row, "text": "b", "accept": ["NEG"]}, {**row, "text": "c", "accept": []}]
        chosen = read("prodigy", b"\n".join(map(orjson.dumps, rows)), kind="single_choice")
        assert [example.value for example in chosen] == ["Positive", "NEG", None]
        (rejected,) = read("prodigy", b'{"text": "a", "label": "NEG", "answer": "accept"}', kind="multiple_choice")
        assert "it has no options to choose from" in rejected.error

    def test_spacys_categories_among_spans_are_left_out_and_named(self):
        row = {"text": "Anna", "spans": [{"start": 0, "end": 4, "label": "PER"}], "cats": {"good": 0.75, "bad": 0.25}}
        example, rejected = read("spacy", orjson.dumps(row))
        assert (example.value, rejected.row) == (row["spans"], 1)
        assert "categories (cats), which are left out here" in rejected.error
        (example,) = read("spacy", orjson.dumps(row), kind="single_choice")
        assert example.value == "good"

    def test_doccano_with_relations_is_read(self):
        row = {"id": 3, "text": "Anna", "entities": [{"id": 1, "start_offset": 0, "end_offset": 4, "label": "PER"}]}
        assert read("doccano", orjson.dumps(row)) == [
            Example("3", "Anna", value=[{"start": 0, "end": 4, "label": "PER"}])
        ]

    @pytest.mark.parametrize("name", ["spacy", "prodigy", "doccano"])
    def test_a_wrong_line_is_rejected_by_its_number(self, name):
        good = registry.load(name).write([Example("x", "Anna", value=[{"start": 0, "end": 4, "label": "PER"}])])
        bad = [b"{", b"[3]", b"{}", b'{"text": 3, "label": [], "spans": []}', good.replace(b"4", b"9").strip()]
        rows = read(name, good + b"\n".join(bad))
        rejected = {item.row: item.error for item in rows if isinstance(item, Rejected)}
        assert set(rejected) == {2, 3, 4, 5, 6}
        assert "broken JSON" in rejected[2]
        assert "text" in rejected[4]
        assert "ends behind the text, which has 4 code points" in rejected[6]

    def test_brat_is_read(self):
        ann = b"T1\tPER 0 4\tAnna\nR1\tknows Arg1:T1 Arg2:T2\n#1\tNote\nT2\tPER 9 11\tBo\n"
        files = {"d/a.txt": b"Anna met Bo", "d/a.ann": ann, "b.txt": b"x"}
        rejected, rows, left_out = registry.load("brat").read(files)
        assert rows == Example("d/a", "Anna met Bo", value={
            "spans": [
                {"id": 0, "start": 0, "end": 4, "label": "PER"},
                {"id": 1, "start": 9, "end": 11, "label": "PER"},
            ],
            "relations": [{"from": 0, "to": 1, "label": "knows"}],
        })  # fmt: skip
        assert "b.txt has no b.ann beside it" in rejected.error
        assert left_out.error.startswith("left out: 1 notes; ")
        (pieces,) = registry.load("brat").read({"a.txt": b"Anna met", "a.ann": b"T1\tPER 0 4;6 8\tAnna et"})
        assert "a.ann, line 1" in pieces.error


RELATED = {
    "spans": [
        {"id": 0, "start": 2, "end": 6, "label": "PER"},
        {"id": 1, "start": 14, "end": 18, "label": "ORG"},
        {"id": 2, "start": 22, "end": 26, "label": "LOC"},
    ],
    "relations": [{"from": 0, "to": 1, "label": "works for"}, {"from": 1, "to": 2, "label": "is in"}],
}


@pytest.mark.parametrize("name", ["prodigy", "doccano", "label_studio"])
def test_relations_between_spans_come_back(name):
    entry = registry.load(name)
    example = Example("one", "🎉 Anna runs a ACME in Rome.", value=RELATED)
    (back,) = entry.read({f"all{entry.suffix}": entry.write([example])})
    assert back.value == RELATED


def test_prodigy_names_the_end_of_a_relation_by_a_token_alone():
    tokens = [{"text": "Anna", "start": 0, "end": 4, "id": 0}, {"text": "Rome", "start": 8, "end": 12, "id": 2}]
    spans = [{"start": token["start"], "end": token["end"], "token_start": token["id"], "token_end": token["id"],
              "label": "X"} for token in tokens]  # fmt: skip
    row = {"text": "Anna in Rome", "tokens": tokens, "spans": spans, "answer": "accept",
           "relations": [{"head": 0, "child": 2, "label": "lives in"}]}  # fmt: skip
    (example,) = registry.load("prodigy").read({"all.jsonl": orjson.dumps(row)})
    assert example.value["relations"] == [{"from": 0, "to": 1, "label": "lives in"}]
    row["relations"][0]["head"] = 1
    (rejected,) = registry.load("prodigy").read({"all.jsonl": orjson.dumps(row)})
    assert "head is token 1, which no span has" in rejected.error


def test_relations_of_brat_are_read():
    lines = "T1\tPER 0 4\tAnna\nT2\tLOC 8 12\tRome\nR1\tlives-in Arg1:T1 Arg2:T2\n"
    (example,) = registry.load("brat").read({"a.txt": b"Anna in Rome", "a.ann": lines.encode()})
    assert example.value["relations"] == [{"from": 0, "to": 1, "label": "lives-in"}]
    (rejected,) = registry.load("brat").read({"a.txt": b"Anna in Rome", "a.ann": b"R1 lives-in T1 T2"})
    assert "it should be like R1<tab>LABEL Arg1:T1 Arg2:T2" in rejected.error


@pytest.mark.parametrize("name", ["conll", "spacy"])
def test_what_has_no_place_for_relations_keeps_the_spans(name):
    entry = registry.load(name)
    example = Example("one", "🎉 Anna runs a ACME in Rome.", value=RELATED)
    (back,) = entry.read({f"all{entry.suffix}": entry.write([example])})
    assert [span["label"] for span in back.value] == ["PER", "ORG", "LOC"]


class TestNames:
    """What an item is called whose file has no name for it."""

    FILES = (
        ("conll", "one.conll", b"Anna B-PER\n", b"Bo B-PER\n"),
        ("ndjson", "spacy.jsonl", b'{"text": "Anna", "entities": [[0, 4, "PER"]]}',
         b'{"text": "Bo", "entities": [[0, 2, "PER"]]}'),
        ("ndjson", "doccano.jsonl", b'{"text": "Anna", "label": [[0, 4, "PER"]]}',
         b'{"text": "Bo", "label": [[0, 2, "PER"]]}'),
    )  # fmt: skip

    @pytest.mark.parametrize(("reader", "name", "first", "second"), FILES, ids=[name for _, name, _, _ in FILES])
    def test_the_next_file_does_not_name_its_items_as_the_first(self, reader, name, first, second):
        rows = [row for data in (first, second) for row in readers.registry.load(reader).read(io.BytesIO(data))]
        assert [(row.text, row.external_id) for row in rows] == [("Anna", None), ("Bo", None)]

    def test_lines_of_prodigy_are_one_item_only_where_their_texts_are_the_same(self):
        long = "a" * 300
        lines = [{"text": long + end, "answer": "accept", "spans": [{"start": 300, "end": 301, "label": end}]}
                 for end in "bc"]  # fmt: skip
        items = read("prodigy", b"\n".join(map(orjson.dumps, lines)))
        assert [(each.text[300:], each.value[0]["label"]) for each in items] == [("b", "b"), ("c", "c")]


class TestCommentsOfConll:
    def test_the_plain_text_of_conll_u_is_a_comment(self):
        data = b'# sent_id = 1\n# text = Anna left\nAnna B-PER\nleft O\n\n# text = "Go," she said\nGo O\n'
        (example,) = read("conll", data)
        assert (example.text, example.value) == ("Anna left\nGo", [{"start": 0, "end": 4, "label": "PER"}])

    def test_a_hard_space_is_part_of_its_token(self):
        (example,) = read("conll", "10\u00a0km B-LONG\n".encode())
        assert (example.text, example.value) == ("10\u00a0km", [{"start": 0, "end": 5, "label": "LONG"}])
