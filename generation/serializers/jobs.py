"""What `/api/v1/jobs` takes and gives."""

from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers

from content.models import Kind, Visibility
from generation.models import JobKind, Status
from generation.personal.aliases import LONGEST_NAME
from generation.serializers.analysis import AnalysisParams
from generation.serializers.fields import Choice, Integer, Text
from generation.serializers.images import ImageParams, ImageToImageParams, Params
from generation.serializers.sounds import MusicParams
from generation.serializers.words import TagsParams, TextJobParams
from generation.webhooks.addresses import LONGEST_URL, check_url
from generation.webhooks.errors import WrongAddress

PARAMS_OF_KIND: dict[str, type[Params]] = {
    JobKind.IMAGE.value: ImageParams,
    JobKind.IMAGE_TO_IMAGE.value: ImageToImageParams,
    JobKind.MUSIC.value: MusicParams,
    JobKind.TAGS.value: TagsParams,
    JobKind.TEXT.value: TextJobParams,
    JobKind.ANALYSIS.value: AnalysisParams,
}


@extend_schema_field(
    PolymorphicProxySerializer(
        component_name="JobParams",
        serializers=list(PARAMS_OF_KIND.values()),
        resource_type_field_name=None,
    )
)
class ParamsField(serializers.DictField):
    """A JSON object; which fields it may have depends on the job's kind."""

    default_error_messages = {"not_a_dict": "'params' is required and must be an object."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            error_messages=dict.fromkeys(("required", "null"), "'params' is required and must be an object.")
        )


class JobRequest(Params):
    """Body of `POST /api/v1/jobs`. Fields that nobody knows are refused: a misspelt one would be ignored silently."""

    kind = Choice(choices=JobKind.choices)
    params = ParamsField()
    model = Text(
        max_length=LONGEST_NAME,
        min_length=1,
        required=False,
        help_text="A checkpoint, or a personal model by its alias or as `owner/alias`; left out: the default.",
    )
    visibility = Choice(choices=Visibility.choices, default=Visibility.PRIVATE.value)
    priority = Integer(
        min_value=-10,
        max_value=10,
        default=0,
        wrong="must be a whole number.",
        help_text="Orders only your own jobs; higher is earlier.",
    )

    webhook = Text(
        max_length=LONGEST_URL,
        min_length=1,
        required=False,
        help_text="An http or https address that gets the job when it has ended, signed with your webhook secret.",
    )

    def validate_webhook(self, url: str) -> str:
        try:
            check_url(url)
        except WrongAddress as error:
            raise serializers.ValidationError(error.message) from error
        return url

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        refuse_unknown(self)
        params = PARAMS_OF_KIND[attrs["kind"]](data=attrs["params"])
        errors: dict[str, Any] = {}
        if not params.is_valid():
            errors.update(params.errors)
        try:
            refuse_unknown(params)
        except serializers.ValidationError as error:
            errors.update(error.detail if isinstance(error.detail, dict) else {})
        if errors:
            raise serializers.ValidationError({"params": errors})
        return {**attrs, "params": dict(params.validated_data)}


def refuse_unknown(serializer: Params) -> None:
    """Raise `ValidationError` where the data has a field that the serializer has not."""
    known = ", ".join(serializer.fields)
    # A name of the client's own may be long, or no valid Unicode.
    unknown = [
        str(name)[:100].encode(errors="backslashreplace").decode()
        for name in serializer.initial_data
        if name not in serializer.fields
    ]
    if unknown:
        raise serializers.ValidationError(
            {name: [f"'{name}' is not known here. Known: {known}."] for name in unknown[:10]}
        )


class ProgressSerializer(serializers.Serializer):
    step = serializers.IntegerField()
    steps = serializers.IntegerField()
    fraction = serializers.FloatField(min_value=0, max_value=1)
    eta_seconds = serializers.FloatField(allow_null=True)
    queue_position = serializers.IntegerField(allow_null=True, help_text="From 1 while queued, else null.")


class JobErrorSerializer(serializers.Serializer):
    code = serializers.CharField()
    message = serializers.CharField()
    retryable = serializers.BooleanField()


class OutputSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    cid = serializers.CharField()
    kind = serializers.ChoiceField(choices=Kind.choices)
    media_type = serializers.CharField()
    url = serializers.URLField(help_text="Signed where the content is private: it can be opened as it stands.")
    size_bytes = serializers.IntegerField()
    width = serializers.IntegerField(allow_null=True)
    height = serializers.IntegerField(allow_null=True)
    duration = serializers.FloatField(allow_null=True, help_text="Seconds.")
    seed = serializers.IntegerField(allow_null=True)
    visibility = serializers.ChoiceField(choices=Visibility.choices)


class TimingsSerializer(serializers.Serializer):
    queued_seconds = serializers.FloatField()
    engine_seconds = serializers.FloatField()
    total_seconds = serializers.FloatField()


class JobUrlsSerializer(serializers.Serializer):
    self = serializers.URLField()
    cancel = serializers.URLField()
    events = serializers.URLField()


class JobSerializer(serializers.Serializer):
    """A job. `generation.presentation.job_body` renders it; a test compares the two."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=JobKind.choices)
    status = serializers.ChoiceField(choices=Status.choices)
    params = serializers.DictField()
    model = serializers.CharField()
    visibility = serializers.ChoiceField(choices=Visibility.choices)
    priority = serializers.IntegerField()
    progress = ProgressSerializer()
    error = JobErrorSerializer(allow_null=True)
    outputs = OutputSerializer(many=True)
    result = serializers.DictField()
    timings = TimingsSerializer()
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    urls = JobUrlsSerializer()


class TicketSerializer(serializers.Serializer):
    """A credential for one websocket."""

    ticket = serializers.CharField()
    expires_at = serializers.DateTimeField()
