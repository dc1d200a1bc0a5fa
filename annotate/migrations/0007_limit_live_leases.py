from pathlib import Path

from django.db import migrations

QUEUE = Path(__file__).resolve().parents[1] / "queue.sql"


class Migration(migrations.Migration):
    dependencies = [("annotate", "0006_store_a_comment_once")]

    operations = [migrations.RunSQL(QUEUE.read_text(encoding="utf-8"), migrations.RunSQL.noop)]
