"""Long bodies: refused before anybody has read them, except where files are uploaded by those who may."""

import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from rest_framework.test import APIClient

LONG = b"x" * 4_000_000


@pytest.fixture(autouse=True)
def files(monkeypatch):
    """The names of the files that were written to the temporary folder."""
    names = []
    new_file = TemporaryFileUploadHandler.new_file

    def note(self, *args, **kwargs):
        new_file(self, *args, **kwargs)
        names.append(self.file_name)

    monkeypatch.setattr(TemporaryFileUploadHandler, "new_file", note)
    return names


def form(**fields):
    return {"file": SimpleUploadedFile("long.csv", b"text\n" + LONG), **fields}


@pytest.mark.parametrize("address", ["/accounts/login/", "/", "/account/", "/admin/login/", "/projects/1/settings/"])
def test_a_stranger_cannot_fill_the_temporary_folder_by_a_page(client, db, files, address):
    assert client.post(address, form()).status_code == 413
    assert files == []


@pytest.mark.parametrize("address", ["/api/token/", "/api/me/", "/api/projects/1/members/"])
def test_a_stranger_cannot_fill_the_temporary_folder_by_a_call(client, db, files, address):
    answer = client.post(address, form())
    assert answer.status_code == 413
    assert "3.0\xa0MB" in answer.json()["detail"]
    assert files == []


def test_a_stranger_is_sent_to_log_in_before_a_page_takes_an_upload(client, reviews, files):
    answer = client.post(f"/projects/{reviews.pk}/import/", form())
    assert (answer.status_code, answer["Location"][:16]) == (302, "/accounts/login/")
    assert files == []


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Token not-a-token"}])
def test_a_stranger_is_told_to_log_in_before_a_call_takes_an_upload(client, reviews, files, headers):
    answer = client.post(f"/api/projects/{reviews.pk}/items/", form(), headers=headers)
    assert answer.status_code == 401
    assert files == []


def test_a_manager_uploads_a_long_file_by_page_and_by_call(client, make_project, mona, files):
    project = make_project()
    client.force_login(mona)
    assert client.post(f"/projects/{project.pk}/import/", form()).status_code == 302
    api = APIClient()
    api.force_login(mona)
    lines = b"".join(json.dumps({"text": f"{n} {'x' * 4000}"}).encode() + b"\n" for n in range(1000))
    answer = api.post(f"/api/projects/{project.pk}/items/", lines, content_type="application/x-ndjson")
    assert answer.json()["created"] == 1000


def test_a_program_uploads_with_its_token(make_project, mona):
    from accounts.models import ApiToken

    _, secret = ApiToken.objects.issue(mona)
    api = APIClient(headers={"Authorization": f"Token {secret}"})
    lines = b"".join(json.dumps({"text": f"{n} {'x' * 4000}"}).encode() + b"\n" for n in range(1000))
    answer = api.post(f"/api/projects/{make_project().pk}/items/", lines, content_type="application/x-ndjson")
    assert answer.json()["created"] == 1000


def test_no_upload_is_longer_than_the_setting_says(client, reviews, mona, settings, files):
    settings.UPLOAD_BYTES = 3_500_000
    client.force_login(mona)
    vectors = {"vectors": SimpleUploadedFile("vectors.npy", LONG), "ids": "[]"}
    body = client.put(f"/api/projects/{reviews.pk}/features/", *_multipart(vectors))
    assert body.status_code == 413
    assert files == []


def _multipart(fields):
    from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

    return encode_multipart(BOUNDARY, fields), MULTIPART_CONTENT


def test_a_body_that_ends_too_early_is_a_bad_request_and_no_fault_of_ours(client, mona):
    client.force_login(mona)
    answer = client.generic(
        "POST",
        "/account/",
        b"username=m",
        "application/x-www-form-urlencoded",
        **{"wsgi.input": _Broken(), "CONTENT_LENGTH": "100"},
    )
    assert answer.status_code == 400


class _Broken(io.RawIOBase):
    def read(self, size=-1):
        raise ConnectionResetError("The client left before it had sent the whole body.")
