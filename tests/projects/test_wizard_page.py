"""A new project in four steps, and nothing is made before the last one."""

import io
import re
from datetime import timedelta

import orjson
import pytest
from django.core import mail
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.forms.renderers import TemplatesSetting
from PIL import Image

from annotate.views.data import wizard
from projects import invitations, tasktypes
from projects.forms import PicturedRadios
from projects.models import Project, Role
from tests.annotate.test_importing_label_studio import chosen
from tests.annotate_kit.files import zipped
from tests.pages import markup_of

NEW = "/projects/new/"


@pytest.fixture
def as_mona(client, mona):
    for name in drafts():
        default_storage.delete(f"drafts/{name}")
    client.force_login(mona)
    return client


@pytest.fixture
def labelled(as_mona):
    """Up to the last step, with three pasted texts."""
    as_mona.post(NEW, {"name": "Kettles", "item_kind": "text", "task_type": "single_choice"})
    as_mona.post(f"{NEW}data/", {"pasted": "It boils.\nIt leaks.\n\nLovely."})
    as_mona.post(f"{NEW}data/")
    as_mona.post(f"{NEW}labels/", labels("good", "bad"))
    return as_mona


def labels(*names: str) -> dict:
    fields: dict[str, object] = {"labels-TOTAL_FORMS": len(names), "labels-INITIAL_FORMS": len(names)}
    for place, name in enumerate(names):
        fields |= {f"labels-{place}-name": name, f"labels-{place}-hotkey": str(place + 1)}
        fields |= {f"labels-{place}-color": "#0072b2"}
    return fields


def people(**changes) -> dict:
    wanted = {"votes_wanted": 2, "learning": "on", "acquisition": "margin", "retrain_every": 50}
    return {**wanted, "show_suggestions": "hidden", **changes}


def start(as_mona, kind: str = "text") -> None:
    as_mona.post(NEW, {"name": "Kettles", "item_kind": kind, "task_type": "single_choice"})


def upload(as_mona, name: str, content: bytes, **fields):
    return as_mona.post(f"{NEW}data/", {"file": SimpleUploadedFile(name, content), **fields}, follow=True)


def drafts() -> list[str]:
    return default_storage.listdir("drafts")[1] if default_storage.exists("drafts") else []


def picture(colour: str) -> bytes:
    Image.new("RGB", (8, 8), colour).save(written := io.BytesIO(), "PNG")
    return written.getvalue()


def test_strangers_are_asked_to_log_in(client, db):
    assert client.get(NEW).status_code == 302


def test_four_steps_make_a_project_with_its_items(labelled, mona, ann, rita):
    response = labelled.post(f"{NEW}people/", people(annotators="ann", reviewers="rita"), follow=True)
    project = Project.objects.get()
    assert (project.name, project.task_type, project.votes_wanted) == ("Kettles", "single_choice", 2)
    assert project.features == "text_hashing"
    assert project.label_names == ["good", "bad"]
    assert [project.role_of(user) for user in (mona, rita, ann)] == [Role.MANAGER, Role.REVIEWER, Role.ANNOTATOR]
    assert list(project.items.order_by("text").values_list("text", flat=True)) == ["It boils.", "It leaks.", "Lovely."]
    assert set(project.items.values_list("queueentry__wanted", flat=True)) == {2}
    assert "Label ten items yourself" in markup_of(response)
    assert project.events.filter(act="created", actor=mona).exists()


def test_nothing_is_made_before_the_end(labelled):
    assert not Project.objects.exists()
    assert len(drafts()) == 1


def test_nothing_of_the_draft_stays(labelled):
    labelled.post(f"{NEW}people/", people())
    assert drafts() == []
    assert 'value="Kettles"' not in markup_of(labelled.get(NEW))


def test_a_later_step_leads_to_the_first_open_one(as_mona):
    assert as_mona.get(f"{NEW}people/").url == NEW
    start(as_mona)
    assert as_mona.get(f"{NEW}labels/").url == f"{NEW}data/"


def test_an_unknown_step_is_not_found(as_mona):
    assert as_mona.get(f"{NEW}colours/").status_code == 404


def test_what_was_said_is_still_there_on_the_way_back(labelled):
    assert 'value="Kettles"' in markup_of(labelled.get(NEW))
    assert "It boils." in markup_of(labelled.get(f"{NEW}data/"))
    assert 'value="good"' in markup_of(labelled.get(f"{NEW}labels/"))


