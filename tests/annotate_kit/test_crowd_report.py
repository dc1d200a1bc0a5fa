"""The command line for folders: strategies side by side, reports, and how far the work is."""

import itertools
from pathlib import Path
from xml.etree import ElementTree

import pytest

from annotate_kit import cli
from annotate_kit.cli import CommandFailed, action_of, folders, printing
from tests.annotate_kit.conftest import files


def test_all_strategies_stand_side_by_side_and_nothing_is_written(crowd_folder, crowd):
    before = files(crowd_folder)
    rows = {row["strategy"]: row for row in crowd("compare", crowd_folder, "--json")}
    assert set(rows) == set(folders.strategies_for_all())
    assert rows["auto"]["as auto"] == 1.0
    assert rows["auto"]["accuracy"] >= rows["twothird"]["accuracy"]
    assert "two labels" in rows["kos"]["note"]
    assert files(crowd_folder) == before


@pytest.mark.parametrize("command", ["compare", "report"])
def test_auto_is_told_of_before_it_is_begun(toy, crowd, monkeypatch, capsys, command):
    def begin(*_, **__):
        raise ValueError(capsys.readouterr().err)

    action_of(command)  # imports modules, which would keep the other one for good
    monkeypatch.setattr("annotate_kit.aggregation.aggregate", begin)
    with pytest.raises(CommandFailed, match=r"^1/1 auto$"):
        crowd(command, toy)


def test_the_picture_shows_confusions_and_skill(crowd_folder, crowd, tmp_path):
    picture = tmp_path / "crowd.svg"
    crowd("compare", crowd_folder, "-s", "MV", "-s", "DS", "--picture", picture)
    root = ElementTree.fromstring(picture.read_text())  # noqa: S314  our own file
    words = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert [word for word in words if word.startswith("worker ")] != []
    assert len(list(root.iter("{http://www.w3.org/2000/svg}rect"))) == 9 + 9  # a 3 × 3 matrix, nine people


def test_long_work_tells_how_long_it_still_takes(capsys, monkeypatch):
    clock = iter([0.0, 0.0, 10.0, 20.0])
    monkeypatch.setattr("annotate_kit.cli.printing.time.monotonic", lambda: next(clock))
    assert list(printing.progress(["a", "b", "c"], "strategy")) == ["a", "b", "c"]
    assert capsys.readouterr().err == "1/3 a\n2/3 b, 20 s left\n3/3 c, 10 s left\n"


def test_within_a_strategy_it_is_told_how_far_the_work_is(toy, capsys, monkeypatch):
    clock = itertools.count(0.0, 6.0)
    monkeypatch.setattr("annotate_kit.cli.printing.time.monotonic", lambda: next(clock))
    cli.main(["aggregate", str(toy), "-s", "GLAD", "-s", "auto", "--json"])
    lines = capsys.readouterr().err.splitlines()
    assert lines[:3] == [
        "1/2 GLAD",
        "1/2 GLAD, iteration 1 of at most 100",
        "1/2 GLAD, iteration 2 of at most 100, at most 1188 s left",
    ]
    assert any(
        line.startswith("2/2 auto, reading 2 of at most 3, iteration 2 of at most 40, at most ") for line in lines
    )


def test_a_report_is_one_file_about_strategies_workers_and_tasks(crowd_folder, crowd):
    before = files(crowd_folder)
    (row,) = crowd("report", crowd_folder, "--json")
    assert set(files(crowd_folder)) - set(before) == {"report.html"}
    page = Path(row["out"]).read_text()
    assert "src=" not in page and "href=" not in page
    (auto,) = (line for line in crowd("compare", crowd_folder, "-s", "auto", "--json"))
    assert f'<td>auto</td><td class="number">{auto["accuracy"]:.4g}</td>' in page
    assert page.count('<tr><td class="number">') == 9 + 50  # nine workers, and fifty of sixty tasks
    assert "50 of 60, the least certain first" in page


def test_a_report_is_read_in_the_dark_and_on_a_phone(toy, crowd, tmp_path):
    crowd("report", toy, "-s", "MV", "--out", tmp_path / "out.html", "--json")
    page = (tmp_path / "out.html").read_text()
    style, body = page.split("</style>")
    assert "color-scheme: light dark" in style and "figure, .table { overflow-x: auto; }" in style
    assert body.count("<table>") == body.count('<div class="table" tabindex="0"><table>') == 4
    assert "background" not in style and 'fill="#222"' not in body  # the picture has the page's colours


def test_a_report_takes_names_as_text(toy, crowd, tmp_path):
    (toy / "metadata.json").write_text('{"name": "<b>toy</b>", "n_classes": 2, "n_workers": 4}')
    crowd("report", toy, "-s", "MV", "--out", tmp_path / "out.html")
    page = (tmp_path / "out.html").read_text()
    assert "<h1>&lt;b&gt;toy&lt;/b&gt;</h1>" in page and "<b>toy" not in page
