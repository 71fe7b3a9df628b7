"""What docs/operations.md and docker-compose.yml say is true of the code."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.core.management import call_command

from memweb import celery
from memweb.celery import SWEEPERS, broker_url
from memweb.queues import QUEUES
from memweb.serving import programs
from memweb.settings import database_from_url

BASE = Path(__file__).resolve().parents[2]
GUIDE = (BASE / "docs" / "operations.md").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((BASE / "docker-compose.yml").read_text(encoding="utf-8"))


def settings_read() -> set[str]:
    source = (BASE / "memweb" / "settings.py").read_text(encoding="utf-8")
    return set(re.findall(r'\benv_(?:text|bool|int|list)\(\s*"(\w+)"', source))


def settings_documented() -> set[str]:
    table = GUIDE.partition("## Settings")[2].partition("\n## ")[0]
    return set(re.findall(r"^\| `(\w+)` \|", table, flags=re.MULTILINE))


def test_it_documents_every_setting_and_no_other() -> None:
    assert len(settings_read()) > 10
    assert settings_documented() == settings_read()


def test_it_uses_only_known_settings_in_containers() -> None:
    for name, service in COMPOSE["services"].items():
        if name in ("postgres", "redis"):
            continue
        used = {key.removesuffix("_FILE") for key in service["environment"]}
        assert used - {"REMAP_SIGTERM", *programs.QUIET} <= settings_read(), name


def test_it_defines_all_that_containers_refer_to() -> None:
    services = COMPOSE["services"]
    assert set(services) == {
        "postgres", "redis", "migrate", "web", "questions", "documents", "checks", "calls",
        "documents-gpu", "questions-gpu", "beat",
    }  # fmt: skip
    for service in services.values():
        for secret in service.get("secrets", ()):
            assert secret in COMPOSE["secrets"]
        for volume in service.get("volumes", ()):
            source = volume.partition(":")[0]
            assert source in COMPOSE["volumes"] or (BASE / source).is_file()
        for other, how in service.get("depends_on", {}).items():
            assert other in services
            if how["condition"] == "service_healthy":
                assert "healthcheck" in services[other]
        for value in service.get("environment", {}).values():
            if str(value).startswith("/run/secrets/"):
                assert str(value).removeprefix("/run/secrets/") in service["secrets"]


def test_it_gives_the_owner_of_the_tables_to_migrations_alone() -> None:
    for name, service in COMPOSE["services"].items():
        knows = "DATABASE_OWNER_URL_FILE" in service.get("environment", {})
        assert knows == ("owner_url" in service.get("secrets", ())) == (name == "migrate")


def test_it_looks_after_every_container_that_serves() -> None:
    for name, groups in {"questions": "questions", "documents": "documents", "web": ""}.items():
        check = COMPOSE["services"][name]["healthcheck"]["test"]
        assert groups in check or "/health/" in " ".join(check)


def test_it_has_no_statement_compiled_in_containers() -> None:
    assert "jit=off" in COMPOSE["services"]["postgres"]["command"]


def test_it_passes_options_of_the_database_on() -> None:
    url = "postgresql://memweb@db/memweb?options=-c%20jit%3Doff"
    assert database_from_url(url)["OPTIONS"] == {"options": "-c jit=off"}


def test_it_serves_every_queue_in_containers() -> None:
    served: set[str] = set()
    for service in COMPOSE["services"].values():
        command = service.get("command", [])
        if "--queues" in command:
            served |= set(command[command.index("--queues") + 1].split(","))
    assert served == set(QUEUES)


def test_it_sets_celery_so_that_no_job_is_lost() -> None:
    conf = celery.app.conf
    assert conf.task_acks_late
    assert conf.task_reject_on_worker_lost
    assert conf.task_retry_on_worker_lost
    assert conf.task_ignore_result
    assert conf.worker_prefetch_multiplier == 1
    assert conf.accept_content == ["json"]
    assert {entry["task"] for entry in conf.beat_schedule.values()} == set(SWEEPERS)
    queues = {entry["task"]: entry["options"]["queue"] for entry in conf.beat_schedule.values()}
    assert queues == SWEEPERS


def test_it_lets_no_question_wait_for_a_document() -> None:
    here = [child.command for child in programs.workers(BASE)]
    containers = [service.get("command", []) for service in COMPOSE["services"].values()]
    for commands in (here, containers):
        served = [
            command[command.index("--queues") + 1].split(",")
            for command in commands
            if "--queues" in command
        ]
        assert ["read"] in served
        assert not [queues for queues in served if "read" in queues and len(queues) > 1]


def test_django_finds_no_mistake_in_the_code() -> None:
    """Nothing that runs looks for them again: every process would load all pages."""
    call_command("check", fail_level="WARNING")


def test_its_workers_load_no_pages() -> None:
    """What Celery does at the start of a process, as the commands of ``up`` have it done."""
    for child in (*programs.workers(BASE), programs.beat(BASE)):
        assert child.command.index("--skip-checks") == child.command.index("memweb") + 1
    code = (
        "import sys, memweb.celery as c; c.app.loader.init_worker(); c.app.finalize();"
        "assert 'curation.extract' in c.app.tasks;"
        "sys.exit('memweb.urls' in sys.modules)"
    )
    for skipped in ("true", ""):
        known = os.environ | {"CELERY_SKIP_CHECKS": skipped}
        run = subprocess.run([sys.executable, "-c", code], cwd=BASE, env=known, check=False)
        assert run.returncode == (not skipped)


def test_it_lets_waiting_threads_of_the_model_sleep() -> None:
    assert programs.environment({})["OMP_WAIT_POLICY"] == "PASSIVE"
    assert programs.environment({"OMP_WAIT_POLICY": "ACTIVE"})["OMP_WAIT_POLICY"] == "ACTIVE"
    for name in ("questions", "documents"):
        assert COMPOSE["services"][name]["environment"].items() >= programs.QUIET.items()


def test_it_has_a_task_for_every_entry_of_the_schedule() -> None:
    celery.app.loader.import_default_modules()
    assert set(SWEEPERS) <= set(celery.app.tasks)


@pytest.mark.parametrize(
    ("redis_url", "expected"),
    [
        ("unix:///tmp/x/redis.sock", "redis+socket:///tmp/x/redis.sock"),
        ("redis://:secret@example.org:6379/1", "redis://:secret@example.org:6379/1"),
        ("rediss://example.org/0", "rediss://example.org/0"),
    ],
)
def test_it_names_the_broker_as_kombu_does(redis_url: str, expected: str) -> None:
    assert broker_url(redis_url) == expected
