"""What is logged: the level that operators choose for ours, warnings of libraries; never a secret."""

from typing import Any


def logging_of(level: str) -> dict[str, Any]:
    """Django's `LOGGING`."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"redact": {"()": "common.logs.RedactSecrets"}, "request_id": {"()": "common.logs.AddRequestId"}},
        "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"}},
        "handlers": {
            "console": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["request_id", "redact"]}
        },
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "django": {"level": level, "propagate": True, "handlers": []},
            # Refusals are in the access log.
            "django.request": {"level": "ERROR"},
            "django.server": {"level": "INFO", "propagate": True, "handlers": []},
            "daphne": {"level": "WARNING"},
            "rq": {"level": "WARNING"},
            # Every request of a download, whose addresses may hold signatures.
            "httpx2": {"level": "WARNING"},
            # Every step of a webhook, with its address and signature.
            "httpcore2": {"level": "WARNING"},
            # Every call to a provider; on DEBUG with its headers and what was signed.
            "httpx": {"level": "WARNING"},
            "httpcore": {"level": "WARNING"},
            "boto3": {"level": "WARNING"},
            "botocore": {"level": "WARNING"},
            "urllib3": {"level": "WARNING"},
            "axes": {"level": "WARNING"},
        },
    }
