"""Puts every plugin of this package into MiniStack."""

from __future__ import annotations

from dataclasses import dataclass

from . import (
    alarms,
    athena,
    cloudformation,
    containers,
    custom_resources,
    data_quality,
    elasticache,
    event_sources,
    flink,
    generic_types,
    glue_jobs,
    glue_tables,
    hooks,
    iam_enforcement,
    iam_principals,
    images,
    lake_credentials,
    lake_formation,
    lambdas,
    msk,
    redshift,
    schedules,
    secrets,
    stepfunctions,
    storage,
    storage_faults,
)
from .config import EmulatorConfig
from .containers import Containers
from .data_quality import Evaluations
from .engines import Engines
from .event_sources import KafkaEventSources
from .flink import FlinkApplications
from .glue_jobs import GlueJobs
from .journal import Journal
from .processes import kill_descendants


@dataclass(frozen=True)
class Running:
    """What must be stopped at the end."""

    jobs: GlueJobs
    sources: KafkaEventSources
    applications: FlinkApplications
    containers: Containers
    evaluations: Evaluations

    def stop(self) -> None:
        """Kills every process that the emulator has started."""
        self.sources.stop_all()
        self.jobs.stop_all()
        self.evaluations.stop()
        self.applications.stop_all()
        self.containers.stop_all()
        kill_descendants()


def install(config: EmulatorConfig) -> Running:
    """Checks MiniStack and installs all plugins.

    Raises:
        HookError: when this MiniStack lacks a name that a plugin needs.
    """
    hooks.verify_hooks()
    journal = Journal(config.state_dir / "journal.jsonl")
    engines = Engines(config.state_dir)
    generic = generic_types.install(config.region)
    cloudformation.install(journal, config.region, generic)
    iam_enforcement.install(journal)
    iam_principals.install(config.principals, config.region)
    secrets.install()
    storage.install()
    storage_faults.install(config.state_dir, journal)
    glue_tables.install(config.region)
    jobs = glue_jobs.install(config, journal)
    applications = flink.install(config, engines, journal)
    evaluations = data_quality.install(config, journal)
    msk.install(config.region, engines, journal)
    elasticache.install(engines, journal)
    sources = event_sources.install(engines, journal)
    formation = lake_formation.install(journal, config.principals)
    lake_credentials.install(formation)
    athena.install(config, journal, formation.visible)
    stepfunctions.install(journal)
    lambdas.install(journal, config.endpoint)
    alarms.install(config.state_dir, journal)
    custom_resources.install()
    schedules.install()
    tasks = containers.install(config, engines, images.install(config.state_dir, journal), journal)
    redshift.install(config.region, engines, journal)
    return Running(jobs, sources, applications, tasks, evaluations)
