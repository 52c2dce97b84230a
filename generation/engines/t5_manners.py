"""How a T5 checkpoint wants to be spoken to: from `atelier.json` beside its weights, else as Flan-T5 does. No torch."""

import json
from dataclasses import dataclass
from pathlib import Path

# An instruction-tuned T5 does what it is told (Chung et al., "Scaling Instruction-Finetuned Language Models", 2022).
_USUAL = {"tags": "List the keywords of this text, separated by commas: {}", "text": "{}"}


@dataclass(frozen=True)
class Manners:
    """`instruction` is what the model reads, with {} for the input; `joint` stands between two descriptions.

    `concepts` are tags that the model may give though its input does not hold them; `lower_case` says that it knows
    no capitals.
    """

    instruction: str
    joint: str = ". "
    concepts: tuple[str, ...] = ()
    lower_case: bool = False

    def told(self, text: str) -> str:
        """What the model reads when it is given `text`."""
        return self.instruction.replace("{}", text)


def read_manners(folder: Path, task: str, instruction: str | None = None) -> Manners:
    """The manners of the checkpoint in `folder` for `task` ("tags" or "text"); `instruction` goes before its own.

    Raises `ValueError` where `atelier.json` is not as described above.
    """
    path = folder / "atelier.json"
    content = json.loads(path.read_text()) if path.is_file() else {}
    try:
        concepts = tuple(map(str, content.get("concepts", ())))
        own = content.get("instructions", {}).get(task, _USUAL[task])
        manners = Manners(
            instruction or own, content.get("joint", Manners.joint), concepts, bool(content.get("lower_case", False))
        )
    except AttributeError as error:
        raise ValueError(f"atelier.json is of another form: {error}") from error
    if "{}" not in manners.instruction or not isinstance(manners.joint, str):
        raise ValueError("an instruction holds {} for the input, and a joint is a text")
    return manners
