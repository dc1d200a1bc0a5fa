from pathlib import Path

from django.db import migrations

QUEUE = Path(__file__).resolve().parents[1] / "queue.sql"


class Migration(migrations.Migration):
    dependencies = [("annotate", "0001_initial")]

    operations = [
        migrations.RunSQL(
            QUEUE.read_text(encoding="utf-8"),
            "DROP FUNCTION annotate_submit; DROP FUNCTION annotate_lease; DROP FUNCTION annotate_sweep",
        )
    ]
