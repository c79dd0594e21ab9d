"""Alembic environment: runs on the connection that juyong.store.schema hands it."""

from alembic import context

from juyong.store.core import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata(),
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
