"""Files with columns of their own: chosen, guessed, stored; a crowd's votes in one call."""

import io

import orjson
import pytest
from django.core.management import CommandError, call_command
from rest_framework.test import APIClient

from accounts.models import User
from annotate.consensus.refresh import refresh
from annotate.imports.run import Report, import_file
from annotate.models import Annotation, QueueEntry
from annotate_kit.formats.readers import Unreadable
from projects.models import Membership
from tests.pages import markup_of

REVIEWS = "id,message,channel,stars,date\n1,Quick delivery,web,5,2026-01-01\n2,It leaks,mail,1,2026-01-02\n"


def sent(project, content, name="a.csv", **kwargs) -> Report:
    content = content if isinstance(content, bytes) else content.encode()
    return import_file(project, io.BytesIO(content), name=name, content_type=None, **kwargs)


@pytest.fixture
def project(make_project):
    return make_project()


@pytest.fixture
def api(mona):
    client = APIClient()
    client.force_authenticate(mona)
    return client


def post(api, project, content, query="", content_type="text/csv"):
    return api.post(f"/api/projects/{project.pk}/items/{query}", content, content_type=content_type)


def test_an_ordinary_table_is_imported_as_it_is(project):
    report = sent(project, REVIEWS)
    assert (report.created, report.rejected) == (2, [])
    assert report.columns == {
        "id": "external_id", "message": "text", "channel": "meta", "stars": "meta", "date": "meta",
    }  # fmt: skip
    item = project.items.get(external_id="1")
    assert (item.text, item.meta) == ("Quick delivery", {"channel": "web", "stars": "5", "date": "2026-01-01"})


def test_rest_says_what_it_took_the_columns_for(api, project):
    answer = post(api, project, REVIEWS)
    assert answer.status_code == 200
    assert answer.json()["columns"]["message"] == "text"
    assert answer.json()["created"] == 2


def test_rest_takes_the_columns_that_somebody_says(api, make_project):
    project = make_project(labels=("1", "5"))
    answer = post(api, project, REVIEWS, "?columns=message:text,stars:gold,channel:context,date:leave_out")
    assert answer.json()["columns"] == {
        "id": "meta", "message": "text", "channel": "context", "stars": "gold", "date": "leave_out",
    }  # fmt: skip
    item = project.items.get(text="It leaks")
    assert (item.gold, item.meta) == ("1", {"id": "2", "channel": "mail"})
    project.refresh_from_db()
    assert project.shown_fields == ["channel"]


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("?columns=message:tekst", "a column is one of text, image, field"),
        ("?columns=mesage:text", "there is no column 'mesage'; the file has id, message, channel, stars, date"),
        ("?columns=message:text,date:text", "cannot both be text"),
    ],
)
def test_columns_that_make_no_records_are_refused_with_what_would_be_right(api, project, query, detail):
    answer = post(api, project, REVIEWS, query)
    assert answer.status_code == 400
    assert detail in str(answer.json())
    assert not project.items.exists()


def test_a_json_list_of_any_objects_is_imported(api, project):
    rows = [{"_id": 7, "tweet": "Hello there", "user": {"name": "x"}}, {"_id": 8, "tweet": "Good bye"}]
    assert post(api, project, orjson.dumps(rows), content_type="application/json").json()["created"] == 2
    assert project.items.get(external_id="7").meta == {"user": {"name": "x"}}


def test_a_slip_in_a_field_of_a_record_is_still_an_error(project):
    report = sent(project, b'{"text": "a", "externalid": "1"}', "a.jsonl")
    assert "unknown field 'externalid'" in report.rejected[0]["error"]
    with pytest.raises(Unreadable, match=r"unknown column 'label'; .* columns=label:meta"):
        sent(project, "text,label\na,b\n")


def test_excel_and_its_csv_are_imported(project):
    from tests.annotate_kit.spreadsheets import xlsx

    assert sent(project, "id;message\r\n1;Schöne Grüße\r\n".encode("cp1252")).created == 1
    assert sent(project, xlsx([["id", "message"], [1, "Schöne Grüße"]]), "a.xlsx").unchanged == 1


