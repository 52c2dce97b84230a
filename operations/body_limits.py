"""How large a request body may be, known from its headers: before it is stored or anyone is authenticated."""

import re
from dataclasses import dataclass
from urllib.parse import unquote

# Boundaries, part headers and the small fields beside the files.
MULTIPART_OVERHEAD_BYTES = 100_000

_JSON_WITH_IMAGE = re.compile(r"/(analyze|api/v1/jobs|v1/images/edits|v1/chat/completions)")
# The empty path is the studio's form.
_ONE_IMAGE = re.compile(r"(/generate/image/image|/api/v1/contents|)")
# The second is the form of the models page.
_LORA = re.compile(r"/api/v1/models|/models")
_SEVERAL_IMAGES = re.compile(r"/(api/v1/models/[^/]+(/[^/]+)?/train|v1/images/edits)")


@dataclass(frozen=True)
class BodyLimits:
    """The limits in bytes: any body, JSON that carries a base64 image, one uploaded image, several of them, a LoRA."""

    plain: int
    json_with_image: int
    one_image: int
    several_images: int
    lora: int = 0

    def limit_for(self, raw_path: bytes, content_type: bytes) -> int:
        """The most bytes that a body for this path may have. Whatever is not listed has the smallest limit."""
        path = unquote(raw_path.partition(b"?")[0].decode("latin1")).rstrip("/")
        if content_type.strip().lower().startswith(b"multipart/form-data"):
            if _LORA.fullmatch(path):
                return self.lora + MULTIPART_OVERHEAD_BYTES
            if _SEVERAL_IMAGES.fullmatch(path):
                return self.several_images + MULTIPART_OVERHEAD_BYTES
            if _ONE_IMAGE.fullmatch(path):
                return self.one_image + MULTIPART_OVERHEAD_BYTES
        elif _JSON_WITH_IMAGE.fullmatch(path):
            return self.json_with_image
        return self.plain
