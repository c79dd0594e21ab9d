"""The ledger: a Merkle log over all events, which shows whether the record was changed.

    step = next_step(tx, up_to, signer, first=no_beginning)   # reads, on a worker's thread
    take(tx, step)                                            # writes, in a transaction of its own
    report = verify(tx, key)                                  # from a copy of the data

The engine (juyong.engines.ledger) knows hashes, tiles and proofs. This package knows where events
and tiles are stored, and in which order events become leaves.
"""
