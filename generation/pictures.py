"""Input pictures of jobs: an upload or a picture of the registry becomes `params.image`, and gives the size."""

from typing import Any

from accounts.models import User
from common.errors import InvalidInput, NotFound
from content.images import decode_base64_image
from content.models import Content, Kind
from content.selectors import visible_content
from content.services import read_bytes, store_upload
from generation.engines.masks import decode_mask
from generation.models import JobKind

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


def mask_of(*, owner: User, reference: str, picture: Content) -> Content:
    """The mask for `picture` that a CID or a data URL names; the latter is stored as `owner`'s upload.

    Raises what `picture_of` and `check_mask` raise.
    """
    try:
        mask = picture_of(owner=owner, reference=reference)
    except InvalidInput as error:
        raise wrong_mask(error.message.replace("'image'", "'mask'")) from error
    check_mask(mask, picture)
    return mask


def check_mask(mask: Content, picture: Content) -> None:
    """Raise `InvalidInput` for a mask of another size than the picture, or one that repaints nothing.

    Found out before the job is made: in the engine, one wrong mask would fail all jobs of its batch.
    """
    if picture.width is None or picture.height is None:
        raise wrong_mask("'mask' cannot be checked: the size of 'image' is not known. Upload it again.")
    try:
        decode_mask(read_bytes(content=mask), size=(picture.width, picture.height))
    except InvalidInput as error:
        raise wrong_mask(error.message) from error


def wrong_mask(sentence: str) -> InvalidInput:
    """The refusal of a mask."""
    return InvalidInput(sentence, errors={"mask": [sentence]})


def with_picture(kind: str, params: dict[str, Any], picture: Content) -> dict[str, Any]:
    """`params` of a job on `picture`: its CID, and for `image_to_image` its size where none was asked for.

    The picture's shape is kept; only where that cannot be within the bounds is a side clamped.
    """
    if kind != JobKind.IMAGE_TO_IMAGE:
        return {**params, "image": picture.cid}
    own = {"width": picture.width or SMALLEST_SIDE, "height": picture.height or SMALLEST_SIDE}
    scale = max(min(1.0, LARGEST_SIDE / max(own.values())), SMALLEST_SIDE / min(own.values()))
    fitted = {name: min(max(round(side * scale), SMALLEST_SIDE), LARGEST_SIDE) for name, side in own.items()}
    return {**fitted, **params, "image": picture.cid}
