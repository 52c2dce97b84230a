"""The receiver of docs/webhooks.md accepts what Atelier signs, and nothing else."""

import re
import time
from typing import Any

import pytest
from standardwebhooks.webhooks import WebhookVerificationError

from generation.webhooks.signing import new_secret, signed_headers
from tests.support.processes import ROOT


def test_receiver_verifies(monkeypatch: pytest.MonkeyPatch) -> None:
    (code,) = re.findall(
        r"^```python\n(.*?)^```$", (ROOT / "docs" / "webhooks.md").read_text(), re.DOTALL | re.MULTILINE
    )
    secret, body = new_secret(), b'{"id": "7", "status": "succeeded"}'
    monkeypatch.setenv("WEBHOOK_SECRET", secret)
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102 - our own page
    headers = signed_headers(message_id="1", timestamp=int(time.time()), body=body, secrets=[secret])

    assert names["received"](headers, body) == "7 succeeded"
    with pytest.raises(WebhookVerificationError):
        names["received"](headers, body.replace(b"7", b"8"))
