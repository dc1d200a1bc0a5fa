from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("projects", "0002_aggregate_automatically")]

    operations = [
        migrations.AddField(
            "project",
            "hide_external_ids",
            models.BooleanField(
                default=False,
                help_text="Annotators see neither an item's own name (external_id) nor its notes (meta): they may tell "
                "the right answer. An import in which folders are labels switches this on.",
            ),
        ),
    ]
