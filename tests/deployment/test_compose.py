"""`docker-compose.yml` says what it should: read as text, and as docker-compose reads it."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import get_commands, load_command_class

from config.environment import WrongSetting
from config.ipfs import ipfs_api
from tests.support.compose import SECRETS, run_compose, seconds, services, write_environment
from tests.support.environment import atelier_variables
from tests.support.processes import ROOT

TEXT = (ROOT / "docker-compose.yml").read_text()
FILES = ("docker-compose.yml", "docker-compose.cuda.yml")
ATELIER = ("prepare", "web", "worker", "housekeeper")
SERVERS = ("mysql", "redis", "ipfs", "prometheus", "grafana")
LONG_RUNNING = (*ATELIER[1:], *SERVERS)
OURS_IN_COMPOSE = {"MYSQL_PASSWORD", "GRAFANA_PASSWORD", "GRAFANA_PORT"}


# ---- The environment file -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("missing", sorted(SECRETS))
def test_missing_secret_is_refused_with_the_remedy(tmp_path: Path, missing: str) -> None:
    given = {name: value for name, value in SECRETS.items() if name != missing}

    done = run_compose("config", environment_file=write_environment(tmp_path / "env", **given))

    assert done.returncode != 0
    assert f"Set {missing} in .env to the output of openssl rand -hex " in done.stderr


@pytest.mark.parametrize("name", sorted(SECRETS))
def test_empty_secret_is_refused_too(tmp_path: Path, name: str) -> None:
    done = run_compose("config", environment_file=write_environment(tmp_path / "env", **{**SECRETS, name: ""}))

    assert done.returncode != 0
    assert f"Set {name} in .env" in done.stderr


def test_settings_of_the_file_reach_every_process_of_ours(tmp_path: Path) -> None:
    file = write_environment(
        tmp_path / "env", **SECRETS, SIGNUP="closed", WORKERS="3", PORT="9000", HOST="0.0.0.0", ATELIER_DATA_DIR="var"
    )

    found = services(file)

    for name in ATELIER:
        environment = found[name]["environment"]
        assert (environment["SIGNUP"], environment["SECRET_KEY"]) == ("closed", SECRETS["SECRET_KEY"])
        # What says where things are is Compose's to say.
        assert (environment["HOST"], environment["ATELIER_DATA_DIR"]) == ("0.0.0.0", "/data")
        assert str(environment["PORT"]) == "9000"
    assert found["worker"]["scale"] == 3
    assert published(found["web"]) == ["0.0.0.0:9000:9000"]


def test_secrets_of_others_stay_with_them(shape: dict[str, Any]) -> None:
    for name in SERVERS:
        assert not {"SECRET_KEY", "DATABASE_URL"} & set(shape[name].get("environment", {}))


def test_every_variable_is_a_setting_or_described_to_operators() -> None:
    used = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", TEXT))
    described = set(re.findall(r"`([A-Z_]+)`", (ROOT / "docs" / "operators.md").read_text()))

    assert used - atelier_variables() - {"ATELIER_ENV_FILE"} == OURS_IN_COMPOSE
    assert described >= OURS_IN_COMPOSE


def test_every_setting_that_is_given_is_one_that_atelier_knows(shape: dict[str, Any]) -> None:
    for name in ATELIER:
        given = set(shape[name]["environment"]) - {"ATELIER_ENV_FILE", "MYSQL_PASSWORD"}
        assert given <= atelier_variables()


def test_address_of_the_node_can_be_read(shape: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    import environ

    monkeypatch.setenv("IPFS_API", shape["web"]["environment"]["IPFS_API"])
    try:
        address, _ = ipfs_api(environ.Env())
    except WrongSetting as error:
        pytest.fail(str(error))

    assert address.startswith("/dns/ipfs/tcp/5001")


# ---- Services -------------------------------------------------------------------------------------------------------


def published(service: dict[str, Any]) -> list[str]:
    """The ports that are open outside, as ADDRESS:PORT:PORT."""
    return [port.removesuffix("/tcp") for port in service.get("ports", [])]


def test_these_are_the_services(shape: dict[str, Any]) -> None:
    assert set(shape) == {*ATELIER, *SERVERS}


def test_only_the_page_is_open_and_only_to_this_machine(shape: dict[str, Any]) -> None:
    ports = {name: published(service) for name, service in shape.items()}

    assert ports.pop("web") == ["127.0.0.1:8000:8000"]
    assert ports.pop("grafana") == ["127.0.0.1:3000:3000"]
    assert [name for name, open_ports in ports.items() if open_ports] == []


@pytest.mark.parametrize("name", SERVERS)
def test_images_are_pinned_by_a_whole_version(shape: dict[str, Any], name: str) -> None:
    assert re.fullmatch(r"[a-z]+(/[a-z]+)?:v?\d+\.\d+\.\d+(-alpine)?", shape[name]["image"])


@pytest.mark.parametrize("name", LONG_RUNNING)
def test_what_runs_for_long_has_a_health_check_and_comes_back(shape: dict[str, Any], name: str) -> None:
    service = shape[name]

    assert service["restart"] == "unless-stopped"
    assert service["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
    assert seconds(service["healthcheck"]["timeout"]) < seconds(service["healthcheck"]["interval"])
    assert seconds(service["stop_grace_period"]) >= 30
    assert service["logging"]["options"] == {"max-size": "10m", "max-file": "3"}
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert any(volume.split(":")[0] in declared_volumes() for volume in service["volumes"])


def declared_volumes() -> set[str]:
    return set(yaml.safe_load(TEXT)["volumes"])


def test_volumes_are_named_and_each_is_used(shape: dict[str, Any]) -> None:
    used = {volume.split(":")[0] for service in shape.values() for volume in service["volumes"]}
    mounted = {source for source in used if source.startswith("/")}

    assert used - mounted == declared_volumes()
    assert all(Path(source).is_dir() for source in mounted)


@pytest.mark.parametrize("name", ATELIER)
def test_processes_of_ours_share_the_data_and_can_write_nowhere_else(shape: dict[str, Any], name: str) -> None:
    service = shape[name]

    assert [volume.removesuffix(":rw") for volume in service["volumes"]] == ["atelier:/data"]
    assert service["environment"]["ATELIER_DATA_DIR"] == "/data"
    assert service["read_only"] is True
    assert service["tmpfs"] == ["/tmp:size=1g"]
    assert service["cap_drop"] == ["ALL"]
    assert not any(service.get(key) for key in ("privileged", "cap_add", "network_mode", "user", "pid"))


def test_tables_are_made_once_before_the_others_start(shape: dict[str, Any]) -> None:
    assert shape["prepare"]["restart"] == "no"
    assert {name: on["condition"] for name, on in shape["prepare"]["depends_on"].items()} == {
        "mysql": "service_healthy",
        "redis": "service_healthy",
    }
    for name in ATELIER[1:]:
        assert {on: how["condition"] for on, how in shape[name]["depends_on"].items()} == {
            "prepare": "service_completed_successfully",
            "mysql": "service_healthy",
            "redis": "service_healthy",
        }


@pytest.mark.parametrize("name", ATELIER)
def test_commands_are_real(shape: dict[str, Any], name: str) -> None:
    command, *arguments = shape[name]["command"]

    parser = load_command_class(get_commands()[command], command).create_parser("manage.py", command)

    parser.parse_args(arguments)


def test_databases_reach_nobody_and_nobody_reaches_them_but_ours(shape: dict[str, Any]) -> None:
    assert yaml.safe_load(TEXT)["networks"]["inside"] == {"internal": True}
    inside = {name for name, service in shape.items() if "inside" in service["networks"]}
    assert inside == {*ATELIER, "mysql", "redis"}
    assert [shape[name]["networks"] for name in ("mysql", "redis")] == [["inside"], ["inside"]]


def test_file_holds_no_secret() -> None:
    literal = re.findall(r"(?im)^\s*\w*(?:password|secret|token|key)\w*:\s*(\S.*)$", TEXT)

    assert [value for value in literal if not value.startswith('"${') and value != '"yes"'] == []
    assert re.findall(r"://\w+:([^$@\s]+)@", TEXT) == []


# ---- Servers --------------------------------------------------------------------------------------------------------


def test_mysql_keeps_what_atelier_relies_on(shape: dict[str, Any]) -> None:
    mysql = shape["mysql"]

    assert {
        "--character-set-server=utf8mb4",
        "--collation-server=utf8mb4_unicode_520_ci",
        "--transaction-isolation=READ-COMMITTED",
    } <= set(mysql["command"])
    url = shape["web"]["environment"]["DATABASE_URL"]
    variables = mysql["environment"]
    user, password, name = (variables[f"MYSQL_{key}"] for key in ("USER", "PASSWORD", "DATABASE"))
    assert url == f"mysql://{user}:{password}@mysql:3306/{name}"
    # Root works from nowhere but inside, and its password is none that somebody knows.
    assert variables["MYSQL_ROOT_HOST"] == "localhost"
    assert variables["MYSQL_RANDOM_ROOT_PASSWORD"] == "yes"


def test_redis_writes_down_what_it_holds_and_forgets_nothing(shape: dict[str, Any]) -> None:
    command = shape["redis"]["command"]

    assert command[command.index("--appendonly") + 1] == "yes"
    assert command[command.index("--maxmemory-policy") + 1] == "noeviction"


def test_node_is_set_up_for_a_server_and_collects_what_was_unpinned(shape: dict[str, Any]) -> None:
    assert shape["ipfs"]["environment"]["IPFS_PROFILE"] == "server"
    assert "--enable-gc" in shape["ipfs"]["command"]


@pytest.mark.parametrize(
    ("name", "variable", "wanted"),
    [("prometheus", "METRICS_TOKEN", "METRICS_TOKEN"), ("grafana", "GF_SECURITY_ADMIN_PASSWORD", "GRAFANA_PASSWORD")],
)
def test_monitoring_without_its_secret_says_so_and_ends(
    shape: dict[str, Any], name: str, variable: str, wanted: str
) -> None:
    service = shape[name]
    assert service["profiles"] == ["monitoring"]
    assert service["environment"][variable] == ""
    entrypoint = [part.replace("/etc/atelier/", f"{ROOT}/deployment/prometheus/") for part in service["entrypoint"]]

    done = subprocess.run(entrypoint, env={variable: ""}, capture_output=True, text=True, timeout=30)

    assert done.returncode != 0
    assert done.stderr.strip().endswith(f"{variable}: Set {wanted} in .env")


# ---- The GPU --------------------------------------------------------------------------------------------------------


def test_cuda_variant_changes_the_workers_alone(environment_file: Path, shape: dict[str, Any]) -> None:
    cuda = services(environment_file, *FILES)

    assert {name for name in shape if cuda[name] != shape[name]} == {"worker"}
    (device,) = cuda["worker"]["deploy"]["resources"]["reservations"]["devices"]
    assert (device["driver"], device["capabilities"]) == ("nvidia", ["gpu"])
    environment = cuda["worker"]["environment"]
    assert (environment["USE_GPU"], environment["SECRET_KEY"]) == ("true", SECRETS["SECRET_KEY"])
    assert cuda["worker"]["build"]["target"] == shape["worker"]["build"]["target"] == "worker"


# ---- Several hosts --------------------------------------------------------------------------------------------------


def test_variant_for_several_hosts_names_the_databases_that_they_share(tmp_path: Path, shape: dict[str, Any]) -> None:
    shared = {
        "DATABASE_URL": "mysql://ada:secret@db.example.org:3306/a",
        "REDIS_URL": "redis://:secret@r.example.org/0",
    }
    file = write_environment(tmp_path / "env", **SECRETS, **shared)

    found = services(file, "docker-compose.yml", "docker-compose.hosts.yml")

    for name in ATELIER:
        environment = found[name]["environment"]
        assert {key: environment[key] for key in shared} == shared
        assert environment["IPFS_API"] == ""
        assert found[name]["command"] == shape[name]["command"]
    assert {name: found[name] for name in SERVERS} == {name: shape[name] for name in SERVERS}


def test_variant_for_several_hosts_wants_their_addresses(environment_file: Path) -> None:
    files = ("-f", "docker-compose.yml", "-f", "docker-compose.hosts.yml")

    done = run_compose(*files, "config", environment_file=environment_file)

    assert done.returncode != 0
    assert "Set DATABASE_URL in .env to the database that all hosts share" in done.stderr


def test_commands_of_the_guide_are_those_of_management() -> None:
    guide = (ROOT / "docs" / "operators.md").read_text()
    named = re.findall(r"docker-compose (?:exec|run --rm(?: --no-deps)?) \w+ (?:python manage\.py )?(\w+)", guide)

    assert len(named) >= 3
    assert set(named) <= set(get_commands())
