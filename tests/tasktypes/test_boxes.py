"""Boxes on pictures: what is taken, what several people's boxes agree on, and the pages."""

import io

import orjson
import pytest
from PIL import Image

from annotate import consensus, exports, reviews
from annotate.imports.run import import_records
from annotate.models import Annotation, Consensus, Suggestion
from annotate.queue import part_origins
from annotate.queue.leasing import lease_next
from annotate.statistics import agreement
from annotate_kit.formats import datasets
from annotate_kit.formats.records import Record
from projects import setup
from projects.labels.rows import LabelRow
from projects.models import Membership, Project, Role
from projects.tasktypes import Content, Spec, boxes
from tests.pages import markup_of
from tests.pictures import coins

SPEC = Spec(("Coin", "Button"), {"Coin": "#0072b2"}, boxes.Options())
PICTURE = Content(lambda: (None, (640, 400), None))


def box(x0, y0, x1, y1, label="Coin"):
    return {"box": [x0, y0, x1, y1], "label": label}


@pytest.fixture
def table(mona, rita, ann, abe) -> Project:
    """Coins on a table; three people drew the first picture's, nobody the second's."""
    fields = {"name": "Coins", "task_type": "boxes", "votes_wanted": 4, "learning": False}
    project = setup.create(mona, fields, [LabelRow(name="Coin"), LabelRow(name="Button")])
    for user, role in [(rita, Role.REVIEWER), (ann, Role.ANNOTATOR), (abe, Role.ANNOTATOR)]:
        Membership.objects.create(project=project, user=user, role=role)
    annotations = [
        {"annotator": "ann", "value": [box(50, 40, 130, 120), box(195, 35, 305, 145)]},
        {"annotator": "abe", "value": [box(52, 42, 132, 122), box(197, 37, 303, 143)]},
        {"annotator": "mona", "value": [box(50, 44, 128, 118), box(400, 300, 420, 320, "Button")]},
    ]
    records = [
        Record(1, "one", image=coins(), image_name="1.png", annotations=annotations),
        Record(2, "two", image=coins(1), image_name="2.png"),
    ]
    report = import_records(project, records)
    assert not report.rejected, report.rejected
    return project


def test_equal_boxes_are_equal_bytes():
    value = [box(130.04, 120, 50, 40), box(9, 9, 20, 20, "Button")]
    assert boxes.clean(value, SPEC, PICTURE) == [box(9, 9, 20, 20, "Button"), box(50, 40, 130, 120)]


def test_boxes_are_kept_within_the_picture():
    assert boxes.clean([box(-5, -5, 700, 410)], SPEC, PICTURE) == [box(0, 0, 640, 400)]


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("car", "a value is a list"),
        ([box(1, 2, 3, 4, "Bus")], "there is no label 'Bus'; labels are Coin, Button"),
        ([{"box": [1, 2, 3, 4]}], "a shape has no label"),
        ([{"box": [1, 2, 3], "label": "Coin"}], "4 numbers"),
        ([box(700, 10, 800, 20)], "no area within the picture"),
        ([box(1, 1, 2, 2)] * 2001, "at most 2,000 shapes"),
    ],
)
def test_what_is_no_answer_is_refused(value, says):
    with pytest.raises(ValueError, match=says):
        boxes.clean(value, SPEC, PICTURE)


@pytest.mark.parametrize(
    ("options", "says"), [({"quorum": 0.0}, "quorum must be"), ({"overlap": 2.0}, "overlap must be")]
)
def test_options_that_make_no_sense_are_refused(table, mona, options, says):
    with pytest.raises(ValueError, match=says):
        setup.change(table, mona, {"options": options})


def test_what_a_third_drew_is_the_consensus_and_near_misses_are_kept(table, mona):
    consensus.fresh(table)
    agreed = Consensus.objects.get(item__external_id="one")
    assert [part["label"] for part in agreed.value] == ["Button", "Coin", "Coin"]
    coin = agreed.value[2]["box"]
    assert all(abs(side - middle) <= 2 for side, middle in zip(coin, [50, 42, 130, 120], strict=True))
    assert {part["votes"] for part in agreed.parts} == {1, 2, 3}
    assert all(0.1 <= part["probability"] <= 1 for part in agreed.parts)
    setup.change(table, mona, {"options": {"quorum": 0.5}})
    consensus.fresh(Project.objects.get(pk=table.pk))
    agreed.refresh_from_db()
    assert [part["label"] for part in agreed.value] == ["Coin", "Coin"]
    assert any(part["label"] == "Button" for part in agreed.parts)


