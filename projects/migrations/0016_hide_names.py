from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("projects", "0015_group_labels")]

    operations = [
        migrations.AddField(
            model_name="project",
            name="hide_names",
            field=models.BooleanField(
                default=False,
                help_text="Reviewers see pseudonyms in place of people's names, so that they judge the answers alone. "
                "Managers see the names.",
            ),
        ),
    ]
