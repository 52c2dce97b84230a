from pathlib import Path
from typing import Any

import pytest

from tests.support.compose import SECRETS, services, write_environment


@pytest.fixture(scope="session")
def environment_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shortest .env that there can be."""
    return write_environment(tmp_path_factory.mktemp("compose") / "env", **SECRETS)


@pytest.fixture(scope="session")
def shape(environment_file: Path) -> dict[str, Any]:
    """Every service, of every profile, with the shortest .env."""
    return services(environment_file)
