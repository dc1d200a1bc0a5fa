import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("annotate", "0004_drop_the_needless_index_of_items")]

    operations = [
        migrations.AlterField(
            model_name="consensusdue",
            name="item",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="annotate.item"),
        ),
    ]
