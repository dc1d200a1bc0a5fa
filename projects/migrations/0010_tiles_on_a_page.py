import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('projects', '0009_remember_columns'),
    ]

    operations = [
        migrations.AddField(
            model_name='project',
            name='page_tiles',
            field=models.PositiveSmallIntegerField(default=24, help_text='So many items of one predicted label stand on a page that is verified at once.', validators=[django.core.validators.MinValueValidator(6), django.core.validators.MaxValueValidator(48)]),
        ),
    ]
