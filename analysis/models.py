"""What was seen in pictures."""

from django.db import models

from content.models import Content
from generation.models import Job


class Analysis(models.Model):
    """The segments that an `analysis` job found; its labels are in the job's result."""

    job = models.OneToOneField(Job, on_delete=models.CASCADE, related_name="analysis")
    content = models.ForeignKey(Content, on_delete=models.CASCADE, related_name="analyses")
    width = models.PositiveIntegerField(help_text="pixels of the picture, after its EXIF rotation")
    height = models.PositiveIntegerField(help_text="pixels")
    segments = models.JSONField(
        default=list,
        help_text="largest first: counts (COCO run lengths), polygons, box, area, predicted_iou, stability",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "analyses"

    def __str__(self) -> str:
        return str(self.job_id)
