from django.db import migrations


class Migration(migrations.Migration):
    """Installed the functions of queue.sql, as `post_migrate` does now."""

    dependencies = [("annotate", "0001_initial")]

    operations = [
        migrations.RunSQL(
            migrations.RunSQL.noop,
            """
            DROP FUNCTION IF EXISTS annotate_submit;
            DROP FUNCTION IF EXISTS annotate_lease;
            DROP FUNCTION IF EXISTS annotate_sweep
            """,
        )
    ]
