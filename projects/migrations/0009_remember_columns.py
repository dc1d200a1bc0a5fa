from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("projects", "0008_adapt_votes")]

    operations = [
        migrations.AddField(
            "project",
            "shown_fields",
            models.JSONField(
                default=list,
                blank=True,
                help_text="Of a record, the fields that stand first; the others are folded. "
                "Else what of meta is shown beside.",
            ),
        ),
        migrations.AddField(
            "project",
            "columns",
            models.JSONField(
                default=list,
                editable=False,
                help_text="[name, role] of each column of the last file with columns of its own.",
            ),
        ),
    ]
