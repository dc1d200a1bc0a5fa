"""The import page: send a file, watch it being read, see what became of its rows."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from django.utils.html import escape
from django_q.models import OrmQ

from annotate.imports import jobs
from annotate.imports.examples import examples
from annotate.imports.run import import_file
from annotate.models import Import, Item
from annotate.tasks import run_import
from projects.tasktypes import registry
from tests.pages import markup_of

ABOUT_TEXTS = [name for name in registry.names if "text" in registry.load(name).item_types]


@pytest.fixture
def project(make_project):
    return make_project()


@pytest.fixture
def address(client, project, mona):
    client.force_login(mona)
    return f"/projects/{project.pk}/import/"


def file(content: bytes = b"text\none\ntwo\n", name: str = "a.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


@pytest.fixture
def large(monkeypatch):
    """Every file counts as a large one, for a worker."""
    monkeypatch.setattr(jobs, "AT_ONCE", 0)


def test_a_small_file_is_imported_at_once(client, address):
    answer = client.post(address, {"file": file()}, follow=True)
    assert "a.csv is imported." in answer.content.decode()
    assert Item.objects.count() == 2
    assert Import.objects.get().bytes_read == Import.objects.get().bytes_total


def test_a_large_file_waits_for_a_worker_which_reads_it(client, address, large):
    answer = client.post(address, {"file": file()}, follow=True)
    assert "Waiting for a worker" in answer.content.decode()
    waiting = Import.objects.get()
    assert default_storage.exists(waiting.stored_as) and OrmQ.objects.count() == 1
    assert client.get(f"{address}{waiting.pk}/progress/").status_code == 200
    run_import(waiting.pk)
    answer = client.get(f"{address}{waiting.pk}/progress/")
    assert (answer.status_code, Item.objects.count()) == (286, 2)
    assert not default_storage.exists(waiting.stored_as)


def test_a_job_that_comes_twice_reads_the_file_once(client, address, large):
    client.post(address, {"file": file()})
    waiting = Import.objects.get()
    run_import(waiting.pk)
    run_import(waiting.pk)
    waiting.refresh_from_db()
    assert (waiting.created, waiting.unchanged) == (2, 0)


def test_nobody_waits_for_a_worker_that_is_not_there_without_being_told(client, address, large):
    client.post(address, {"file": file()})
    Import.objects.update(created_at=timezone.now() - timedelta(seconds=11))
    answer = client.get(f"{address}{Import.objects.get().pk}/progress/")
    assert answer.status_code == 200
    assert "No worker is running:" in answer.content.decode()
    assert "manage.py worker" in answer.content.decode()


def test_rejected_rows_are_told_and_come_as_csv(client, address):
    content = b"external_id,text,gold\na,one,purple\nb,two,\n=c,,\n"
    answer = client.post(address, {"file": file(content)}, follow=True)
    assert "is no label of this project" in answer.content.decode()
    answer = client.get(f"{address}{Import.objects.get().pk}/rejected.csv")
    lines = answer.content.decode().splitlines()
    assert lines[0] == "row,external_id,error"
    assert lines[1].startswith("1,a,") and "purple" in lines[1]
    assert lines[2].startswith("3,'=c,")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [("a.docx", b"x", "no reader for a.docx"), ("a.csv", b"", "The file is empty"), ("a.json", b"[{", "Broken JSON")],
)
def test_a_file_that_cannot_be_read_says_why(client, address, name, content, reason):
    answer = client.post(address, {"file": file(content, name)}, follow=True)
    assert reason in answer.content.decode()


def test_an_upload_over_the_limit_is_refused_before_it_is_read(client, address, settings):
    settings.UPLOAD_BYTES = 10
    answer = client.post(address, {"file": file(b"text\n" + b"x" * 100_000)})
    assert answer.status_code == 413
    assert "the most that an import takes" in answer.content.decode()
    assert not Import.objects.exists()


def test_a_form_from_elsewhere_is_refused(project, mona):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(mona)
    assert client.post(f"/projects/{project.pk}/import/", {"file": file()}).status_code == 403


@pytest.fixture
def killed(client, address, project, large):
    """An import whose worker was killed: it runs, and there is no sign of it."""
    client.post(address, {"file": file()})
    Import.objects.update(status="running", heartbeat_at=timezone.now() - timedelta(minutes=3))
    OrmQ.objects.all().delete()
    return Import.objects.get()


def test_a_killed_import_says_that_it_goes_on_when_there_is_a_worker(client, address, killed):
    answer = client.get(f"{address}{killed.pk}/progress/")
    assert answer.status_code == 200
    assert "the import goes on by itself as soon as there is one" in answer.content.decode()


def test_a_killed_import_whose_file_was_not_kept_is_shown_as_interrupted(client, address, killed):
    Import.objects.update(stored_as="")
    answer = client.get(f"{address}{killed.pk}/progress/")
    assert answer.status_code == 286
    assert "interrupted" in answer.content.decode()


def test_a_killed_import_can_be_sent_again_at_once(client, address, killed):
    client.post(f"{address}{killed.pk}/again/")
    assert OrmQ.objects.count() == 1
    run_import(killed.pk)
    killed.refresh_from_db()
    assert (killed.status, killed.created) == ("finished", 2)


def test_an_import_that_lives_is_not_sent_again(client, address, killed):
    Import.objects.update(heartbeat_at=timezone.now())
    answer = client.post(f"{address}{killed.pk}/again/", follow=True)
    assert "This import runs" in answer.content.decode()
    assert not OrmQ.objects.exists()


def test_a_fault_of_ours_is_written_down_and_the_file_is_kept(client, address, large, monkeypatch):
    client.post(address, {"file": file()})
    waiting = Import.objects.get()

    def broken(*args, **kwargs):
        raise RuntimeError("a disk is full")

    monkeypatch.setattr(jobs, "import_file", broken)
    with pytest.raises(RuntimeError):
        run_import(waiting.pk)
    waiting.refresh_from_db()
    assert (waiting.status, waiting.error.startswith("A fault of ours")) == ("failed", True)
    assert default_storage.exists(waiting.stored_as)


@pytest.mark.parametrize("task_type", ABOUT_TEXTS)
def test_every_example_can_be_imported(make_project, task_type):
    project = make_project(task_type=task_type)
    for example in examples(project):
        if example.is_file:
            stream = ContentFile(example.text.encode())
            report = import_file(project, stream, name=f"a{example.suffixes.split()[0]}", content_type=None)
            assert (report.stored, report.rejected) == (2, [])


def test_the_examples_of_a_form_have_its_answers_in_json(client, make_project, mona):
    project = make_project((), task_type="form", options={"questions": "mood: one of good | bad\nstars: number 1 to 5"})
    client.force_login(mona)
    page = markup_of(client.get(f"/projects/{project.pk}/import/"))
    in_csv, in_excel, in_lines = '{""mood"":', '{"mood":"good","stars":', '"gold":{"mood":'
    assert all(escape(answers) in page for answers in (in_csv, in_excel, in_lines)), page


def test_an_example_can_be_downloaded(client, address):
    answer = client.get(f"{address}examples/csv/")
    assert answer.content.decode().startswith("external_id,text,gold")
    assert client.get(f"{address}examples/zip/").status_code == 404


@pytest.mark.parametrize(("person", "status"), [("ann", 403), ("rita", 403), ("otto", 404)])
def test_only_managers_import(client, project, request, person, status):
    client.force_login(request.getfixturevalue(person))
    started = Import.objects.create(project=project, name="a.csv", reader="csv")
    for path in ("", f"{started.pk}/", f"{started.pk}/progress/", f"{started.pk}/rejected.csv", "examples/csv/"):
        assert client.get(f"/projects/{project.pk}/import/{path}").status_code == status
    assert client.post(f"/projects/{project.pk}/import/", {"file": file()}).status_code == status
    assert not Item.objects.exists()


def test_an_import_is_found_in_its_own_project_only(client, address, make_project):
    elsewhere = Import.objects.create(project=make_project(name="Other"), name="a.csv", reader="csv")
    assert client.get(f"{address}{elsewhere.pk}/").status_code == 404


# Columns of one's own

REVIEWS = b"id;message;channel;stars\r\n1;Sch\xf6ne Gr\xfc\xdfe;web;5\r\n2;Na ja;mail;2\r\n"


@pytest.fixture
def choosing(client, address):
    """An import that waits for the columns to be chosen."""
    client.post(address, {"file": file(REVIEWS, "reviews.csv")})
    return Import.objects.get()


def choice(*roles: str, **more) -> dict:
    return {**{f"column-{place}": role for place, role in enumerate(roles)}, **more}


def test_the_columns_of_an_ordinary_table_are_shown_and_can_be_chosen(client, address, choosing):
    page = client.get(f"{address}{choosing.pk}/").content.decode()
    assert "What are the columns of reviews.csv?" in page
    assert "Schöne Grüße" in page
    assert page.count("selected") == 4
    assert not Item.objects.exists()
    answer = client.post(
        f"{address}{choosing.pk}/columns/", choice("external_id", "text", "context", "leave_out"), follow=True
    )
    assert "reviews.csv is imported." in answer.content.decode()
    item = Item.objects.get(external_id="1")
    assert (item.text, item.meta) == ("Schöne Grüße", {"channel": "web"})
    assert not default_storage.exists(choosing.stored_as)


def test_what_was_chosen_is_proposed_for_the_next_file(client, address, choosing, project):
    client.post(f"{address}{choosing.pk}/columns/", choice("meta", "text", "external_id", "leave_out"))
    client.post(address, {"file": file(REVIEWS, "more.csv")})
    newest = Import.objects.latest("pk")
    assert [role for _, role in newest.columns] == ["meta", "text", "external_id", "leave_out"]


def test_a_file_that_names_its_fields_is_not_asked_about(client, address):
    client.post(address, {"file": file(b"external_id,text,meta.x\n1,a,b\n")})
    assert Import.objects.get().status == "finished"


def test_a_table_with_an_unknown_column_beside_known_ones_is_asked_about(client, address):
    client.post(address, {"file": file(b"text,label\na,positive\n")})
    assert Import.objects.get().columns == [["text", "text"], ["label", "meta"]]


def test_columns_that_make_no_records_are_told_and_nothing_is_lost(client, address, choosing):
    answer = client.post(f"{address}{choosing.pk}/columns/", choice("text", "text", "meta", "meta"))
    assert answer.status_code == 400
    assert "cannot both be text" in answer.content.decode()
    choosing.refresh_from_db()
    assert choosing.status == "choosing" and default_storage.exists(choosing.stored_as)


def test_what_becomes_of_the_first_rows_is_shown_while_one_chooses(client, address, choosing):
    answer = client.post(
        f"{address}{choosing.pk}/columns/",
        choice("external_id", "text", "meta", "gold"),
        headers={"HX-Request": "true"},
    )
    page = answer.content.decode()
    assert "<strong>2 errors</strong>" in page
    assert "no label of this project" in page
    assert "<html" not in page and not Item.objects.exists()


def test_a_file_can_be_left_out(client, address, choosing):
    client.post(f"{address}{choosing.pk}/columns/", {"act": "give up"})
    assert not Import.objects.exists()
    assert not default_storage.exists(choosing.stored_as)


def test_columns_are_chosen_once(client, address, choosing):
    roles = choice("external_id", "text", "meta", "meta")
    for _ in range(2):
        answer = client.post(f"{address}{choosing.pk}/columns/", roles, follow=True)
    assert "chosen already" in answer.content.decode()
    assert Import.objects.get().created == 2


def test_a_large_table_is_left_to_a_worker_with_its_columns(client, address, choosing, large):
    client.post(f"{address}{choosing.pk}/columns/", choice("external_id", "text", "meta", "meta"))
    assert OrmQ.objects.count() == 1
    run_import(choosing.pk)
    choosing.refresh_from_db()
    assert (choosing.status, choosing.created) == ("finished", 2)


def test_a_column_of_answers_may_bring_new_members(client, address, project):
    client.post(address, {"file": file(b"message,w1\none,positive\n")})
    choosing = Import.objects.get()
    client.post(f"{address}{choosing.pk}/columns/", choice("text", "answer", create_annotators="on"))
    choosing.refresh_from_db()
    assert (choosing.created, choosing.annotators_created) == (1, 1)
    assert project.memberships.filter(user__username="w1", user__is_active=False).exists()


def test_files_that_wait_for_a_choice_do_not_wait_for_ever(client, address, choosing):
    Import.objects.update(created_at=timezone.now() - timedelta(days=8))
    client.post(address, {"file": file()})
    assert not Import.objects.filter(pk=choosing.pk).exists()
    assert not default_storage.exists(choosing.stored_as)


@pytest.mark.parametrize(("person", "status"), [("ann", 403), ("rita", 403), ("otto", 404)])
def test_only_managers_choose_columns(client, project, choosing, request, person, status):
    client.force_login(request.getfixturevalue(person))
    assert client.get(f"/projects/{project.pk}/import/{choosing.pk}/").status_code == status
    assert client.post(f"/projects/{project.pk}/import/{choosing.pk}/columns/", {}).status_code == status
