"""A server of the benchmarks, on a port of its own."""

import socket
import subprocess
import time


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """a discard server that runs; the rig's can be asked what it took"""

    def __init__(self, port, command):
        self.port = port
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                return
            except OSError:
                time.sleep(0.05)

    def ask(self, word):
        with socket.create_connection(("127.0.0.1", self.port)) as s:
            f = s.makefile("rwb")
            f.readline()
            f.write(word + b"\r\n")
            f.flush()
            return dict(pair.split("=") for pair in f.readline().decode().split()[1:] if "=" in pair)
