"""What a page names of a piece of content: the settings that made it, each under its label."""

from typing import Any

from content.models import Content

# What a page names of a piece of content, in this order: on a card, and on a page of its own.
FACTS_OF_CARD = {
    "seed": "Seed",
    "size": "Size",
    "num_inference_steps": "Steps",
    "guidance_scale": "Guidance scale",
    "strength": "Strength",
    "length": "Length",
    "max_tokens": "Longest answer",
    "temperature": "Temperature",
    "model": "Model",
    "negative_prompt": "Negative prompt",
}
_OF_PROVENANCE = ("seed", "model", "revision", "personal_model")
_ALL_FACTS = {
    **FACTS_OF_CARD,
    "scheduler": "Scheduler",
    "precision": "Precision",
    "generated": "Drawn at",
    "engine": "Engine",
    "revision": "Revision",
    "personal_model": "Personal model",
}


def parameters_of(content: Content) -> dict[str, Any]:
    """The parameters in a piece's provenance; none where there are none. An imported one may hold anything."""
    made_with = content.provenance.get("parameters")
    return made_with if isinstance(made_with, dict) else {}


def facts_of(content: Content, names: dict[str, str] = _ALL_FACTS) -> dict[str, Any]:
    """Label → value of what a piece of content's provenance says; `names` maps parameters to their labels."""
    provenance, made_with = content.provenance, parameters_of(content)
    values = {**made_with, **{name: provenance[name] for name in _OF_PROVENANCE if name in provenance}}
    if content.width and content.height:
        values["size"] = f"{content.width} × {content.height}"
    if made_with.get("dtype"):
        values["precision"] = f"{made_with['dtype']} on {made_with.get('device', 'cpu')}"
    if content.duration:
        values["length"] = f"{content.duration:.3g} s"
    values["generated"] = _generated_size(content, made_with)
    return {label: values[name] for name, label in names.items() if values.get(name) not in (None, "")}


def _generated_size(content: Content, made_with: dict[str, Any]) -> str | None:
    """The size that the model drew at, where it is not that of the picture."""
    generated = made_with.get("generated_size")
    if not isinstance(generated, list) or len(generated) != 2 or generated == [content.width, content.height]:
        return None
    return f"{generated[0]} × {generated[1]}, then resized"
