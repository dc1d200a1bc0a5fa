"""Staff who manage a project see and edit it in the admin, and nothing of others."""

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import ApiToken, User
from annotate.models import Annotation, Assignment, Import, Item
from annotate.queue.leasing import lease, lease_next
from annotate.queue.submitting import submit
from learner.models import Round
from projects import members, tasktypes
from projects.models import Event, Label, Membership, Project, Role, Webhook
from tests.conftest import add_texts

REGISTERED = [
    User, ApiToken, Project, Event, Webhook, Item, Assignment, Annotation, Import, Round,
]  # fmt: skip


@pytest.fixture
def boss(db) -> User:
    return User.objects.create_superuser("boss", password="boss's password")


@pytest.fixture
def secret(boss) -> Project:
    """A project in which mona has no part, with a member, an item, an answer, an import, a round, an event."""
    project = Project.objects.create(name="Secret")
    Label.objects.create(project=project, name="hidden label")
    Label.objects.create(project=project, name="other", position=1)
    sven = User.objects.create_user("sven", password="sven's password")
    Membership.objects.create(project=project, user=sven, role=Role.ANNOTATOR)
    add_texts(project, ["a secret text"])
    submit(lease(project, sven)[0], "hidden label")
    Import.objects.create(project=project, by=sven, name="secret.csv", reader="csv")
    Round.objects.create(project=project, trigger="click", asked_by=sven)
    Event.objects.create(project=project, actor=sven, act="secret act")
    Webhook.objects.create(project=project, by=sven, url="https://secret.example.org/", events=["item.done"])
    return project


@pytest.fixture
def staff_mona(client, mona) -> Client:
    mona.is_staff = True
    mona.save()
    client.force_login(mona)
    return client


@pytest.fixture
def reviews_at_work(reviews, ann, abe) -> Project:
    """Reviews with an answer, a lease, a round, an import and an event."""
    submit(lease(reviews, ann)[0], "positive")
    lease_next(reviews, abe)
    Import.objects.create(project=reviews, by=ann, name="more.csv", reader="csv")
    Round.objects.create(project=reviews, trigger="click")
    Event.objects.create(project=reviews, actor=ann, act="changed", data={"name": ["a", "b"]})
    Webhook.objects.create(project=reviews, url="https://example.org/", events=["item.done"], secret="of webhooks")
    return reviews


