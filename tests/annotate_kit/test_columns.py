"""The columns of an ordinary file: guessed, said by somebody, taken from the file before."""

import io

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotate_kit.formats.column_guesses import as_before, choose, guess
from annotate_kit.formats.columns import (
    ROLES,
    Columns,
    Sample,
    check_roles,
    completed,
    context_of,
    parse_roles,
    unique_names,
    written,
)
from annotate_kit.formats.readers import Unreadable, json, ndjson, registry, sample
from annotate_kit.formats.readers import csv as csv_reader
from annotate_kit.formats.readers import parquet as parquet_reader
from annotate_kit.formats.records import Record, Rejected
from tests.annotate_kit.files import GOOD

REVIEWS = "id,message,channel,stars,date\n1,Quick delivery,web,5,2026-01-01\n2,It leaks and leaks,mail,1,2026-01-02\n"


def table(*rows):
    header, *others = rows
    return Sample(list(header), [list(row) for row in others])


def read(content, roles, reader=csv_reader):
    content = content if isinstance(content, bytes) else content.encode()
    return list(reader.read(io.BytesIO(content), choose=lambda _: roles))


# guesses


def test_the_columns_of_an_ordinary_file_are_guessed():
    seen = sample(csv_reader, io.BytesIO(REVIEWS.encode()))
    assert guess(seen) == {"id": "external_id", "message": "text", "channel": "meta", "stars": "meta", "date": "meta"}


@pytest.mark.parametrize(
    ("header", "text"),
    [
        (("id", "text", "comment"), "text"),
        (("id", "comment", "message"), "message"),
        (("id", "Tweet Text", "title"), "title"),
        (("id", "Customer Message", "note"), "Customer Message"),
        (("id", "Betreff", "Anliegen"), "Anliegen"),
        (("id", "2026", "Frage"), "Frage"),
    ],
)
def test_the_content_is_the_best_known_name_else_the_longest_words(header, text):
    rows = [("1", "short", "some longer words"), ("2", "brief", "and other words here")]
    rows = [(row[0], "2026-01-02" if header[1] == "2026" else row[1], row[2]) for row in rows]
    assert [name for name, role in guess(table(header, *rows)).items() if role == "text"] == [text]


def test_an_id_is_different_in_every_row():
    header = ("id", "text_id", "message")
    assert guess(table(header, ("1", "a", "x y"), ("1", "b", "x z")))["text_id"] == "external_id"
    assert guess(table(header, ("1", "a", "x y"), ("2", "a", "x z")))["id"] == "external_id"
    assert "external_id" not in guess(table(header, ("1", "a", "x y"), ("1", "a", "x z"))).values()


def test_a_right_answer_is_one_of_the_labels():
    seen = table(("message", "label"), ("a b", "good"), ("c d", "bad"), ("e f", "good"))
    assert guess(seen)["label"] == "gold"
    assert guess(seen, labels=["good", "bad"])["label"] == "gold"
    assert guess(seen, labels=["yes", "no"])["label"] == "meta"
    free_texts = table(("message", "answer"), ("a b", "because"), ("c d", "why not"))
    assert guess(free_texts)["answer"] == "meta"


def test_columns_of_people_hold_their_answers():
    seen = table(("message", "ann", "abe", "annotator_3", "note"), ("a b", "good", "bad", "good", "x"),
                 ("c d", "bad", "", "good", "good"))  # fmt: skip
    roles = guess(seen, labels=["good", "bad"], people=["ann", "abe"])
    assert [roles[name] for name in ("ann", "abe", "annotator_3", "note")] == ["answer", "answer", "answer", "meta"]
    assert guess(seen, labels=["good", "bad"])["ann"] == "meta"


def test_in_records_every_column_is_a_field():
    seen = table(("id", "age", "job"), ("1", "42", "nurse"), ("2", "50", "cook"))
    assert guess(seen, content="field") == {"id": "external_id", "age": "field", "job": "field"}


def test_a_table_of_numbers_is_one_of_records():
    assert set(guess(table(("a", "b"), ("1", "2.5"), ("3", "4")))) == {"a", "b"}
    assert guess(table(("a", "b"), ("1", "2.5"), ("3", "4")))["b"] == "field"
    assert guess(table(("a", "b"), ("1", "2.5")), content="text") is None


