"""What the operator can set: `STEPLINE_<NAME>` in the environment, or `<name> = …` in a TOML file.

The file is the one that STEPLINE_CONFIG names, else `stepline.toml` in the data directory. The environment wins.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from platformdirs import user_data_path
from pydantic import BeforeValidator, Field, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from engine.errors import Invalid, Problem

PREFIX = "STEPLINE_"
CONFIG = "STEPLINE_CONFIG"
NO_SUCH_FIELD = "Extra inputs are not permitted"


def _split(value: Any) -> Any:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
"""A list in TOML; separated by commas in the environment."""


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", validate_default=True)

    data_dir: Path = Field(
        default=user_data_path("stepline", appauthor=False),
        description="The one folder where Stepline keeps its database, its key file and its settings file.",
    )
    database_url: str = Field(
        default="",
        repr=False,
        description="The database. Empty: SQLite in the data directory. "
        "PostgreSQL: postgresql://user:password@host/name.",
    )
    host: str = Field(
        default="127.0.0.1",
        description="The address to listen on. 0.0.0.0 makes Stepline reachable from other machines.",
    )
    port: int = Field(default=8000, ge=0, le=65535, description="The port to listen on. 0 takes a free one.")
    public_url: str = Field(
        default="",
        description="The address under which browsers and webhooks reach this server, such as "
        "https://stepline.example.com. Empty: http://localhost with the port.",
    )
    key_file: Path = Field(
        default=Path(),
        description="The file with the encryption keys, newest first, one a line. "
        "Empty: secret.keys in the data directory; made at the first start.",
    )
    secret_keys: Words = Field(
        default=(),
        repr=False,
        description="Encryption keys, newest first, instead of the key file.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least important messages that are still written to the log."
    )
    egress_allow: Words = Field(
        default=(),
        description="Hosts and networks (10.1.2.0/24) that steps may reach although they are private. "
        "All other private addresses are refused.",
    )
    trusted_proxies: Words = Field(
        default=(),
        description="Addresses of reverse proxies whose X-Forwarded headers are believed. * trusts everybody.",
    )
    max_event_bytes: int = Field(
        default=1_048_576, ge=1024, description="The largest event that a hook accepts, in bytes."
    )
    max_queued_writes: int = Field(
        default=10_000,
        ge=1,
        description="How many writes may wait for the database. "
        "Above that, new events are answered with 429 and sent again later by their sender.",
    )
    max_queued_runs: int = Field(
        default=100_000,
        ge=1,
        description="How many runs may wait for their turn before new events are answered with 429.",
    )
    run_concurrency: int = Field(
        default=200, ge=1, description="How many runs one process moves forward at the same time."
    )
    lease_seconds: int = Field(
        default=60,
        ge=5,
        description="How long a run stays with a process that has died before another one takes it over.",
    )
    shutdown_seconds: int = Field(
        default=20,
        ge=0,
        description="How long a stopping server waits for steps that are under way.",
    )
    poll_min_interval_seconds: int = Field(
        default=60, ge=1, description="The shortest time between two looks of a polling trigger."
    )
    development: bool = Field(
        default=False,
        description="For people who work on Stepline itself: reload templates when they change. "
        "Never on a public server.",
    )

    @classmethod
    def load(cls, **overrides: Any) -> Settings:
        """The settings in force; `overrides` (from the command line) win over everything. Raises Invalid."""
        given = {name: value for name, value in overrides.items() if value is not None}
        file = _config_file(given.get("data_dir") or os.environ.get(f"{PREFIX}DATA_DIR"))
        try:
            return cls(**given)
        except ValidationError as error:
            problems = [_problem(entry["loc"], entry["msg"], given, file) for entry in error.errors()]
            raise Invalid("Stepline cannot start with these settings.", problems) from error
        except tomllib.TOMLDecodeError as error:
            raise Invalid(f"The settings file {file} is not valid TOML: {error}") from error

    @property
    def database_file(self) -> Path | None:
        """The SQLite database; None when the database is on a server."""
        kind, _, place = self.database_url.partition(":///")
        return Path(place.partition("?")[0]) if kind == "sqlite" and place else None

    @property
    def imports_dir(self) -> Path:
        """The folder where descriptions of APIs wait while somebody looks at what would come of them."""
        return self.data_dir / "imports"

    @property
    def connectors_dir(self) -> Path:
        """The folder with the operator's own connectors."""
        return self.data_dir / "connectors"

    @property
    def secure(self) -> bool:
        """Whether browsers reach the server by HTTPS, so that cookies can be kept to it."""
        return self.public_url.startswith("https://")

    @field_validator("egress_allow")
    @classmethod
    def _check_networks(cls, entries: tuple[str, ...]) -> tuple[str, ...]:
        for entry in entries:
            if "/" in entry:
                ip_network(entry)
        return entries

    @field_validator("public_url")
    @classmethod
    def _check_address(cls, address: str, info: ValidationInfo) -> str:
        if "port" not in info.data:
            return address  # it may be made of the port, which is refused by its own name
        parts = urlsplit(address)
        _ = parts.port  # raises when it is no number
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"“{address}” is not an address such as https://stepline.example.com")
        if parts.path or parts.query or parts.fragment or parts.username:
            raise ValueError(f"“{address}” has more than scheme, host and port; Stepline needs a host of its own")
        return f"{parts.scheme}://{parts.netloc.lower()}"

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, given: Any) -> Any:
        """Defaults that follow from other settings."""
        folder = Path(given.get("data_dir") or cls.model_fields["data_dir"].default).expanduser().absolute()
        host, port = given.get("host") or "127.0.0.1", given.get("port") or 8000
        here = "localhost" if host in ("127.0.0.1", "0.0.0.0", "::", "::1") else host  # noqa: S104
        return {
            **given,
            "data_dir": folder,
            "database_url": given.get("database_url") or f"sqlite:///{folder / 'stepline.db'}",
            "key_file": given.get("key_file") or folder / "secret.keys",
            "public_url": str(given.get("public_url") or f"http://{here}:{port}").rstrip("/"),
        }

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        file = _config_file(init_settings().get("data_dir") or env_settings().get("data_dir"))
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=file)


def unknown_variables(environ: Mapping[str, str]) -> list[str]:
    """Names that look like settings of Stepline and are none: most likely misspelt."""
    known = {CONFIG, *(PREFIX + name.upper() for name in Settings.model_fields)}
    return sorted(name for name in environ if name.startswith(PREFIX) and name not in known)


def _config_file(data_dir: Path | str | None) -> Path:
    """The settings file for this data directory; without STEPLINE_CONFIG it may not be there."""
    named = os.environ.get(CONFIG)
    if named and not Path(named).expanduser().is_file():
        raise Invalid(f"{CONFIG} names the settings file {named}, which does not exist.")
    folder = Path(data_dir or Settings.model_fields["data_dir"].default)
    return Path(named).expanduser() if named else folder.expanduser() / "stepline.toml"


def _problem(place: tuple[int | str, ...], message: str, given: Mapping[str, Any], file: Path) -> Problem:
    name = str(place[0]) if place else ""
    text = "there is no such setting" if message == NO_SUCH_FIELD else message.removeprefix("Value error, ")
    return Problem(f"{_where(name, given, file)}: {text}", pointer=f"/{name}", field=name)


def _where(name: str, given: Mapping[str, Any], file: Path) -> str:
    """Where the value of a setting that is in force was written."""
    variable = f"{PREFIX}{name.upper()}"
    if name in given or variable in os.environ or not file.is_file():
        return variable
    return f"{name} in {file}" if name in tomllib.loads(file.read_text(encoding="utf-8")) else variable
