"""Jobs, what they made, and the weights they ran with. Services and the claim change states; nothing else does."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from content.models import Content


class Capability(models.TextChoices):
    """What an engine can do. One default checkpoint and one settings entry each."""

    IMAGE = "image"
    MUSIC = "music"
    TAGS = "tags"
    TEXT = "text"
    LABELS = "labels"
    SEGMENTS = "segments"


class JobKind(models.TextChoices):
    """What a job makes."""

    IMAGE = "image"
    IMAGE_TO_IMAGE = "image_to_image"


CAPABILITY_OF_KIND = {JobKind.IMAGE: Capability.IMAGE, JobKind.IMAGE_TO_IMAGE: Capability.IMAGE}


class Status(models.TextChoices):
    """A job's state. The last three are terminal: a job reaches exactly one of them, once."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


TERMINAL = (Status.SUCCEEDED, Status.FAILED, Status.CANCELLED)


class Checkpoint(models.Model):
    """Which weights: synchronised from the profile at start (`generation.checkpoints`)."""

    slug = models.SlugField(max_length=100, unique=True)
    capability = models.CharField(max_length=16, choices=Capability)
    family = models.CharField(max_length=32)
    source = models.CharField(max_length=255, help_text="hub id, https address, or a folder")
    revision = models.CharField(max_length=64, blank=True, help_text="pinned commit or content hash")
    native_size = models.PositiveIntegerField(null=True, blank=True, help_text="pixels of one side, or Hz")
    licence = models.CharField(max_length=100, blank=True)
    # MariaDB ignores conditional unique constraints: the default row of a capability holds its name here, others NULL.
    default_for = models.CharField(max_length=16, choices=Capability, null=True, blank=True, unique=True)

    def __str__(self) -> str:
        return self.slug


class Job(models.Model):
    """One piece of work. The row is the truth; Redis only carries hints to look at it.

    A claim is the pair (id, `claim_token`): whoever wants to change a running job names both, so that a worker that
    lost its claim changes nothing. `attempt` counts claims that were not given back.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="jobs")
    kind = models.CharField(max_length=16, choices=JobKind)
    queue = models.CharField(max_length=16)
    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.PROTECT, related_name="jobs")
    params = models.JSONField(default=dict)
    result = models.JSONField(default=dict, blank=True)
    visibility = models.CharField(max_length=8, default="private")
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    priority = models.SmallIntegerField(default=0)
    batch_key = models.CharField(max_length=64, help_text="jobs with the same key can share one engine call")
    step = models.PositiveIntegerField(default=0)
    steps = models.PositiveIntegerField(default=0)
    attempt = models.PositiveSmallIntegerField(default=0)
    claim_token = models.UUIDField(null=True, blank=True)
    worker = models.CharField(max_length=100, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    error_code = models.CharField(max_length=64, blank=True)
    error_message = models.CharField(max_length=500, blank=True)
    error_retryable = models.BooleanField(default=False)
    idempotency_key = models.CharField(max_length=255, null=True, blank=True)
    request_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    engine_seconds = models.FloatField(default=0)
    padded_batch_size = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "idempotency_key"], name="job_idempotency_key_once"),
            models.CheckConstraint(
                name="job_finished_iff_terminal",
                condition=Q(status__in=TERMINAL, finished_at__isnull=False)
                | (~Q(status__in=TERMINAL) & Q(finished_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="job_claimed_iff_running",
                condition=Q(status=Status.RUNNING, claim_token__isnull=False, heartbeat_at__isnull=False)
                | (~Q(status=Status.RUNNING) & Q(claim_token__isnull=True, heartbeat_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="job_error_iff_failed",
                condition=(Q(status=Status.FAILED) & ~Q(error_code="")) | (~Q(status=Status.FAILED) & Q(error_code="")),
            ),
        ]
        indexes = [
            models.Index(fields=["status", "queue", "owner"], name="job_claimable"),
            models.Index(fields=["status", "heartbeat_at"], name="job_stale"),
            models.Index(fields=["owner", "created_at", "id"], name="job_of_owner_newest"),
            models.Index(fields=["owner", "status"], name="job_of_owner_active"),
            models.Index(fields=["owner", "started_at"], name="job_of_owner_served"),
            models.Index(fields=["claim_token"], name="job_claim"),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_terminal(self) -> bool:
        return self.status in TERMINAL


class JobOutput(models.Model):
    """A piece of content that a job made. Its id is what `/output/…` and `/images/…` name."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="outputs")
    index = models.PositiveSmallIntegerField()
    content = models.ForeignKey(Content, on_delete=models.CASCADE, related_name="job_outputs")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "index"], name="output_once_per_index")]
        ordering = ["index"]

    def __str__(self) -> str:
        return str(self.id)
