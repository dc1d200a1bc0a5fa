from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("annotate", "0016_delete_and_assign_items")]

    operations = [
        migrations.AddField(
            model_name="annotation",
            name="part_origins",
            field=models.JSONField(
                blank=True, help_text="Where each part comes from, in the order of their places.", null=True
            ),
        ),
    ]
