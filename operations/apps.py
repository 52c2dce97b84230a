from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "operations"

    def ready(self) -> None:
        """Let /metrics tell of the studio, too."""
        from prometheus_client import REGISTRY

        from operations.metrics import StudioCollector

        REGISTRY.register(StudioCollector())