def test_data_may_come_later(as_mona):
    start(as_mona)
    assert as_mona.post(f"{NEW}data/").url == f"{NEW}labels/"
    as_mona.post(f"{NEW}labels/", labels("good", "bad"))
    response = as_mona.post(f"{NEW}people/", people())
    assert response.url == f"/projects/{Project.objects.get().pk}/"
    assert not Project.objects.get().items.exists()


def test_five_rows_of_a_file_are_shown(as_mona):
    start(as_mona)
    rows = "".join(f'{{"external_id": "r{row}", "text": "review {row}"}}\n' for row in range(1, 9))
    text = markup_of(upload(as_mona, "reviews.ndjson", rows.encode()))
    assert "review 5" in text and "review 6" not in text and "<strong>8</strong>" in text
    assert not as_mona.get(f"{NEW}data/").context["form"]["pasted"].value()  # Next goes on, it pastes nothing


def test_rows_that_cannot_be_read_are_told_beforehand(as_mona):
    start(as_mona)
    text = markup_of(upload(as_mona, "reviews.ndjson", b'{"text": "good"}\n{"txet": "bad"}\n'))
    assert "1 row can&#x27;t be read" in text or "1 row can't be read" in text
    assert "exactly one of text, image and data, this has none" in text
    assert "txet" in text  # as a column, of which one can say what it is


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("reviews.docx", b"PK", "No reader for reviews.docx"),
        ("reviews.json", b"{", "JSON"),
        ("reviews.csv", b"text\n", "There is no row in this file"),
        ("reviews.ndjson", b'{"text": ""}\n', "No row of this file can be read"),
        ("empty.csv", b"", "empty"),
    ],
)
def test_a_file_of_no_use_is_not_kept(as_mona, name, content, error):
    start(as_mona)
    text = markup_of(upload(as_mona, name, content))
    assert error in text
    assert drafts() == []


def test_a_file_above_the_limit_is_refused(as_mona, settings):
    settings.UPLOAD_BYTES = 10
    start(as_mona)
    assert "larger than" in markup_of(upload(as_mona, "reviews.csv", b"text\nlong enough\n"))


def test_labels_are_found_in_the_file(as_mona):
    start(as_mona)
    upload(as_mona, "reviews.csv", b"text,gold\nfine,yes\nbad,no\nwell,maybe\n")
    as_mona.post(f"{NEW}data/")
    editor = as_mona.get(f"{NEW}labels/").context["editor"]
    assert [(form["name"].value(), form["hotkey"].value()) for form in editor][:3] == [
        ("maybe", "1"), ("no", "2"), ("yes", "3"),
    ]  # fmt: skip


def test_digits_are_their_own_keys(as_mona):
    start(as_mona, "image")
    images = zipped({"7/a.png": picture("red"), "3/b.png": picture("blue")})
    text = markup_of(upload(as_mona, "digits.zip", images, folders_are_labels="on"))
    assert text.count('src="data:image/png;base64,') == 2
    as_mona.post(f"{NEW}data/", {"folders_are_labels": "on"})
    editor = as_mona.get(f"{NEW}labels/").context["editor"]
    assert [(form["name"].value(), form["hotkey"].value()) for form in editor][:2] == [("3", "3"), ("7", "7")]
    as_mona.post(f"{NEW}labels/", labels("3", "7"))
    as_mona.post(f"{NEW}people/", people())
    project = Project.objects.get()
    assert project.features == "image_pixels"
    assert list(project.items.order_by("gold").values_list("gold", flat=True)) == ["3", "7"]


def test_the_kind_follows_the_file(as_mona):
    start(as_mona, "text")
    upload(as_mona, "rows.ndjson", b'{"data": {"height": 1, "colour": "red"}}\n')
    assert "colour" in markup_of(as_mona.get(f"{NEW}data/"))
    as_mona.post(f"{NEW}data/")
    as_mona.post(f"{NEW}labels/", labels("good", "bad"))
    as_mona.post(f"{NEW}people/", people())
    assert Project.objects.get().features == "table"


def test_a_file_is_left_out_again(labelled):
    labelled.post(f"{NEW}data/", {"act": "leave out"})
    assert drafts() == []
    assert "It boils." not in markup_of(labelled.get(f"{NEW}data/"))


def test_pasted_json_stays_json(as_mona):
    start(as_mona)
    as_mona.post(f"{NEW}data/", {"pasted": '[{"text": "one", "external_id": "a"}]'})
    assert "<td>one</td>" in markup_of(as_mona.get(f"{NEW}data/"))


def test_what_is_pasted_is_shown_as_text(as_mona):
    start(as_mona)
    as_mona.post(f"{NEW}data/", {"pasted": "<script>alert(1)</script>"})
    assert "<script>alert" not in markup_of(as_mona.get(f"{NEW}data/"))


