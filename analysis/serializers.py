"""What `POST /analyze` takes and gives."""

from rest_framework import serializers

from generation.serializers.analysis import DEFAULT_MASKS, MOST_MASKS
from generation.serializers.answers import ClipAnalysis
from generation.serializers.fields import Choice, Integer, Text
from generation.serializers.images import Labels, Params

MASK_FORMATS = [("binary", "rows of 0 and 1"), ("rle", "COCO run lengths"), ("none", "no masks")]


class AnalyzeRequest(Params):
    """Body of `POST /analyze`."""

    image = Text(
        min_length=1,
        max_length=40_000_000,
        wrong="is required and must be a string.",
        help_text="Base64 of a png, jpeg or webp; a data URL is accepted, too.",
    )
    labels = Labels(default=list)
    mask_format = Choice(choices=MASK_FORMATS, default="binary")
    max_masks = Integer(min_value=1, max_value=MOST_MASKS, default=DEFAULT_MASKS)


class RunLengths(serializers.Serializer):
    size = serializers.ListField(child=serializers.IntegerField(), help_text="Height and width in pixels.")
    counts = serializers.ListField(child=serializers.IntegerField(), help_text="Down the columns, zeros first.")


class BasicSegmentation(serializers.Serializer):
    masks = serializers.ListField(
        child=serializers.JSONField(), help_text="Largest first: rows of 0 and 1, or run lengths (COCO)."
    )
    polygons = serializers.ListField(
        child=serializers.ListField(child=serializers.ListField(child=serializers.IntegerField())),
        help_text="Corners of the same segments, [x, y] in pixels of the image.",
    )
    mask_size = serializers.ListField(
        child=serializers.IntegerField(), required=False, help_text="Height and width of binary masks."
    )


class AnalyzeAnswer(serializers.Serializer):
    """Answer of `POST /analyze`."""

    request_id = serializers.UUIDField(help_text="The job's id.")
    generated_image = serializers.CharField(help_text="Base64 of a PNG: the image with the segments drawn on it.")
    clip_analysis = ClipAnalysis()
    basic_segmentation = BasicSegmentation()