def test_what_was_said_counts_for_the_next_file(make_project):
    project = make_project(labels=("1", "5"))
    sent(project, REVIEWS, columns={"id": "external_id", "message": "text", "stars": "gold", "date": "leave_out"})
    report = sent(project, "stars,message,new,id\n5,Works well,x,3\n")
    assert report.columns == {"stars": "gold", "message": "text", "new": "meta", "id": "external_id"}
    assert project.items.get(external_id="3").gold == "5"


def test_a_file_of_records_does_not_make_the_columns_forgotten(project):
    sent(project, REVIEWS)
    before = project.columns
    sent(project, b'{"text": "a", "external_id": "x"}', "a.jsonl")
    assert project.columns == before != []


def test_pictures_by_address_are_refused_with_a_reason(make_project):
    project = make_project(features="image_pixels")
    with pytest.raises(Unreadable, match=r"holds addresses of pictures.*put the pictures into a zip"):
        sent(project, "id,url\n1,https://example.org/a.png\n")


def test_the_same_table_again_changes_nothing(project):
    sent(project, REVIEWS)
    assert sent(project, REVIEWS).unchanged == 2


def test_fields_keep_the_order_of_the_file(make_project):
    project = make_project(features="table")
    sent(project, "zebra,age,job\n1,42,nurse\n")
    sent(project, b'[{"zebra": 2, "age": 1, "nested": {"b": 1, "a": 2}, "job": "x"}]', "a.json")
    first, second = project.items.order_by("id")
    assert first.fields == ["zebra", "age", "job"]
    assert second.fields == ["zebra", "age", "nested", "job"]


# Given answers


def test_a_column_of_each_person_holds_their_answers(project, ann, abe):
    sent(project, "message,ann,abe\none,positive,negative\ntwo,,positive\n")
    assert list(Annotation.objects.order_by("id").values_list("item__text", "annotator__username", "value")) == [
        ("one", "ann", "positive"), ("one", "abe", "negative"), ("two", "abe", "positive"),
    ]  # fmt: skip


VOTES = [
    {"external_id": "a", "text": "1", "annotations": [{"annotator": w, "value": v} for w, v in votes]}
    for votes in [[("w1", "positive"), ("w2", "negative"), ("w3", "positive")]]
]


def test_a_whole_crowd_comes_in_one_call_as_members_who_cannot_log_in(api, project):
    answer = post(api, project, orjson.dumps(VOTES), "?create_annotators=1", "application/json")
    assert (answer.json()["created"], answer.json()["annotators_created"]) == (1, 3)
    assert Annotation.objects.count() == 3
    for user in User.objects.filter(username__startswith="w"):
        assert (user.is_active, user.has_usable_password()) == (False, False)
        assert Membership.objects.get(user=user).role == "annotator"
    refresh(project)
    assert project.items.get().consensus.value == "positive"


def test_the_same_crowd_again_changes_nothing(project):
    content = orjson.dumps(VOTES)
    sent(project, content, "a.json", create_annotators=True)
    report = sent(project, content, "a.json", create_annotators=True)
    assert (report.unchanged, report.annotators_created) == (1, 0)
    assert Annotation.objects.count() == 3


def test_without_it_people_without_an_account_are_refused_as_before(project):
    report = sent(project, orjson.dumps(VOTES), "a.json")
    assert "'w1' is no member of this project" in report.rejected[0]["error"]
    assert not User.objects.filter(username="w1").exists()


def test_a_person_with_an_account_is_never_made_a_member_by_a_file(project, otto):
    row = {"text": "1", "annotations": [{"annotator": "otto", "value": "positive"}]}
    report = sent(project, orjson.dumps([row]), "a.json", create_annotators=True)
    assert "'otto' has an account but is no member" in report.rejected[0]["error"]
    assert not Membership.objects.filter(user=otto).exists()


