"""Rounds have a record by which they can be run again, and can be undone."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("learner", "0003_keep_the_settings_of_estimators"),
    ]

    operations = [
        migrations.AddField(
            "round",
            "record",
            models.JSONField(default=dict, help_text="The seed, parameters, versions and digests to run it again by."),
        ),
        migrations.AddField("round", "undone_at", models.DateTimeField(null=True)),
        migrations.AddField(
            "round",
            "undone_by",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
