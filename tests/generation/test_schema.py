"""The OpenAPI document of the generation endpoints."""

import re
from typing import Any

import pytest
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from generation.serializers.images import ImageParams, ImageToImageParams
from generation.urls import api_urlpatterns, urlpatterns

FILES = {
    "/output/generated_image/{output_id}.png",
    "/output/generated_sound/{output_id}.wav",
    "/output/generated_text/{output_id}.txt",
    "/images/{output_id}.png",
}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    GENERATOR_STATS.reset()
    made: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    assert not GENERATOR_STATS._warn_cache
    assert not GENERATOR_STATS._error_cache
    return made


def test_document_is_valid(document: dict[str, Any]) -> None:
    validate_schema(document)


def test_every_endpoint_is_described(document: dict[str, Any]) -> None:
    paths = ["/" + str(each.pattern) for each in urlpatterns] + [
        "/api/v1/" + str(each.pattern) for each in api_urlpatterns
    ]
    described = {re.sub(r"<\w+:(\w+)>", r"{\1}", path) for path in paths} - FILES

    assert described <= set(document["paths"])
    for path in described:
        for method, operation in document["paths"][path].items():
            assert operation["operationId"], (path, method)
            assert operation["summary"], (path, method)
            assert any(status.startswith("2") for status in operation["responses"]), (path, method)


def test_bounds_are_those_of_the_fields(document: dict[str, Any]) -> None:
    described = document["components"]["schemas"]["GenerateRequest"]["properties"]

    assert (described["width"]["minimum"], described["width"]["maximum"]) == (256, 1024)
    assert (described["samples"]["minimum"], described["samples"]["maximum"]) == (1, 150)
    assert (described["prompt"]["minLength"], described["prompt"]["maxLength"]) == (1, 2000)


def test_surfaces_share_their_bounds() -> None:
    text: dict[str, Any] = dict(ImageParams().fields)
    picture: dict[str, Any] = dict(ImageToImageParams().fields)

    for name in ("num_inference_steps", "guidance_scale", "width", "height", "seed", "number_of_images"):
        assert (text[name].min_value, text[name].max_value) == (picture[name].min_value, picture[name].max_value)
