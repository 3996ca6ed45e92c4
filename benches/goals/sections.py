"""The sections of the goals table. Each measures its anchor and masthead in turns and returns rows."""
import os, re, shutil, sys
from machine import Postgres, Sink, Workspace, last_summary, median

SECTIONS = {}


def section(function):
    # A name that Python keeps for itself ends with a line.
    SECTIONS[function.__name__.rstrip("_")] = function
    return function


class Row:
    """one line: two figures of one run, their ratio, and the goals for it"""

    def __init__(self, name, ours, anchor, unit, demand=None, stretch=None, ratio=None, less=False):
        self.name, self.unit, self.less = name, unit, less
        self.ours, self.anchor = ours, anchor
        self.demand, self.stretch = demand, stretch
        self.ratio = ratio if ratio is not None else ours / anchor if anchor else None

    @property
    def verdict(self):
        if self.demand is None:
            return ""
        figure = self.ratio if self.ratio is not None else self.ours
        reached = lambda goal: goal is not None and (figure <= goal if self.less else figure >= goal)
        return "stretch" if reached(self.stretch) else "pass" if reached(self.demand) else "miss"


def source(machine, sink, messages, connections=16):
    message = os.path.join(machine.work, "message-digest.eml")
    command = [shutil.which("smtp-source"), "-d", "-s", connections, "-m", messages, "-F", message, f"127.0.0.1:{sink.port}"]
    return sink.taking(machine, messages, command)


@section
def loopback(machine, workspace):
    """DATA and CHUNKING against smtp-source and nodemailer, CPU per message"""
    data, chunks = Sink(machine), Sink(machine, chunking=True)
    few, many = machine.many(40_000, 3_000), machine.many(60_000, 5_000)
    client = os.path.join(machine.rig, "lib", "nodemailer_client.js")

    def nodemailer(messages, *raw):
        return data.taking(machine, messages, ["node", client, "send", machine.work, "digest", data.port, messages, 16, *raw])

    got = machine.take_turns([
        ("smtp-source -d -s 16", lambda: source(machine, data, few)),
        ("masthead, DATA", lambda: workspace.send(many, data)),
        ("masthead, CHUNKING", lambda: workspace.send(many, chunks)),
        ("nodemailer, pool of 16", lambda: nodemailer(machine.many(1_500, 200))),
        ("nodemailer, prebuilt", lambda: nodemailer(machine.many(5_000, 500), "raw")),
    ])
    data.stop()
    chunks.stop()
    anchor, ours, chunked, pool, prebuilt = got.values()
    sent, base = median(ours, "sending"), median(anchor, "rate")
    whole = lambda runs: median(runs, "rate")
    return [
        Row("loopback, DATA: sending", sent, base, "/s", 2, 4),
        Row("loopback, DATA: plan, seal and send", whole(ours), base, "/s"),
        Row("loopback, CHUNKING: sending", median(chunked, "sending"), base, "/s", 4, 8),
        Row("loopback, CHUNKING: plan, seal and send", whole(chunked), base, "/s"),
        Row("loopback, DATA, against nodemailer's pool", sent, median(pool, "rate"), "/s", 60, 120),
        Row("loopback, DATA, against nodemailer prebuilt", sent, median(prebuilt, "rate"), "/s", 15, 30),
        Row("CPU per message, DATA, plan and seal included", median(ours, "us"), median(anchor, "us"), "us", 1, 0.5, less=True),
        Row("CPU per message, CHUNKING, plan and seal included", median(chunked, "us"), median(anchor, "us"), "us", 1, 0.5, less=True),
    ]


@section
def ledger(machine, workspace):
    """the same driver with its ledger in memory and with SQLite and journal, every flush done"""
    sink, messages = Sink(machine), machine.many(60_000, 5_000)

    def line(durable):
        folder = machine.path("line")
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        command = [machine.line, sink.port, messages, 16, 1, *([folder] if durable else [])]
        measured = sink.taking(machine, messages, command)
        return {"rate": float(re.search(r"([\d.]+) /s", measured["said"][0])[1]), "us": measured["us"]}

    got = machine.take_turns([("ledger in memory", lambda: line(False)), ("ledger in SQLite", lambda: line(True))])
    sink.stop()
    off, on = got.values()
    return [Row("ledger on against off, DATA, same driver", median(on, "rate"), median(off, "rate"), "/s", 0.9, 0.98)]


