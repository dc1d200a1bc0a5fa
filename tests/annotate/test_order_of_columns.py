"""Fields of records stay in the order of the file: on screen, by REST, on pages and in exports."""

import csv
import io
import json

import pytest

from annotate.queue.leasing import lease_rows
from tests.annotate.test_assignments_api import signed_in

FIELDS = ["zebra", "id", "apple", "middle"]


@pytest.fixture
def records(make_project, mona):
    """Two records whose fields are in no alphabetical order; jsonb would give apple, zebra, middle."""
    project = make_project()
    columns = "zebra:field,id:external_id,apple:field,middle:field"
    body = ",".join(FIELDS).encode() + b"\nz,one,a,m\nz,two,a,m\n"
    answer = signed_in(mona).post(f"/api/projects/{project.pk}/items/?columns={columns}", body, content_type="text/csv")
    assert answer.json()["created"] == 2, answer.json()
    return project


ORDER = ["zebra", "apple", "middle"]


def test_the_screen_gets_them_in_order(records, ann, client):
    [leased] = lease_rows(records, ann)
    assert list(leased.item.data) == ORDER
    client.force_login(ann)
    html = client.get(f"/projects/{records.pk}/label/").content.decode()
    rows = html[html.index('class="item-data"') :]
    assert sorted(ORDER, key=rows.index) == ORDER


def test_rest_and_pages_show_them_in_order(records, mona, client):
    item = records.items.first()
    assert list(signed_in(mona).get(f"/api/items/{item.pk}/").json()["data"]) == ORDER
    client.force_login(mona)
    html = client.get(f"/items/{item.pk}/").content.decode()
    rows = html[html.index('class="item-data"') :]
    assert sorted(ORDER, key=rows.index) == ORDER
    assert "zebra: z; apple: a; middle: m" in client.get(f"/projects/{records.pk}/items/").content.decode()


@pytest.mark.parametrize("format", ["jsonl", "csv"])
def test_exports_give_them_back_in_order(records, mona, format):
    answer = signed_in(mona).get(f"/api/projects/{records.pk}/export/?format={format}")
    text = b"".join(answer.streaming_content).decode()
    if format == "jsonl":
        assert list(json.loads(text.splitlines()[0])["data"]) == ORDER
    else:
        names = next(csv.reader(io.StringIO(text)))
        assert [name for name in names if name.startswith("data.")] == [f"data.{name}" for name in ORDER]
