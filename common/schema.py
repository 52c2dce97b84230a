"""Parts of the OpenAPI document that every app's views use."""

from rest_framework import serializers

PROBLEM_MEDIA_TYPE = "application/problem+json"


class ProblemSerializer(serializers.Serializer):
    """An error answer of `/api/v1` (RFC 9457). `errors` maps fields to sentences."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    errors = serializers.DictField(  # type: ignore[assignment]  # the class has a property of this name
        child=serializers.ListField(child=serializers.CharField())
    )


def problems(*statuses: int) -> dict[tuple[int, str], type[serializers.BaseSerializer]]:
    """`extend_schema(responses={200: …, **problems(401, 404)})`."""
    return {(status, PROBLEM_MEDIA_TYPE): ProblemSerializer for status in statuses}


class ErrorSerializer(serializers.Serializer):
    """An error answer of the documented endpoints."""

    error = serializers.CharField(help_text="One sentence.")


def errors(*statuses: int) -> dict[int, type[serializers.BaseSerializer]]:
    """`extend_schema(responses={200: …, **errors(400, 401)})`."""
    return dict.fromkeys(statuses, ErrorSerializer)
