"""The endpoints of trainings: runs with their curves and samples, and the reports of studies."""

from __future__ import annotations

from typing import Any

from etude.apps.studio.asked import Asked, Endpoint, File, Page, ids_of
from etude.errors import UsageError
from etude.lab.desk import studies
from etude.lab.desk.training import listed, sample, settings_beside


def _runs(asked: Asked) -> Any:
    return {"runs": listed(asked.desk.supplies.runs)}


def _settings(asked: Asked) -> Any:
    return {"different": settings_beside(asked.desk.supplies.runs, ids_of(asked))}


def _sample(asked: Asked) -> Any:
    return sample(asked.desk.supplies, asked.ids["id"], asked.ids["name"])


def _studies(asked: Asked) -> Any:
    return {"studies": studies.studies(asked.desk.supplies.studies)}


def _report(asked: Asked) -> Page:
    return Page(studies.report(asked.desk.supplies.studies, asked.ids["id"]))


def _named(asked: Asked) -> File:
    at = asked.ids["at"]
    if not (at.isascii() and at.isdecimal() and len(at) < 6):
        raise UsageError("A file of a report is its number in it.")
    path = studies.named_file(asked.desk.supplies.studies, asked.ids["id"], int(at))
    shown = path.suffix in (".wav", ".png", ".svg")
    return File(path, studies.KINDS[path.suffix], "" if shown else path.name)


TRAINING: tuple[Endpoint, ...] = (
    Endpoint("GET", "/api/runs", "Trainings, their curves, and at which steps they composed.", _runs),
    Endpoint("GET", "/api/runs/compare", "The settings in which trainings differ.", _settings, query=("ids",)),
    Endpoint("GET", "/api/runs/{id}/samples/{name}", "A piece composed after so many updates: 1000-1.", _sample),
    Endpoint("GET", "/api/studies", "Studies that have a report.", _studies),
    Endpoint("GET", "/api/studies/{id}/report", "The report of a study, a page in which nothing runs.", _report),
    Endpoint("GET", "/api/studies/{id}/files/{at}", "A file that the report names, by its number in it.", _named),
)
