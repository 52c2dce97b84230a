from django.apps import AppConfig
from django.apps import apps as current_apps
from django.apps.registry import Apps
from django.db.models import Model
from django.db.models.signals import post_migrate


class GenerationConfig(AppConfig):
    name = "generation"

    def ready(self) -> None:
        from accounts.closing import account_closing, account_emptying
        from accounts.exporting import add_section
        from generation import closing

        post_migrate.connect(_synchronise_checkpoints, sender=self)
        account_closing.connect(closing.cancel_jobs, dispatch_uid="generation")
        account_emptying.connect(closing.delete_models, dispatch_uid="generation")
        add_section("jobs", closing.exported_jobs)
        add_section("models", closing.exported_models)


def _synchronise_checkpoints(*, apps: Apps = current_apps, **_: object) -> None:
    from generation.checkpoints import synchronise
    from generation.models import Checkpoint

    # Whoever goes back to an earlier migration has the table of then, or none.
    is_there = apps.is_installed("generation") and "checkpoint" in apps.all_models["generation"]
    if is_there and _columns(apps.get_model("generation", "Checkpoint")) == _columns(Checkpoint):
        synchronise()


def _columns(model: type[Model]) -> set[str | None]:
    return {field.column for field in model._meta.local_fields}
