"""Where things are kept: tables, database, journal, migrations. The only place that speaks SQL dialects."""
