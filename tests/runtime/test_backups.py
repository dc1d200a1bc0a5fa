"""`manage.py backup` and `restore`: everything comes back, or nothing is changed."""

import io
import tarfile
from threading import Thread

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from accounts.models import User
from annotate.models import Annotation
from annotate.queue.leasing import lease
from annotate.queue.submitting import submit
from core.storage_folders import replace
from runtime.backups import Unusable, archive, database
from tests.database import another_database

pytestmark = [pytest.mark.django_db(transaction=True)]

PICTURE = "images/1/ab/abc.png"


@pytest.fixture(autouse=True)
def storage(settings, tmp_path):
    """`storage("there")`: the files of another installation, for the rest of the test."""

    def folder(name: str) -> None:
        files = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path / name}}
        settings.STORAGES = {**settings.STORAGES, "default": files}

    folder("here")
    return folder


@pytest.fixture
def answered(reviews, ann):
    """A project with an answer, and a picture in the storage."""
    (assignment,) = lease(reviews, ann)
    submit(assignment, "positive")
    replace(PICTURE, b"a picture")
    return reviews


@pytest.fixture
def backup(answered, tmp_path):
    run("backup", path := tmp_path / "backup.tar")
    return path


def run(command: str, *arguments: object) -> str:
    call_command(command, *map(str, arguments), stdout=(output := io.StringIO()), stderr=output)
    return output.getvalue()


@pytest.mark.parametrize("migrated", [False, True], ids=["an empty database", "one that was just migrated"])
def test_everything_comes_back(answered, settings, storage, tmp_path, migrated):
    path = tmp_path / "backup.tar"
    assert "1 files, as of " in run("backup", path)
    rows = database.count_rows(database.our_tables())
    storage("there")
    settings.DEBUG = True  # else static files are collected, too
    with another_database(migrated):
        assert "1 files, as of " in run("restore", path)
        assert database.count_rows(rows) == rows
        assert Annotation.objects.get().value == "positive"
        assert User.objects.get(username="ann").check_password("ann's password")
        (assignment,) = lease(answered, User.objects.get(username="ann"))  # the functions of the queue are there, too
        submit(assignment, "negative")
        assert Annotation.objects.count() == 2
        with default_storage.open(PICTURE) as picture:
            assert picture.read() == b"a picture"


def test_what_is_written_meanwhile_is_not_in_it(answered, tmp_path, monkeypatch):
    def dump(file: io.BytesIO, of: str) -> None:
        writer = Thread(target=write)
        writer.start()
        writer.join()
        real_dump(file, of)

    def write() -> None:
        User.objects.create_user("nora")
        connection.close()

    real_dump = database.dump
    monkeypatch.setattr(database, "dump", dump)
    run("backup", path := tmp_path / "backup.tar")
    with another_database():
        archive.restore(path)
        assert User.objects.filter(username="ann").exists()
        assert not User.objects.filter(username="nora").exists()
    assert User.objects.filter(username="nora").exists()


def test_a_file_that_is_removed_meanwhile_is_left_out(answered, tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "stored_files", lambda: iter([PICTURE, "images/1/cd/removed.png"]))
    assert "1 files" in run("backup", tmp_path / "backup.tar")


def test_only_its_owner_may_read_a_backup(backup):
    assert backup.stat().st_mode & 0o777 == 0o600


def test_a_folder_gets_a_file_named_by_the_time(answered, tmp_path):
    (folder := tmp_path / "backups").mkdir()
    run("backup", folder)
    (path,) = folder.iterdir()
    assert path.match("annotate-20??-??-??-??????.tar")


def test_a_backup_may_go_into_a_pipe(answered, tmp_path, capfdbinary):
    assert "1 files, as of " in run("backup", "-")
    (path := tmp_path / "backup.tar").write_bytes(capfdbinary.readouterr().out)
    assert archive.check(path).files == 1


def test_a_backup_is_replaced_only_where_that_is_meant(backup):
    before = backup.stat().st_ino
    with pytest.raises(CommandError, match="is there already: name another file, or say --replace"):
        run("backup", backup)
    assert backup.stat().st_ino == before
    run("backup", backup, "--replace")
    assert archive.check(backup).files == 1


def test_a_backup_that_fails_leaves_nothing(answered, tmp_path, monkeypatch):
    (program := tmp_path / "program").write_text("#!/bin/sh\necho no server >&2; exit 1\n")
    program.chmod(0o700)
    monkeypatch.setattr(database, "_program", lambda name: str(program))
    with pytest.raises(CommandError, match="no server"):
        run("backup", tmp_path / "backup.tar")
    assert not list(tmp_path.glob("*backup*"))
    with pytest.raises(CommandError, match="No such file or directory"):
        run("backup", tmp_path / "missing" / "backup.tar")


