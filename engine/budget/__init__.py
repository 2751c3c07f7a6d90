"""The request budget: what a service allows a connection, shared by all runs, polls and processes.

    lane = budget.lane(credentials)          # None: nothing limits this connection, and asking cost nothing
    until = await lane.admit(waited=False)   # None: one request may be sent now; else when to come back

`policy` decides and knows neither clock nor storage; `ledger` keeps what was decided in the database; `lane` is what
callers hold.
"""

from engine.budget.lane import Budget, Lane, Sleep
from engine.budget.ledger import Ledger

__all__ = ["Budget", "Lane", "Ledger", "Sleep"]
