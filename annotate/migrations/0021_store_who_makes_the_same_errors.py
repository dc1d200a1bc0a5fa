from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('annotate', '0020_undo_acceptances'),
    ]

    operations = [
        migrations.AddField(
            model_name='crowdrun',
            name='same_errors',
            field=models.JSONField(default=list, help_text='Pairs of people who make the same errors: [annotator, annotator, share of votes].'),
        ),
    ]
