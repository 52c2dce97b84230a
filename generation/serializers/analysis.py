"""What a request to look at a picture may say."""

from generation.serializers.fields import Integer
from generation.serializers.images import Labels, Params, picture_field

MOST_MASKS = 100
DEFAULT_MASKS = 20


class AnalysisParams(Params):
    """Parameters of the kind `analysis`."""

    image = picture_field()
    labels = Labels(default=list)
    max_masks = Integer(min_value=1, max_value=MOST_MASKS, default=DEFAULT_MASKS)
