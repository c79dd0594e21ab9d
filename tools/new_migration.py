"""Write the next migration: what the tables have that a database at the newest revision lacks.

Usage: python tools/new_migration.py "what changes"
"""

import re
import sys
import tempfile
from pathlib import Path

import sqlalchemy as sa
from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext

from juyong.api.registry import load_tables
from juyong.store import schema
from juyong.store.core import metadata
from juyong.store.database import engine_of

TEMPLATE = '''"""{message}."""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = {previous!r}


def upgrade() -> None:
    """Apply the revision."""
{body}
'''


def main() -> None:
    """Compare and write."""
    message = sys.argv[1]
    load_tables()
    folder = schema.MIGRATIONS / "versions"
    existing = sorted(folder.glob("[0-9]*.py"))
    with tempfile.TemporaryDirectory() as temporary:
        engine = engine_of(f"sqlite:///{Path(temporary) / 'at-head.db'}")
        if existing:
            schema.migrate(engine)
        body = difference(engine)
        engine.dispose()
    revision = f"{len(existing) + 1:04}"
    slug = re.sub(r"[^a-z0-9]+", "_", message.lower()).strip("_")
    target = folder / f"{revision}_{slug}.py"
    previous = f"{len(existing):04}" if existing else None
    target.write_text(
        TEMPLATE.format(message=message, revision=revision, previous=previous, body=body)
    )
    print(target)


def difference(engine: sa.Engine) -> str:
    """Render the operations that bring a database to the tables."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"target_metadata": metadata()})
        operations = produce_migrations(context, metadata()).upgrade_ops
        if operations is None:
            sys.exit("nothing to compare")
        code = render_python_code(operations, migration_context=context)
    lines = [line for line in code.splitlines() if not line.strip().startswith("# ###")]
    return "\n".join(f"    {line.strip()}" if line.strip() else "" for line in lines).rstrip()


if __name__ == "__main__":
    main()
