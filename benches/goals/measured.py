#!/usr/bin/env python3
"""Runs commands side by side and measures them. usage: measured.py RESULT OUT COMMAND... [++ COMMAND...]

RESULT gets one JSON object: wall seconds from the first start to the last end, CPU seconds (user and system, children
included), the peak memory of the largest process in MB, exit codes, and how many cores other programs kept busy meanwhile.
OUT.0, OUT.1, … get what each command says, OUT.0.err and so on what it complains of. It stands between the commands
and whatever wraps them, so that a wrapper's own time is not counted.
"""
import json, os, subprocess, sys, time


def busy():
    """CPU seconds the whole machine has worked so far"""
    with open("/proc/stat") as f:
        ticks = [int(word) for word in f.readline().split()[1:9]]
    return (ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6]) / os.sysconf("SC_CLK_TCK")


def main():
    result, out, *words = sys.argv[1:]
    commands = [[]]
    for word in words:
        if word == "++":
            commands.append([])
        else:
            commands[-1].append(word)
    before, started, running = busy(), time.perf_counter(), []
    for number, command in enumerate(commands):
        with open(f"{out}.{number}", "wb") as said, open(f"{out}.{number}.err", "wb") as complained:
            running.append(subprocess.Popen(command, stdout=said, stderr=complained))
    codes, cpu, rss = {}, 0.0, 0.0
    for process in running:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = codes[process.pid] = os.waitstatus_to_exitcode(status)
        cpu += used.ru_utime + used.ru_stime
        rss = max(rss, used.ru_maxrss / 1024)
    wall = time.perf_counter() - started
    with open(result, "w") as f:
        json.dump({"wall": wall, "cpu": cpu, "rss": rss, "codes": [codes[p.pid] for p in running],
                   "busy": busy() - before}, f)


main()
