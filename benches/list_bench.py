#!/usr/bin/env python3
"""Measures the whole way of a list: import, plan, seal, send; and smtp-source with the very same message.

usage: list_bench.py MASTHEAD FOLDER [RECIPIENTS...]      (scripts/bench calls it)

Env: SINK (a discard server: called with ADDR:PORT; default Postfix's smtp-sink), CONNECTIONS (16),
IMPORT (1000000: a longer list that is imported only). Everything stays on 127.0.0.1.
Peak memory is that of the process itself; wall time includes its start.
"""
import glob, json, os, shutil, subprocess, sys, time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "goals"))
from server import Server, free_port

MASTHEAD, FOLDER = sys.argv[1], sys.argv[2]
SIZES = [int(n) for n in sys.argv[3:]] or [10_000, 100_000]
CONNECTIONS = int(os.environ.get("CONNECTIONS", "16"))
IMPORT = int(os.environ.get("IMPORT", "1000000"))
SINK = os.environ.get("SINK", "")
HTML_BYTES, TEXT_BYTES = 45_600, 6_000


def run(*command, ok=(0,)):
    """wall seconds, CPU seconds, peak memory in MB, stdout"""
    started = time.perf_counter()
    with open(os.path.join(FOLDER, "out"), "w+b") as out, open(os.path.join(FOLDER, "err"), "w+b") as err:
        p = subprocess.Popen(command, stdout=out, stderr=err)
        _, status, used = os.wait4(p.pid, 0)
        wall = time.perf_counter() - started
        p.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0), err.seek(0)
        if p.returncode not in ok:
            sys.exit(f"{' '.join(command)}: exit {p.returncode}\n{err.read().decode()[-2000:]}")
        return wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, out.read().decode()


def row(what, rows, wall, cpu=None, rss=None):
    cpu = f"{cpu:>9.2f}" if cpu is not None else " " * 9
    rss = f"{rss:>9.1f}" if rss is not None else " " * 9
    print(f"{what:<42}{rows:>10,}{wall:>10.2f}{rows / wall:>12,.0f}{cpu}{rss}{os.getloadavg()[0]:>7.2f}", flush=True)


class Sink(Server):
    """a server that takes and forgets everything; the rig's counts what it took"""

    def __init__(self):
        port = free_port()
        address = f"127.0.0.1:{port}"
        as_whom = ["-u", "nobody"] if os.geteuid() == 0 else []
        command = [SINK, address, "--chunking"] if SINK else [shutil.which("smtp-sink"), *as_whom, address, "1000"]
        super().__init__(port, command)

    def check(self, wanted):
        counted = self.ask(b"XSTAT") if SINK else None
        if counted and int(counted["msgs"]) != wanted:
            sys.exit(f"the sink counted {counted}, wanted {wanted} messages")

    def zero(self):
        if SINK:
            self.ask(b"XZERO")


def list_file(path, recipients):
    with open(path, "w", encoding="utf-8", newline="\n") as f:
        f.write("email,name,language,country\n")
        for i in range(recipients):
            f.write(f"reader.{i * 7919 % recipients}@mail{i % 97}.example.org,Reader {i},en,Kenya\n")


def fresh(root):
    for path in glob.glob(os.path.join(root, "masthead.db*")):
        os.remove(path)


def imported(root, recipients):
    path = os.path.join(root, "list.csv")
    list_file(path, recipients)
    fresh(root)
    wall, cpu, rss, _ = run(MASTHEAD, "-w", root, "subscribers", "import", path)
    row("import", recipients, wall, cpu, rss)


def one_message(root):
    """the octets that smtp-source sends: a message of ours"""
    out = os.path.join(root, "probe")
    shutil.rmtree(out, ignore_errors=True)
    run(MASTHEAD, "-w", root, "send", "bench/2024-03", "--to", os.path.join(root, "one.csv"), "--yes", "--new-edition", "--outbox", out)
    return glob.glob(os.path.join(out, "**", "*.eml"), recursive=True)[0]


def sent(root, recipients, sink, message):
    wall, cpu, rss, _ = run(MASTHEAD, "-w", root, "send", "bench/2024-03", "--dry-run")
    row("plan: read, render and rehearse, stage", recipients, wall, cpu, rss)
    planned = wall
    if shutil.which("smtp-source"):
        sink.zero()
        wall, cpu, rss, _ = run("smtp-source", "-d", "-s", str(CONNECTIONS), "-m", str(recipients), "-F", message, f"127.0.0.1:{sink.port}")
        sink.check(recipients)
        row(f"smtp-source -s {CONNECTIONS}, the same message", recipients, wall, cpu, rss)
        reference = recipients / wall
    else:
        reference = None
    sink.zero()
    wall, cpu, rss, out = run(MASTHEAD, "-w", root, "--json", "send", "bench/2024-03", "--yes", "--relay", f"smtp://127.0.0.1:{sink.port}",
                              "--connections", str(CONNECTIONS))
    sink.check(recipients)
    summary = [json.loads(line) for line in out.splitlines() if '"seconds"' in line][-1]
    if summary["this_run"]["sent"] != recipients:
        sys.exit(f"sent {summary['this_run']}, wanted {recipients}")
    sending = summary["seconds"]
    row("seal", recipients, max(wall - sending - planned, 0.001))
    row(f"send, {CONNECTIONS} connections", recipients, sending)
    row("plan, seal and send", recipients, wall, cpu, rss)
    if reference:
        print(f"ratio to smtp-source: sending {recipients / sending / reference:.2f}, all of it {recipients / wall / reference:.2f}", flush=True)


def main():
    os.makedirs(FOLDER, exist_ok=True)
    root = os.path.join(FOLDER, "workspace")
    shutil.rmtree(root, ignore_errors=True)
    if not SINK and not shutil.which("smtp-sink"):
        sys.exit("list_bench: no discard server: set SINK, or install smtp-sink (Debian: postfix)")
    run(sys.executable, os.path.join(HERE, "rig_workspace.py"), MASTHEAD, "digest", str(HTML_BYTES), str(TEXT_BYTES), "1", root)
    message = one_message(root)
    print(f"\n## list  (one message has {os.path.getsize(message):,} octets)")
    print(f"{'':<42}{'rows':>10}{'wall s':>10}{'rows/s':>12}{'cpu s':>9}{'rss MB':>9}{'load':>7}")
    sink = Sink()
    try:
        for recipients in SIZES:
            imported(root, recipients)
            sent(root, recipients, sink, message)
        if IMPORT:
            imported(root, IMPORT)
    finally:
        sink.process.terminate()
        sink.process.wait()
        shutil.rmtree(root, ignore_errors=True)


main()
