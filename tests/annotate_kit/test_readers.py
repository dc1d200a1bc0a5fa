"""Every reader gives records, rejects bad rows with a reason, and says why a file is unreadable."""

import io
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotate_kit.formats.readers import Unreadable, for_file, registry
from annotate_kit.formats.records import Record
from annotate_kit.formats.writers import registry as writers
from tests.annotate_kit.files import GOOD, read


@pytest.mark.parametrize("name", [name for name in registry.names if name in GOOD])
class TestEveryReader:
    def test_gives_its_rows_in_order_and_counts_from_one(self, name):
        rows = read(registry.load(name), GOOD[name])
        assert [row.row for row in rows] == [1, 2]
        assert all(isinstance(row, Record) for row in rows)
        assert rows[0].external_id == "a"

    def test_is_found_by_content_type_and_by_suffix(self, name):
        reader = registry.load(name)
        for content_type in reader.content_types:
            assert for_file("upload", f"{content_type.upper()}; charset=utf-8") is reader
        for suffix in reader.suffixes:
            assert for_file(f"My File{suffix.upper()}", "application/octet-stream") is reader

    def test_says_that_an_empty_file_is_empty(self, name):
        with pytest.raises(Unreadable, match="the file is empty"):
            read(registry.load(name), b"")

    def test_reads_a_stream_that_gives_a_few_bytes_at_a_time_and_cannot_go_back(self, name):
        class Trickle(io.RawIOBase):
            remaining = GOOD[name]

            def readable(self):
                return True

            def read(self, size=-1):
                some, self.remaining = self.remaining[:3], self.remaining[3:]
                return some

        assert list(registry.load(name).read(Trickle())) == read(registry.load(name), GOOD[name])

    @given(content=st.binary(max_size=200))
    @settings(max_examples=100, deadline=None)
    def test_arbitrary_bytes_are_rejected_or_unreadable_but_never_crash(self, name, content):
        self.survives(name, content)

    @given(cut=st.integers(0, 4000), flips=st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), max_size=4))
    @settings(max_examples=100, deadline=None)
    def test_a_damaged_file_is_rejected_or_unreadable_but_never_crashes(self, name, cut, flips):
        content = bytearray(GOOD[name])
        for place, byte in flips:
            content[place % len(content)] = byte
        self.survives(name, bytes(content[: cut % (2 * len(content))]))

    @staticmethod
    def survives(name, content):
        if name == "xlsx":
            return  # a process each: see test_spreadsheets
        try:
            for row in registry.load(name).read(io.BytesIO(content)):
                assert isinstance(row, Record) or row.error
        except Unreadable as error:
            assert str(error)


def test_only_what_needs_a_package_that_is_not_here_is_left_out_above():
    assert set(registry.names) - GOOD.keys() <= {"docbin"}


def test_docbin_is_refused_in_words_where_spacy_is_not_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "spacy", None)
    monkeypatch.setitem(sys.modules, "spacy.tokens", None)
    reader = for_file("train.spacy", "application/octet-stream")
    with pytest.raises(Unreadable, match="read and written by spaCy, which is not installed here: pip install spacy"):
        read(reader, b"anything")
    with pytest.raises(Unreadable, match="the file is empty"):
        read(reader, b"")


def test_a_kind_of_file_that_no_reader_knows_is_answered_with_the_known_ones():
    with pytest.raises(Unreadable, match=r"no reader for notes.docx; known are .*\.csv \.tsv \(text/csv\).*\.zip"):
        for_file("notes.docx", "application/msword")


@pytest.mark.parametrize("entries", [registry, writers], ids=["readers", "writers"])
def test_every_entry_is_in_the_reference(entries):
    reference = (Path(__file__).parents[2] / "docs/reference/formats.md").read_text(encoding="utf-8")
    assert [name for name in entries.names if f"| `{name}` |" not in reference] == []
