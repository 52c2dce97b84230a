"""What the endpoints of webhooks give."""

from rest_framework import serializers

from generation.models import DeliveryStatus, Status, WebhookDelivery


class DeliverySerializer(serializers.ModelSerializer):
    """A message to a job's webhook, and how far it has come."""

    event = serializers.ChoiceField(
        choices=[Status.SUCCEEDED.value, Status.FAILED.value, Status.CANCELLED.value],
        read_only=True,
        help_text="The state that the job reached.",
    )
    status = serializers.ChoiceField(choices=DeliveryStatus.choices, read_only=True)
    last_status = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="HTTP status of the last answer; null where none came."
    )
    last_error = serializers.CharField(read_only=True, help_text="Why the last try did not succeed, in a sentence.")

    class Meta:
        model = WebhookDelivery
        fields = [
            "id",
            "url",
            "event",
            "status",
            "attempts",
            "last_status",
            "last_error",
            "created_at",
            "next_try_at",
            "delivered_at",
        ]
        read_only_fields = fields


class WebhookSecretSerializer(serializers.Serializer):
    """Whether there is a secret; the secret itself is not shown again."""

    exists = serializers.BooleanField()
    created_at = serializers.DateTimeField(allow_null=True)


class NewWebhookSecretSerializer(serializers.Serializer):
    """A secret that was just made: it is shown this once."""

    secret = serializers.CharField(help_text="`whsec_` and base64, as libraries of Standard Webhooks take it.")
    created_at = serializers.DateTimeField()
