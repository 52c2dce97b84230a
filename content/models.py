"""The registry: one row for each piece of content that a user has."""

import uuid

from django.conf import settings
from django.db import models

from common.fields import ExactCharField


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
    # Two of provenance's entries, where an index finds them (`content.terms.columns_of`).
    model = models.CharField(max_length=255, blank=True, default="")
    seed = models.BigIntegerField(null=True, blank=True)
    visibility = models.CharField(max_length=8, choices=Visibility, default=Visibility.PRIVATE)
    pin_state = models.CharField(max_length=8, choices=PinState, default=PinState.LOCAL)
    # Made from the bytes after the row, by the worker or at the first view: either may be missing for a while.
    thumbnail = models.CharField(
        max_length=128, blank=True, db_index=True, help_text="CIDv1 of a small WebP picture of it; as private as it is"
    )
    excerpt = models.CharField(max_length=300, blank=True, help_text="the beginning of a text, on one line")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "cid"], name="content_once_per_owner")]
        indexes = [
            models.Index(fields=["cid"]),
            models.Index(fields=["owner", "created_at", "id"], name="content_of_owner_newest"),
            models.Index(fields=["visibility", "created_at", "id"], name="content_public_newest"),
            # A list that is narrowed reads the index of what narrows it, in the same order (`content.lists`).
            models.Index(fields=["owner", "visibility", "created_at", "id"], name="content_of_owner_visibility"),
            models.Index(fields=["owner", "kind", "created_at", "id"], name="content_of_owner_kind"),
            models.Index(fields=["owner", "model", "created_at", "id"], name="content_of_owner_model"),
            models.Index(fields=["owner", "seed", "created_at", "id"], name="content_of_owner_seed"),
            models.Index(fields=["visibility", "kind", "created_at", "id"], name="content_public_kind"),
            models.Index(fields=["visibility", "model", "created_at", "id"], name="content_public_model"),
            models.Index(fields=["visibility", "seed", "created_at", "id"], name="content_public_seed"),
        ]

    def __str__(self) -> str:
        return self.cid


class Tag(models.Model):
    """A word that a user or the tag engine gave to a piece of content."""

    content = models.ForeignKey(Content, on_delete=models.CASCADE, related_name="tags")
    name = ExactCharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["content", "name"], name="tag_once_per_content")]
        indexes = [models.Index(fields=["name"])]

    def __str__(self) -> str:
        return str(self.name)


class Term(models.Model):
    """A word of a prompt, or a tag (`#red boat`), in a list that the content is in: what a search reads.

    Its key is its index: the entries of one word in one list lie side by side, in the order of time.
    """

    pk = models.CompositePrimaryKey("feed", "name", "created_at", "content")
    feed = models.BigIntegerField(help_text="whose list: the number of an owner; 0 is the public one")
    name = ExactCharField(max_length=65)
    created_at = models.DateTimeField(help_text="the content's")
    content = models.ForeignKey(Content, on_delete=models.CASCADE, related_name="terms")

    def __str__(self) -> str:
        return str(self.name)


class Part(models.Model):
    """A block under the root of a file of several blocks: by it the gateway knows whose block it is asked for."""

    content = models.ForeignKey(Content, on_delete=models.CASCADE, related_name="parts")
    cid = models.CharField(max_length=128, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["content", "cid"], name="part_once_per_content")]

    def __str__(self) -> str:
        return self.cid


class Parent(models.Model):
    """What a piece of content was made from, as its provenance says: by it the parent's page finds its children."""

    content = models.ForeignKey(Content, on_delete=models.CASCADE, related_name="parents")
    cid = models.CharField(max_length=128, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["content", "cid"], name="parent_once_per_content")]

    def __str__(self) -> str:
        return self.cid


class Pin(models.Model):
    """What the IPFS node holds for us, or is to hold or to drop: one row a CID, gone once the node has dropped it.

    Whether it is wanted is no column: it is while a public row has this CID (`content.ipfs.pins`).
    """

    cid = models.CharField(max_length=128, unique=True)
    state = models.CharField(
        max_length=8,
        choices=PinState,
        default=PinState.PINNING,
        help_text="what the public rows of this CID say; local: it is about to leave the node",
    )
    error = models.CharField(max_length=300, blank=True, help_text="why the last try failed")
    attempts = models.PositiveIntegerField(default=0, help_text="tries that failed since it was last asked for")
    next_try_at = models.DateTimeField(null=True, blank=True, db_index=True, help_text="empty: nothing is to be done")
    # Counted up whenever something is asked for: what a try found out is written only if nothing was meanwhile.
    revision = models.PositiveIntegerField(default=0)
    claim_token = models.UUIDField(null=True, blank=True, help_text="who works on it, until next_try_at")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.cid


class TakedownStatus(models.IntegerChoices):
    """What the gateway answers for content that was taken down; every other address answers 451."""

    GONE = 410, "410 Gone"
    LEGAL = 451, "451 Unavailable for legal reasons"


class Takedown(models.Model):
    """An entry of the denylist: nobody is given this CID, or a file that has it as one of its blocks."""

    cid = models.CharField(max_length=128, unique=True, help_text="CIDv1 in base32 of a file, or of one block")
    status = models.PositiveSmallIntegerField(choices=TakedownStatus, default=TakedownStatus.LEGAL)
    reason = models.CharField(max_length=300, blank=True, help_text="shown to everybody who asks for it")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.cid
