from django.apps import AppConfig


class AnnotateConfig(AppConfig):
    name = "annotate"

    def ready(self) -> None:
        import annotate.queue.functions
        import annotate.receivers  # noqa: F401  they connect themselves
