"""Which fields of records stand first, links in their values, and what is shown beside an item."""

import pytest

from annotate.imports.run import import_records
from annotate.templatetags.records import linked
from annotate_kit.formats.records import Record
from projects.models import Project
from tests.annotate.test_assignments_api import signed_in

PAGE = "https://example.org/a?b=1&c=2"


@pytest.fixture
def records(make_project) -> Project:
    project = make_project(features="table")
    data = {"size": 3, "colour": "red", "page": f"See {PAGE}.", "maker": "<b>Ada</b>"}
    rows = [Record(row, str(row), data=data, meta={"channel": "mail", "right": "positive"}) for row in (1, 2, 3)]
    assert import_records(project, rows).created == 3
    return project


def show(project: Project, *names: str, **others: object) -> None:
    Project.objects.filter(pk=project.pk).update(shown_fields=list(names), **others)


def screen(client, project: Project, person) -> str:
    client.force_login(person)
    return client.get(f"/projects/{project.pk}/label/").content.decode()


def pages(client, project: Project, ann, rita) -> list[str]:
    """The labelling screen, and the item page as a reviewer sees it."""
    label = screen(client, project, ann)
    client.force_login(rita)
    return [label, client.get(f"/items/{project.items.first().pk}/").content.decode()]


def test_all_fields_are_shown_where_none_is_chosen(client, records, ann, rita):
    for page in pages(client, records, ann, rita):
        record = page[page.index('class="item-data"') :]
        assert [name for name in ("size", "colour", "page", "maker") if f"<dt>{name}</dt>" in record] == [
            "size", "colour", "page", "maker",
        ]  # fmt: skip
        assert "more field" not in record


def test_chosen_fields_stand_first_and_the_others_are_folded(client, records, ann, rita):
    show(records, "maker", "size")
    for page in pages(client, records, ann, rita):
        first, folded = page[page.index('class="item-data"') :].split("<summary>2 more fields</summary>")
        assert first.index("<dt>maker</dt>") < first.index("<dt>size</dt>")
        assert "<dt>colour</dt>" not in first
        assert folded.index("<dt>colour</dt>") < folded.index("<dt>page</dt>")


def test_a_record_without_the_chosen_fields_shows_all_of_its_own(client, records, ann):
    show(records, "taste")
    assert "more field" not in screen(client, records, ann)


def test_addresses_are_links_in_a_new_tab_and_values_are_escaped(client, records, ann, rita):
    escaped = PAGE.replace("&", "&amp;")
    for page in pages(client, records, ann, rita):
        assert f'See <a href="{escaped}" target="_blank" rel="noopener noreferrer">{escaped}</a>.' in page
        assert "<b>Ada</b>" not in page


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("http://a.example", 1),
        ("HTTPS://A.EXAMPLE, and http://b.example/?q=1!", 2),
        ("javascript:alert(1) ftp://a.example data:text/html,x", 0),
        ("http:// nothing", 0),
        ('"><script>alert(1)</script> https://a.example/"onclick="x"', 1),
    ],
)
def test_only_web_addresses_are_links(text, links):
    html = linked(text)
    assert html.count("<a href=") == links
    assert "<script>" not in html and '"onclick=' not in html


def test_context_is_shown_where_the_manager_names_it_and_nothing_else_of_the_notes(client, records, ann):
    assert "<dt>channel</dt>" not in screen(client, records, ann)
    show(records, "channel")
    page = screen(client, records, ann)
    assert '<dt>channel</dt><dd dir="auto">mail</dd>' in page
    assert "<dt>right</dt>" not in page


def test_rest_sends_the_context_with_each_lease(records, ann):
    show(records, "channel")
    api = signed_in(ann)
    [first] = api.post(f"/api/projects/{records.pk}/assignments/", {}).json()
    answer = {"value": "positive", "next": 1}
    then = api.put(f"/api/assignments/{first['id']}/annotation/", answer, format="json").json()["next"]
    held = api.get(f"/api/projects/{records.pk}/assignments/").json()
    assert [leased["item"]["context"] for leased in [first, *then, *held]] == [{"channel": "mail"}] * 3


def test_context_is_hidden_where_names_and_notes_are(client, records, ann):
    show(records, "channel", hide_external_ids=True)
    assert "<dt>channel</dt>" not in screen(client, records, ann)
    assert all("context" not in row for row in signed_in(ann).get(f"/api/projects/{records.pk}/assignments/").json())


def test_context_stands_beside_texts_too(client, make_project, ann):
    project = make_project(shown_fields=["channel"])
    import_records(project, [Record(1, "one", text="the cat", meta={"channel": "mail", "other": "x"})])
    assert '<dt>channel</dt><dd dir="auto">mail</dd>' in screen(client, project, ann)
