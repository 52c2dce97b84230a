"""Input pictures of jobs: an upload or a picture of the registry becomes `params.image`, and gives the size."""

from typing import Any

from accounts.models import User
from common.errors import NotFound
from content.images import decode_base64_image
from content.models import Content, Kind
from content.selectors import visible_content
from content.services import store_upload

# Pixels of a generated picture's sides.
SMALLEST_SIDE = 256
LARGEST_SIDE = 1024


def picture_of(*, owner: User, reference: str) -> Content:
    """The picture that a CID or a data URL names; the latter is stored as `owner`'s upload.

    Raises `NotFound` for a CID that `owner` may not see, or that is no picture, and what `store_upload` raises.
    """
    if reference[:5].lower() == "data:":
        return store_upload(owner=owner, data=decode_base64_image(reference))
    content = visible_content(cid=reference, viewer=owner)
    if content.kind != Kind.IMAGE:
        raise NotFound
    return content


def with_picture(params: dict[str, Any], picture: Content) -> dict[str, Any]:
    """`params` of an `image_to_image` job on `picture`: its CID, and its size where none was asked for.

    The picture's shape is kept; only where that cannot be within the bounds is a side clamped.
    """
    own = {"width": picture.width or SMALLEST_SIDE, "height": picture.height or SMALLEST_SIDE}
    scale = max(min(1.0, LARGEST_SIDE / max(own.values())), SMALLEST_SIDE / min(own.values()))
    fitted = {name: min(max(round(side * scale), SMALLEST_SIDE), LARGEST_SIDE) for name, side in own.items()}
    return {**fitted, **params, "image": picture.cid}
