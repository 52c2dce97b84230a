"""Providers on loopback: what they answer on the wire, word for word, and the check of what they were sent."""

import base64
import io
import json
import re
import threading
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from PIL import Image

from tests.support.receiver import Answer, Message, Receiver

ACCESS_KEY, SECRET_KEY, REGION = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "us-east-1"
TITAN = "amazon.titan-image-generator-v2:0"
HF_TOKEN = "hf_" + "t" * 34
HF_MODEL = "some-maker/some-model"
COHERE_KEY = "c" * 40
COHERE_MODEL = "command-a-03-2025"
SECRETS = (SECRET_KEY, HF_TOKEN, COHERE_KEY)

AWS_VARIABLES = {
    "AWS_ACCESS_KEY_ID": ACCESS_KEY,
    "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
    # Nothing else may be found on this machine.
    "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent/credentials",
    "AWS_CONFIG_FILE": "/nonexistent/config",
    "AWS_EC2_METADATA_DISABLED": "true",
}


def png(size: tuple[int, int] = (512, 512), colour: tuple[int, int, int] = (200, 30, 30)) -> bytes:
    """A picture of one colour."""
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, "PNG")
    return file.getvalue()


# ---- Answers ------------------------------------------------------------------------------------------------------


def raw(body: bytes, *, status: int = 200, content_type: str = "application/json", **headers: str) -> Answer:
    """An answer with this body; header names with underscores."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Type", content_type)
        handler.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def in_json(body: Any, *, status: int = 200, **headers: str) -> Answer:
    return raw(json.dumps(body).encode(), status=status, **headers)


def aws_error(code: str, message: str, status: int) -> Answer:
    """As `InvokeModel` refuses."""
    return in_json({"message": message}, status=status, x_amzn_ErrorType=code, x_amzn_RequestId="r-1")


def pictures(*encoded: bytes, error: str | None = None) -> Answer:
    """As Titan and Nova Canvas answer."""
    return in_json({"images": [base64.b64encode(each).decode() for each in encoded], "error": error})


def titan(handler: BaseHTTPRequestHandler) -> None:
    """As Titan answers: a picture of the size that was asked for."""
    config = json.loads(request_of(handler).body)["imageGenerationConfig"]
    pictures(png((config["width"], config["height"])))(handler)


def chat(*parts: dict[str, Any], finish_reason: str = "COMPLETE") -> Answer:
    """As Cohere's v2 chat answers."""
    return in_json(
        {
            "id": "c-1",
            "finish_reason": finish_reason,
            "message": {"role": "assistant", "content": list(parts)},
            "usage": {"tokens": {"input_tokens": 11, "output_tokens": 7}},
        }
    )


def cut(handler: BaseHTTPRequestHandler) -> None:
    """Announces more than it sends, and closes."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    handler.wfile.write(b'{"images": ["iVBOR')
    handler.close_connection = True


def in_turn(*answers: Answer) -> Answer:
    """One answer after the other; the last one again and again."""
    left, guard = list(answers), threading.Lock()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        with guard:
            now = left.pop(0) if len(left) > 1 else left[0]
        now(handler)

    return answer


def request_of(handler: BaseHTTPRequestHandler) -> Message:
    """What the handler was sent."""
    message: Message = handler.message  # type: ignore[attr-defined]
    return message


# ---- What was sent ------------------------------------------------------------------------------------------------

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/]+)/\d{8}/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request, "
    r"SignedHeaders=(?P<headers>[^,]+), Signature=(?P<signature>[0-9a-f]{64})"
)


def is_signed(message: Message) -> bool:
    """Whether a request carries the signature that botocore computes for it anew, with the right key and place."""
    found = _AUTHORIZATION.fullmatch(message.headers.get("authorization", ""))
    if found is None or (found["key"], found["region"], found["service"]) != (ACCESS_KEY, REGION, "bedrock"):
        return False
    headers = {name: message.headers[name] for name in found["headers"].split(";")}
    url = f"http://{message.headers['host']}{message.path}"
    request = AWSRequest(method="POST", url=url, data=message.body, headers=headers)
    request.context["timestamp"] = message.headers["x-amz-date"]
    signer = SigV4Auth(Credentials(ACCESS_KEY, SECRET_KEY), "bedrock", REGION)
    signature: str = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    return signature == found["signature"]


def steps_into(heard: list[tuple[int, int]]) -> Callable[..., None]:
    """An `on_step` that writes down what it hears."""

    def on_step(step: int, steps: int, preview: object) -> None:
        heard.append((step, steps))

    return on_step


def no_step(step: int, steps: int, preview: object) -> None:
    """An `on_step` that does nothing."""


def bodies(receiver: Receiver) -> Sequence[Any]:
    """The JSON of everything that was sent."""
    return [json.loads(message.body) for message in receiver.messages]