def test_pictures_are_found_and_their_addresses_refused():
    png = b"\x89PNG"
    assert guess(table(("name", "photo"), ("a", png), ("b", {"bytes": png, "path": "x"})), content="image") == {
        "name": "meta",
        "photo": "image",
    }
    addresses = table(("id", "url"), ("1", "https://example.org/a.png"), ("2", "https://example.org/b.png"))
    with pytest.raises(Unreadable, match=r"column 'url' holds addresses of pictures, .*nothing from elsewhere.*a zip"):
        guess(addresses, content="image")
    assert guess(addresses, content="text") is None


def test_a_file_that_is_named_like_records_needs_no_roles():
    assert choose(table(("external_id", "text"), ("1", "a"))) is None
    assert choose(table(("text", "label"), ("a", "b"))) is None  # by its word: the reader says what is unknown


def test_an_empty_table_has_nothing_to_guess_from():
    assert guess(table(("id", "message"))) is None or "text" not in guess(table(("id", "message"))).values()


@given(
    rows=st.lists(st.lists(st.none() | st.text(max_size=20) | st.integers() | st.binary(max_size=5), min_size=3,
                           max_size=3), max_size=5),
    names=st.lists(st.text(st.characters(exclude_characters="\0"), max_size=10), min_size=3, max_size=3),
    content=st.sampled_from(["", "text", "image", "field"]),
)  # fmt: skip
@settings(max_examples=100, deadline=None)
def test_whatever_a_file_holds_a_guess_makes_records_or_says_no(rows, names, content):
    seen = Sample(unique_names(names), rows)
    try:
        roles = guess(seen, content=content)
    except Unreadable:
        return
    if roles:
        assert list(roles) == seen.names
        check_roles(roles, seen.names)


# said


def test_what_somebody_says_counts_and_the_rest_is_kept():
    seen = sample(csv_reader, io.BytesIO(REVIEWS.encode()))
    assert choose(seen, requested={"message": "text", "stars": "gold", "date": "leave_out"}) == {
        "id": "meta", "message": "text", "channel": "meta", "stars": "gold", "date": "leave_out",
    }  # fmt: skip


def test_where_nothing_is_said_of_the_content_it_is_guessed():
    seen = sample(csv_reader, io.BytesIO(REVIEWS.encode()))
    assert choose(seen, requested={"stars": "gold"}) == {
        "id": "external_id", "message": "text", "channel": "meta", "stars": "gold", "date": "meta",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("roles", "error"),
    [
        ({"mesage": "text"}, "there is no column 'mesage'; the file has id, message, channel, stars, date"),
        ({"message": "text", "channel": "text"}, "'message' and 'channel' cannot both be text; choose one"),
        ({"message": "text", "stars": "field"}, "an item has one of text, image and fields, .* text and field"),
        ({"id": "annotator", "message": "text"}, "another one must be answer"),
    ],
)
def test_roles_that_make_no_records_are_refused_with_what_would_be_right(roles, error):
    with pytest.raises(Unreadable, match=error):
        choose(sample(csv_reader, io.BytesIO(REVIEWS.encode())), requested=roles)


@pytest.mark.parametrize(
    ("text", "roles"),
    [
        ("message:text,id:external_id", {"message": "text", "id": "external_id"}),
        (" message : text , ann:answer, x:answer:abe", {"message": "text", "ann": "answer", "x": "answer:abe"}),
        ('{"a,b:c": "text"}', {"a,b:c": "text"}),
    ],
)
def test_roles_are_said_in_one_line_and_written_so_again(text, roles):
    assert parse_roles(text) == roles
    assert parse_roles(written(roles)) == roles


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("message", "column 'message' cannot be ''; a column is one of text, image, field, external_id"),
        ("message:tekst", "cannot be 'tekst'"),
        ("message:text:ann", "cannot be 'text:ann'"),
        ('{"message"', "broken JSON"),
        ('{"message": 1}', "an object of strings"),
    ],
)
def test_a_role_that_there_is_not_is_refused_with_those_that_there_are(text, error):
    with pytest.raises(ValueError, match=error):
        parse_roles(text)


@given(st.dictionaries(st.text(min_size=1, max_size=8), st.sampled_from(sorted(ROLES)), max_size=5))
def test_any_roles_survive_being_written(roles):
    roles = {name: role for name, role in roles.items() if name.isprintable()}
    assert parse_roles(written(roles)) == roles