def test_boxes_go_by_form_rest_review_and_export(table, client, ann, rita):
    lease = lease_next(table, ann)
    client.force_login(ann)
    page = markup_of(client.get(f"/projects/{table.pk}/label/"))
    assert '<textarea name="shapes"' in page
    url = f"/api/assignments/{lease.pk}/annotation/"
    refused = client.put(url, {"value": [box(1, 2, 3, 4, "Bus")]}, content_type="application/json")
    assert refused.status_code == 400
    assert "labels are Coin, Button" in markup_of(refused)

    wrong = {"assignment": lease.pk, "shapes": "Coin 1 two", "act": "submit"}
    page = markup_of(client.post(f"/projects/{table.pk}/label/", wrong, follow=True))
    assert "is no shape; a line is a label, a colon and numbers" in page
    lines = "Coin: 57 40 137 120\r\n\r\nButton: 10,10,20,20"
    client.post(f"/projects/{table.pk}/label/", {"assignment": lease.pk, "shapes": lines, "act": "submit"})
    stored = Annotation.objects.get(item__external_id="two").value
    assert stored == [box(10.0, 10.0, 20.0, 20.0, "Button"), box(57.0, 40.0, 137.0, 120.0)]

    client.force_login(rita)
    review = markup_of(client.get(f"/projects/{table.pk}/review/?order=unsure"))
    assert '<span class="drawn-shapes "><img src="' in review, review[review.index("<main") :]
    assert "Coin: 57.0 40.0 137.0 120.0" in review or "Coin: 50.0 40.0 130.0 120.0" in review
    for address in ("", "items/", "agreement/", "people/", "rounds/"):
        assert client.get(f"/projects/{table.pk}/{address}").status_code == 200, address
    rows = [orjson.loads(line) for line in b"".join(exports.export(table, "jsonl")).splitlines()]
    assert {row["external_id"]: row["consensus"] for row in rows}["two"] == stored


def test_no_box_is_an_answer_too(table, client, ann):
    lease = lease_next(table, ann)
    client.force_login(ann)
    client.post(f"/projects/{table.pk}/label/", {"assignment": lease.pk, "shapes": "", "act": "submit"})
    assert Annotation.objects.get(item__external_id="two").value == []
    consensus.fresh(table)
    assert Consensus.objects.get(item__external_id="two").value == []


def test_the_size_of_a_picture_is_that_after_its_exif_rotation(table):
    assert list(table.items.values_list("width", "height").distinct()) == [(640, 400)]
    turned = Image.open(io.BytesIO(coins(2)))
    exif = Image.Exif()
    exif[0x0112] = 6
    file = io.BytesIO()
    turned.save(file, "JPEG", exif=exif)
    tall = [{"annotator": "ann", "value": [box(0, 0, 640, 640)]}]
    report = import_records(table, [Record(1, "tall", image=file.getvalue(), image_name="t.jpg", annotations=tall)])
    assert not report.rejected
    item = table.items.get(external_id="tall")
    assert (item.width, item.height) == (400, 640)
    assert item.annotations.get().value == [box(0.0, 0.0, 400.0, 640.0)]


def test_a_reviewer_sees_all_answers_on_one_picture_and_accepts_the_consensus(table, client, rita):
    consensus.fresh(table)
    setup.change(table, rita, {"options": {"quorum": 0.5}})
    client.force_login(rita)
    address = f"/projects/{table.pk}/review/?order=disputed"
    page = markup_of(client.get(address))
    assert page.count('<span class="drawn-shapes all">') == 1
    together = page[page.index('<span class="drawn-shapes all">') :].partition("</span>")[0]
    assert together.count("<g ") == 6
    assert "left out" in page
    agreed = Consensus.objects.get(item__external_id="one")
    fields = {"item": agreed.item_id, "act": "accept_consensus", "labels_version": table.label_set.version}
    answers = list(Annotation.objects.values_list("pk", flat=True))
    client.post(address, {**fields, "annotation": answers, "value": orjson.dumps(agreed.value).decode()})
    assert [answer.value for answer in Annotation.objects.all()] == [agreed.value] * 3
    consensus.fresh(table)
    assert Consensus.objects.get(item__external_id="one").settled
    client.post(address, {"act": "undo"})
    assert Annotation.objects.filter(value=agreed.value).count() == 0


