"""`/v1/images/<output>/…`: the picture of an output as JPEG or WebP, which `url` of an answer names."""

from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from common.errors import NotFound
from content.models import Kind, Visibility
from content.responses import File, cache_control, file_headers, file_response, file_view
from content.services import read_bytes
from generation.models import JobOutput
from generation.openai.pictures import BEST_QUALITY, FORMATS, MEDIA_TYPES, encode
from generation.presentation import output_path
from generation.views.outputs import readable_output


def picture_path(output: JobOutput, *, output_format: str, quality: int) -> str:
    """The path of an output's picture in a format, with a signature where its content is private."""
    if output_format == "png":
        return output_path(output, view="image")
    return output_path(output, quality, output_format, view="openai-image")


@file_view
def converted_image(request: HttpRequest, output_id: UUID, quality: int, output_format: str) -> HttpResponseBase:
    """The picture of an output, for everybody where it is public, else for its owner and with a signature."""
    if quality > BEST_QUALITY or output_format not in FORMATS:
        raise NotFound
    content = readable_output(request, output_id=output_id, kind=Kind.IMAGE)
    data = encode(read_bytes(content=content), output_format=output_format, quality=quality)
    cache = cache_control(public=content.visibility == Visibility.PUBLIC, immutable=False)
    headers = file_headers(media_type=MEDIA_TYPES[output_format], attachment=None, cache=cache)
    etag = f'"{content.cid}.{quality}.{output_format}"'
    return file_response(request, File(len(data), etag, headers, read=lambda start, end: iter([data[start:end]])))
