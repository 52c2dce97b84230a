"""Reading deliveries."""

from uuid import UUID

from django.db.models import QuerySet

from accounts.models import User
from common.errors import NotFound
from generation.models import WebhookDelivery, WebhookSecret
from generation.selectors import job_of


def deliveries_of(*, owner: User, job_id: UUID) -> QuerySet[WebhookDelivery]:
    """The deliveries of the owner's job, newest first. Raises `NotFound` for another user's job."""
    job = job_of(owner=owner, job_id=job_id)
    return WebhookDelivery.objects.filter(job=job).order_by("-created_at", "-id")


def delivery_of(*, owner: User, job_id: UUID, delivery_id: UUID) -> WebhookDelivery:
    """One of them. Raises `NotFound`."""
    delivery = deliveries_of(owner=owner, job_id=job_id).filter(id=delivery_id).first()
    if delivery is None:
        raise NotFound
    return delivery


def secret_of(*, owner: User) -> WebhookSecret | None:
    """The row of the owner's secret, encrypted as it is."""
    return WebhookSecret.objects.filter(owner=owner).first()
