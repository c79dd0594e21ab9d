"""Descriptions of accounts and databases, which the servers have no place for."""

from juyong.api.context import Context
from juyong.services.rds.tables import AccountNoteRow, DatabaseNoteRow


def account_notes(ctx: Context, instance_id: str) -> dict[str, str]:
    """Return account name to description."""
    rows = ctx.tx.find(AccountNoteRow, account_id=ctx.account_id, instance_id=instance_id)
    return {row.account_name: row.description for row in rows}


def note_account(ctx: Context, instance_id: str, name: str, description: str | None) -> None:
    """Set an account's description, or forget it."""
    row = ctx.tx.get(AccountNoteRow, ctx.account_id, instance_id, name)
    if row is not None and description is not None:
        ctx.tx.update(row, description=description)
    elif row is not None:
        ctx.tx.delete(row)
    elif description is not None:
        ctx.tx.insert(
            AccountNoteRow(
                account_id=ctx.account_id,
                instance_id=instance_id,
                account_name=name,
                description=description,
            )
        )


def database_notes(ctx: Context, instance_id: str) -> dict[str, str]:
    """Return database name to description."""
    rows = ctx.tx.find(DatabaseNoteRow, account_id=ctx.account_id, instance_id=instance_id)
    return {row.db_name: row.description for row in rows}


def note_database(ctx: Context, instance_id: str, name: str, description: str | None) -> None:
    """Set a database's description, or forget it."""
    row = ctx.tx.get(DatabaseNoteRow, ctx.account_id, instance_id, name)
    if row is not None and description is not None:
        ctx.tx.update(row, description=description)
    elif row is not None:
        ctx.tx.delete(row)
    elif description is not None:
        ctx.tx.insert(
            DatabaseNoteRow(
                account_id=ctx.account_id,
                instance_id=instance_id,
                db_name=name,
                description=description,
            )
        )