@section
def dkim(machine, workspace):
    """signed mail against a loop of bare RSA-2048 signatures on all cores"""
    sink, messages = Sink(machine, chunking=True), machine.many(20_000, 2_000)
    key = workspace.path("keys/s1.pem")
    workspace.settings(sink.port)
    if not os.path.exists(key):
        machine.prepare(machine.masthead, "-w", workspace.root, "doctor", "dkim", "new", "--domain", "example.org")
    signing = "signing: { domain: example.org, selector: s1, key: { file: keys/s1.pem } }\n"

    def bare():
        said = machine.run([machine.signatures, 1 if machine.quick else 4])["said"][0]
        return {"rate": float(re.search(r"([\d.]+) /s", said)[1]), "us": float(re.search(r"([\d.]+) us", said)[1])}

    got = machine.take_turns([("bare signatures", bare), ("masthead, signed", lambda: workspace.send(messages, sink, more=signing))])
    sink.stop()
    loop, ours = got.values()
    # Of the cores that the loop has to itself the server takes a share; what we do with ours is in the second row.
    per_core = lambda us: 1e6 / us
    return [
        Row("DKIM RSA-2048, CHUNKING, against bare signatures", median(ours, "sending"), median(loop, "rate"), "/s", 0.8, 0.9),
        Row("the same for each second of our own CPU", per_core(median(ours, "us")), per_core(median(loop, "us")), "/s"),
    ]


