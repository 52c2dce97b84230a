"""What the buttons of the studio's form put into it: presets, examples, surprises, and what stood there before.

`static/generation/composer.js` does the same within the page. Without it the form comes here and is shown again.
"""

import json

from accounts.models import User
from generation.checkpoints import find_checkpoint
from generation.composer import Values
from generation.engines.errors import EngineLoadError
from generation.errors import ModelNotFound
from generation.form_base import ComposerForm
from generation.models import CAPABILITY_OF_KIND, JobKind, WeightsKind
from generation.personal.errors import ModelNotReady
from generation.personal.selectors import usable_model
from generation.presets import find_preset
from generation.prompts import EXAMPLES, has_surprises, surprise
from generation.services import random_seed
from generation.weights.catalogue import DEMO_FAMILY

# Of what stood in the main field before, so much is kept.
_MOST_WRITTEN = 20

# The text of the main field, and the seed beside it ("" where there is none).
Written = tuple[str, str]


def filled(user: User, form: ComposerForm, button: str) -> ComposerForm:
    """The form as it was sent, with what its button adds: `preset:SLUG`, `example:INDEX`, `surprise` or `back`.

    Nothing is checked yet. A button that there is not changes nothing.
    """
    values: Values = {name: form.data.get(name, "") for name in form.fields if name not in ("key", "image")}
    what, _, which = button.partition(":")
    if what == "preset":
        preset = find_preset(form.kind, which)
        values |= preset.values if preset else {}
    elif what == "example" and which.isdecimal() and int(which) < len(EXAMPLES[form.kind]):
        values |= _put(form, values, (EXAMPLES[form.kind][int(which)], values.get("seed", "")))
    elif what == "surprise" and has_surprises(form.kind):
        text = proposed(user, form.kind, model=values["model"], unlike=values[form.main])
        values |= _put(form, values, (text, str(random_seed())))
    elif what == "back":
        values |= _back(form, values)
    return type(form)(models=form.models, initial=values)


def proposed(user: User, kind: JobKind, *, model: str, unlike: str) -> str:
    """A surprise that suits the model of that name (empty: the default), and is another text than `unlike`."""
    capability = CAPABILITY_OF_KIND[kind]
    token = ""
    try:
        try:
            family = find_checkpoint(capability=capability, slug=model).family
        except ModelNotFound:
            personal = usable_model(viewer=user, name=model)
            token = personal.instance_token
            family = "" if personal.kind == WeightsKind.PIPELINE else personal.checkpoint.family
    except (ModelNotFound, ModelNotReady, EngineLoadError):
        family = ""
    return surprise(kind, demo=family == DEMO_FAMILY, token=token, unlike=unlike)


def _put(form: ComposerForm, values: Values, new: Written) -> Values:
    """`new` in the main field, and what a person had written there kept."""
    text, seed = new
    now = (values[form.main], values.get("seed", ""))
    written = _read(values["written"])
    if any(part.strip() for part in now) and now not in _read(values["put"]):
        written = [*written, now][-_MOST_WRITTEN:]
    seeds = {"seed": seed} if "seed" in form.fields else {}
    put = (text, seeds.get("seed", ""))
    return {form.main: text, **seeds, "written": _kept(written), "put": json.dumps([put])}


def _back(form: ComposerForm, values: Values) -> Values:
    """What was written last, in the main field again."""
    written = _read(values["written"])
    if not written:
        return {}
    text, seed = written.pop()
    seeds = {"seed": seed} if "seed" in form.fields else {}
    return {form.main: text, **seeds, "written": _kept(written), "put": ""}


def _kept(pairs: list[Written]) -> str:
    """The value of a hidden field that holds them."""
    return json.dumps(pairs) if pairs else ""


def _read(text: str) -> list[Written]:
    """The pairs of a hidden field; none where anything else stands in it."""
    try:
        pairs = [(str(words), str(seed)) for words, seed in json.loads(text or "[]")]
        "".join(part for pair in pairs for part in pair).encode()  # JSON can hold what no page can.
    except (ValueError, TypeError, RecursionError):
        return []
    return pairs
