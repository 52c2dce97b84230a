"""Amazon Bedrock: `InvokeModel` through boto3, which finds the credentials by its own chain."""

import json
from base64 import b64decode
from typing import Any

import boto3
from botocore import exceptions
from botocore.config import Config

from common.errors import InvalidInput
from generation.engines.base import ImageRequest, ImageResult, Weights
from generation.engines.errors import EngineLoadError
from generation.engines.pictures import decode_picture
from generation.engines.providers.base import CONNECT_SECONDS, ProviderEngine
from generation.engines.providers.bedrock_bodies import FAMILIES, Family, Withheld, family_of
from generation.engines.providers.failures import Cause, PromptFiltered, cause_of_status, quoted
from generation.engines.providers.limits import Limits
from generation.engines.providers.pictures import image_result, refuse_what_needs_a_model_here

# Error codes of InvokeModel, and of the signature's check before it.
CAUSE_OF_CODE = {
    "ValidationException": Cause.INVALID,
    "AccessDeniedException": Cause.DENIED,
    "ResourceNotFoundException": Cause.GONE,
    "ServiceQuotaExceededException": Cause.QUOTA,
    "ThrottlingException": Cause.THROTTLED,
    "ModelTimeoutException": Cause.TIMEOUT,
    "ModelErrorException": Cause.MODEL_FAILED,
    "ModelNotReadyException": Cause.NOT_READY,
    "InternalServerException": Cause.AWAY,
    "ServiceUnavailableException": Cause.AWAY,
    "UnrecognizedClientException": Cause.CREDENTIALS,
    "InvalidSignatureException": Cause.CREDENTIALS,
    "IncompleteSignatureException": Cause.CREDENTIALS,
    "ExpiredTokenException": Cause.CREDENTIALS,
    "MissingAuthenticationTokenException": Cause.CREDENTIALS,
}
# The first that fits: the read timeout is a kind of connection error to botocore.
_CAUSE_OF_CLASS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], Cause], ...] = (
    (exceptions.ReadTimeoutError, Cause.TIMEOUT),
    (
        (exceptions.NoCredentialsError, exceptions.PartialCredentialsError, exceptions.CredentialRetrievalError),
        Cause.CREDENTIALS,
    ),
    ((exceptions.HTTPClientError, exceptions.ConnectionError, exceptions.IncompleteReadError), Cause.AWAY),
    # boto3 checks parameters by itself: an id that can be none.
    (exceptions.ParamValidationError, Cause.GONE),
)
# Amazon's models refuse a prompt with a ValidationException that says so.
_FILTER_SIGNS = ("content filter", "Responsible AI", "AUP")


class BedrockEngine(ProviderEngine[ImageRequest, ImageResult]):
    """An image model on Bedrock: the Titan Image Generators, Nova Canvas, and Stability AI's, by the model's id.

    `region` is the AWS region, empty for the one of boto3's configuration; `endpoint_url` another address than the
    region's own, such as a VPC endpoint's.
    """

    name = "bedrock"
    capability = "image"
    title = "Amazon Bedrock"
    remedies = {
        Cause.CREDENTIALS: "The operator must give boto3 valid credentials: AWS_ACCESS_KEY_ID and "
        "AWS_SECRET_ACCESS_KEY, a profile, or a role.",
        Cause.DENIED: "The operator must allow bedrock:InvokeModel for these credentials, and enable the model under "
        '"Model access" in the Bedrock console.',
        Cause.QUOTA: "Send fewer requests at a time, or raise the quota in AWS Service Quotas.",
        Cause.GONE: "The operator must set BEDROCK_MODEL_ID to a model that is active in AWS_REGION.",
    }

    def __init__(self, weights: Weights, *, region: str = "", endpoint_url: str = "", **common: Any) -> None:
        super().__init__(weights, **common)
        self._region, self._endpoint_url = region, endpoint_url
        self._family: Family | None = None

    def _connect(self) -> Any:
        self._family = family_of(self._weights.source)
        if self._family is None:
            known = ", ".join(f"{family.mark}…" for family in FAMILIES)
            raise EngineLoadError(f"BEDROCK_MODEL_ID names no image model that Atelier can ask. It can ask: {known}.")
        # stamina decides about tries, for all providers alike.
        config = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=self._timeout,
            retries={"total_max_attempts": 1, "mode": "standard"},
        )
        try:
            session = boto3.session.Session(region_name=self._region or None)
            return session.client("bedrock-runtime", endpoint_url=self._endpoint_url or None, config=config)
        except exceptions.NoRegionError:
            raise EngineLoadError("Amazon Bedrock needs a region. The operator must set AWS_REGION.") from None
        except (exceptions.BotoCoreError, ValueError) as error:
            raise EngineLoadError(
                f"The settings for Amazon Bedrock cannot be used ({type(error).__name__}). "
                "The operator must correct AWS_REGION, BEDROCK_ENDPOINT_URL or the AWS profile."
            ) from None

    def _ask(self, request: ImageRequest) -> ImageResult:
        if self._family is None:
            raise RuntimeError("the engine is not loaded")
        refuse_what_needs_a_model_here(request)
        limits = Limits()
        order = self._family.order(self._weights.source, request, limits)
        response = self._client.invoke_model(
            modelId=self._weights.source,
            body=json.dumps(order.body),
            contentType="application/json",
            accept="application/json",
        )
        try:
            data = b64decode(self._family.picture(json.loads(response["body"].read())), validate=True)
            picture = decode_picture(data)
        except Withheld:
            raise self._failure(Cause.FILTERED) from None
        except (ValueError, LookupError, TypeError, AttributeError, InvalidInput):
            raise self._failure(Cause.UNREADABLE) from None
        return image_result(picture, request, limits, {**self._provenance(), **order.used})

    def _diagnose(self, error: Exception) -> tuple[Cause, str]:
        if isinstance(error, exceptions.ClientError):
            code, said = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
            cause = CAUSE_OF_CODE.get(code) or cause_of_status(error.response["ResponseMetadata"]["HTTPStatusCode"])
            if cause is Cause.INVALID and any(sign in said for sign in _FILTER_SIGNS):
                raise PromptFiltered(quoted(said)) from None
            return cause, said
        return next((cause for kind, cause in _CAUSE_OF_CLASS if isinstance(error, kind)), Cause.UNREADABLE), ""
