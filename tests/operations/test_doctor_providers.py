"""What `manage.py doctor` says of providers, without asking them."""

from typing import Any

import pytest

from generation.models import Checkpoint
from generation.presence import announce_queues
from operations.doctor_providers import examine_providers
from operations.findings import Finding, Verdict
from tests.support.providers import AWS_VARIABLES, SECRETS, TITAN
from tests.support.receiver import Receiver
from tests.support.remote import set_up_providers

pytestmark = pytest.mark.django_db


def verdicts() -> dict[str, Finding]:
    return {finding.detail.partition(":")[0].split()[0]: finding for finding in examine_providers()}


def test_providers_that_are_not_used() -> None:
    found = verdicts()

    assert {name: finding.verdict for name, finding in found.items()} == dict.fromkeys(
        ("bedrock", "huggingface", "cohere"), Verdict.OFF
    )
    assert "BEDROCK_MODEL_ID" in found["bedrock"].fix


def test_provider_that_is_set_up_by_half(settings: Any) -> None:
    settings.INCOMPLETE_PROVIDERS = {"cohere": "COHERE_MODEL"}

    cohere = verdicts()["cohere"]

    assert (cohere.verdict, cohere.fix) == (Verdict.WARN, "Set COHERE_MODEL.")


class TestSetUp:
    @pytest.fixture(autouse=True)
    def _set_up(self, settings: Any, monkeypatch: pytest.MonkeyPatch, _clean_state: None) -> None:
        set_up_providers(settings, monkeypatch, "http://127.0.0.1:9", IMAGE_ENGINE="bedrock")

    def test_all_is_well_and_no_secret_is_told(self) -> None:
        announce_queues(["remote"], by="somebody")

        found = verdicts()

        assert (found["bedrock"].verdict, found["cohere"].verdict) == (Verdict.OK, Verdict.OK)
        assert found["bedrock"].detail == f"bedrock: {TITAN}, for every request that names no model"
        assert "cohere-command-a-03-2025" in found["cohere"].detail
        assert "nobody" not in found
        assert not any(secret in repr(found) for secret in SECRETS)

    def test_nothing_is_sent(self, settings: Any) -> None:
        with Receiver() as receiver:
            for name in ("bedrock", "cohere"):
                options = settings.ENGINES[name]["OPTIONS"]
                options["endpoint_url" if name == "bedrock" else "base_url"] = receiver.base_url
            list(examine_providers())

            assert receiver.messages == []

    def test_nobody_asks(self) -> None:
        assert verdicts()["nobody"].verdict is Verdict.FAIL

    def test_no_credentials(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            assert name in AWS_VARIABLES
            monkeypatch.delenv(name)

        bedrock = verdicts()["bedrock"]

        assert (bedrock.verdict, bedrock.detail) == (Verdict.FAIL, "bedrock: boto3 finds no credentials")

    def test_model_that_is_none_for_pictures(self, settings: Any) -> None:
        settings.ENGINES["bedrock"]["CHECKPOINT"]["source"] = "anthropic.claude-v2"

        assert "is no image model that Atelier can ask" in verdicts()["bedrock"].detail

    def test_no_row_yet(self) -> None:
        Checkpoint.objects.filter(engine="cohere").delete()

        cohere = verdicts()["cohere"]

        assert (cohere.verdict, cohere.fix) == (Verdict.FAIL, "Stop Atelier, then: make run")
