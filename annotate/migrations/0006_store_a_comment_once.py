from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("annotate", "0005_delete_projects_soon")]

    operations = [
        migrations.AddField("comment", "client_key", models.UUIDField(blank=True, null=True)),
        migrations.AddConstraint(
            "comment", models.UniqueConstraint(fields=["author", "client_key"], name="comment_once_a_key")
        ),
    ]
