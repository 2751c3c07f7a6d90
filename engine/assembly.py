"""The whole engine, put together: every part gets what it needs as an argument, in the order of dependence."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random

import httpx
from filelock import FileLock, Timeout

from connectors._kit.caller import Caller
from connectors._kit.doors import Doors
from connectors._kit.egress import EgressPolicy, open_client
from connectors._kit.oauth import OAuth
from connectors._kit.registry import Registry
from connectors._kit.triggers import trigger_output
from engine.accounts import Accounts
from engine.api_import import ApiImport
from engine.budget import Budget, Ledger, Sleep
from engine.clock import Clock, system_clock
from engine.connections import Connections
from engine.connections.credentials import CredentialStore
from engine.connector_folders import ConnectorFolders
from engine.definition.check import Checker
from engine.dispatch.leases import Leases
from engine.dispatch.local import LocalDispatcher
from engine.errors import EngineError
from engine.events import Events
from engine.folders import Folders
from engine.hooks import Hooks
from engine.ids import new_id
from engine.intake import Intake
from engine.oauth import Grants, Renewals, SignIns
from engine.plans import Plans
from engine.recipes import Recipes
from engine.run_control import RunControl
from engine.runner import Runner
from engine.runs import Runs
from engine.samples import SampleData
from engine.settings import Settings
from engine.statistics import Statistics
from engine.step_tests import StepTests
from engine.steps.context import Tools
from engine.storage import migrations
from engine.storage.database import Database
from engine.storage.journal import Journal
from engine.stores import Stores
from engine.triggers.due import DueTriggers
from engine.triggers.interest import Interests
from engine.triggers.receive import Receiver
from engine.triggers.subscriptions import Subscriptions
from engine.vault import Vault
from engine.workflows import Versions, Workflows

log = logging.getLogger(__name__)

LOCK_FILE = "stepline.lock"
"""In the data directory; held by the one process that runs the workflows of its SQLite database."""


@dataclass(frozen=True, slots=True)
class Stepline:
    """One process's engine. Made by `open_stepline`; call `start` inside the event loop, `stop` at the end."""

    settings: Settings
    clock: Clock
    registry: Registry
    connector_folders: ConnectorFolders
    api_import: ApiImport
    database: Database
    vault: Vault
    http: httpx.AsyncClient
    budget: Budget
    caller: Caller
    journal: Journal
    accounts: Accounts
    hooks: Hooks
    connections: Connections
    renewals: Renewals
    sign_ins: SignIns
    folders: Folders
    workflows: Workflows
    versions: Versions
    recipes: Recipes
    runs: Runs
    statistics: Statistics
    events: Events
    run_control: RunControl
    samples: SampleData
    step_tests: StepTests
    subscriptions: Subscriptions
    intake: Intake
    receiver: Receiver
    dispatcher: LocalDispatcher
    due_triggers: DueTriggers
    lock: FileLock | None

    async def start(self) -> None:
        """Begin to work: recover interrupted runs, claim due ones, look after polls and schedules."""
        self.journal.start()
        await self.dispatcher.start()
        self.due_triggers.start()
        self.connector_folders.start()

    async def stop(self) -> None:
        """Finish or release every run, commit everything, then close all doors."""
        await self.connector_folders.stop()
        await self.due_triggers.stop(self.settings.shutdown_seconds)
        await self.dispatcher.stop(self.settings.shutdown_seconds)
        await self.renewals.settle()
        await self.budget.ledger.settle()
        await self.http.aclose()
        await asyncio.to_thread(self.close)

    def close(self) -> None:
        """Close what is open without an event loop: for commands that never called `start`."""
        self.journal.close()
        self.database.close()
        if self.lock is not None:
            self.lock.release()