def test_unknown_people_are_invited(labelled, ann):
    named = people(annotators="ann, noor@example.org", reviewers="newcomer")
    page = markup_of(labelled.post(f"{NEW}people/", named, follow=True))
    project = Project.objects.get()
    assert project.role_of(ann) == Role.ANNOTATOR
    assert set(project.invitations.values_list("addressee", "role")) == {
        ("noor@example.org", "annotator"),
        ("newcomer", "reviewer"),
    }
    assert "Invited as annotator: noor@example.org; by mail." in page
    assert "Invited as reviewer: newcomer; send them their links, below." in page
    assert f'value="http://testserver{invitations.path(project.invitations.get(role="reviewer"))}"' in page
    assert [message.to for message in mail.outbox] == [["noor@example.org"]]


def test_who_is_named_for_both_reviews(labelled, ann):
    labelled.post(f"{NEW}people/", people(annotators="ann", reviewers="ann"))
    assert Project.objects.get().role_of(ann) == Role.REVIEWER


def test_an_address_that_is_not_complete_is_told_before_anything_is_made(labelled):
    text = markup_of(labelled.post(f"{NEW}people/", people(annotators="jo@example")))
    assert "“jo@example” is not a complete address." in text
    assert not Project.objects.exists()


def test_too_few_labels_are_told(as_mona):
    start(as_mona)
    as_mona.post(f"{NEW}data/")
    assert "Give at least two labels" in markup_of(as_mona.post(f"{NEW}labels/", labels("only")))


def test_files_of_forgotten_drafts_are_swept(labelled, client, abe, monkeypatch):
    monkeypatch.setattr(wizard, "FILE_LIFETIME", timedelta(seconds=-1))
    client.force_login(abe)
    start(client)
    upload(client, "more.csv", b"text\nhello\n")
    assert len(drafts()) == 1


# Columns of one's own

REVIEWS = b"id;message;channel;sentiment\r\n1;Sch\xf6n;web;good\r\n2;Na ja;mail;bad\r\n3;Toll;web;good\r\n"


def roles(*names):
    return {f"column-{place}": name for place, name in enumerate(names)}


def test_an_ordinary_table_is_enough_to_start_with(as_mona):
    start(as_mona)
    text = markup_of(upload(as_mona, "reviews.csv", REVIEWS))
    assert "Schön" in text and text.count('<option value="meta" selected') == 1
    as_mona.post(f"{NEW}data/", roles("external_id", "text", "context", "gold"))
    editor = as_mona.get(f"{NEW}labels/").context["editor"]
    assert [form["name"].value() for form in editor][:2] == ["bad", "good"]
    as_mona.post(f"{NEW}labels/", labels("good", "bad"))
    as_mona.post(f"{NEW}people/", people())
    project = Project.objects.get()
    item = project.items.get(external_id="1")
    assert (item.text, item.gold, item.meta) == ("Schön", "good", {"channel": "web"})
    assert project.shown_fields == ["channel"]
    assert drafts() == []


def test_columns_that_make_no_records_are_told_in_the_wizard(as_mona):
    start(as_mona)
    upload(as_mona, "reviews.csv", REVIEWS)
    response = as_mona.post(f"{NEW}data/", roles("text", "text", "meta", "meta"))
    assert "cannot both be text" in markup_of(response)


def test_labels_stay_when_the_columns_do(as_mona):
    start(as_mona)
    upload(as_mona, "reviews.csv", REVIEWS)
    chosen = roles("external_id", "text", "meta", "gold")
    as_mona.post(f"{NEW}data/", chosen)
    as_mona.post(f"{NEW}labels/", labels("good", "bad", "neither"))
    as_mona.post(f"{NEW}data/", chosen)
    assert 'value="neither"' in markup_of(as_mona.get(f"{NEW}labels/"))


def test_records_take_every_column_as_a_field(as_mona):
    start(as_mona, "data")
    upload(as_mona, "people.csv", b"id,age,job\n1,42,nurse\n2,50,cook\n")
    as_mona.post(f"{NEW}data/", roles("external_id", "field", "field"))
    as_mona.post(f"{NEW}labels/", labels("good", "bad"))
    as_mona.post(f"{NEW}people/", people())
    item = Project.objects.get().items.get(external_id="2")
    assert (item.data, item.fields) == ({"age": 50, "job": "cook"}, ["age", "job"])


def test_addresses_of_pictures_are_refused_with_a_reason(as_mona):
    start(as_mona, "image")
    text = markup_of(upload(as_mona, "pictures.csv", b"id,url\n1,https://example.org/a.png\n"))
    assert "holds addresses of pictures" in text and "put the pictures into a zip" in text