def lists() -> list[str]:
    return [reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist") for model in REGISTERED]


def own_lists() -> list[str]:
    return [url for url in lists() if "apitoken" not in url]


def page_of(row) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def rows_of(project: Project) -> list:
    return [
        project,
        *(related.first() for related in (project.items, project.assignments, project.annotations)),
        *(related.first() for related in (project.imports, project.rounds, project.events, project.webhooks)),
    ]


# Who gets in


@pytest.mark.parametrize("who", ["mona", "rita", "ann", "otto"])
def test_who_is_not_staff_gets_nowhere(who, client, request, reviews):
    client.force_login(request.getfixturevalue(who))
    for url in ["/admin/", *lists()]:
        assert client.get(url).status_code == 302


def test_the_admin_asks_for_the_log_in_of_the_site(client, db):
    response = client.get("/admin/login/", follow=True)
    assert response.redirect_chain[0][0].startswith("/accounts/login/")


def test_staff_without_a_project_find_nothing(client, otto, reviews_at_work):
    otto.is_staff = True
    otto.save()
    client.force_login(otto)
    for url in lists():
        assert client.get(url).status_code == 403
    for row in rows_of(reviews_at_work):
        assert client.get(page_of(row)).status_code in (302, 403)


def test_a_reviewer_on_the_staff_manages_nothing(client, rita, reviews_at_work):
    rita.is_staff = True
    rita.save()
    client.force_login(rita)
    assert client.get(page_of(reviews_at_work)).status_code in (302, 403)


def test_a_superuser_sees_every_page(client, boss, reviews_at_work, secret):
    client.force_login(boss)
    for url in lists():
        assert client.get(url).status_code == 200, url
    for row in [*rows_of(reviews_at_work), *rows_of(secret), boss]:
        assert client.get(page_of(row)).status_code == 200, row


# A manager sees and edits their own projects only


def test_a_manager_sees_their_own_rows(staff_mona, reviews_at_work):
    for url in ["/admin/", *own_lists()]:
        assert staff_mona.get(url).status_code == 200, url
    for row in rows_of(reviews_at_work):
        assert staff_mona.get(page_of(row)).status_code == 200, row


def test_a_manager_sees_nothing_of_other_projects(staff_mona, reviews_at_work, secret):
    for url in own_lists():
        text = staff_mona.get(url).content.decode()
        assert "ecret" not in text and "sven" not in text, url
    for row in [*rows_of(secret), secret.memberships.get().user]:
        assert staff_mona.get(page_of(row)).status_code == 302, row


def test_a_filter_by_hand_shows_no_other_project(staff_mona, reviews_at_work, secret):
    text = staff_mona.get(f"/admin/annotate/item/?project={secret.pk}").content.decode()
    assert "0 items" in text


def test_a_manager_cannot_name_another_project_in_an_action(staff_mona, reviews_at_work, secret):
    staff_mona.post("/admin/projects/project/", {"action": "retrain", "_selected_action": [secret.pk]})
    staff_mona.post(
        "/admin/projects/project/", {"action": "delete_selected", "_selected_action": [secret.pk], "post": "yes"}
    )
    assert secret.rounds.count() == 1
    assert Project.objects.filter(pk=secret.pk).exists()


def test_a_manager_sees_members_but_changes_no_account(staff_mona, ann, reviews):
    page = staff_mona.get(page_of(ann))
    assert page.status_code == 200
    assert ann.password not in page.content.decode() and "field-password" not in page.content.decode()
    assert staff_mona.post(page_of(ann), {"username": "ann", "is_superuser": "on"}).status_code == 403
    assert staff_mona.get(f"/admin/accounts/user/{ann.pk}/password/").status_code in (302, 403, 404)
    ann.refresh_from_db()
    assert not ann.is_superuser


def test_a_manager_sees_no_tokens(staff_mona, ann, reviews):
    ApiToken.objects.issue(ann, "script")
    assert staff_mona.get("/admin/accounts/apitoken/").status_code == 403


def test_nobody_sees_the_secret_of_a_token(client, boss, ann):
    token, secret = ApiToken.objects.issue(ann, "script")
    client.force_login(boss)
    for url in ("/admin/accounts/apitoken/", page_of(token)):
        text = client.get(url).content.decode()
        assert "script" in text
        assert secret not in text and token.digest not in text


def test_nobody_sees_the_secret_of_a_webhook(client, boss, reviews_at_work):
    client.force_login(boss)
    for url in ("/admin/projects/webhook/", page_of(reviews_at_work.webhooks.get())):
        text = client.get(url).content.decode()
        assert "example.org" in text and "of webhooks" not in text


# What came about by acts stays as it is


def test_history_is_read_only_even_for_superusers(client, boss, reviews_at_work):
    client.force_login(boss)
    for row in rows_of(reviews_at_work)[1:]:
        base = page_of(row).removesuffix("change/")
        assert client.post(f"{base}change/", {}).status_code == 403, row
        assert client.post(f"{base}delete/", {"post": "yes"}).status_code == 403, row
        assert client.get(reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_add")).status_code == 403, row


def test_an_annotation_shows_its_former_values(client, boss, reviews, ann):
    assignment = lease(reviews, ann)[0]
    submit(assignment, "positive")
    submit(assignment, "negative")
    client.force_login(boss)
    text = client.get(page_of(Annotation.objects.get())).content.decode()
    assert "Changed: positive" in text


def test_no_account_is_deleted_with_its_annotations(client, boss, ann):
    client.force_login(boss)
    assert client.post(f"/admin/accounts/user/{ann.pk}/delete/", {"post": "yes"}).status_code == 403


# Setting a project up


def form_of(project: Project, **changes: object) -> dict[str, object]:
    """The change form as a browser sends it back, with some fields changed."""
    fields: dict[str, object] = {
        "name": project.name, "task_type": project.task_type, "guidelines": "", "order": project.order,
        "votes_wanted": project.votes_wanted, "lease_minutes": project.lease_minutes,
        "aggregation": project.aggregation, "model_vote": "on", "learning": "on", "features": project.features,
        "estimator": project.estimator, "acquisition": project.acquisition, "retrain_every": project.retrain_every,
        "retrain_minutes": project.retrain_minutes, "explore": project.explore,
        "show_suggestions": project.show_suggestions, "page_tiles": project.page_tiles,
    }  # fmt: skip
    for prefix, rows, names in (
        ("labels", list(project.labels.all()), ["position", "name", "hotkey", "color", "description"]),
        ("memberships", list(project.memberships.exclude(role="machine").order_by("pk")), ["user_id", "role"]),
    ):
        fields |= {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": len(rows)}
        for place, row in enumerate(rows):
            fields |= {f"{prefix}-{place}-{name.removesuffix('_id')}": getattr(row, name) for name in names}
            fields |= {f"{prefix}-{place}-id": row.pk, f"{prefix}-{place}-project": project.pk}
    return {**fields, "memberships-2-TOTAL_FORMS": 0, "memberships-2-INITIAL_FORMS": 0, **changes}


@pytest.mark.parametrize("task_type", tasktypes.registry.names)
def test_a_project_of_any_type_is_changed_and_its_options_stay(staff_mona, make_project, task_type):
    options = {"rating": {"most": 7.0}, "text": {"pattern": "[a-z]+"}, "boxes": {"quorum": 0.5}}.get(task_type, {})
    project = make_project(task_type=task_type, options=options)
    assert staff_mona.get(page_of(project)).status_code == 200
    assert staff_mona.post(page_of(project), form_of(project, votes_wanted=3)).status_code == 302
    project.refresh_from_db()
    assert (project.votes_wanted, project.options) == (3, options)


def test_a_change_is_written_down_and_the_queue_follows_it(staff_mona, mona, reviews):
    assert staff_mona.post(page_of(reviews), form_of(reviews, votes_wanted=3)).status_code == 302
    reviews.refresh_from_db()
    assert reviews.votes_wanted == 3
    assert set(Item.objects.values_list("queueentry__wanted", flat=True)) == {3}
    event = Event.objects.get(act="changed")
    assert event.actor == mona and event.data == {"votes_wanted": [1, 3]}


def test_a_renamed_label_is_renamed_in_the_answers(staff_mona, reviews, ann):
    submit(lease(reviews, ann)[0], "positive")
    staff_mona.post(page_of(reviews), form_of(reviews, **{"labels-0-name": "good"}))
    assert Annotation.objects.get().value == "good"


def test_a_label_gets_its_parent_by_name(staff_mona, reviews):
    third = {
        "labels-TOTAL_FORMS": 3, "labels-2-name": "polar", "labels-2-position": 2,
        "labels-2-hotkey": "", "labels-2-color": "", "labels-2-description": "", "labels-2-id": "",
    }  # fmt: skip
    parents = {"labels-0-parent_name": "polar", "labels-1-parent_name": "polar"}
    staff_mona.post(page_of(reviews), form_of(reviews, **third, **parents))
    stored = {"positive": "polar", "negative": "polar", "polar": None}
    assert dict(reviews.labels.values_list("name", "parent__name")) == stored
    staff_mona.post(page_of(reviews), form_of(reviews, **(parents | {"labels-0-parent_name": "grey"})))
    assert dict(reviews.labels.values_list("name", "parent__name")) == stored
    assert 'value="polar"' in staff_mona.get(page_of(reviews)).content.decode()


def test_a_label_in_use_cannot_be_removed(staff_mona, reviews, ann):
    submit(lease(reviews, ann)[0], "positive")
    third = {
        "labels-TOTAL_FORMS": 3, "labels-2-name": "mixed", "labels-2-position": 2,
        "labels-2-hotkey": "", "labels-2-color": "", "labels-2-description": "", "labels-2-id": "",
    }  # fmt: skip
    page = staff_mona.post(page_of(reviews), form_of(reviews, **third, **{"labels-0-DELETE": "on"}))
    assert "rename it instead" in page.content.decode()
    assert reviews.labels.count() == 2


def test_the_last_manager_stays(staff_mona, mona, reviews):
    place = list(reviews.memberships.order_by("pk").values_list("user", flat=True)).index(mona.pk)
    page = staff_mona.post(page_of(reviews), form_of(reviews, **{f"memberships-{place}-role": "annotator"}))
    assert "Somebody must manage the project" in page.content.decode()


def test_nobody_becomes_a_machine_and_no_machine_a_person(staff_mona, mona, reviews, ann):
    rule = members.add_machine(reviews, "rule", mona)
    page = staff_mona.get(page_of(reviews)).content.decode()
    assert '<option value="annotator"' in page and '<option value="machine"' not in page
    assert 'value="rule"' not in page and f'value="{rule.pk}"' not in page
    people = list(reviews.memberships.exclude(role="machine").order_by("pk").values_list("user", flat=True))
    fields = form_of(reviews, **{f"memberships-{people.index(ann.pk)}-role": "machine"})
    refused = staff_mona.post(page_of(reviews), fields).content.decode()
    assert "machine is not one of the available choices" in refused
    assert reviews.role_of(ann) == Role.ANNOTATOR


def test_a_member_who_is_removed_gives_their_leases_back(staff_mona, reviews, ann):
    lease(reviews, ann, 2)
    place = list(reviews.memberships.order_by("pk").values_list("user", flat=True)).index(ann.pk)
    staff_mona.post(page_of(reviews), form_of(reviews, **{f"memberships-{place}-DELETE": "on"}))
    assert not reviews.memberships.filter(user=ann).exists()
    assert not reviews.assignments.live().exists()
    assert Event.objects.filter(project=reviews, act="member removed").exists()


def test_whoever_adds_a_project_manages_it(staff_mona, mona, reviews):
    inlines = {
        "labels-TOTAL_FORMS": 2, "labels-INITIAL_FORMS": 0, "labels-0-name": "yes", "labels-0-position": 0,
        "labels-1-name": "no", "labels-1-position": 1, "memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0,
        "memberships-2-TOTAL_FORMS": 0, "memberships-2-INITIAL_FORMS": 0,
    }  # fmt: skip
    own = {name: value for name, value in form_of(reviews).items() if "-" not in name}
    fields = {**own, **inlines, "name": "Fresh"}
    response = staff_mona.post("/admin/projects/project/add/", fields)
    assert response.status_code == 302, response.context["errors"]
    project = Project.objects.get(name="Fresh")
    assert project.label_names == ["yes", "no"]
    assert project.role_of(mona) == Role.MANAGER


def somebody_new(user: User) -> dict[str, object]:
    return {"memberships-2-TOTAL_FORMS": 1, "memberships-2-0-user": user.pk, "memberships-2-0-role": "reviewer"}


def test_a_colleague_from_another_project_takes_part(staff_mona, mona, reviews, otto):
    other = Project.objects.create(name="Other")
    for user, role in [(mona, Role.MANAGER), (otto, Role.ANNOTATOR)]:
        Membership.objects.create(project=other, user=user, role=role)
    staff_mona.post(page_of(reviews), form_of(reviews, **somebody_new(otto)))
    assert reviews.role_of(otto) == Role.REVIEWER
    assert Event.objects.get(project=reviews, act="member added").data["username"] == "otto"


def test_a_key_by_hand_does_not_make_a_stranger_a_member_nor_show_their_name(staff_mona, reviews, otto):
    otto.first_name, otto.email = "Ottokar", "otto@example.org"
    otto.save()
    page = staff_mona.post(page_of(reviews), form_of(reviews, **somebody_new(otto)))
    assert page.status_code == 200
    assert "Select a valid choice" in page.content.decode()
    assert reviews.role_of(otto) is None
    assert not any(secret in page.content.decode() for secret in ("Ottokar", "otto@example.org", ">otto<"))


# Accounts


@pytest.fixture
def clerk(client, otto) -> Client:
    """otto, who has no project, in a group whose members add and change accounts."""
    group = Group.objects.create(name="Accounts")
    group.permissions.set(Permission.objects.filter(codename__in=["add_user", "change_user", "view_user"]))
    otto.is_staff = True
    otto.save()
    otto.groups.add(group)
    client.force_login(otto)
    return client


def account_form(user: User, **changes: object) -> dict[str, object]:
    return {"username": user.username, "email": user.email, "is_active": "on", "date_joined_0": "2026-01-01",
            "date_joined_1": "00:00:00", **changes}  # fmt: skip


def test_staff_with_the_right_add_people_with_an_address(clerk):
    assert clerk.get("/admin/accounts/user/add/").status_code == 200
    passwords = {"usable_password": "true", "password1": "a long phrase here", "password2": "a long phrase here"}
    clerk.post("/admin/accounts/user/add/", {"username": "nina", "email": "Nina@Example.org", **passwords})
    assert User.objects.get(username="nina").email == "nina@example.org"
    page = clerk.post("/admin/accounts/user/add/", {"username": "nino", "email": "NINA@example.org", **passwords})
    assert "Somebody else has this address" in page.content.decode()


def test_staff_with_the_right_disable_people_of_any_project(clerk, ann, reviews):
    lease_next(reviews, ann)
    form = {name: value for name, value in account_form(ann).items() if name != "is_active"}
    assert clerk.post(page_of(ann), form).status_code == 302
    ann.refresh_from_db()
    assert not ann.is_active
    assert not reviews.assignments.live().exists()


def test_only_superusers_give_rights_and_change_superusers(clerk, ann, boss, client):
    rights = {"is_staff": "on", "is_superuser": "on", "groups": [Group.objects.get().pk]}
    clerk.post(page_of(ann), account_form(ann, **rights))
    ann.refresh_from_db()
    assert not ann.is_staff and not ann.is_superuser and not ann.groups.exists()
    assert clerk.post(page_of(boss), account_form(boss)).status_code == 403
    assert clerk.get(f"/admin/accounts/user/{boss.pk}/password/").status_code == 403
    client.force_login(boss)
    client.post(page_of(ann), account_form(ann, **rights))
    ann.refresh_from_db()
    assert ann.is_staff and ann.groups.exists()


def test_staff_who_see_all_accounts_may_add_any_to_their_projects(clerk, otto, reviews, secret):
    reviews.memberships.create(user=otto, role=Role.MANAGER)
    sven = User.objects.get(username="sven")
    clerk.post(page_of(reviews), form_of(reviews, **somebody_new(sven)))
    assert reviews.role_of(sven) == Role.REVIEWER


def test_a_manager_is_offered_nobody_but_the_people_of_their_projects(staff_mona, reviews, secret):
    url = "/admin/autocomplete/?app_label=projects&model_name=membership&field_name=user&term="
    offered = {row["text"] for row in staff_mona.get(url).json()["results"]}
    assert "ann" in offered and "sven" not in offered


def test_many_members_cost_no_more_queries_than_few(staff_mona, reviews):
    with CaptureQueriesContext(connection) as few:
        staff_mona.get(page_of(reviews))
    for number in range(5):
        user = User.objects.create_user(f"annotator{number}")
        Membership.objects.create(project=reviews, user=user)
    with CaptureQueriesContext(connection) as many:
        staff_mona.get(page_of(reviews))
    assert len(many) <= len(few)


def test_deleting_a_project_leaves_the_word_that_it_was(staff_mona, reviews_at_work):
    page = staff_mona.get(page_of(reviews_at_work).replace("change", "delete"))
    assert "all its items" in page.content.decode()
    staff_mona.post(page_of(reviews_at_work).replace("change", "delete"), {"post": "yes"})
    assert not Project.objects.exists() and not Item.objects.exists()
    assert Event.objects.get(act="deleted").data["name"] == "Reviews"


# Acts


def run_action(client: Client, url: str, name: str, *rows) -> Any:
    return client.post(url, {"action": name, "_selected_action": [row.pk for row in rows]}, follow=True)


def test_leases_are_released(staff_mona, reviews, ann):
    first, second = lease(reviews, ann, 2)
    run_action(staff_mona, "/admin/annotate/assignment/", "release_leases", first)
    assert list(reviews.assignments.live()) == [second]
    run_action(staff_mona, "/admin/projects/project/", "release_all_leases", reviews)
    assert not reviews.assignments.live().exists()


def test_a_round_is_asked_for(staff_mona, reviews, mona):
    response = run_action(staff_mona, "/admin/projects/project/", "retrain", reviews)
    assert reviews.rounds.get().asked_by == mona
    assert f"round {reviews.rounds.get().pk} is queued" in response.content.decode()


def test_import_leads_to_the_import_page(staff_mona, reviews):
    response = staff_mona.post("/admin/projects/project/", {"action": "import_items", "_selected_action": [reviews.pk]})
    assert response.url == f"/projects/{reviews.pk}/import/"


# Quick at any size


@pytest.mark.parametrize("model", [Item, Assignment, Annotation, Round, Import, Event])
def test_a_list_costs_the_same_whatever_its_length(model, staff_mona, reviews_at_work, ann, abe):
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    with CaptureQueriesContext(connection) as short:
        assert staff_mona.get(url).status_code == 200
    Round.objects.update(status="finished")
    for _ in range(4):
        submit(lease(reviews_at_work, ann)[0], "positive")
        Import.objects.create(project=reviews_at_work, by=abe, name="x.csv", reader="csv")
        Round.objects.create(project=reviews_at_work, trigger="click", asked_by=ann, status="finished")
        Event.objects.create(project=reviews_at_work, actor=abe, act="changed")
    with CaptureQueriesContext(connection) as long:
        assert staff_mona.get(url).status_code == 200
    assert len(long) <= len(short)


def test_no_list_counts_all_its_rows(staff_mona, reviews):
    with CaptureQueriesContext(connection) as queries:
        staff_mona.get("/admin/annotate/item/")
    counts = [query["sql"] for query in queries.captured_queries if "COUNT(" in query["sql"]]
    assert counts and all("LIMIT 10000" in sql for sql in counts)


def test_every_model_of_ours_that_people_look_for_is_there():
    assert set(REGISTERED) <= set(admin.site._registry)


def test_an_item_is_found_by_its_external_id(staff_mona, reviews):
    text = staff_mona.get("/admin/annotate/item/?q=item-3").content.decode()
    assert "item-3<" in text and "item-4<" not in text