def open_stepline(
    settings: Settings,
    *,
    http: httpx.AsyncClient | None = None,
    registry: Registry | None = None,
    clock: Clock = system_clock,
    sleep: Sleep = asyncio.sleep,
    working: bool = True,
    claims: bool = True,
) -> Stepline:
    """Open the database (bringing it up to date), the vault and all services.

    `working` means that this process will run workflows: on SQLite only one process may, and a second one is
    refused with an EngineError. Commands that only look or edit pass False. Without `claims` it runs nothing but
    what it starts itself. `sleep` waits for so many seconds.
    """
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = Database.open(settings.database_url)
    lock = _sole_worker(settings.data_dir) if working and database.dialect == "sqlite" else None
    migrations.upgrade(database)
    vault = Vault.open(database, settings.key_file, settings.secret_keys)
    registry = Registry(registry.connectors.values()) if registry else Registry.load()
    connector_folders = ConnectorFolders(settings.connectors_dir, registry)
    connector_folders.refresh()
    http = http or open_client(allow=settings.egress_allow)
    budget = Budget(Ledger(database, clock), registry, clock, sleep)
    doors = Doors(Stores(database, clock), EgressPolicy(settings.egress_allow))
    caller = Caller(registry, http, clock, budget.lane, doors)

    journal = Journal(database, max_queue=settings.max_queued_writes)
    plans = Plans(
        database,
        lambda operation, payload, input: trigger_output(registry.operation(operation), payload, input),
    )
    accounts = Accounts(database, clock)
    hooks = Hooks(database, vault, clock)
    credentials = CredentialStore(database, vault, clock)
    grants = Grants(database, vault, registry, credentials, clock)
    oauth = OAuth(http, clock)
    renewals = Renewals(grants, registry, oauth, clock, sleep)
    connections = Connections(database, vault, registry, clock, caller, hooks, credentials, renewals)
    sign_ins = SignIns(database, vault, grants, oauth, clock, public_url=settings.public_url, proved=connections.proved)
    checker = Checker(registry, connections.connector_by_id, grants.scopes)
    subscriptions = Subscriptions(database, registry, hooks, clock)

    owner = new_id()
    spread = Random()  # noqa: S311  only spreads retries over time
    tools = Tools(
        registry.operation,
        connections.fresh,
        caller,
        connections.note_refusal,
        clock,
        spread,
        budget.lane,
        connections.after_refusal,
    )
    dispatcher = LocalDispatcher(
        Runner(tools, journal, owner),
        Leases(database, owner, timedelta(seconds=settings.lease_seconds)),
        plans,
        clock,
        owner=owner,
        lease=timedelta(seconds=settings.lease_seconds),
        concurrency=settings.run_concurrency,
        max_queued=settings.max_queued_runs,
        sole_owner=lock is not None,
        claims=claims,
    )
    intake = Intake(journal, dispatcher, plans, clock)
    versions = Versions(database, checker, subscriptions, clock)
    workflows = Workflows(database, versions, subscriptions, plans, clock)
    samples = SampleData(database, registry, plans)
    events = Events(database)
    run_control = RunControl(database, intake, dispatcher, clock)
    return Stepline(
        settings=settings,
        clock=clock,
        registry=registry,
        connector_folders=connector_folders,
        api_import=ApiImport(connector_folders, registry, settings.imports_dir),
        database=database,
        vault=vault,
        http=http,
        budget=budget,
        caller=caller,
        journal=journal,
        accounts=accounts,
        hooks=hooks,
        connections=connections,
        renewals=renewals,
        sign_ins=sign_ins,
        folders=Folders(database, clock),
        workflows=workflows,
        versions=versions,
        recipes=Recipes(registry, checker, workflows),
        runs=Runs(database),
        statistics=Statistics(database, clock),
        events=events,
        run_control=run_control,
        samples=samples,
        step_tests=StepTests(registry, workflows, connections, samples, caller),
        subscriptions=subscriptions,
        intake=intake,
        receiver=Receiver(
            registry, hooks, connections, events, subscriptions, Interests(registry, plans, clock), intake, clock
        ),
        dispatcher=dispatcher,
        due_triggers=DueTriggers(
            database,
            registry,
            connections,
            caller,
            intake,
            clock,
            budget=budget,
            fastest=settings.poll_min_interval_seconds,
        ),
        lock=lock,
    )


def is_working(data_dir: Path) -> bool:
    """Whether a process on this machine runs the workflows of the SQLite database in `data_dir`."""
    file = data_dir / LOCK_FILE
    if not file.exists():
        return False
    try:
        with FileLock(file, blocking=False):
            return False
    except Timeout:
        return True


def _sole_worker(data_dir: Path) -> FileLock:
    # `stop` gives it back from another thread than the one that takes it.
    lock = FileLock(data_dir / LOCK_FILE, blocking=False, thread_local=False)
    try:
        lock.acquire()
    except Timeout as error:
        raise EngineError(
            f"Stepline is already running with the data in {data_dir}. "
            "Stop it first, or choose another folder with STEPLINE_DATA_DIR."
        ) from error
    return lock