@section
def latency(machine, workspace):
    """20 and 100 ms away, 16 connections: DATA, CHUNKING, CHUNKING with 32 in flight"""
    rows = []
    # Long enough that opening the connections counts for little on either side.
    for rtt, few, many, deep in ((20, 2_000, 8_000, 80_000), (100, 480, 2_000, 40_000)):
        few, many, deep = (machine.many(n, max(n // 10, 64)) for n in (few, many, deep))
        data, chunks = Sink(machine, rtt=rtt), Sink(machine, chunking=True, rtt=rtt)
        got = machine.take_turns([
            (f"{rtt} ms: smtp-source -d -s 16", lambda: source(machine, data, few)),
            (f"{rtt} ms: masthead, DATA", lambda: workspace.send(many, data)),
            (f"{rtt} ms: masthead, CHUNKING", lambda: workspace.send(many, chunks)),
            (f"{rtt} ms: masthead, CHUNKING, depth 32", lambda: workspace.send(deep, chunks, depth=32)),
        ])
        data.stop()
        chunks.stop()
        anchor, *ours = got.values()
        goals = (("DATA", 1.9, 3.8), ("CHUNKING", 3.8, None), ("CHUNKING, depth 32", 50, 100))
        rows += [Row(f"{rtt} ms, 16 connections, {name}", median(runs, "sending"), median(anchor, "rate"), "/s", demand, stretch)
                 for runs, (name, demand, stretch) in zip(ours, goals)]
    return rows


@section
def postgres(machine, workspace):
    """two processes of 16 connections share one issue through a private PostgreSQL"""
    server, sink = Postgres(machine), Sink(machine)
    messages, few = machine.many(40_000, 3_000), machine.many(40_000, 3_000)

    def two():
        server.psql("DROP SCHEMA IF EXISTS masthead CASCADE; CHECKPOINT")
        workspace.settings(sink.port, ledger=server.url())
        # Sealed and stopped at once: what is measured is the sending.
        machine.prepare(*workspace.sealing(messages))
        send = [machine.masthead, "-w", workspace.root, "--json", "send", "bench/2024-03", "--yes", "--now"]
        measured = sink.taking(machine, messages, send, send)
        ends = [last_summary(said) for said in measured["said"]]
        if sum(end["this_run"]["sent"] for end in ends) != messages:
            sys.exit(f"sent {[end['this_run'] for end in ends]}, wanted {messages} in sum")
        # Both begin at the same moment; the later end counts.
        return {"sending": messages / max(end["seconds"] for end in ends), "wall_rate": measured["rate"], "us": measured["us"],
                "fewer": min(end["this_run"]["sent"] for end in ends)}

    got = machine.take_turns([("smtp-source -d -s 16", lambda: source(machine, sink, few)), ("two processes, PostgreSQL", two)])
    sink.stop()
    server.stop()
    anchor, ours = got.values()
    return [Row("PostgreSQL, two processes in sum, DATA", median(ours, "sending"), median(anchor, "rate"), "/s", 1, 2)]


def million(machine, workspace):
    """plans a million (a tenth when quick), and plans and seals it, once a run"""
    if not hasattr(workspace, "million"):
        recipients = machine.many(1_000_000, 100_000)
        workspace.settings(2525)

        def planned():
            workspace.fresh()
            return machine.run(workspace.command(recipients, "--dry-run"))

        def sealed():
            workspace.fresh()
            return machine.run(workspace.sealing(recipients))

        got = machine.take_turns([(f"plan of {recipients:,}", planned), (f"plan and seal of {recipients:,}", sealed)])
        workspace.million = (recipients, *got.values())
    return workspace.million


@section
def memory(machine, workspace):
    """peak memory of a whole sending to 100,000; of 1,000,000 planned and sealed, or with --long sent"""
    sink, recipients = Sink(machine, chunking=True), machine.many(100_000, 20_000)
    whole = workspace.send(recipients, sink)
    rows = [Row(f"peak memory, {recipients:,} sent", whole["rss"], None, "MB", 64, 32, less=True)]
    if machine.long:
        recipients = 1_000_000
        whole = workspace.send(recipients, sink)
        rows += [Row(f"peak memory, {recipients:,} sent", whole["rss"], None, "MB", 64, 32, less=True),
                 Row(f"sending {recipients:,} to the end, CHUNKING", whole["sending"], None, "/s")]
    else:
        recipients, _, sealed = million(machine, workspace)
        rows.append(Row(f"peak memory, {recipients:,} planned and sealed", median(sealed, "rss"), None, "MB", 64, 32, less=True))
    sink.stop()
    return rows


@section
def seal(machine, workspace):
    """seconds to plan (read, render and rehearse everybody) and to seal a million"""
    recipients, planned, sealed = million(machine, workspace)
    plan, both = median(planned, "wall"), median(sealed, "wall")
    return [Row(f"plan of {recipients:,}", plan, None, "s"), Row(f"seal of {recipients:,}", max(both - plan, 0.001), None, "s")]


@section
def import_(machine, workspace):
    """a list of a million rows, some malformed, against sqlite3 .import into a unique table"""
    path, rows = os.path.join(machine.work, "subscribers.csv"), 1_000_000
    if machine.quick:
        rows = 100_000
        with open(path, "rb") as whole, open(machine.path("part.csv"), "wb") as part:
            part.writelines(next(whole) for _ in range(rows + 1))
        path = machine.path("part.csv")
    table = "CREATE TABLE subscribers(email TEXT UNIQUE, name TEXT, language TEXT, organisation TEXT, city TEXT, reference TEXT)"

    def reference():
        database = machine.path("reference.db")
        if os.path.exists(database):
            os.remove(database)
        return machine.run(["sqlite3", database, table, ".mode csv", f".import --skip 1 {path} subscribers"])

    def ours():
        workspace.fresh()
        workspace.settings(2525)
        return machine.run([machine.masthead, "-w", workspace.root, "subscribers", "import", path, "--skip-bad"])

    anchor, own = machine.take_turns([("sqlite3 .import", reference), ("masthead subscribers import", ours)]).values()
    workspace.fresh()
    rate = lambda runs: rows / median(runs, "wall")
    return [Row(f"CSV import of {rows:,}, against sqlite3 .import", rate(own), rate(anchor), "/s", 2, 5)]


@section
def start(machine, workspace):
    """cold start, against node"""
    got = machine.take_turns([("node -e 0", lambda: machine.hyperfine("node", "-e", "0")),
                              ("masthead --version", lambda: machine.hyperfine(machine.masthead, "--version"))])
    node, own = (median(runs, "ms") for runs in got.values())
    return [Row("cold start (--version) against node -e 0", own, node, "ms", 20, 40, ratio=node / own)]


@section
def compile_(machine, workspace):
    """one MJML file of 6 and of 50 items to HTML, whole processes, against the mjml CLI"""
    rows, out = [], machine.path("out.html")
    for items, demand, stretch in ((6, None, None), (50, 100, 200)):
        digest = os.path.join(machine.work, f"digest{items}.mjml")
        mjml = os.path.join(machine.js, "node_modules", ".bin", "mjml")
        got = machine.take_turns([(f"{items} items: mjml", lambda: machine.hyperfine("node", mjml, digest, "-o", out)),
                                  (f"{items} items: masthead", lambda: machine.hyperfine(machine.masthead, "mjml", digest, "-o", out))])
        theirs, own = (median(runs, "ms") for runs in got.values())
        rows.append(Row(f"compile of {items} items, cold, against mjml", own, theirs, "ms", demand, stretch, ratio=theirs / own))
    return rows
