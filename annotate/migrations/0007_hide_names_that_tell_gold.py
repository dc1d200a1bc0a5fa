from django.db import migrations


class Migration(migrations.Migration):
    """In projects that were filled from folders that are labels, the external_id tells the right answer."""

    dependencies = [("annotate", "0006_store_a_comment_once"), ("projects", "0003_hide_external_ids")]

    operations = [
        migrations.RunSQL(
            """
            UPDATE projects_project SET hide_external_ids = true
            WHERE id IN (SELECT project_id FROM annotate_import WHERE folders_are_labels)
            """,
            migrations.RunSQL.noop,
        )
    ]
