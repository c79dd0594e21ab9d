"""Make the files of columns of a portion or of a merge, as blobs."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path

from juyong.base.secret import Secret
from juyong.blobs.blob import drop, written
from juyong.blobs.content import Content, Part
from juyong.blobs.disk import Disk
from juyong.blobs.tables import BlobRow
from juyong.engines.crypto.keys import Undecipherable
from juyong.engines.logsearch.columns import words_path
from juyong.logs.batches import raw_of
from juyong.logs.keys import DataKey, KeyOf, no_key
from juyong.logs.merging import Merge
from juyong.logs.pieces import Group, Order, Piece, write_pieces
from juyong.logs.segments import DamagedLogs, Segments
from juyong.logs.staging import Staging
from juyong.logs.tables import FileRow
from juyong.logs.turnover import Made, Portion

_PART = 1024 * 1024
Write = Callable[[Order], tuple[Piece, ...]]


def files_of(
    disk: Disk,
    segments: Segments,
    portion: Portion,
    write: Write = write_pieces,
    keys: KeyOf = no_key,
) -> list[Made]:
    """Write the logs of a portion as files of columns, durably; takes seconds.

    write: Writes them open, in a folder in memory; see `pieces`. keys: Of the batches.

    Raises:
        Unavailable: a disk is full or away; no file is left.
        DamagedLogs: a batch cannot be read.
        IndexInvalid: the index of the store is none.
        EngineFailed, TimedOut, OSError: as `write` does.
    """
    made: list[Made] = []
    key = keys(portion.key_id) if portion.key_id else None
    with closing(Staging()) as folder:
        if key is not None:
            folder.require_memory()
        groups = tuple(
            Group(row.shard, row.before, raw_of(segments, row, keys)) for row in portion.batches
        )
        index = portion.store.index or ""
        pieces = write(Order(index=index, folder=str(folder.path), groups=groups))
        try:
            for piece in pieces:
                made.append(_kept(disk, piece, key))  # noqa: PERF401  # those made count on failure
        except BaseException:
            discard(disk, made)
            raise
    return made


def merged_file_of(
    disk: Disk, wanted: Merge, write: Write = write_pieces, keys: KeyOf = no_key
) -> Made:
    """Write the logs of some files as one file, durably; takes seconds.

    Raises:
        Unavailable: a disk is full or away; no file is left.
        DamagedBlob, DamagedLogs: a file cannot be read. FileNotFoundError: one went meanwhile.
        EngineFailed, TimedOut, OSError: as `write` does.
    """
    key = keys(wanted.key_id) if wanted.key_id else None
    with closing(Staging()) as folder:
        if key is not None:
            folder.require_memory()
        paths = []
        for number, (row, blob) in enumerate(wanted.files):
            path = folder.path / f"of-{number}"
            unseal(disk, row, [(blob, path)], keys)
            paths.append(str(path))
        order = Order(index=wanted.index, folder=str(folder.path), files=tuple(paths))
        (piece,) = write(order)
        return _kept(disk, piece, key)


def unseal(disk: Disk, row: FileRow, blobs: Iterable[tuple[BlobRow, Path]], keys: KeyOf) -> None:
    """Write blobs of a file open, each to its path.

    Raises:
        DamagedBlob, DamagedLogs: a blob is not as it was written.
        FileNotFoundError: the file went meanwhile. Unavailable: the disk is away.
    """
    own = _keys_of(row, keys)
    for blob, path in blobs:
        part = Part(row=blob, start=0, length=blob.size, key=own.get(blob.blob_id))
        with path.open("wb") as file:
            file.writelines(Content(disk=disk, parts=[part]).blocks())


def _keys_of(row: FileRow, keys: KeyOf) -> dict[str, Secret]:
    """Return the keys of the blobs of a file, by their ids; none for blobs that have their own.

    Raises:
        DamagedLogs: the row does not have what was written.
    """
    if row.keys is None:
        return {}
    names = (row.blob_id, row.words_id)
    try:
        return dict(zip(names, keys(row.key_id).open_keys(row.keys, names), strict=True))
    except Undecipherable as bad:
        raise DamagedLogs(f"the keys of file {row.blob_id}") from bad


def discard(disk: Disk, files: Iterable[Made]) -> None:
    """Remove files that no row knows."""
    for file in files:
        drop(disk, file.columns.blob_id)
        drop(disk, file.words.blob_id)


def _kept(disk: Disk, piece: Piece, key: DataKey | None) -> Made:
    columns = written(disk, _parts(Path(piece.path)))
    try:
        words = written(disk, _parts(Path(words_path(piece.path))))
    except BaseException:
        drop(disk, columns.blob_id)
        raise
    return Made(
        columns=columns,
        words=words,
        logs=piece.rows,
        min_time=piece.first_s,
        max_time=piece.last_s,
        keys=None if key is None else key.seal_keys((columns, words)),
    )


def _parts(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while part := file.read(_PART):
            yield part
