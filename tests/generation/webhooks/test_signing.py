"""Signatures, checked by the vector of the specification's authors and by their library."""

import base64
import time

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from generation.webhooks.signing import new_secret, signed_headers

BODY = b'{"id": "1", "prompt": "\xc3\xa9"}'


def test_signature_of_the_published_vector() -> None:
    headers = signed_headers(
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=1614265330,
        body=b'{"test": 2432232314}',
        secrets=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    )

    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_library_of_the_standard_accepts_it_with_either_secret() -> None:
    secrets = [new_secret(), new_secret()]
    headers = signed_headers(message_id="1", timestamp=int(time.time()), body=BODY, secrets=secrets)

    for secret in secrets:
        assert Webhook(secret).verify(BODY, headers) == {"id": "1", "prompt": "é"}


def test_library_of_the_standard_refuses_what_was_changed() -> None:
    secret = new_secret()
    headers = signed_headers(message_id="1", timestamp=int(time.time()), body=BODY, secrets=[secret])

    for changed, sent, with_secret in (
        (headers, BODY + b" ", secret),
        ({**headers, "webhook-id": "2"}, BODY, secret),
        ({**headers, "webhook-timestamp": str(int(time.time()) - 1)}, BODY, secret),
        (headers, BODY, new_secret()),
    ):
        with pytest.raises(WebhookVerificationError):
            Webhook(with_secret).verify(sent, changed)


def test_secret_has_the_form_of_the_standard() -> None:
    secret = new_secret()

    assert secret.startswith("whsec_")
    assert 24 <= len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) <= 64
    assert secret != new_secret()
