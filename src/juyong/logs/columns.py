"""Make the files of columns of a portion or of a merge, as blobs."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path

from juyong.blobs.blob import drop, written
from juyong.blobs.content import whole
from juyong.blobs.disk import Disk
from juyong.engines.logsearch.columns import words_path
from juyong.logs.batches import raw_of
from juyong.logs.merging import Merge
from juyong.logs.pieces import Group, Order, Piece, write_pieces
from juyong.logs.segments import Segments
from juyong.logs.staging import Staging
from juyong.logs.turnover import Made, Portion

_PART = 1024 * 1024
Write = Callable[[Order], tuple[Piece, ...]]


def files_of(
    disk: Disk, segments: Segments, portion: Portion, write: Write = write_pieces
) -> list[Made]:
    """Write the logs of a portion as files of columns, durably; takes seconds.

    write: Writes them open, in a folder in memory; see `pieces`.

    Raises:
        Unavailable: a disk is full or away; no file is left.
        DamagedLogs: a batch cannot be read.
        IndexInvalid: the index of the store is none.
        EngineFailed, TimedOut, OSError: as `write` does.
    """
    made: list[Made] = []
    with closing(Staging()) as folder:
        groups = tuple(
            Group(row.shard, row.before, raw_of(segments, row)) for row in portion.batches
        )
        index = portion.store.index or ""
        pieces = write(Order(index=index, folder=str(folder.path), groups=groups))
        try:
            for piece in pieces:
                made.append(_kept(disk, piece))  # noqa: PERF401  # those made count on failure
        except BaseException:
            discard(disk, made)
            raise
    return made


def merged_file_of(disk: Disk, wanted: Merge, write: Write = write_pieces) -> Made:
    """Write the logs of some files as one file, durably; takes seconds.

    Raises:
        Unavailable: a disk is full or away; no file is left.
        DamagedBlob: a file cannot be read. FileNotFoundError: one went meanwhile.
        EngineFailed, TimedOut, OSError: as `write` does.
    """
    with closing(Staging()) as folder:
        paths = []
        for number, (_, blob) in enumerate(wanted.files):
            path = folder.path / f"of-{number}"
            with path.open("wb") as file:
                file.writelines(whole(disk, blob).blocks())
            paths.append(str(path))
        order = Order(index=wanted.index, folder=str(folder.path), files=tuple(paths))
        (piece,) = write(order)
        return _kept(disk, piece)


def discard(disk: Disk, files: Iterable[Made]) -> None:
    """Remove files that no row knows."""
    for file in files:
        drop(disk, file.columns.blob_id)
        drop(disk, file.words.blob_id)


def _kept(disk: Disk, piece: Piece) -> Made:
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
    )


def _parts(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while part := file.read(_PART):
            yield part