# from the file before


def test_the_file_before_decides_when_it_has_the_same_content():
    before = {"id": "external_id", "message": "text", "stars": "gold", "date": "leave_out"}
    assert as_before(table(("message", "stars", "new"), ("a", "1", "x")), before) == {
        "message": "text", "stars": "gold", "new": "meta",
    }  # fmt: skip
    assert as_before(table(("text", "stars"), ("a", "1")), before) is None
    assert choose(table(("text", "gold"), ("a", "1")), before={"text": "text", "gold": "gold"}) is None


def test_a_table_is_as_before_when_half_of_its_fields_are_there():
    before = {"a": "field", "b": "field", "c": "field"}
    assert as_before(table(("a", "b", "d"), (1, 2, 3)), before) == {"a": "field", "b": "field", "d": "field"}
    assert as_before(table(("a", "d"), (1, 2)), before) is None


# rows


def test_the_cells_of_a_row_go_where_their_columns_say():
    header = "nr,message,right,ann,other,channel,note,hide,votes_wanted"
    (row,) = read(f"{header}\n7,Hello,yes,no,yes,web,x,y,3\n", {
        "nr": "external_id", "message": "text", "right": "gold", "ann": "answer", "other": "answer:abe",
        "channel": "context", "note": "meta", "hide": "leave_out", "votes_wanted": "votes_wanted",
    })  # fmt: skip
    answers = [{"annotator": "ann", "value": "no"}, {"annotator": "abe", "value": "yes"}]
    assert row == Record(1, "7", "Hello", meta={"channel": "web", "note": "x"}, votes_wanted=3, gold="yes",
                         annotations=answers)  # fmt: skip


def test_an_empty_cell_is_no_answer():
    rows = read("message,ann,abe\none,yes,\ntwo,,\n", {"message": "text", "ann": "answer", "abe": "answer"})
    assert [row.annotations for row in rows] == [[{"annotator": "ann", "value": "yes"}], None]


def test_a_row_a_vote_names_who_gave_it():
    rows = read(
        "message,worker,label\none,w1,yes\none,w2,no\n", {"message": "text", "worker": "annotator", "label": "answer"}
    )
    assert [row.annotations for row in rows] == [
        [{"annotator": "w1", "value": "yes"}],
        [{"annotator": "w2", "value": "no"}],
    ]


def test_the_fields_of_a_record_keep_the_order_of_the_columns():
    roles = {"zebra": "field", "age": "field", "meta.x": "meta", "data.b": "field"}
    (row,) = read("zebra,age,meta.x,data.b\n1,01069,k,2.5\n", roles)
    assert list(row.data.items()) == [("zebra", 1), ("age", "01069"), ("b", 2.5)]
    assert row.meta == {"x": "k"}


def test_a_number_can_be_the_text():
    (row,) = read(orjson.dumps([{"code": 42}]), {"code": "text"}, json)
    assert row.text == "42"


def test_the_names_of_what_is_shown_beside_the_content():
    assert context_of({"a": "text", "channel": "context", "meta.date": "context", "x": "meta"}) == ["channel", "date"]


def test_columns_without_a_name_or_with_the_same_one_are_told_apart():
    assert unique_names(["", "a", "a", None, " a "]) == ["column 1", "a", "a (2)", "column 4", "a (3)"]
    seen = sample(csv_reader, io.BytesIO(b",message,message\n0,a b,c d\n"))
    assert seen.names == ["column 1", "message", "message (2)"]
    (row,) = read(b",message,message\n0,a b,c d\n", {"column 1": "leave_out", "message": "text", "message (2)": "meta"})
    assert (row.text, row.meta) == ("a b", {"message (2)": "c d"})


@pytest.mark.parametrize("reader", [json, ndjson])
def test_objects_of_any_keys_are_read_by_role(reader):
    objects = [{"_id": 1, "tweet": "a b", "user": {"n": 1}}, {"_id": 2, "tweet": "c d"}, 5]
    objects += [{"_id": n, "tweet": f"t {n}"} for n in range(3, 200)] + [{"_id": "x", "tweet": "e f", "late": [1]}]
    content = orjson.dumps(objects) if reader is json else b"\n".join(map(orjson.dumps, objects))
    rows = list(reader.read(io.BytesIO(content), choose=choose))
    assert rows[0] == Record(1, "1", "a b", meta={"user": {"n": 1}})
    assert (type(rows[2]), rows[2].row) == (Rejected, 3)
    assert rows[-1].meta["late"] == [1]
    assert len(rows) == len(objects)


