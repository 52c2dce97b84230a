"""The lines of `manage.py doctor` about models, and what `manage.py start` says of them."""

from collections.abc import Iterator

from django.conf import settings
from django.db import DatabaseError

from generation.checkpoints import default_by_settings, engine_name, is_runnable, registered_revision
from generation.engines.registry import WrongEngineSetting
from generation.models import Capability, Checkpoint
from generation.weights.catalogue import Origin, readable_size
from generation.weights.inspection import Inspection, State, inspect_all
from operations.findings import Finding, Verdict

SWITCH = "MODEL_PROFILE=full .venv/bin/python manage.py models download, then MODEL_PROFILE=full make run"


def examine_models() -> Iterator[Finding]:
    """A line for the profile and one for each of its models."""
    try:
        inspections = inspect_all()
    except WrongEngineSetting as error:
        yield Finding("models", Verdict.FAIL, error.message, "Correct ENGINES in config/profiles.py.")
        return
    if settings.MODEL_PROFILE == "demo":
        detail = "demo models: small, trained by this repository. For the full ones"
        yield Finding("profile", Verdict.OK, detail, SWITCH)
    else:
        yield Finding("profile", Verdict.OK, f"{settings.MODEL_PROFILE} models, in {settings.WEIGHTS_DIR}")
    yield from map(_finding, inspections)


def examine_defaults() -> Iterator[Finding]:
    """A line for each default that an administrator chose."""
    try:
        chosen = list(Checkpoint.objects.exclude(chosen_for=None).order_by("chosen_for"))
    except DatabaseError:  # `doctor` has a line for that.
        return
    for checkpoint in chosen:
        capability = Capability(checkpoint.capability).label.lower()
        other = default_by_settings(checkpoint.capability)
        if is_runnable(checkpoint):
            detail = f"{capability}: {checkpoint.slug}, chosen in the admin; the settings say {other or 'nothing'}"
            yield Finding("defaults", Verdict.OK, detail)
            continue
        gone = f"{capability}: {checkpoint.slug} was chosen in the admin, but the settings have no engine"
        now = f"the default is {other}" if other else "there is no default"
        fix = 'Under Checkpoints in the admin: "Make default" for another, or "Default as the settings say".'
        yield Finding("defaults", Verdict.WARN, f"{gone} {engine_name(checkpoint)!r} any more; {now}", fix)


def broken_models() -> list[str]:
    """A sentence for each model of the profile that cannot be loaded, with the remedy. Empty when all can."""
    findings = [finding for finding in examine_models() if finding.verdict is Verdict.FAIL]
    return [f"{finding.detail} {finding.fix}" for finding in findings]


def _finding(inspection: Inspection) -> Finding:
    model = inspection.model
    if inspection.state is State.PRESENT:
        size, revision = readable_size(inspection.stored_bytes), inspection.revision[:12]
        detail = f"{model.slug}: {model.folder}, {size}, revision {revision}"
        # Sizes are compared here; reading gigabytes is for `models verify`.
        return Finding("models", Verdict.OK, detail)
    return Finding("models", _verdict(inspection), inspection.problem, model.restore)


def _verdict(inspection: Inspection) -> Verdict:
    """A demo model that this checkout never had breaks nothing that ever worked."""
    model = inspection.model
    never_had = model.origin is Origin.SHIPPED and not model.folder.exists() and not registered_revision(model.slug)
    return Verdict.WARN if never_had else Verdict.FAIL
