import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('annotate', '0012_undo_review_decisions'),
        ('projects', '0010_tiles_on_a_page'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='annotation',
            name='origin',
            field=models.CharField(choices=[('item', 'An item by itself'), ('page', 'A page of items of one predicted label')], db_default='item', default='item', max_length=10),
        ),
        migrations.CreateModel(
            name='Page',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('open', 'Open'), ('accepted', 'Accepted'), ('dropped', 'Dropped'), ('released', 'Released')], default='open', max_length=10)),
                ('client_key', models.UUIDField(blank=True, null=True)),
                ('seconds', models.FloatField(blank=True, help_text="From the page's paint to its acceptance.", null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('annotator', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('label', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='projects.label')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pages', to='projects.project')),
            ],
        ),
        migrations.CreateModel(
            name='PageOffer',
            fields=[
                ('label', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='page_offer', serialize=False, to='projects.label')),
                ('tested', models.PositiveIntegerField(help_text='Test items that would stand on such pages.')),
                ('wrong', models.PositiveIntegerField(help_text='Those of them that have another label.')),
                ('expected', models.FloatField(help_text='The expected share of wrong ones on the first page.')),
                ('caution', models.FloatField(help_text='By so much more may be wrong than expected, at 95 % confidence.')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='page_offers', to='projects.project')),
            ],
        ),
        migrations.CreateModel(
            name='Prediction',
            fields=[
                ('item', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='prediction', serialize=False, to='annotate.item')),
                ('probability', models.FloatField(help_text='Of this label, calibrated by the test items.')),
                ('verifiable', models.BooleanField(default=False)),
                ('label', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='projects.label')),
                ('project', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='projects.project')),
            ],
        ),
        migrations.CreateModel(
            name='Tile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place', models.PositiveSmallIntegerField()),
                ('probability', models.FloatField(help_text='As it is shown.')),
                ('marked', models.BooleanField(default=False, help_text="The person said that the page's label is wrong.")),
                ('assignment', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='tiles', to='annotate.assignment')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tiles', to='annotate.item')),
                ('label', models.ForeignKey(help_text='The right one, where they said it.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='projects.label')),
                ('page', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='tiles', to='annotate.page')),
            ],
        ),
        migrations.AddIndex(
            model_name='page',
            index=models.Index(fields=['annotator', 'project', 'status'], name='page_of_annotator'),
        ),
        migrations.AddIndex(
            model_name='prediction',
            index=models.Index(fields=['label', 'probability', 'item'], name='prediction_by_probability'),
        ),
        migrations.AddIndex(
            model_name='prediction',
            index=models.Index(condition=models.Q(('verifiable', True)), fields=['label', 'probability', 'item'], name='prediction_verifiable'),
        ),
        migrations.AddIndex(
            model_name='prediction',
            index=models.Index(fields=['project'], name='prediction_of_project'),
        ),
        migrations.AddConstraint(
            model_name='tile',
            constraint=models.UniqueConstraint(fields=('page', 'place'), name='tile_once_a_place'),
        ),
    ]