@pytest.mark.parametrize(
    ("item_kind", "task_type", "says"),
    [
        ("text", "boxes", "Boxes are for images; choose that above"),
        ("image", "spans", "are for texts; choose that above"),
    ],
)
def test_what_cannot_be_asked_about_such_items_is_refused_at_once(as_mona, item_kind, task_type, says):
    page = as_mona.post(NEW, {"name": "Coins", "item_kind": item_kind, "task_type": task_type})
    assert says in markup_of(page)
    onwards = as_mona.post(NEW, {"name": "Coins", "item_kind": "image", "task_type": "boxes"})
    assert onwards.status_code == 302


def test_the_common_task_types_come_first(client, mona):
    client.force_login(mona)
    page = markup_of(client.get("/projects/new/"))
    offered = re.findall(r'name="[^"]*task_type" value="(\w+)"', page)
    assert offered[:4] == ["single_choice", "multiple_choice", "spans", "boxes"]
    assert set(offered) == {key for key, _ in tasktypes.choices()}


def test_every_kind_of_answer_has_a_picture_of_its_own(as_mona):
    html = markup_of(as_mona.get(NEW))
    cards = re.findall(r'name="task_type" value="(\w+)".*?<span>(.*?)</span>', html, re.DOTALL)
    assert sorted(name for name, _ in cards) == sorted(tasktypes.registry.names)
    pictures = [re.findall(r'<svg class="picture".*?</svg>', card, re.DOTALL) for _, card in cards]
    assert all(len(drawn) == 1 and 'aria-hidden="true"' in drawn[0] for drawn in pictures)
    assert len({drawn[0] for drawn in pictures}) == len(cards)


def test_what_a_kind_of_answer_is_stands_below_its_name(as_mona):
    page = markup_of(as_mona.get("/projects/new/kind/"))
    assert re.search(r">\s*Boxes\s*<small>A rectangle round each object of a picture</small>", page)
    assert re.search(r">\s*One label per item\s*</span>", page)


def test_a_kind_of_answer_without_a_picture_can_be_chosen_too():
    widget = PicturedRadios(choices=[("number", "A number\nFrom 0 to 10."), ("boxes", "Boxes")])
    html = widget.render("task_type", "number", {"id": "kind"}, TemplatesSetting())
    assert html.count("<svg") == 1
    assert "A number<small>From 0 to 10.</small>" in html


def test_a_form_begins_with_a_file_of_label_studio(as_mona):
    as_mona.post(NEW, {"name": "Reviews", "item_kind": "text", "task_type": "form"})
    result = [chosen("good", tag="mood"), chosen("price", "service", tag="topics")]
    tasks = [{"id": 7, "data": {"text": "Late."}, "annotations": [{"ground_truth": True, "result": result}]}]
    page = markup_of(upload(as_mona, "tasks.json", orjson.dumps(tasks)))
    assert "{&#x27;mood&#x27;: &#x27;good&#x27;," in page
    assert "answers or annotations for" not in page
    as_mona.post(f"{NEW}data/", {})
    as_mona.post(f"{NEW}labels/", {"option_questions": "mood: one of good | bad\ntopics: any of price | service"})
    as_mona.post(f"{NEW}people/", people())
    assert Project.objects.get().items.get().gold == {"mood": "good", "topics": ["price", "service"]}


def test_a_type_without_labels_asks_for_its_settings_instead(as_mona):
    as_mona.post(NEW, {"name": "Essays", "item_kind": "text", "task_type": "rating"})
    as_mona.post(f"{NEW}data/", {"pasted": '{"text": "fine", "gold": 8}'})
    as_mona.post(f"{NEW}data/", {})
    page = markup_of(as_mona.get(f"{NEW}labels/"))
    assert "What answers look like" in page
    assert 'name="option_most"' in page
    wrong = {"option_least": "9", "option_most": "3", "option_step": "1"}
    assert "least must be below most; they are 9 and 3" in markup_of(as_mona.post(f"{NEW}labels/", wrong))
    scale = {"option_least": "1", "option_most": "10", "option_step": "1", "option_most_word": "superb"}
    as_mona.post(f"{NEW}labels/", {**scale, "guidelines": "Be kind."})
    assert 'value="superb"' in markup_of(as_mona.get(f"{NEW}labels/"))
    as_mona.post(f"{NEW}people/", people())
    project = Project.objects.get(name="Essays")
    assert (project.options["most"], project.options["most_word"], project.guidelines) == (10, "superb", "Be kind.")
    assert project.items.get().gold == 8, "the file is read by these settings"
