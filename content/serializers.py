"""How content looks in `/api/v1`, and the URL under which its bytes lie."""

from django.http import HttpRequest
from django.urls import reverse
from rest_framework import serializers
from rest_framework.request import Request

from content.models import Content, Kind, PinState, Visibility
from content.signing import absolute_url, signed_url


def content_url(content: Content, request: HttpRequest | Request | None) -> str:
    """The absolute URL of the bytes under `/ipfs/`: plain where they are public, else signed for this row."""
    path = reverse("ipfs", args=[content.cid])
    if content.visibility == Visibility.PUBLIC:
        return absolute_url(path, request)
    return signed_url(path, request, row=content.pk)


class ContentSerializer(serializers.ModelSerializer):
    """A piece of content. The view loads its owner and tags; the serializer's context holds the request."""

    kind = serializers.ChoiceField(choices=Kind.choices, read_only=True)
    visibility = serializers.ChoiceField(choices=Visibility.choices, read_only=True)
    pin_state = serializers.ChoiceField(choices=PinState.choices, read_only=True)
    owner = serializers.CharField(source="owner.username", read_only=True)
    tags = serializers.SerializerMethodField()
    url = serializers.SerializerMethodField()

    class Meta:
        model = Content
        fields = [
            "cid",
            "kind",
            "media_type",
            "size_bytes",
            "width",
            "height",
            "duration",
            "prompt",
            "provenance",
            "tags",
            "visibility",
            "pin_state",
            "owner",
            "created_at",
            "url",
        ]
        read_only_fields = fields

    def get_tags(self, content: Content) -> list[str]:
        return sorted(tag.name for tag in content.tags.all())

    def get_url(self, content: Content) -> str:
        return content_url(content, self.context["request"])