def test_an_answer_without_the_value_that_was_shown_changes_nothing(table, client, rita):
    client.force_login(rita)
    before = list(Annotation.objects.order_by("pk").values_list("value", flat=True))
    fields = {"item": table.items.first().pk, "act": "accept_consensus", "value": "[{"}
    answers = list(Annotation.objects.values_list("pk", flat=True))
    page = client.post(f"/projects/{table.pk}/review/", {**fields, "annotation": answers}, follow=True)
    assert "load the page again" in markup_of(page)
    assert list(Annotation.objects.order_by("pk").values_list("value", flat=True)) == before


@pytest.mark.parametrize("name", ["coco", "voc", "labelme", "label_studio"])
def test_what_is_exported_for_other_tools_is_read_again(table, name):
    entry = datasets.registry.load(name)
    written = b"".join(exports.export(table, name))
    files = datasets.unpacked(f"coins{entry.suffix}", written)
    examples = {example.external_id.partition(".")[0]: example for example in entry.read(files)}
    agreed = Consensus.objects.get(item__external_id="one").value
    assert examples["one"].value == agreed
    assert (examples["one"].width, examples["one"].height) == (640, 400)


def test_yolo_has_shares_of_the_picture(table):
    files = datasets.unpacked("coins.zip", b"".join(exports.export(table, "yolo")))
    lines = next(text for name, text in files.items() if name.endswith("one.txt")).decode().splitlines()
    assert len(lines) == 3
    assert all(0 <= float(number) <= 1 for line in lines for number in line.split()[1:])


def test_predicted_boxes_come_with_their_probabilities(table, client, mona):
    client.force_login(mona)
    url = f"/api/projects/{table.pk}/predictions/?model=yolo"
    part = {**box(57, 40, 137, 120), "probability": 0.91}
    answer = client.put(url, [{"external_id": "two", "parts": [part]}], content_type="application/json")
    assert answer.status_code == 200, answer.content
    suggestion = Suggestion.objects.get()
    assert suggestion.value == [box(57.0, 40.0, 137.0, 120.0)]
    assert suggestion.parts == [{**box(57.0, 40.0, 137.0, 120.0), "probability": 0.91}]
    for wrong, says in [({**part, "probability": 2}, "a number from 0 to 1"), ({**part, "label": "Bus"}, "labels are")]:
        answer = client.put(url, [{"external_id": "two", "parts": [wrong]}], content_type="application/json")
        assert says in markup_of(answer)


@pytest.fixture
def neighbours(table) -> Project:
    """Two people who draw nearly the same on twelve pictures, and one who draws the same everywhere."""
    records = []
    for number in range(12):
        x, y = 40 + 40 * number, 20 + 25 * number
        annotations = [
            {"annotator": "ann", "value": [box(x, y, x + 60, y + 50)]},
            {"annotator": "abe", "value": [box(x + 1, y + 2, x + 61, y + 49)]},
            {"annotator": "mona", "value": [box(290, 170, 350, 220)]},
        ]
        records.append(
            Record(number, f"n{number}", image=coins(number), image_name=f"{number}.png", annotations=annotations)
        )
    report = import_records(table, records)
    assert not report.rejected, report.rejected
    return table


def test_people_who_draw_nearly_the_same_agree(neighbours):
    report = agreement.report(neighbours)
    by_pair = {(pair.a.username, pair.b.username): pair.agreement for pair in report.pairs}
    by_pair |= {(b, a): value for (a, b), value in by_pair.items()}
    assert by_pair["ann", "abe"] > 0.8
    assert by_pair["ann", "mona"] < 0.3
    assert report.symbol == "σ"
    assert report.whole.low < report.whole.value < report.whole.high


def test_the_agreement_page_asks_of_boxes_what_was_found_called_and_drawn(neighbours, client, rita):
    client.force_login(rita)
    page = markup_of(client.get(f"/projects/{neighbours.pk}/agreement/"))
    for words in (
        "Do they find the same?",
        "Do they call it the same?",
        "Do they draw it the same?",
        "σ of whole answers",
    ):
        assert words in page
    assert "Krippendorff’s α</dt>" not in page
    assert "nan" not in page


