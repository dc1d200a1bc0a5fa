"""The field has another name; its column stays."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("annotate", "0021_store_who_makes_the_same_errors")]

    operations = [
        migrations.AlterField(
            model_name="crowdrun",
            name="asked",
            field=models.CharField(
                db_column="asked", help_text="The method that the settings named, with its options.", max_length=100
            ),
        ),
        migrations.RenameField(model_name="crowdrun", old_name="asked", new_name="requested_method"),
        migrations.AlterField(
            model_name="crowdrun",
            name="reason",
            field=models.CharField(
                blank=True, help_text="Why another one than requested.", max_length=500
            ),
        ),
    ]
