"""The process of the lamps: it writes each line of its input, which is a state, to a file.

python lamp_child.py FILE
"""

import sys
from pathlib import Path

lit = Path(sys.argv[1])
for line in sys.stdin.buffer:
    lit.write_bytes(line)
    sys.stdout.buffer.write(b"ok\n")
    sys.stdout.buffer.flush()
