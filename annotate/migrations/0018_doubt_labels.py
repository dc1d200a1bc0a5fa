import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('annotate', '0017_store_where_parts_come_from'),
        ('projects', '0012_keep_versions_of_guidelines'),
    ]

    operations = [
        migrations.CreateModel(
            name='SuspectShare',
            fields=[
                ('project', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='suspect_share', serialize=False, to='projects.project')),
                ('share', models.FloatField()),
                ('low', models.FloatField()),
                ('high', models.FloatField()),
                ('items', models.PositiveIntegerField(help_text='Labelled items that were looked at.')),
            ],
        ),
        migrations.CreateModel(
            name='Suspect',
            fields=[
                ('item', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='suspect', serialize=False, to='annotate.item')),
                ('rank', models.PositiveIntegerField(help_text='The most suspect has 0.')),
                ('probability', models.FloatField(help_text='Of that label.')),
                ('probability_of_given', models.FloatField(help_text='Of the label that people agree on.')),
                ('neighbours', models.JSONField(default=list, help_text='The ids of the labelled items most like it, nearest first.')),
                ('label', models.ForeignKey(help_text='What the model believes.', on_delete=django.db.models.deletion.CASCADE, related_name='+', to='projects.label')),
                ('project', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='suspects', to='projects.project')),
            ],
            options={
                'indexes': [models.Index(fields=['project', 'rank'], name='suspect_by_rank')],
            },
        ),
    ]
