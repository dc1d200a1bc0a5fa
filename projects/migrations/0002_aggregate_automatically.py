import projects.models
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="project",
            name="gold_in_consensus",
            field=models.BooleanField(
                default=False,
                help_text="Let the items whose right value is known teach the method how good people are.",
            ),
        ),
        migrations.AlterField(
            model_name="project",
            name="aggregation",
            field=models.CharField(choices=projects.models.aggregations, default="auto", max_length=50),
        ),
    ]