def test_a_parquet_file_of_any_columns_is_read_by_role():
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = io.BytesIO()
    pq.write_table(pa.table({"id": [1, 2], "sentence": ["a b", "c d"], "score": [0.5, None]}), file)
    file.seek(0)
    assert list(parquet_reader.read(file, choose=choose)) == [
        Record(1, "1", "a b", meta={"score": 0.5}),
        Record(2, "2", "c d"),
    ]


@pytest.mark.parametrize("name", [name for name in registry.names if name in GOOD and name != "zip"])
def test_without_roles_a_file_is_read_by_its_own_names(name):
    reader = registry.load(name)
    assert list(reader.read(io.BytesIO(GOOD[name]), choose=lambda _: None)) == list(reader.read(io.BytesIO(GOOD[name])))


def test_an_archive_has_no_columns():
    assert sample(registry.load("zip"), io.BytesIO(GOOD["zip"])) is None


def test_a_column_with_an_endless_name_is_refused():
    with pytest.raises(Unreadable, match=r"the name of column 'xxx.*too long"):
        Columns(["x" * 201, "a"], completed({"a": "text"}, ["x" * 201, "a"]), typed=True)


# CSV as Excel and others write it


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_any_header_shows_what_divides_the_cells(delimiter):
    lines = [("nr", "Anliegen", "Ort"), ("1", "a b", "x"), ("2", '"c, d; e\tf | g"', "y")]
    content = "\r\n".join(delimiter.join(line) for line in lines)
    seen = sample(csv_reader, io.BytesIO(content.encode()))
    assert seen == table(lines[0], lines[1], ("2", "c, d; e\tf | g", "y"))


def test_excel_may_say_the_delimiter_in_a_line_of_its_own():
    assert sample(csv_reader, io.BytesIO(b"sep=;\r\na;b,c\r\n1;2\r\n")).names == ["a", "b,c"]


def test_the_texts_of_a_single_column_may_hold_anything():
    rows = read(b'message\nHello, world; again\n"quoted, too"\n', {"message": "text"})
    assert [row.text for row in rows] == ["Hello, world; again", "quoted, too"]


EXCEL = "id;message\r\n1;Schöne Grüße – „alles“ für 5 €\r\n"


@pytest.mark.parametrize("content", [EXCEL.encode("cp1252"), EXCEL.encode("utf-8"), EXCEL.encode("utf-8-sig")])
def test_what_excel_saves_is_read_alike(content):
    (row,) = csv_reader.read(io.BytesIO(content), choose=choose)
    assert (row.external_id, row.text) == ("1", "Schöne Grüße – „alles“ für 5 €")


@pytest.mark.parametrize("chunk", [1, 3, 64])
def test_windows_letters_are_read_alike_however_the_bytes_fall(monkeypatch, chunk):
    monkeypatch.setattr("annotate_kit.formats.readers._stream.CHUNK", chunk)
    content = ("text\n" + "plain words\n" * 20 + "Ärger für Ö\n" * 5).encode("cp1252")
    assert [row.text for row in csv_reader.read(io.BytesIO(content))][-1] == "Ärger für Ö"


def test_a_file_that_changes_its_encoding_is_unreadable_from_there():
    content = "text\nSchön\n".encode() + "Schön\n".encode("cp1252")
    with pytest.raises(Unreadable, match="not UTF-8: byte 0xf6 at position"):
        list(csv_reader.read(io.BytesIO(content)))


def test_what_is_neither_utf8_nor_windows_is_unreadable():
    with pytest.raises(Unreadable, match="not UTF-8: byte 0x81 at position 6"):
        list(csv_reader.read(io.BytesIO(b"text\n\xe9\x81\n")))


@pytest.mark.parametrize(
    ("content", "error"),
    [(b"%PDF-1.7\n", "a PDF"), (b"\xd0\xcf\x11\xe0....", "save it as .xlsx"), (b"a\0b,c\n1,2\n", r"U\+0000")],
)
def test_a_file_that_is_no_table_is_named_for_what_it_is(content, error):
    with pytest.raises(Unreadable, match=error):
        list(csv_reader.read(io.BytesIO(content), choose=choose))
