"""Deleted rows are kept many together as text, and no longer each as a row of its own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("annotate", "0023_tell_machines_from_people")]

    operations = [
        migrations.RenameModel("DeletedRow", "DeletedRows"),
        migrations.RenameField("DeletedRows", "row", "rows"),
        migrations.AlterField(
            "DeletedRows",
            "rows",
            models.TextField(help_text="A JSON array of rows: the value of each column by its name."),
        ),
        migrations.RunSQL("ALTER TABLE annotate_deletedrows ALTER rows SET STORAGE EXTERNAL", migrations.RunSQL.noop),
        # Last: a table with rows that this transaction changed cannot be altered.
        migrations.RunSQL("UPDATE annotate_deletedrows SET rows = '[' || rows || ']'", elidable=True),
    ]
