from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("annotate", "0009_parts_and_sizes")]

    operations = [
        migrations.AddField(
            model_name="import",
            name="attempt",
            field=models.PositiveSmallIntegerField(default=0, help_text="How often a worker began to read it."),
        ),
    ]