def test_rest_tells_the_agreement_on_parts_with_intervals(neighbours, client, rita):
    client.force_login(rita)
    rows = {row["name"]: row for row in client.get(f"/api/projects/{neighbours.pk}/agreement/").json()["coefficients"]}
    assert set(rows) >= {"krippendorff", "sigma", "ks", "found", "called", "drawn", "drawn_ks"}
    assert rows["drawn"]["low"] <= rows["drawn"]["value"] <= rows["drawn"]["high"]
    assert rows["called"]["title"].startswith("Do they call it the same?")


def test_the_most_disputed_pictures_are_those_whose_boxes_lie_furthest_apart(neighbours):
    disputed = agreement.report(neighbours).disputed
    assert [entry.disagreement for entry in disputed] == sorted((e.disagreement for e in disputed), reverse=True)
    assert disputed[0].item.external_id != "one"


def test_the_editor_of_a_review_begins_with_the_merged_value_and_suggests_what_was_left_out(table, client, rita):
    setup.change(table, rita, {"options": {"quorum": 0.5}})
    consensus.fresh(table)
    agreed = Consensus.objects.get(item__external_id="one")
    client.force_login(rita)
    review = markup_of(client.get(f"/projects/{table.pk}/review/?order=disputed"))
    address = f"/projects/{table.pk}/review/parts/?order=disputed&amp;item={agreed.item_id}"
    assert f'href="{address}"' in review
    page = client.get(address.replace("&amp;", "&"))
    bootstrap = page.context["bootstrap"]
    merged = [part for part in bootstrap["review"]["parts"] if "suggested" not in part]
    assert [{key: part[key] for key in ("box", "label")} for part in merged] == agreed.value
    (left_out,) = [part for part in bootstrap["review"]["parts"] if "suggested" in part]
    assert left_out["label"] == "Button"
    assert 0.1 <= left_out["suggested"] < 0.5


def test_a_value_corrected_by_hand_takes_the_place_of_all_answers(table, client, rita):
    consensus.fresh(table)
    client.force_login(rita)
    item = table.items.get(external_id="one")
    answers = list(Annotation.objects.values_list("pk", flat=True))
    fields = {"item": item.pk, "act": "correct", "labels_version": table.label_set.version, "annotation": answers}
    address = f"/projects/{table.pk}/review/parts/?order=disputed"
    value = orjson.dumps([box(1, 2, 30, 40)]).decode()
    answer = client.post(address, {**fields, "value": value})
    assert answer.url.startswith(f"/projects/{table.pk}/review/parts/")
    assert [row.value for row in Annotation.objects.all()] == [[box(1.0, 2.0, 30.0, 40.0)]] * 3
    wrong = client.post(address, {**fields, "value": orjson.dumps([box(1, 2, 30, 40, "Bus")]).decode()}, follow=True)
    assert "labels are Coin, Button" in markup_of(wrong)
    client.post(address, {"act": "undo"})
    assert not Annotation.objects.filter(value=[box(1.0, 2.0, 30.0, 40.0)]).exists()


def test_without_a_script_a_review_by_parts_is_a_form_with_the_merged_shapes(table, client, rita):
    consensus.fresh(table)
    client.force_login(rita)
    item = table.items.get(external_id="one")
    page = markup_of(client.get(f"/projects/{table.pk}/review/parts/?item={item.pk}"))
    assert 'name="act" value="correct"' in page
    answers = list(Annotation.objects.values_list("pk", flat=True))
    fields = {"item": item.pk, "act": "correct", "labels_version": table.label_set.version, "annotation": answers}
    client.post(f"/projects/{table.pk}/review/parts/", {**fields, "shapes": "Coin: 1 2 30 40"})
    assert [row.value for row in Annotation.objects.all()] == [[box(1.0, 2.0, 30.0, 40.0)]] * 3


def test_an_item_that_nobody_answered_is_not_reviewed_by_parts(table, client, rita):
    client.force_login(rita)
    item = table.items.get(external_id="two")
    answer = client.get(f"/projects/{table.pk}/review/parts/?item={item.pk}")
    assert answer.status_code == 302
    assert answer.url.startswith(f"/projects/{table.pk}/review/?")


