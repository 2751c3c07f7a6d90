"""A real PostgreSQL server that makes a database for each test."""

from __future__ import annotations

from uuid import uuid4

from sqlalchemy import create_engine, make_url, text

from engine.storage import migrations
from engine.storage.database import Database


class PostgresServer:
    """`uri` is a database of the running server in which its superuser may give orders."""

    def __init__(self, uri: str) -> None:
        self._uri = make_url(uri).set(drivername="postgresql+psycopg")
        self._admin = create_engine(self._uri, isolation_level="AUTOCOMMIT")
        # Nothing here has to survive a power cut.
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            self.run(f"ALTER SYSTEM SET {setting} = off")
        self.run("SELECT pg_reload_conf()")
        self._template = self._make_template()

    def run(self, sql: str) -> None:
        with self._admin.connect() as connection:
            connection.execute(text(sql))

    def url(self, name: str) -> str:
        return self._uri.set(database=name).render_as_string(hide_password=False)

    def create(self, *, empty: bool = False) -> str:
        """Makes a database (with all tables unless `empty`) and returns its URL."""
        name = f"test_{uuid4().hex}"
        template = "template0" if empty else self._template
        self.run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")  # twice as quick for small ones
        return self.url(name)

    def drop(self, url: str) -> None:
        self.run(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")

    def close(self) -> None:
        self._admin.dispose()

    def _make_template(self) -> str:
        url = self._create_template_database()
        database = Database.open(url)
        migrations.upgrade(database)
        database.close()
        return str(make_url(url).database)

    def _create_template_database(self) -> str:
        self.run("CREATE DATABASE stepline_template TEMPLATE template0")
        return self.url("stepline_template")
