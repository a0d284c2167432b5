"""Runs a program that ends with the one that started it, however that one ends.

Rule: standard input is a pipe from the starter, whose end the kernel tells of. SIGKILL and SIGTERM
leave a test run no time to stop its server.
"""

import os
import subprocess
import sys
import threading

STOP_SECONDS = 40.0
"""More than the 30 seconds that a server takes at most for requests under way."""


def main(command: list[str]) -> int:
    """Run the command until it ends or standard input does. Return its exit code."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # - the starter's own words
    threading.Thread(target=_end_with_input, args=(process,), daemon=True).start()
    return process.wait()


def _end_with_input(process: "subprocess.Popen[bytes]") -> None:
    while os.read(0, 1024):
        pass
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
