from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):

    dependencies = [
        ("learner", "0001_initial"),
        # The job of each minute is put into this app's table when the migrations are done.
        ("django_q", "0019_alter_task_options_alter_ormq_key_alter_ormq_lock_and_more"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="round",
            constraint=models.UniqueConstraint(
                fields=["project"],
                condition=Q(status__in=["queued", "running"]),
                name="one_unfinished_round_a_project",
                violation_error_message="A round of this project is under way.",
            ),
        ),
    ]
