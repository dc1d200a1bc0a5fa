import json

from django.db import migrations

# Where values are stored, and the name of their column. In this version they are the name of a label or a list of such.
VALUES = [("annotation", "value"), ("review", "value"), ("consensus", "value"), ("suggestion", "value"), ("item", "gold")]


def repair(apps, schema_editor):
    """Put what was stored under a former name of a label, while it was renamed, under the present one.

    A name that another label has by now says nothing, so what is stored under it stays.
    """
    LabelRename = apps.get_model("projects", "LabelRename")
    for project in LabelRename.objects.order_by().values_list("project", flat=True).distinct():
        labels = list(
            apps.get_model("projects", "Label")
            .objects.filter(project=project)
            .order_by("position", "id")
            .values_list("name", flat=True)
        )
        renames = LabelRename.objects.filter(project=project).order_by("version")
        former = {before: name for before, name in renames.values_list("before", "label__name") if before not in labels}
        with schema_editor.connection.cursor() as cursor:
            for table, column in VALUES if former else []:
                _repair(cursor, project, f"annotate_{table}", column, former, labels)


def _repair(cursor, project, table, column, former, labels):
    cursor.execute(f"SELECT DISTINCT {column}::text FROM {table} WHERE project_id = %s", [project])
    for (text,) in cursor.fetchall():
        value = json.loads(text or "null")
        present = _present(value, former, labels)
        if present == value:
            continue
        if table == "annotate_annotation":
            cursor.execute(
                "INSERT INTO annotate_consensusdue (item_id, project_id) "
                "SELECT item_id, project_id FROM annotate_annotation WHERE project_id = %s AND value = %s::jsonb",
                [project, text],
            )
        cursor.execute(
            f"UPDATE {table} SET {column} = %s::jsonb WHERE project_id = %s AND {column} = %s::jsonb",
            [json.dumps(present), project, text],
        )


def _present(value, former, labels):
    if isinstance(value, str):
        return former.get(value, value)
    if isinstance(value, list) and any(name in former for name in value):
        names = [former.get(name, name) for name in value]
        return sorted(set(names), key=lambda name: labels.index(name) if name in labels else len(labels))
    return value


class Migration(migrations.Migration):
    dependencies = [("annotate", "0007_hide_names_that_tell_gold"), ("projects", "0004_name_label_versions")]

    operations = [migrations.RunPython(repair, migrations.RunPython.noop)]
