"""What every log line goes through: the id of the request it belongs to, and no secret."""

import logging
import re
from contextvars import ContextVar

# The id of the request that this task or thread serves; "-" outside requests.
request_id: ContextVar[str] = ContextVar("request_id", default="-")

HIDDEN = "***"
_SECRETS = (
    # API keys: a prefix of 8 and a secret of 32. The prefix stays: it finds the row and opens nothing.
    (re.compile(r"\b([A-Za-z0-9]{8})\.[A-Za-z0-9]{32}\b"), rf"\1.{HIDDEN}"),
    # Signed URLs and websocket tickets.
    (
        re.compile(
            r"([?&](?:s|ticket|token|code|signature|x-amz-signature|x-amz-credential|x-amz-security-token)=)[^&\s\"'#]+",
            re.IGNORECASE,
        ),
        rf"\1{HIDDEN}",
    ),
    # Headers, as `Authorization: Bearer x` or as a repr of a dict.
    (
        re.compile(
            r"((?:Proxy-)?Authorization|X-Api-Key|Cookie|Set-Cookie|X-CSRFToken)(['\"]?\s*[:=]\s*b?['\"]?)[^'\"\r\n]+",
            re.IGNORECASE,
        ),
        rf"\1\2{HIDDEN}",
    ),
    (re.compile(r"\b(Bearer|Api-Key|Basic)\s+[^\s'\",]+", re.IGNORECASE), rf"\1 {HIDDEN}"),
    # One-time links: the first administrator's, and allauth's password reset.
    (re.compile(r"(/setup/|/password/reset/key/|/confirm-email/)[^/\s\"'?]+"), rf"\1{HIDDEN}"),
    # Passwords in URLs of databases, mail servers and Redis.
    (re.compile(r"(\w://[^/\s:@]*:)[^@\s/]+@"), rf"\1{HIDDEN}@"),
    (re.compile(r"(password\w*|secret\w*)(['\"]?\s*[:=]\s*['\"]?)[^\s'\",&]+", re.IGNORECASE), rf"\1\2{HIDDEN}"),
)


def redact(text: str) -> str:
    """`text` with every key, signature, ticket, password and one-time link replaced."""
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


class AddRequestId(logging.Filter):
    """Puts `request_id` on every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True


class RedactSecrets(logging.Filter):
    """Takes secrets out of a record's message and traceback before a handler sees them."""

    _formatter = logging.Formatter()

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = redact(record.getMessage())
        record.args = None
        if record.exc_info and not record.exc_text:
            record.exc_text = self._formatter.formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = redact(record.exc_text)
        return True
