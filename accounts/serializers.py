"""What `/api/v1/keys` and `/api/v1/me` take and give."""

from rest_framework import serializers

from accounts.models import ApiKey, Scope, User, default_scopes
from accounts.services import KEY_NAME_LENGTH


class ApiKeySerializer(serializers.ModelSerializer):
    """A key without its secret; `prefix` is its first eight characters, so that its owner recognises it."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=Scope.choices), read_only=True)
    created_at = serializers.DateTimeField(source="created", read_only=True)
    expires_at = serializers.DateTimeField(source="expiry_date", read_only=True, allow_null=True)
    last_used_at = serializers.DateTimeField(read_only=True, allow_null=True)

    class Meta:
        model = ApiKey
        fields = ["id", "name", "prefix", "scopes", "created_at", "expires_at", "last_used_at"]
        read_only_fields = fields


class NewApiKeySerializer(ApiKeySerializer):
    """A key that was just made: `key` is shown this once."""

    key = serializers.CharField(read_only=True)

    class Meta(ApiKeySerializer.Meta):
        fields = [*ApiKeySerializer.Meta.fields, "key"]
        read_only_fields = fields


class CreateApiKeySerializer(serializers.Serializer):
    """A request for a key."""

    name = serializers.CharField(max_length=KEY_NAME_LENGTH)
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=Scope.choices), allow_empty=False, max_length=10, default=default_scopes
    )
    expires_at = serializers.DateTimeField(allow_null=True, default=None)


class LimitsSerializer(serializers.Serializer):
    active_jobs = serializers.IntegerField(help_text="queued and running at once")
    jobs_per_day = serializers.IntegerField(help_text="a day begins at midnight UTC")
    stored_bytes = serializers.IntegerField(help_text="bytes of the whole library")


class UseSerializer(serializers.Serializer):
    jobs_today = serializers.IntegerField()
    engine_seconds_today = serializers.FloatField()
    stored_bytes = serializers.IntegerField()


class MeSerializer(serializers.ModelSerializer):
    """The caller's account."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    created_at = serializers.DateTimeField(source="date_joined", read_only=True)
    quota = LimitsSerializer(read_only=True)
    use = UseSerializer(read_only=True)

    class Meta:
        model = User
        fields = ["id", "username", "email", "is_staff", "created_at", "quota", "use"]
        read_only_fields = fields
