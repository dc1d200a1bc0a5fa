"""The tutorial "Your own model chooses what to label next", run as it is written."""

import re
from typing import Any

import pytest
from annotate_client import Workspace, orchestrating
from annotate_client.pictures import Pictures

from annotate.models import Annotation, Item
from config import env

TUTORIAL = env.ROOT / "docs" / "tutorial" / "your-own-model.md"
LOG_IN = 'Workspace.log_in("http://localhost:8123", "mona", "digits-and-reviews")'


def script() -> str:
    blocks = re.findall(r"```python\n(.*?)```", TUTORIAL.read_text(encoding="utf-8"), re.DOTALL)
    return "\n".join(blocks)


def shortened(code: str) -> str:
    """150 of the items, and two of the nine batches: every request is made, in a fraction of the time."""
    for written, shorter in ((LOG_IN, "workspace"), ("ITEMS = 1000", "ITEMS = 150"), ("range(9)", "range(2)")):
        assert written in code
        code = code.replace(written, shorter)
    return code


@pytest.mark.slow(reason="it trains five times, and sends some 300 requests")
def test_every_line_of_the_tutorial_runs_and_the_model_learns(workspace, monkeypatch, capsys):
    names: dict[str, Any] = {"workspace": workspace}
    monkeypatch.setattr(orchestrating.time, "sleep", lambda seconds: names["label"](20))
    exec(compile(shortened(script()), str(TUTORIAL), "exec"), names)  # noqa: S102  our own documentation
    printed = capsys.readouterr().out
    scores = [float(score) for score in re.findall(r"Score: (0\.\d+)", printed)]
    assert len(scores) == 5
    assert scores[0] < scores[-1]
    assert scores[-1] > 0.7
    assert "140 labelled, 0 wrong" in printed
    assert Item.objects.filter(project=names["project"].id, image__isnull=False).count() == 150
    assert Annotation.objects.filter(project=names["project"].id).count() == 140


def test_the_tutorial_logs_in_as_people_do(mona, transport):
    assert Workspace.log_in("http://testserver", "mona", "mona's password", transport=transport).projects() == []
    assert LOG_IN in script()


def test_a_picture_is_fetched_once_until_items_are_sent_again():
    fetched: list[str] = []
    pictures = Pictures(lambda address: fetched.append(address) or address.encode())
    assert [pictures.file("a"), pictures.file("a"), pictures.file("b")] == [b"a", b"a", b"b"]
    assert fetched == ["a", "b"]
    pictures.clear()
    assert pictures.file("a") == b"a"
    assert fetched == ["a", "b", "a"]


def test_of_too_many_pictures_only_the_newest_are_cached(monkeypatch):
    monkeypatch.setattr("annotate_client.pictures.MOST_BYTES", 2)
    pictures = Pictures(lambda address: address.encode())
    for address in "abc":
        pictures.file(address)
    assert list(pictures._files) == ["c"]


def test_who_holds_nothing_is_given_an_empty_list(workspace):
    project = workspace.create_project("empty", labels=["good", "bad"], learning=False)
    assert project.lease() == []
    project.add_features(["works", "broke"])
    (assignment,) = project.lease()
    assert project.submit(assignment, "good")["value"] == "good"
    assert project.new_labels == ["good", None]


@pytest.mark.parametrize("count", [0, 101])
def test_a_lease_of_too_few_or_too_many_is_refused(workspace, count):
    project = workspace.create_project("empty", labels=["good", "bad"], learning=False)
    with pytest.raises(Exception, match="count"):
        project.lease(count)
