"""Looking at runs: lists, counts and one run as a timeline."""

from engine.runs.model import AttemptDetail, RunDetail, RunSummary, StepRunDetail
from engine.runs.service import Runs

__all__ = ["AttemptDetail", "RunDetail", "RunSummary", "Runs", "StepRunDetail"]
