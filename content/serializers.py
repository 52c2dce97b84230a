"""How content looks in JSON, what may be changed about it, and the URLs under which its bytes lie."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from content.ipfs.comparison import MOST_BLOCKS, CopyState
from content.models import Content, Kind, Pin, PinState, Visibility
from content.services import ContentVerification
from content.signing import absolute_url, signed_url
from content.tags import LONGEST_TAG, MOST_TAGS, clean_tag

_VIEW_OF_KIND = {Kind.IMAGE.value: "view-image", Kind.TEXT.value: "view-text"}


def content_url(content: Content, request: HttpRequest | Request | None) -> str:
    """The absolute URL of the bytes under `/ipfs/`: plain where they are public, else signed for this row."""
    return _url(content, request, "ipfs")


def view_url(content: Content, request: HttpRequest | Request | None) -> str:
    """Likewise under `/view-image/` or `/view-text/`; what is neither lies under `/ipfs/` alone."""
    return _url(content, request, _VIEW_OF_KIND.get(content.kind, "ipfs"))


def _url(content: Content, request: HttpRequest | Request | None, view: str) -> str:
    path = reverse(view, args=[content.cid])
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


class PinSerializer(serializers.ModelSerializer):
    """How pinning goes."""

    error = serializers.CharField(help_text="Why the last try failed; empty where none did.")
    attempts = serializers.IntegerField(help_text="Tries that failed since it was last asked for.")
    next_try_at = serializers.DateTimeField(allow_null=True, help_text="Null where nothing is to be done.")

    class Meta:
        model = Pin
        fields = ["error", "attempts", "next_try_at"]
        read_only_fields = fields


class ContentDetailSerializer(ContentSerializer):
    """Likewise, one piece alone; the context says who asks (`viewer`), and what to tell about a change (`notice`)."""

    pin = serializers.SerializerMethodField(
        help_text="How pinning on the IPFS node goes, for the owner; null where it is not to be there."
    )
    notice = serializers.SerializerMethodField(help_text="What to know about the change that was made; else empty.")

    class Meta(ContentSerializer.Meta):
        fields = [*ContentSerializer.Meta.fields, "pin", "notice"]
        read_only_fields = fields

    @extend_schema_field(PinSerializer(allow_null=True))
    def get_pin(self, content: Content) -> dict[str, Any] | None:
        if content.visibility != Visibility.PUBLIC or content.owner != self.context["viewer"]:
            return None
        pin = Pin.objects.filter(cid=content.cid).first()
        return None if pin is None else dict(PinSerializer(pin).data)

    def get_notice(self, content: Content) -> str:
        notice: str = self.context.get("notice", "")
        return notice


class RegistryEntrySerializer(serializers.ModelSerializer):
    """An entry of `GET /get-content`."""

    type = serializers.ChoiceField(source="kind", choices=Kind.choices, read_only=True)
    description = serializers.CharField(source="prompt", read_only=True)
    owner = serializers.CharField(source="owner.username", read_only=True)
    model = serializers.SerializerMethodField(help_text="The checkpoint that made it; null for uploads.")
    url = serializers.SerializerMethodField(help_text="Signed where the content is private: it opens as it stands.")

    class Meta:
        model = Content
        fields = ["cid", "type", "description", "created_at", "url", "model", "owner"]
        read_only_fields = fields

    def get_model(self, content: Content) -> str | None:
        # The column: in the provenance of an imported row it may be anything.
        return content.model or None

    def get_url(self, content: Content) -> str:
        return view_url(content, self.context["request"])


class TagField(serializers.CharField):
    """A word or a few, 1 to 64 characters; kept in lower case."""

    def to_internal_value(self, data: Any) -> str:
        sentence = f"A tag must be a string of 1 to {LONGEST_TAG} characters."
        if not isinstance(data, str):
            raise serializers.ValidationError(sentence)
        tag = clean_tag(super().to_internal_value(data))
        if not 1 <= len(tag) <= LONGEST_TAG:
            raise serializers.ValidationError(sentence)
        return tag


class ContentChangeSerializer(serializers.Serializer):
    """Body of `PATCH /api/v1/contents/<cid>`; what is left out stays."""

    visibility = serializers.ChoiceField(
        choices=Visibility.choices,
        required=False,
        error_messages={"invalid_choice": f"'visibility' must be one of {', '.join(Visibility.values)}."},
    )
    tags = serializers.ListField(
        child=TagField(max_length=4 * LONGEST_TAG),
        max_length=MOST_TAGS,
        required=False,
        help_text="All tags from now on.",
        error_messages={
            "not_a_list": "'tags' must be a list of strings.",
            "max_length": f"'tags' must have at most {MOST_TAGS} entries.",
        },
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        unknown = [name for name in self.initial_data if name not in self.fields]
        if unknown:
            known = ", ".join(self.fields)
            raise serializers.ValidationError(f"Only these can be changed: {known}.")
        return attrs


class FaultSerializer(serializers.Serializer):
    """A block that is not as it should be."""

    cid = serializers.CharField()
    code = serializers.ChoiceField(choices=["missing_content", "damaged_content", "unreadable_content"])


class NodeCopySerializer(serializers.Serializer):
    """What the IPFS node has of it."""

    state = serializers.ChoiceField(
        choices=[state.value for state in CopyState], help_text="`unknown`: the node does not answer."
    )
    pinned = serializers.BooleanField()
    blocks = serializers.IntegerField(
        help_text=f"How many blocks of the node's were fetched, hashed and right: at most {MOST_BLOCKS}."
    )


class VerificationSerializer(serializers.Serializer[ContentVerification]):
    """What a reading of every block found."""

    cid = serializers.CharField(source="here.cid")
    intact = serializers.BooleanField(source="here.intact")
    blocks = serializers.IntegerField(source="here.blocks", help_text="How many blocks were looked at.")
    size_bytes = serializers.IntegerField(
        source="here.size_bytes", help_text="Bytes of the file that are there and right."
    )
    faults = FaultSerializer(source="here.faults", many=True)
    node = NodeCopySerializer(
        allow_null=True, help_text="Null where no node is configured, and for private content, which never goes there."
    )
