"""Raw logs: what writers sent, acknowledged, durable and ordered in each shard.

A *batch* is one LogGroup that a writer sent. Its bytes lie in a *segment*, a file that only grows
(segments.py); a row says where, and gives the batch its place in its shard (batches.py). Readers
get the groups back as they came. A job turns batches over into files of columns, which queries
read (turnover.py).
"""
