import django.db.models.deletion
from django.db import migrations, models


def read_history(apps, schema_editor):
    """Fill the history of names from the events, which have the label set before and after each change of it."""
    Project, Label, LabelRename, Event = (
        apps.get_model("projects", name) for name in ("Project", "Label", "LabelRename", "Event")
    )
    labels = dict(Label.objects.values_list("pk", "project_id"))
    versions = {}
    events = Event.objects.filter(project__isnull=False, act="changed", data__has_key="labels").order_by("pk")
    for event in events.iterator():
        before, after = event.data["labels"]
        if [label["name"] for label in before] == [label["name"] for label in after]:
            continue
        version = versions[event.project_id] = versions.get(event.project_id, 1) + 1
        names = {label["id"]: label["name"] for label in after}
        renames = [
            LabelRename(
                project_id=event.project_id,
                label_id=label["id"],
                version=version,
                before=label["name"],
                after=names[label["id"]],
            )
            for label in before
            if labels.get(label["id"]) == event.project_id and names.get(label["id"], label["name"]) != label["name"]
        ]
        for rename in LabelRename.objects.bulk_create(renames):
            LabelRename.objects.filter(pk=rename.pk).update(at=event.at)
    for project_id, version in versions.items():
        Project.objects.filter(pk=project_id).update(labels_version=version)


class Migration(migrations.Migration):
    dependencies = [("projects", "0003_hide_external_ids")]

    operations = [
        migrations.AddField(
            model_name="project",
            name="labels_version",
            field=models.PositiveIntegerField(
                default=1,
                editable=False,
                help_text="Grows when the labels' names, their order or the task type change.",
            ),
        ),
        migrations.CreateModel(
            name="LabelRename",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField()),
                ("before", models.CharField(max_length=100)),
                ("after", models.CharField(max_length=100)),
                ("at", models.DateTimeField(auto_now_add=True)),
                (
                    "label",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="renames", to="projects.label"
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="label_renames",
                        to="projects.project",
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["project", "version"], name="label_rename_by_version")]},
        ),
        migrations.RunPython(read_history, migrations.RunPython.noop),
    ]
