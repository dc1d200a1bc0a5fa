from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("annotate", "0010_count_attempts_of_imports")]

    operations = [
        migrations.AddField(
            "item",
            "fields",
            models.JSONField(null=True, blank=True, help_text="The fields of `data` in the order of the file."),
        ),
        migrations.AddField("import", "create_annotators", models.BooleanField(default=False)),
        migrations.AddField("import", "annotators_created", models.PositiveIntegerField(default=0)),
        migrations.AddField(
            "import",
            "columns",
            models.JSONField(null=True, help_text="[name, role] of each column, chosen or guessed."),
        ),
        migrations.AlterField(
            "import",
            "status",
            models.CharField(
                choices=[
                    ("choosing", "Columns to be chosen"),
                    ("queued", "Queued"),
                    ("running", "Running"),
                    ("finished", "Finished"),
                    ("failed", "Failed"),
                ],
                default="queued",
                max_length=10,
            ),
        ),
    ]
