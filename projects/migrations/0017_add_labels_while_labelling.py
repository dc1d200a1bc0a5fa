from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("projects", "0016_hide_names")]

    operations = [
        migrations.AddField(
            model_name="project",
            name="annotators_add_labels",
            field=models.BooleanField(
                default=False,
                help_text="Whoever finds no label that fits adds one while labelling. It is everybody's from then on; "
                "managers rename and describe it here.",
            ),
        ),
    ]
