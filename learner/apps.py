from django.apps import AppConfig


class LearnerConfig(AppConfig):
    name = "learner"

    def ready(self) -> None:
        from learner import receivers  # noqa: F401  they listen from now on
