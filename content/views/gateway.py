"""The gateway `/ipfs/<cid>`: public content that anybody can verify, and the file itself for who may see it."""

from collections.abc import Iterator

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

from common.errors import NotFound
from content.access import readable_content
from content.direct import direct_response
from content.errors import MissingBlock, TakenDown
from content.gateway import CAR_CONTENT_TYPE, RAW_TYPE, Format, Scope, Selection, wanted_format, wanted_selection
from content.responses import (
    File,
    cache_control,
    content_response,
    file_headers,
    file_response,
    file_view,
    octets_response,
    stream_response,
)
from content.selectors import check_public_block
from content.storage import car, cids, dag
from content.storage.blocks import BlockStore, block_store
from content.storage.cids import Cid
from content.takedowns import refuse_taken_down

_FOREVER = cache_control(public=True, immutable=True)


@file_view
def ipfs(request: HttpRequest, cid: str) -> HttpResponseBase:
    """The file under a CID, or with `format=raw` or `format=car` its blocks.

    The file: public content for everybody, private content for its owner and signed URLs. Blocks: those of public
    content, whoever asks; what is verified elsewhere is kept elsewhere.
    """
    try:
        response = _answer(request, cids.parse(cid), wanted_format(request))
    except TakenDown as error:
        raise error.on_gateway() from None
    patch_vary_headers(response, ["Accept"])
    return response


def _answer(request: HttpRequest, cid: Cid, form: Format) -> HttpResponseBase:
    if cid.is_identity:
        # Only raw data: a node could link to anybody's blocks.
        if cid.codec != cids.RAW:
            raise NotFound
        refuse_taken_down(cid)
        if form is Format.FILE:
            return octets_response(request, cid.digest, cid=str(cid))
    elif form is Format.FILE:
        content = readable_content(request, cid=str(cid))
        return direct_response(request, content) or content_response(request, content, immutable=True)
    else:
        check_public_block(cid)
    try:
        return _block(request, cid) if form is Format.RAW else _archive(request, cid)
    except MissingBlock as error:  # the row is there, its bytes are not: to a gateway the block is unknown
        raise NotFound from error


def _block(request: HttpRequest, cid: Cid) -> HttpResponseBase:
    data = block_store().get(cid)
    headers = file_headers(media_type=RAW_TYPE, attachment=f"{cid}.bin", cache=_FOREVER)
    file = File(len(data), f'"{cid}.raw"', headers, read=lambda start, end: iter([data[start:end]]))
    return file_response(request, file)


def _archive(request: HttpRequest, cid: Cid) -> HttpResponseBase:
    selection = wanted_selection(request)
    headers = file_headers(media_type=CAR_CONTENT_TYPE, attachment=f"{cid}.car", cache=_FOREVER)
    return stream_response(
        request,
        etag=f'"{cid}{selection.name()}.car"',
        headers=headers,
        pieces=car.pack([cid], _blocks(block_store(), cid, selection)),
    )


def _blocks(store: BlockStore, root: Cid, selection: Selection) -> Iterator[tuple[Cid, bytes]]:
    if selection.is_whole:
        return dag.blocks_of(store, root)
    size = dag.size_of(store, root)
    start, end = (size, size) if selection.scope is Scope.BLOCK else selection.span(size)
    return dag.blocks_of(store, root, start=start, end=end)
