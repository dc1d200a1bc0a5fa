

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('annotate', '0002_queue_functions'),
        ('projects', '0002_aggregate_automatically'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CrowdRun',
            fields=[
                ('project', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='crowd_run', serialize=False, to='projects.project')),
                ('asked', models.CharField(help_text='The method that the settings named, with its options.', max_length=100)),
                ('method', models.CharField(help_text='The method that was used.', max_length=50)),
                ('reason', models.CharField(blank=True, help_text='Why another one than asked.', max_length=500)),
                ('votes', models.PositiveIntegerField()),
                ('since', models.PositiveIntegerField(default=0, help_text='Items that were updated one by one since.')),
                ('prior', models.JSONField(help_text='How common each label is; where several fit, each by itself.', null=True)),
                ('computed_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Skill',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('skill', models.FloatField(help_text="Share of this person's votes that are right, as the method sees it.")),
                ('confusion', models.JSONField(help_text='Probability of saying a label (inner) when another is true (outer); one such table a label where several fit.', null=True)),
                ('votes', models.PositiveIntegerField()),
                ('agreement', models.FloatField(help_text='Share of the votes that say what most others say.', null=True)),
                ('compared', models.PositiveIntegerField(default=0, help_text='Votes on items that others voted on too.')),
                ('spam_score', models.FloatField(help_text='0: what this person says does not depend on the item.', null=True)),
                ('entropy', models.FloatField(help_text='Of the labels this person uses; 0: always the same.', null=True)),
                ('computed_at', models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name='consensus',
            name='certainty',
            field=models.FloatField(default=0, help_text='Belief in the value; where several labels fit, in each of them.'),
        ),
        migrations.AddField(
            model_name='consensus',
            name='dispute',
            field=models.FloatField(default=0, help_text='Chance that two of its votes, drawn with replacement, differ.'),
        ),
        migrations.AddField(
            model_name='consensus',
            name='settled',
            field=models.BooleanField(default=False),
        ),
        migrations.AlterField(
            model_name='consensus',
            name='project',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='consensus_rows', to='projects.project'),
        ),
        migrations.AddIndex(
            model_name='consensus',
            index=models.Index(fields=['project', 'item'], name='consensus_project_item'),
        ),
        migrations.AddIndex(
            model_name='consensus',
            index=models.Index(condition=models.Q(('settled', False)), fields=['project', 'certainty', 'item'], name='consensus_unsettled'),
        ),
        migrations.AddIndex(
            model_name='consensus',
            index=models.Index(condition=models.Q(('dispute__gt', 0), ('settled', False)), fields=['project', '-dispute', 'item'], name='consensus_disputed'),
        ),
        migrations.AddField(
            model_name='skill',
            name='annotator',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='skill',
            name='project',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='skills', to='projects.project'),
        ),
        migrations.AddConstraint(
            model_name='skill',
            constraint=models.UniqueConstraint(fields=('project', 'annotator'), name='skill_once_an_annotator'),
        ),
    ]
