"""Prometheus' and Grafana's files: they fit each other, and ask for metrics that /metrics serves."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from generation.models import Status
from generation.presence import WorkerInfo, announce
from tests.factories.generation import JobFactory
from tests.support.processes import ROOT

FOLDER = ROOT / "deployment"
DASHBOARD = json.loads((FOLDER / "grafana" / "dashboards" / "atelier.json").read_text())
EXPRESSIONS = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
TOKEN = "a-token-of-prometheus"


@pytest.fixture
def served(client: Client, settings: Any) -> dict[str, set[str]]:
    """The names that /metrics serves of a studio in which something goes on → the labels of each."""
    settings.METRICS_TOKEN = TOKEN
    JobFactory(status=Status.QUEUED)
    announce(WorkerInfo(name="w1", host="a", pid=1, queues=["cpu"], ready=True))
    client.get("/health")
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    return {
        sample.name: set(sample.labels)
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


@pytest.mark.django_db
@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_dashboard_asks_for_what_is_served(served: dict[str, set[str]], expression: str) -> None:
    names = re.findall(r"\b(?:atelier|django|process)_\w+", expression)
    # What Prometheus adds to every sample.
    known = {"job", "instance"}.union(*(served.get(name, set()) for name in names))
    grouped = [label.strip() for labels in re.findall(r"by \(([^)]*)\)", expression) for label in labels.split(",")]
    selected = re.findall(r"[{,]\s*(\w+)=", expression)

    assert names
    assert set(names) <= set(served)
    assert {*grouped, *selected} <= known


def test_panels_do_not_overlap_and_have_names() -> None:
    cells = [
        (x, y)
        for panel in DASHBOARD["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]

    assert len(cells) == len(set(cells))
    assert all(0 <= x < 24 for x, _ in cells)
    assert len({panel["title"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


def test_grafana_finds_its_source_and_its_dashboards(shape: dict[str, Any]) -> None:
    folder = FOLDER / "grafana" / "provisioning"
    (source,) = yaml.safe_load((folder / "datasources" / "prometheus.yml").read_text())["datasources"]
    (provider,) = yaml.safe_load((folder / "dashboards" / "atelier.yml").read_text())["providers"]
    mounts = {volume.split(":")[1]: volume.split(":")[0] for volume in map(str, shape["grafana"]["volumes"])}

    assert {panel["datasource"]["uid"] for panel in DASHBOARD["panels"]} == {source["uid"]}
    assert source["url"] == "http://prometheus:9090"
    assert "prometheus" in shape
    assert mounts[provider["options"]["path"]] == str(FOLDER / "grafana" / "dashboards")
    assert mounts["/etc/grafana/provisioning"] == str(folder)


def test_prometheus_is_started_with_the_token_and_the_port(tmp_path: Path) -> None:
    script = (FOLDER / "prometheus" / "start.sh").read_text()
    # The same script in folders of this test.
    script = script.replace("/tmp/", f"{tmp_path}/").replace("/etc/atelier", str(FOLDER / "prometheus"))
    script = script.replace("/bin/prometheus", "env")

    done = subprocess.run(
        ["/bin/sh", "-c", script],
        env={"METRICS_TOKEN": "a $(b) 'c'", "PORT": "9000", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=30,
    )

    (job,) = yaml.safe_load((tmp_path / "prometheus.yml").read_text())["scrape_configs"]
    assert (tmp_path / "metrics_token").read_text() == "a $(b) 'c'"
    assert (tmp_path / "metrics_token").stat().st_mode & 0o077 == 0
    assert (job["metrics_path"], job["dns_sd_configs"]) == ("/metrics", [{"names": ["web"], "type": "A", "port": 9000}])
    assert "a $(b) 'c'" not in done.stdout + done.stderr
