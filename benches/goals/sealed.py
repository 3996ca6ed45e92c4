#!/usr/bin/env python3
"""Seals and stops: runs `masthead --json send … --at MOMENT` until it says that it waits, and interrupts it then.
usage: sealed.py COMMAND..."""
import json, signal, subprocess, sys

with subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, text=True) as process:
    is_sealed = False
    for line in process.stdout:
        if line.startswith("{") and "waits_until" in json.loads(line):
            is_sealed = True
            process.send_signal(signal.SIGINT)
sys.exit(0 if is_sealed else process.returncode or 1)
