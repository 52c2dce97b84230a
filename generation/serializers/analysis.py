"""What a request to look at a picture may say."""

from generation.serializers.fields import Integer, Text
from generation.serializers.images import Labels, Params

MOST_MASKS = 100
DEFAULT_MASKS = 20


class AnalysisParams(Params):
    """Parameters of the kind `analysis`."""

    image = Text(
        min_length=1,
        max_length=40_000_000,
        wrong="is required and must be a string.",
        help_text="The CID of a picture of yours, or a data URL with a png, jpeg or webp.",
    )
    labels = Labels(default=list)
    max_masks = Integer(min_value=1, max_value=MOST_MASKS, default=DEFAULT_MASKS)
