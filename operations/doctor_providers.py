"""The lines of `manage.py doctor` about providers. Nothing is sent to them: a call costs money."""

from collections.abc import Iterator

from django.conf import settings

from generation.checkpoints import is_default, is_registered
from generation.engines.registry import EngineEntry, read_entries
from generation.presence import queue_is_served
from generation.weights.catalogue import model_of
from operations.findings import Finding, Verdict

_VARIABLES = {
    "bedrock": "BEDROCK_MODEL_ID, AWS_REGION and AWS credentials",
    "huggingface": "HF_TOKEN and HF_IMAGE_MODEL",
    "cohere": "COHERE_API_KEY and COHERE_MODEL",
}


def examine_providers() -> Iterator[Finding]:
    """A line for each provider."""
    remote = {name: entry for name, entry in read_entries(settings.ENGINES).items() if entry.is_remote}
    for name, variables in _VARIABLES.items():
        if name in settings.INCOMPLETE_PROVIDERS:
            missing = settings.INCOMPLETE_PROVIDERS[name]
            yield Finding("providers", Verdict.WARN, f"{name} is set up by half", f"Set {missing}.")
        elif name not in remote:
            yield Finding("providers", Verdict.OFF, f"{name} is not used", f"Set {variables}: docs/providers.md.")
    for entry in remote.values():
        yield _of_entry(entry)
    if remote and not queue_is_served("remote"):
        yield Finding("providers", Verdict.FAIL, "nobody asks the providers", "make run, or manage.py housekeeper")


def _of_entry(entry: EngineEntry) -> Finding:
    model = model_of(entry)
    problem = _problem_of_bedrock(model.source) if entry.name == "bedrock" else None
    if problem is not None:
        return Finding("providers", Verdict.FAIL, *problem)
    if not is_registered(model.slug):
        detail = f"{entry.name}: {model.source} has no row yet"
        return Finding("providers", Verdict.FAIL, detail, "Stop Atelier, then: make run")
    used = "for every request that names no model" if is_default(model) else f"for requests that name {model.slug}"
    return Finding("providers", Verdict.OK, f"{entry.name}: {model.source}, {used}")


def _problem_of_bedrock(model_id: str) -> tuple[str, str] | None:
    """What keeps Bedrock from being asked, and the fix."""
    # Here, as it takes a second and only this needs it.
    from botocore.session import Session

    from generation.engines.providers.bedrock_bodies import FAMILIES, family_of

    session = Session()
    if family_of(model_id) is None:
        known = ", ".join(f"{family.mark}…" for family in FAMILIES)
        return f"bedrock: {model_id} is no image model that Atelier can ask", f"Set BEDROCK_MODEL_ID to one of {known}"
    if not settings.ENGINES["bedrock"]["OPTIONS"]["region"] and not session.get_config_variable("region"):
        return "bedrock: no region", "Set AWS_REGION."
    if session.get_credentials() is None:
        return "bedrock: boto3 finds no credentials", "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a role."
    return None
