"""The picture that came with a form."""

from rest_framework.request import Request

from common.errors import InvalidInput

# The names that clients give to it.
PICTURE_FIELDS = ("image", "file", "buffer")


def uploaded_picture(request: Request) -> bytes:
    """The one picture of the form. Raises `InvalidInput` where there is none, or more than one."""
    files = [file for name in PICTURE_FIELDS for file in request.FILES.getlist(name)]
    if len(files) != 1 or len(request.FILES) != 1:
        raise InvalidInput("'image' is required: send one picture, in the field image, file or buffer.")
    return bytes(files[0].read())
