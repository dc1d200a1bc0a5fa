"""brat's folders as brat and its users leave them."""

import pytest

from annotate_kit.formats.datasets import registry
from annotate_kit.formats.records import Rejected
from tests.annotate_kit.test_annotated_zips import errors, picture, read

brat = registry.load("brat")


def both(text: str | bytes, *lines: str, end: str = "\n") -> list:
    data = text if isinstance(text, bytes) else text.encode()
    return list(brat.read({"d/a.txt": data, "d/a.ann": "".join(f"{line}{end}" for line in lines).encode()}))


def spans(text: str | bytes, *lines: str, **how) -> list[tuple[str, str]]:
    """The text of each span and its label."""
    (example,) = both(text, *lines, **how)
    assert not isinstance(example, Rejected), example.error
    return [(example.text[span["start"] : span["end"]], span["label"]) for span in example.value]


class TestOffsets:
    def test_line_ends_of_windows_count_as_two_and_are_one(self):
        text = b"Anna\r\nmet\r\nBo"
        for behind in ("\tBo", ""):
            assert spans(text, "T1\tPER 0 4\tAnna", f"T2\tPER 11 13{behind}", end="\r\n") == [
                ("Anna", "PER"),
                ("Bo", "PER"),
            ]
        assert both(text, "T1\tPER 0 4")[0].text == "Anna\nmet\nBo"

    def test_where_a_tool_counted_them_as_one_the_text_tells(self):
        assert spans(b"Anna\r\nmet\r\nBo", "T1\tPER 9 11\tBo") == [("Bo", "PER")]

    @pytest.mark.parametrize("start", [5, 6])
    def test_a_byte_order_mark_may_count(self, start):
        text = b"\xef\xbb\xbfAnna\nBo"
        assert spans(text, f"T1\tPER {start} {start + 2}\tBo") == [("Bo", "PER")]

    @pytest.mark.parametrize("start", [7, 8])
    def test_a_byte_order_mark_and_line_ends_of_windows(self, start):
        assert spans(b"\xef\xbb\xbfAnna \r\nBo", f"T1\tPER {start} {start + 2}\tBo") == [("Bo", "PER")]

    @pytest.mark.parametrize("start", [2, 3])
    def test_units_of_utf_16_are_told_by_the_text(self, start):
        assert spans("👋 Anna", f"T1\tPER {start} {start + 4}\tAnna") == [("Anna", "PER")]

    def test_tabs_and_blanks_behind_are_no_matter(self):
        assert spans("Anna\tB", "T1\tPER 0 6\tAnna\tB", "", "  ") == [("Anna\tB", "PER")]

    def test_offsets_that_fit_nothing_are_refused_with_what_stands_there(self):
        (rejected,) = both("Anna met Bo", "T1\tPER 1 5\tAnna")
        assert rejected.error == "d/a.ann, line 1: at 1 5 the text has 'nna ', not 'Anna'"


class TestPieces:
    def test_a_span_that_crosses_a_line_is_one_although_brat_cuts_it(self):
        assert spans("Anna\nBerg left", "T1\tPER 0 4;5 9\tAnna Berg") == [("Anna\nBerg", "PER")]

    def test_pieces_with_words_between_are_refused(self):
        (rejected,) = both("Anna and Bo Berg", "T1\tPER 0 4;12 16\tAnna Berg")
        assert rejected.error == "d/a.ann, line 1 is a span in 2 pieces; write a span for each, or leave it out"


def test_what_is_left_out_is_told_of_each_text():
    example, rejected = both(
        "Anna hired Bo",
        "T1\tPER 0 4\tAnna",
        "T2\tHire 5 10\thired",
        "E1\tHire:T2 Who:T1",
        "A1\tNegated E1",
        "M2\tSure E1",
        "N1\tReference T1 Wikipedia:534366\tAnna",
        "#1\tAnnotatorNotes T1\twho?",
        "*\tEquiv T1 T2",
        "R1\tby Arg1:E1 Arg2:T1\t",
        "R2\tof Arg1:T2 Arg2:T1\t",
    )
    assert [row["label"] for row in example.value["relations"]] == ["of"]
    assert (rejected.external_id, rejected.error) == (
        "d/a",
        "left out: 1 events, 2 attributes, 1 normalisations, 1 notes, 1 equivalences, 1 relations of events; "
        "spans and relations between spans are read",
    )


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("T1 PER 0 4 Anna", "d/a.ann, line 1 is 'T1 PER 0 4 Anna'; it should be like T1<tab>LABEL 0 4<tab>text"),
        ("Anna PER", "d/a.ann, line 1 is 'Anna PER'; a line begins with T, R, E, A, M, N, #, *"),
        ("X1\tPER 0 4", "d/a.ann, line 1 is 'X1\\tPER 0 4'; a line begins with T, R, E, A, M, N, #, *"),
        ("T1\tPER 0 99", "ends behind the text, which has 4 code points"),
    ],
)
def test_a_line_that_is_none_is_named_with_what_would_be_right(line, error):
    *_, rejected = both("Anna", line)
    assert error in rejected.error


def test_files_that_lack_each_other_are_named():
    rows = list(brat.read({"a.txt": b"Anna", "b.ann": b""}))
    assert [(row.external_id, row.error) for row in rows] == [
        ("a", "a.txt has no a.ann beside it; an empty one says that there are no spans"),
        ("b", "b.ann has no b.txt beside it, the text that it is about"),
    ]


class TestZips:
    FILES = {
        "corpus/annotation.conf": b"[entities]\nPER\n",
        "corpus/1.txt": b"Anna met Bo",
        "corpus/1.ann": b"T1\tPER 0 4\tAnna\n",
        "corpus/2.txt": b"Nobody",
        "corpus/2.ann": b"",
    }

    def test_a_zip_of_brats_texts_fills_a_project_of_spans(self):
        annotated, empty = read("spans", self.FILES)
        assert (annotated.external_id, annotated.text) == ("corpus/1", "Anna met Bo")
        assert annotated.gold == [{"start": 0, "end": 4, "label": "PER"}]
        assert (empty.text, empty.gold) == ("Nobody", [])

    def test_what_else_is_in_it_is_named(self):
        rows = read("spans", {**self.FILES, "a.png": picture()})
        assert errors(rows) == ["'a.png' is left out: a text of brat is .txt with .ann"]

    def test_in_another_project_it_is_told_where_it_goes(self):
        messages = errors(read("single_choice", self.FILES))
        assert messages.count("corpus/1.ann is of brat, whose texts go into a project of spans") == 1
