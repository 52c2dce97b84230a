"""What the documented endpoints answer."""

from rest_framework import serializers

from generation.models import Status


class FileAnswer(serializers.Serializer):
    """Answer of `POST /generate/image/prompt` and `POST /generate/image/image`."""

    generation_id = serializers.UUIDField(help_text="The job's id.")
    file_path = serializers.URLField(help_text="Absolute URL of the file; signed where the content is private.")


class ClipAnalysis(serializers.Serializer):
    concepts = serializers.ListField(child=serializers.CharField())
    confidence_scores = serializers.DictField(child=serializers.FloatField(min_value=0, max_value=1))


class GenerateAnswer(serializers.Serializer):
    """Answer of `POST /generate`: the fields of both documents."""

    request_id = serializers.UUIDField(help_text="The job's id.")
    generated_image = serializers.CharField(help_text="Base64 of the PNG.")
    clip_analysis = ClipAnalysis()
    success = serializers.BooleanField()
    message = serializers.CharField()
    image_base64 = serializers.CharField(help_text="The same as `generated_image`.")
    image_path = serializers.CharField(help_text="URL path of the stored file; signed where the content is private.")
    model_id = serializers.CharField()
    generation_time = serializers.FloatField(help_text="Seconds in the engine.")
    seed = serializers.IntegerField()
    cid = serializers.CharField()


class TitanAnswer(serializers.Serializer):
    """Answer of `POST /api/demo_backend_v2/generate`."""

    message = serializers.CharField()
    images = serializers.ListField(child=serializers.URLField(), help_text="Signed: they open as they stand.")
    local_path = serializers.CharField()
    engine = serializers.CharField(help_text="Who made them.")
    model_id = serializers.CharField()
    warnings = serializers.ListField(
        child=serializers.CharField(), help_text="What was brought to the nearest that the model takes."
    )


class TagsAnswer(serializers.Serializer):
    """Answer of `POST /generate/tags`."""

    tags = serializers.ListField(child=serializers.CharField(), help_text="Lower case, each once, most telling first.")


class RegistryAnswer(serializers.Serializer):
    """What the answers of `POST /generate-image` and `POST /generate-text` share."""

    message = serializers.CharField()
    cid = serializers.CharField()
    url = serializers.URLField()
    engine = serializers.CharField()
    model_id = serializers.CharField()


class RegistryImageAnswer(RegistryAnswer):
    """Answer of `POST /generate-image`."""

    description = serializers.CharField(help_text="The prompt.")


class TextAnswer(RegistryAnswer):
    """Answer of `POST /generate-text`."""

    text = serializers.CharField()


class AcceptedAnswer(serializers.Serializer):
    """The job goes on: look at `job` (also in the header `Location`)."""

    job = serializers.URLField()
    status = serializers.ChoiceField(choices=Status.choices)


class HealthAnswer(serializers.Serializer):
    status = serializers.ChoiceField(choices=[("healthy", "a worker is there"), ("degraded", "no worker is there")])
    device = serializers.ChoiceField(choices=[("cpu", "CPU"), ("cuda", "CUDA"), ("mps", "MPS")])
    models_loaded = serializers.IntegerField(help_text="In all live workers together.")


class CacheAnswer(serializers.Serializer):
    success = serializers.BooleanField()
    message = serializers.CharField()
    models_unloaded = serializers.IntegerField()
