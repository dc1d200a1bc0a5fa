"""Import and export by command."""

import io
from pathlib import Path

import orjson
import pytest
from django.core.management import CommandError, call_command, execute_from_command_line

from annotate.imports.run import Report
from annotate.management.commands.import_items import Bar
from annotate.models import Item
from tests.conftest import add_texts


@pytest.fixture
def project(make_project):
    return make_project()


def write(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    return str(path)


def test_import_items_reports_what_became_of_the_rows(project, tmp_path, capsys):
    path = write(tmp_path / "a.csv", b"external_id,text,gold\na,one,positive\nb,two,purple\n")
    call_command("import_items", "Reviews", path)
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[:4] == [["created", "1"], ["updated", "0"], ["unchanged", "0"], ["rejected", "1"]]
    assert lines[-1][:3] == ["2", "b", "gold:"]
    assert Item.objects.get().text == "one"


def test_a_project_is_named_by_its_number_too(project, tmp_path):
    call_command("import_items", str(project.pk), write(tmp_path / "a.csv", b"text\none\n"))
    assert project.items.count() == 1


@pytest.mark.parametrize(
    ("named", "name", "content", "error"),
    [
        ("Nothing", "a.csv", b"text\na\n", "there is no project 'Nothing'; there are: .*Reviews"),
        ("Reviews", "a.csv", b"", "the file is empty"),
        ("Reviews", "a.docx", b"x", "no reader for a.docx"),
        ("Reviews", "a.csv", b"text,gold\none,purple\n", "no row of the file could be stored"),
    ],
)
def test_import_items_says_what_is_wrong(project, tmp_path, named, name, content, error):
    with pytest.raises(CommandError, match=error):
        call_command("import_items", named, write(tmp_path / name, content))


def test_a_file_that_is_not_there_is_named(project, tmp_path):
    with pytest.raises(CommandError, match=r"missing\.csv: No such file"):
        call_command("import_items", "Reviews", str(tmp_path / "missing.csv"))


def test_a_name_that_two_projects_have_is_answered_with_their_numbers(project, make_project, tmp_path):
    other = make_project()
    with pytest.raises(CommandError, match=f"take the number: {project.pk} .*{other.pk}"):
        call_command("import_items", "Reviews", write(tmp_path / "a.csv", b"text\none\n"))


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_bar_is_drawn_where_somebody_watches():
    from django.core.management.base import OutputWrapper

    for out, drawn in ((Terminal(), True), (io.StringIO(), False)):
        bar = Bar(200, OutputWrapper(out))
        bar.show(100, Report(created=1500))
        bar.end()
        assert (("█" * 15 + "░" * 15) in out.getvalue() and "50%  1,500 rows" in out.getvalue()) == drawn


def test_export_project_writes_the_whole_file_at_once(project, tmp_path):
    add_texts(project, ["one", "two"])
    path = tmp_path / "out.jsonl"
    path.write_text("from before")
    call_command("export_project", "Reviews", "--format", "jsonl", "--output", str(path))
    assert [orjson.loads(line)["text"] for line in path.read_bytes().splitlines()] == ["one", "two"]
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_export_leaves_the_file_from_before(project, tmp_path, monkeypatch):
    from annotate.management.commands import export_project

    def broken(*args, **kwargs):
        yield b"half"
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(export_project, "export", broken)
    path = tmp_path / "out.csv"
    path.write_text("from before")
    with pytest.raises(CommandError, match="No space left"):
        call_command("export_project", "Reviews", "--format", "csv", "--output", str(path))
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("out.csv", "from before")]


def test_export_project_writes_to_standard_output(project, capfdbinary):
    add_texts(project, ["one"])
    call_command("export_project", str(project.pk), "--format", "csv", "--output", "-")
    assert capfdbinary.readouterr().out.startswith(b"external_id,text,")


def test_export_project_needs_a_known_format(capsys):
    with pytest.raises(SystemExit) as ended:
        execute_from_command_line(["manage.py", "export_project", "1", "--format", "xml", "--output", "-"])
    message = capsys.readouterr().err
    assert ended.value.code != 0 and "csv" in message and "jsonl" in message
