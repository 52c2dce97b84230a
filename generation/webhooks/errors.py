"""What can go wrong with webhooks."""

from common.errors import AtelierError, InvalidInput


class WrongAddress(InvalidInput):
    """The URL cannot be a webhook's. The sentence names the field and says why."""

    code = "wrong_webhook"

    def __init__(self, message: str) -> None:
        super().__init__(message, errors={"webhook": [message]})


class NoWebhookSecret(InvalidInput):
    """Nothing could sign this user's webhooks."""

    code = "no_webhook_secret"
    message = "'webhook' needs a secret that signs it: make one with POST /api/v1/me/webhook-secret."

    def __init__(self) -> None:
        super().__init__(errors={"webhook": [self.message]})


class NotDelivered(AtelierError):
    """A try that brought no answer. The sentence is for the owner of the job."""

    code = "not_delivered"
    retryable = True
