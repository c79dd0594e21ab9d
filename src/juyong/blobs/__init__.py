"""Bodies that calls bring and take: written to disk whole or not at all, sealed, read in blocks.

A body arrives in a spool, which is a file that no row knows. The transaction of the call keeps the
blob, or nothing does and a job removes the file. What a row knows is on the disk already.
"""
