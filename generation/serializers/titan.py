"""What requests in the words of Titan's document may say."""

from typing import Any

from generation.serializers.fields import Choice, Integer, Number, Text
from generation.serializers.images import MOST_IMAGES, Params

LONGEST_TEXT = 512
LARGEST_SEED = 2_147_483_646
# A model that runs here has no quality, but steps: these are what the two words mean to it.
STEPS_OF_QUALITY = {"standard": 30, "premium": 50}


def _side() -> Integer:
    return Integer(min_value=512, max_value=1024, default=1024)


class TitanRequest(Params):
    """Body of `POST /api/demo_backend_v2/generate`, and of `POST /generate` with `text` instead of `prompt`."""

    text = Text(min_length=1, max_length=LONGEST_TEXT, wrong="is required and must be a string.")
    width = _side()
    height = _side()
    number_of_images = Integer(min_value=1, max_value=MOST_IMAGES, default=1)
    cfg_scale = Number(min_value=1, max_value=20, default=8)
    seed = Integer(
        min_value=0,
        max_value=LARGEST_SEED,
        default=42,
        wrong="must be a whole number.",
        help_text="Image *i* of several has seed + *i*.",
    )
    quality = Choice(choices=[("standard", "standard"), ("premium", "premium")], default="standard")

    def job_params(self, *, knows_quality: bool) -> dict[str, Any]:
        """The valid request as parameters of the kind `image`, for a model that knows the word, or one with steps."""
        asked = self.validated_data
        quality = "standard" if knows_quality else asked["quality"]
        return {
            "prompt": asked["text"],
            "negative_prompt": "",
            "num_inference_steps": STEPS_OF_QUALITY[quality],
            "guidance_scale": asked["cfg_scale"],
            **{name: asked[name] for name in ("width", "height", "seed", "number_of_images", "quality")},
        }