@pytest.fixture
def answered(table, client, ann):
    """Three boxes of ann's, submitted by REST with where each comes from, in another order than they are stored."""
    lease = lease_next(table, ann)
    client.force_login(ann)
    value = [box(300.04, 10, 340, 50), box(10, 10, 20, 20, "Button"), box(57, 40, 137, 120)]
    body = {"value": value, "origins": ["edited", "accepted", "drawn"]}
    answer = client.put(f"/api/assignments/{lease.pk}/annotation/", body, content_type="application/json")
    assert answer.status_code == 200, answer.content
    return Annotation.objects.get(assignment=lease)


EXPECTED = [(box(10.0, 10.0, 20.0, 20.0, "Button"), "accepted"), (box(300.0, 10.0, 340.0, 50.0), "edited"),
            (box(57.0, 40.0, 137.0, 120.0), "drawn")]  # fmt: skip


def test_where_each_part_comes_from_is_told_by_rest_and_exported(answered, table, client, rita):
    client.force_login(rita)
    rows = client.get(f"/api/projects/{table.pk}/annotations/").json()["results"]
    row = next(row for row in rows if row["id"] == answered.pk)
    assert list(zip(row["value"], row["origins"], strict=True)) == EXPECTED
    assert {row["origins"] is None for row in rows if row["id"] != answered.pk} == {True}
    items = {
        row["external_id"]: row for row in map(orjson.loads, b"".join(exports.export(table, "jsonl")).splitlines())
    }
    (exported,) = items["two"]["annotations"]
    assert list(zip(exported["value"], exported["origins"], strict=True)) == EXPECTED
    lines = b"".join(exports.export(table, "jsonl", what="annotations")).splitlines()
    origins = [orjson.loads(line)["origins"] for line in lines]
    assert [row for row in origins if row] == [["accepted", "edited", "drawn"]]
    assert "1 drawn, 1 accepted, 1 edited" in markup_of(client.get(f"/items/{answered.item_id}/"))


def test_where_parts_come_from_is_no_part_of_what_people_agree_on(answered, table):
    consensus.fresh(table)
    assert Consensus.objects.get(item=answered.item_id).value == answered.value == [part for part, _ in EXPECTED]


def test_parts_keep_their_origins_when_labels_get_new_names(answered, table, mona):
    names = {"Coin": "A coin", "Button": "Z button"}  # another order of the parts
    setup.change(table, mona, {}, [LabelRow(names[label.name], id=label.pk) for label in table.labels.all()])
    answered.refresh_from_db()
    assert [part["label"] for part in answered.value] == ["A coin", "A coin", "Z button"]
    origins = part_origins.of_parts(boxes, answered.value, answered.part_origins)
    of_place = {tuple(part["box"]): origin for part, origin in zip(answered.value, origins, strict=True)}
    assert of_place == {tuple(part["box"]): origin for part, origin in EXPECTED}


def test_a_correction_has_no_origins_of_the_annotator_and_undoing_it_brings_them_back(answered, table, rita):
    decision = reviews.correct([answered], rita, [box(1, 2, 30, 40)])
    answered.refresh_from_db()
    assert answered.part_origins is None
    reviews.undo(decision)
    answered.refresh_from_db()
    assert part_origins.of_parts(boxes, answered.value, answered.part_origins) == ["accepted", "edited", "drawn"]


def test_an_answer_that_was_sent_back_comes_back_with_its_origins(answered, table, rita):
    reviews.undo(reviews.send_back([answered], rita, "look again"))
    again = Annotation.objects.get(item=answered.item_id, annotator=answered.annotator_id)
    assert part_origins.of_parts(boxes, again.value, again.part_origins) == ["accepted", "edited", "drawn"]


@pytest.mark.parametrize(
    ("origins", "says"),
    [(["drawn"], "an origin for each of the 2 parts; there are 1"), (["drawn", "dreamt"], "not a valid choice")],
)
def test_origins_that_are_none_are_refused(table, client, ann, origins, says):
    lease = lease_next(table, ann)
    client.force_login(ann)
    body = {"value": [box(1, 2, 30, 40), box(5, 6, 70, 80)], "origins": origins}
    answer = client.put(f"/api/assignments/{lease.pk}/annotation/", body, content_type="application/json")
    assert answer.status_code == 400
    assert says in markup_of(answer)
