"""People, their API keys, and what they may use and have used."""

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models
from rest_framework_api_key.models import AbstractAPIKey


class Scope(models.TextChoices):
    """What a key may do: `read` looks, `generate` makes and changes, `manage` handles keys, models and caches."""

    READ = "read"
    GENERATE = "generate"
    MANAGE = "manage"


class User(AbstractUser):
    """An account. `public_id` is what other parts and other people see instead of the primary key."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField("e-mail address", unique=True)
    preferences = models.JSONField(default=dict, blank=True)


def default_scopes() -> list[str]:
    """The scopes of a key made without a list: all but `manage`."""
    return [Scope.READ.value, Scope.GENERATE.value]


class ApiKey(AbstractAPIKey):
    """A credential of a program: hashed, shown once, found by its prefix."""

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    scopes = models.JSONField(default=default_scopes)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    class Meta(AbstractAPIKey.Meta):
        verbose_name = "API key"
        verbose_name_plural = "API keys"


class Quota(models.Model):
    """Limits of one user. None means the default from the settings (`QUOTA_…`)."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="quota")
    active_jobs = models.PositiveIntegerField(null=True, blank=True, help_text="queued and running at once")
    jobs_per_day = models.PositiveIntegerField(null=True, blank=True)
    stored_bytes = models.PositiveBigIntegerField(null=True, blank=True)

    def __str__(self) -> str:
        return f"quota of {self.user}"


class Usage(models.Model):
    """What one user used on one day (UTC)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="usage")
    day = models.DateField()
    jobs = models.PositiveIntegerField(default=0)
    engine_seconds = models.FloatField(default=0)
    stored_bytes = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "day"], name="usage_once_a_day")]
        verbose_name_plural = "usage"

    def __str__(self) -> str:
        return f"{self.user} on {self.day}"