def test_nobody_learns_by_imports_which_accounts_there_are(project, mona):
    User.objects.bulk_create(User(username=f"name-{n}", password="x") for n in range(30))
    rows = [{"text": f"{n}", "annotations": [{"annotator": f"name-{n}", "value": "positive"}]} for n in range(30)]
    with pytest.raises(Unreadable, match="too many annotators of this file have accounts"):
        sent(project, orjson.dumps(rows), "a.json", create_annotators=True, by=mona)


def test_an_imported_annotator_may_be_in_two_projects(project, make_project):
    other = make_project(name="Other")
    for each in (project, other):
        assert sent(each, orjson.dumps(VOTES), "a.json", create_annotators=True).annotators_created == 3
    assert User.objects.filter(username="w1").count() == 1


@pytest.mark.parametrize("name", ["worker 12", "x" * 151, "a/b"])
def test_a_name_that_no_account_can_have_is_refused(project, name):
    row = {"text": "1", "annotations": [{"annotator": name, "value": "positive"}]}
    report = sent(project, orjson.dumps([row]), "a.json", create_annotators=True)
    assert "cannot be a user name" in report.rejected[0]["error"]


def test_a_table_of_a_vote_a_row_becomes_items_with_several_answers(project):
    rows = "".join(f"task {n % 5},w{n // 5},{['positive', 'negative'][n % 2]}\n" for n in range(15))
    content = f"task,worker,label\n{rows}task 0,w0,positive\n"
    roles = {"task": "text", "worker": "annotator", "label": "answer"}
    report = sent(project, content, columns=roles, create_annotators=True)
    assert (report.created, report.annotators_created, Annotation.objects.count()) == (5, 3, 15)
    assert report.rejected == [
        {"row": 16, "external_id": None, "error": "'w0' has answered this already; the first counts"}
    ]
    entry = QueueEntry.objects.get(item__text="task 1")
    assert (entry.taken, entry.wanted) == (3, 3)


def test_the_votes_of_an_item_may_be_far_apart(project, monkeypatch):
    monkeypatch.setattr("annotate.imports.columns._MERGED_ITEMS", 2)
    monkeypatch.setattr("annotate.imports.chunks.ROWS", 2)
    rows = [f"{n},text {n},w{vote},positive\n" for vote in range(3) for n in range(6)]
    roles = {"id": "external_id", "message": "text", "worker": "annotator", "label": "answer"}
    sent(project, "id,message,worker,label\n" + "".join(rows), columns=roles, create_annotators=True)
    assert (project.items.count(), Annotation.objects.count()) == (6, 18)
    assert set(QueueEntry.objects.values_list("taken", "wanted")) == {(3, 3)}


def test_votes_about_another_text_under_the_same_id_are_refused(project):
    roles = {"id": "external_id", "message": "text", "worker": "annotator", "label": "answer"}
    content = "id,message,worker,label\n1,one,ann,positive\n1,uno,abe,positive\n"
    report = sent(project, content, columns=roles)
    assert report.rejected[0]["error"] == "row 1 gives this external_id another content"


# The command


def test_the_command_takes_columns_and_creates_annotators(project, tmp_path, capsys):
    path = tmp_path / "votes.csv"
    path.write_text("q,who,says\none,w1,positive\none,w2,negative\n")
    call_command("import_items", "Reviews", str(path), "--columns", "q:text,who:annotator,says:answer",
                 "--create-annotators")  # fmt: skip
    out = capsys.readouterr().out
    assert "columns    q:text,who:annotator,says:answer" in out
    assert out.split()[out.split().index("annotators") + 1] == "2"
    assert Annotation.objects.count() == 2


def test_the_command_says_which_roles_there_are(project, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(REVIEWS)
    with pytest.raises(CommandError, match="a column is one of text, image"):
        call_command("import_items", "Reviews", str(path), "--columns", "message:tekst")


def test_the_people_page_says_who_cannot_log_in(client, project, mona):
    sent(project, orjson.dumps(VOTES), "a.json", create_annotators=True)
    client.force_login(mona)
    assert markup_of(client.get(f"/projects/{project.pk}/people/")).count("cannot log in") == 3
