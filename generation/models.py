"""Jobs, what they made, and the weights they ran with. Services and the claim change states; nothing else does."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from common.fields import ExactCharField
from content.models import Content


class Capability(models.TextChoices):
    """What an engine can do. One default checkpoint each, and one settings entry or more."""

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
    MUSIC = "music"
    TAGS = "tags"
    TEXT = "text"
    ANALYSIS = "analysis"


CAPABILITY_OF_KIND = {
    JobKind.IMAGE: Capability.IMAGE,
    JobKind.IMAGE_TO_IMAGE: Capability.IMAGE,
    JobKind.MUSIC: Capability.MUSIC,
    JobKind.TAGS: Capability.TAGS,
    JobKind.TEXT: Capability.TEXT,
    # Its labels come from the default model of that capability.
    JobKind.ANALYSIS: Capability.SEGMENTS,
}


class Status(models.TextChoices):
    """A job's state. The last three are terminal: a job reaches exactly one of them, once."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


TERMINAL = (Status.SUCCEEDED, Status.FAILED, Status.CANCELLED)


class Checkpoint(models.Model):
    """Which weights: synchronised from the settings at start (`generation.checkpoints`)."""

    slug = models.SlugField(max_length=100, unique=True)
    capability = models.CharField(max_length=16, choices=Capability)
    engine = models.CharField(
        max_length=32, blank=True, default="", help_text="entry of ENGINES that runs it; empty: named as the capability"
    )
    family = models.CharField(max_length=32)
    source = models.CharField(max_length=255, help_text="hub id, https address, a folder, or a provider's model id")
    revision = models.CharField(max_length=64, blank=True, help_text="pinned commit or content hash")
    native_size = models.PositiveIntegerField(null=True, blank=True, help_text="pixels of one side, or Hz")
    licence = models.CharField(max_length=100, blank=True)
    # MariaDB ignores conditional unique constraints: the default row of a capability holds its name here, others NULL.
    default_for = models.CharField(max_length=16, choices=Capability, null=True, blank=True, unique=True)
    chosen_for = models.CharField(
        max_length=16,
        choices=Capability,
        null=True,
        blank=True,
        unique=True,
        help_text="an administrator made it the default, whatever the settings say",
    )

    def __str__(self) -> str:
        return self.slug


class WeightsKind(models.TextChoices):
    """What a personal model is: a change of a checkpoint's weights, or weights of its own."""

    LORA = "lora"
    PIPELINE = "pipeline"


class ModelState(models.TextChoices):
    """How far a personal model has come. A draft waits for its files, or for being trained."""

    DRAFT = "draft"
    TRAINING = "training"
    READY = "ready"
    FAILED = "failed"


class PersonalModel(models.Model):
    """A model of one user's own. The documented endpoints call its alias `user_id`.

    `source` is a repository's id on the hub, `folder:PATH` below the models folder, or `sha256:…` of an upload;
    `digest` the SHA-256 of a LoRA's file, or the content hash of a pipeline's folder.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="personal_models")
    alias = models.CharField(max_length=64)
    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.PROTECT, related_name="personal_models")
    kind = models.CharField(max_length=8, choices=WeightsKind)
    source = models.CharField(max_length=255, blank=True)
    revision = models.CharField(max_length=64, blank=True, help_text="pinned commit or content hash")
    file_name = models.CharField(max_length=255, blank=True, help_text="which file of a repository")
    digest = models.CharField(max_length=64, blank=True, db_index=True)
    size_bytes = models.PositiveBigIntegerField(default=0)
    native_size = models.PositiveIntegerField(null=True, blank=True, help_text="pixels of one side, of a pipeline")
    instance_token = models.CharField(max_length=100, blank=True, help_text="what calls it in a prompt")
    state = models.CharField(max_length=8, choices=ModelState, default=ModelState.DRAFT)
    error_message = models.CharField(max_length=500, blank=True)
    shared = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "alias"], name="model_alias_once_per_owner"),
            models.CheckConstraint(
                name="model_error_iff_failed",
                condition=(Q(state=ModelState.FAILED) & ~Q(error_message=""))
                | (~Q(state=ModelState.FAILED) & Q(error_message="")),
            ),
            models.CheckConstraint(name="model_ready_has_digest", condition=~Q(state=ModelState.READY) | ~Q(digest="")),
        ]
        indexes = [models.Index(fields=["shared", "alias"], name="model_shared_by_alias")]

    def __str__(self) -> str:
        return self.alias


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
    # Whoever deletes a model deletes no job: the two texts say what it was, for good.
    personal_model = models.ForeignKey(
        PersonalModel, on_delete=models.SET_NULL, null=True, blank=True, related_name="jobs"
    )
    model_name = models.CharField(max_length=255, blank=True, default="", help_text="`alias` or `owner/alias`")
    model_source = models.CharField(max_length=255, blank=True, default="")
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
    idempotency_key = ExactCharField(max_length=255, null=True, blank=True)
    request_hash = models.CharField(max_length=64)
    webhook = models.CharField(max_length=2000, blank=True, default="", help_text="told of the job's end")
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
    def model_id(self) -> str:
        """What answers call the model: the source of a personal one, a provider's own name, else the checkpoint."""
        return self.model_source or self.checkpoint.slug

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


class DeliveryStatus(models.TextChoices):
    """How far a webhook's message has come."""

    PENDING = "pending"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


class WebhookDelivery(models.Model):
    """The message that a job has ended, for the URL that its request named. Its id is the message's `webhook-id`.

    Whoever sends it holds `claim_token`, and until then `next_try_at` is when others may take it for lost.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="webhook_deliveries")
    url = models.CharField(max_length=2000)
    event = models.CharField(max_length=10, choices=Status, help_text="the state that the job reached")
    status = models.CharField(max_length=9, choices=DeliveryStatus, default=DeliveryStatus.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="begun since it was written or replayed")
    last_status = models.PositiveSmallIntegerField(null=True, blank=True, help_text="HTTP status of the last answer")
    last_error = models.CharField(max_length=300, blank=True)
    claim_token = models.UUIDField(null=True, blank=True)
    created_at = models.DateTimeField()
    next_try_at = models.DateTimeField(null=True, blank=True)
    give_up_at = models.DateTimeField(help_text="no try is planned beyond this")
    delivered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "webhook deliveries"
        constraints = [
            models.CheckConstraint(
                name="delivery_planned_iff_pending",
                condition=Q(status=DeliveryStatus.PENDING, next_try_at__isnull=False)
                | (~Q(status=DeliveryStatus.PENDING) & Q(next_try_at__isnull=True, claim_token__isnull=True)),
            ),
            models.CheckConstraint(
                name="delivery_time_iff_delivered",
                condition=Q(status=DeliveryStatus.DELIVERED, delivered_at__isnull=False)
                | (~Q(status=DeliveryStatus.DELIVERED) & Q(delivered_at__isnull=True)),
            ),
        ]
        indexes = [models.Index(fields=["status", "next_try_at"], name="delivery_due")]

    def __str__(self) -> str:
        return str(self.id)


class WebhookSecret(models.Model):
    """What signs one user's webhooks, encrypted (`common.encryption`): it must be readable to sign."""

    owner = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="webhook_secret")
    encrypted = models.TextField()
    former = models.TextField(blank=True, help_text="the one before, encrypted: it signs along for a day")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"webhook secret of {self.owner_id}"
