"""What a request for a sound may say."""

from generation.serializers.fields import Number, Text
from generation.serializers.images import LONGEST_PROMPT, Params, seed_field

LONGEST_SECONDS = 30


class MusicParams(Params):
    """Parameters of the kind `music`, and the body of `POST /generate/sound`."""

    description = Text(min_length=1, max_length=LONGEST_PROMPT, wrong="is required and must be a string.")
    duration = Number(min_value=1, max_value=LONGEST_SECONDS, default=float(LONGEST_SECONDS), help_text="Seconds.")
    seed = seed_field()
