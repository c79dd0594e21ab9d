"""The index of a logstore is kept once, with its raw logs."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"

_stores = sa.table("logs_store", *map(sa.column, ("store_id", "index_changed_at")))
_logstores = sa.table(
    "sls_logstore", *map(sa.column, ("project_name", "logstore_name", "store_id"))
)
_documents = sa.table(
    "sls_document", *map(sa.column, ("project_name", "kind", "name", "modified_at"))
)


def upgrade() -> None:
    """Apply the revision."""
    op.add_column(
        "logs_store",
        sa.Column("index_changed_at", sa.BigInteger(), nullable=False, server_default="0"),
    )
    changed = (
        sa.select(_documents.c.modified_at)
        .join(
            _logstores,
            sa.and_(
                _logstores.c.project_name == _documents.c.project_name,
                _logstores.c.logstore_name == _documents.c.name,
            ),
        )
        .where(_documents.c.kind == "index", _logstores.c.store_id == _stores.c.store_id)
        .scalar_subquery()
    )
    op.execute(sa.update(_stores).values(index_changed_at=sa.func.coalesce(changed, 0)))
    op.execute(sa.delete(_documents).where(_documents.c.kind == "index"))
