from django.apps import AppConfig
from django.db.models.signals import post_migrate


class GenerationConfig(AppConfig):
    name = "generation"

    def ready(self) -> None:
        post_migrate.connect(_synchronise_checkpoints, sender=self)


def _synchronise_checkpoints(**_: object) -> None:
    from generation.checkpoints import synchronise

    synchronise()
