"""What every test relies on: privacy of the test process, a closed network."""

import socket

import pytest
from django.conf import settings

from common.redis_client import redis_client
from tests.support.environment import atelier_variables
from tests.support.network import NetworkClosed


def test_variables_are_found_in_the_settings_source() -> None:
    assert {"SECRET_KEY", "DEBUG", "PORT", "MODEL_PROFILE", "DATABASE_URL", "EMAIL_URL"} <= atelier_variables()


def test_data_folder_is_for_this_user_alone() -> None:
    assert settings.DATA_DIR.stat().st_mode & 0o777 == 0o700


def test_redis_is_real() -> None:
    assert redis_client().info("server")["tcp_port"] == 0


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "example.org"])
def test_network_beyond_loopback_is_closed(host: str) -> None:
    with pytest.raises(NetworkClosed):
        socket.create_connection((host, 80), timeout=1)
