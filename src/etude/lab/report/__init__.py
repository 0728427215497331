"""Reports as one page that needs nothing beside it: what was measured of files, what a model's music costs.

measure_report(measured, folder, command)     -> the page of `etude measure --html`
evaluate_report(judgement, folder, command)   -> the page of `etude evaluate --html`
"""

from etude.lab.report.evaluated import evaluate_report
from etude.lab.report.measured import measure_report

__all__ = ["evaluate_report", "measure_report"]