# Not into what is used


def test_nobodys_work_is_replaced(backup, storage):
    storage("there")
    people = User.objects.count()
    with pytest.raises(CommandError, match=rf"The database has {people} people in it\. Restore into an empty one"):
        run("restore", backup)
    assert Annotation.objects.count() == 1
    assert not default_storage.exists(PICTURE)


def test_nobodys_files_are_mixed_with_others(backup):
    replace("features/1/pixels-v1/1-1x1.npy", b"of another project 1")
    with another_database(), pytest.raises(CommandError, match="There are 1 files that the back-up does not have"):
        run("restore", backup)


def test_what_was_killed_among_the_files_goes_on(backup, storage):
    storage("there")
    replace(PICTURE, b"a part")
    with another_database():
        archive.restore(backup)
    with default_storage.open(PICTURE) as picture:
        assert picture.read() == b"a picture"


def test_nothing_may_run_meanwhile(backup, storage):
    storage("there")
    with another_database():
        other = connection.copy()
        other.ensure_connection()
        try:
            with pytest.raises(CommandError, match=r"Annotate is running \(1 connections to its database\)"):
                run("restore", backup)
        finally:
            other.close()


# What is no back-up


@pytest.mark.parametrize("share", [0, 0.2, 0.6, 0.97])
def test_half_a_backup_changes_nothing(backup, storage, share):
    whole = backup.read_bytes()
    backup.write_bytes(whole[: int(share * len(whole.rstrip(b"\0")))])
    storage("there")
    with another_database():
        with pytest.raises(CommandError, match="is not whole"):
            run("restore", backup)
        assert not connection.introspection.table_names()
    assert not default_storage.exists(PICTURE)


def test_a_damaged_backup_is_refused(backup):
    content = backup.read_bytes()
    backup.write_bytes(content.replace(b"a picture", b"a sculpture"[:9]))
    with pytest.raises(CommandError, match="is damaged"):
        run("restore", backup, "--check")


def test_another_file_is_no_backup(tmp_path):
    (path := tmp_path / "notes.txt").write_text("bread, milk" * 1000)
    with pytest.raises(CommandError, match="no back-up of Annotate"):
        run("restore", path)
    with tarfile.open(tmp_path / "other.tar", "w") as tar:
        tar.add(path, "notes.txt")
    with pytest.raises(CommandError, match="no back-up of Annotate"):
        run("restore", tmp_path / "other.tar")
    with pytest.raises(CommandError, match="No such file or directory"):
        run("restore", tmp_path / "missing.tar")


def test_check_changes_nothing(backup):
    assert "1 files, as of" in run("restore", backup, "--check")


def test_a_newer_version_is_named(answered, tmp_path):
    MigrationRecorder(connection).record_applied("annotate", "9999_later")
    try:
        run("backup", path := tmp_path / "backup.tar")
    finally:
        MigrationRecorder(connection).record_unapplied("annotate", "9999_later")
    with another_database(), pytest.raises(CommandError, match=r"newer version of Annotate, with annotate\.9999_later"):
        run("restore", path)


def test_tables_that_this_version_does_not_know_come_back_too(answered, tmp_path, monkeypatch):
    known = database.our_tables()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE annotate_former (note text); INSERT INTO annotate_former VALUES ('kept')")
    try:
        with monkeypatch.context() as patch:
            patch.setattr(database, "our_tables", lambda: [*known, "annotate_former"])
            run("backup", path := tmp_path / "backup.tar")
        with another_database():
            assert archive.restore(path).rows["annotate_former"] == 1
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE annotate_former")


def test_a_script_that_fails_changes_nothing(backup):
    with another_database():
        with connection.cursor() as cursor:
            cursor.execute("CREATE VIEW annotate_item AS SELECT 1 AS id")  # of other software
        with pytest.raises(Unusable, match=r'^The database stays as it was: ERROR: .* "annotate_item"'):
            archive.restore(backup)
        assert connection.introspection.table_names() == []


def test_servers_before_17_get_a_script_that_they_know():
    lines = [b"SET lock_timeout = 0;\n", database.LATER, b"COPY t FROM stdin;\n", database.LATER, b"\\.\n"]
    assert list(database._understood(lines)) == [lines[0], *lines[2:]]
