"""The registry: one row for each piece of content that a user has."""

import uuid

from django.conf import settings
from django.db import models


class Kind(models.TextChoices):
    """What a piece of content is."""

    IMAGE = "image"
    AUDIO = "audio"
    TEXT = "text"


class Visibility(models.TextChoices):
    """Who may see it: the owner, or everyone."""

    PRIVATE = "private"
    PUBLIC = "public"


class PinState(models.TextChoices):
    """How far the bytes have come on the IPFS node."""

    LOCAL = "local"
    PINNING = "pinning"
    PINNED = "pinned"
    FAILED = "failed"


class Content(models.Model):
    """A registered result or upload. The same bytes of two users are two rows over the same blocks."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="contents")
    cid = models.CharField(max_length=128, help_text="CIDv1 in base32 of the UnixFS file")
    kind = models.CharField(max_length=8, choices=Kind)
    media_type = models.CharField(max_length=64)
    size_bytes = models.PositiveBigIntegerField()
    width = models.PositiveIntegerField(null=True, blank=True, help_text="pixels")
    height = models.PositiveIntegerField(null=True, blank=True, help_text="pixels")
    duration = models.FloatField(null=True, blank=True, help_text="seconds")
    prompt = models.TextField(blank=True)
    provenance = models.JSONField(default=dict, help_text="engine, model, revision, seed, parameters, parents")
    visibility = models.CharField(max_length=8, choices=Visibility, default=Visibility.PRIVATE)
    pin_state = models.CharField(max_length=8, choices=PinState, default=PinState.LOCAL)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "cid"], name="content_once_per_owner")]
        indexes = [
            models.Index(fields=["cid"]),
            models.Index(fields=["owner", "created_at", "id"], name="content_of_owner_newest"),
            models.Index(fields=["visibility", "created_at", "id"], name="content_public_newest"),
        ]

    def __str__(self) -> str:
        return self.cid


class Tag(models.Model):
    """A word that a user or the tag engine gave to a piece of content."""

    content = models.ForeignKey(Content, on_delete=models.CASCADE, related_name="tags")
    name = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["content", "name"], name="tag_once_per_content")]
        indexes = [models.Index(fields=["name"])]

    def __str__(self) -> str:
        return self.name
