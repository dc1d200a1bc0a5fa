from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_count_attempts")]

    operations = [
        migrations.AddField(
            "user",
            "sessions_ended",
            models.PositiveIntegerField(
                default=0, editable=False, help_text="Counted up to end all sessions of this person."
            ),
        ),
    ]
