"""A project on its way out as a folder of answers, and the annotators as rows."""

import csv
import io
import json
import zipfile

import numpy as np
import pytest
from django.core.management import call_command

from annotate.exports.rows import export
from annotate.models import Annotation, Consensus
from annotate.queue.leasing import lease_next
from annotate.queue.submitting import submit
from annotate_kit.formats.datasets import peerannot
from tests.annotate.test_consensus import fill
from tests.conftest import add_texts


@pytest.fixture
def crowd(make_project):
    return fill(make_project(labels=("a", "b", "c"), votes_wanted=5, learning=False), items=40)


@pytest.fixture
def folder(crowd, tmp_path):
    """The crowd's zip, unpacked."""
    with zipfile.ZipFile(io.BytesIO(b"".join(export(crowd, "peerannot")))) as archive:
        archive.extractall(tmp_path)
    return tmp_path / "reviews"


def test_the_folder_is_read_with_every_vote_in_it(crowd, folder):
    read = peerannot.read_folder(folder)
    assert (read.answers.n_items, len(read.answers.label), read.metadata.n_annotators) == (40, 200, 5)
    assert (read.truth >= 0).all()
    names = [(folder / f"{stem}.txt").read_text().splitlines() for stem in ("tasks", "workers", "labels")]
    votes = {
        (names[0][item], names[1][person], names[2][label])
        for item, person, label in zip(read.answers.item, read.answers.annotator, read.answers.label, strict=True)
    }
    assert votes == set(Annotation.objects.values_list("item__external_id", "annotator__username", "value"))


def test_probabilities_are_those_of_the_consensus(crowd, folder):
    probabilities = np.load(folder / "labels" / "labels_reviews_consensus.npy")
    tasks = (folder / "tasks.txt").read_text().splitlines()
    for row in Consensus.objects.select_related("item"):
        shown = probabilities[tasks.index(row.item.external_id)]
        assert dict(zip("abc", shown, strict=True)) == pytest.approx(row.belief)


def test_the_crowd_command_takes_the_folder(crowd, folder, capsys):
    call_command("crowd", "aggregate", str(folder), "-s", "MV")
    assert (folder / "labels" / "labels_reviews_mv.npy").exists()
    assert json.loads((folder / "metadata.json").read_text())["class_names"] == ["a", "b", "c"]


def test_several_labels_and_no_answers_do_not_fit(client, make_project, mona, ann):
    project = make_project(labels=("a", "b"), task_type="multiple_choice")
    client.force_login(mona)
    refused = client.get(f"/api/projects/{project.pk}/export/?format=peerannot")
    assert refused.status_code == 400
    assert "one label an answer" in refused.json()["format"][0]
    with pytest.raises(ValueError, match="no answers yet"):
        export(make_project(), "peerannot")


def test_only_the_chosen_items_go_out(make_project, ann):
    project = make_project(votes_wanted=2)
    add_texts(project, ["one", "two"])
    submit(lease_next(project, ann), "positive")
    with pytest.raises(ValueError, match="no answers yet"):
        export(project, "peerannot", only_done=True)


def test_annotators_go_out_as_rows_with_their_skill(client, crowd, mona):
    client.force_login(mona)
    sent = client.get(f"/api/projects/{crowd.pk}/export/?format=csv&what=annotators")
    rows = {row["annotator"]: row for row in csv.DictReader(io.StringIO(sent.getvalue().decode("utf-8-sig")))}
    assert float(rows["guess"]["skill_high"]) < float(rows["good-0"]["skill_low"])
    assert rows["good-0"]["annotations"] == "40"


def test_the_page_offers_and_sends_it(client, crowd, mona):
    client.force_login(mona)
    assert "peerannot" in client.get(f"/projects/{crowd.pk}/export/").content.decode()
    sent = client.get(f"/projects/{crowd.pk}/export/download/?format=peerannot")
    assert sent["Content-Type"] == "application/zip"
    assert zipfile.is_zipfile(io.BytesIO(sent.getvalue()))
