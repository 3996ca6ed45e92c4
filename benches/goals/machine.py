"""What the rows of the table need: measured commands, the discard server, a private database, a workspace to send from."""
import atexit, glob, json, os, pwd, shutil, signal, statistics, subprocess, sys, tempfile, time
from server import Server, free_port

HERE = os.path.dirname(os.path.abspath(__file__))
TICK = os.sysconf("SC_CLK_TCK")


class Machine:
    """where everything lies, and how a command is measured"""

    def __init__(self, quick, long):
        self.quick, self.long = quick, long
        self.home = os.environ["BENCH_HOME"]
        self.rig = os.environ["BENCH_RIG"]
        self.masthead = os.environ["MASTHEAD_BIN"]
        self.line, self.signatures = os.environ["BENCH_LINE"], os.environ["BENCH_SIGNATURES"]
        self.wrap = os.environ.get("BENCH_WRAP", "").split()
        self.rounds = int(os.environ.get("REPS", "1" if quick else "3"))
        self.work = os.path.join(self.home, "work")
        self.js = os.path.join(self.home, "js")
        self.folder = tempfile.mkdtemp(prefix="goals.", dir=self.home)
        self.children, self.others = [], []
        atexit.register(self.clean)

    def clean(self):
        for child in self.children:
            if child.poll() is None:
                child.terminate()
                try:
                    child.wait(10)
                except subprocess.TimeoutExpired:
                    child.kill()
                    child.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def many(self, usual, quick):
        """so many messages; fewer when it is to be quick"""
        return quick if self.quick else usual

    def calm(self):
        """waits up to three seconds for a moment in which nobody else uses the machine"""
        end = time.monotonic() + (0 if self.wrap or self.quick else 3)
        while time.monotonic() < end:
            with open("/proc/stat") as f:
                before = [int(word) for word in f.readline().split()[1:4]]
            time.sleep(0.25)
            with open("/proc/stat") as f:
                after = [int(word) for word in f.readline().split()[1:4]]
            if (sum(after) - sum(before)) / TICK < 0.25 * 0.3:
                return

    def run(self, *commands, own_cpu=lambda: 0.0):
        """measures commands that run side by side; `own_cpu` is the CPU time of servers that work for them"""
        self.calm()
        words = []
        for command in commands:
            words += (["++"] if words else []) + [str(word) for word in command]
        result, out, served = self.path("result"), self.path("out"), own_cpu()
        subprocess.run([*self.wrap, sys.executable, "-I", os.path.join(HERE, "measured.py"), result, out, *words],
                       check=True, env=dict(os.environ, BENCH_JS=self.js))
        with open(result) as f:
            measured = json.load(f)
        measured["served"] = own_cpu() - served
        measured["others"] = max(0.0, (measured.pop("busy") - measured["cpu"] - measured["served"]) / measured["wall"])
        self.others.append(measured["others"])
        measured["said"] = []
        for number, code in enumerate(measured["codes"]):
            with open(f"{out}.{number}", errors="replace") as f:
                measured["said"].append(f.read())
            if code != 0:
                with open(f"{out}.{number}.err", errors="replace") as f:
                    sys.exit(f"{' '.join(map(str, commands[number]))}: exit {code}\n{f.read()[-2000:]}{measured['said'][-1][-2000:]}")
        return measured

    def prepare(self, *command):
        """runs what belongs to the preparation and is not measured"""
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stdout[-1000:]}{done.stderr[-2000:]}")
        return done.stdout

    def take_turns(self, cases):
        """round 1 of all, round 2 of all, …; returns for each name the list of what its function returned"""
        got = {name: [] for name, _ in cases}
        for number in range(self.rounds):
            for name, function in cases:
                value = function()
                got[name].append(value)
                shown = " ".join(f"{key}={value[key]:.4g}" for key in value if isinstance(value[key], (int, float)))
                print(f"  [{number + 1}] {name}: {shown}", file=sys.stderr, flush=True)
        return got

    def hyperfine(self, *command):
        """the median of many starts of a whole process, in milliseconds"""
        self.calm()
        out, runs = self.path("hyperfine.json"), "5" if self.quick else "20"
        words = " ".join(command)
        self.prepare(*self.wrap, "hyperfine", "-N", "-w", "2", "-r", runs, "--export-json", out, "--style", "none", "--output", "null", words)
        with open(out) as f:
            found = json.load(f)["results"][0]
        return {"ms": found["median"] * 1e3, "cpu_ms": (found["user"] + found["system"]) * 1e3}


def median(values, key):
    return statistics.median(value[key] for value in values)


class Sink(Server):
    """the rig's discard server; it counts what it takes"""

    def __init__(self, machine, chunking=False, rtt=0):
        port = free_port()
        command = [os.path.join(machine.home, "native", "target", "release", "sink"), f"127.0.0.1:{port}"]
        command += (["--chunking"] if chunking else []) + (["--rtt-ms", str(rtt)] if rtt else [])
        super().__init__(port, command)
        machine.children.append(self.process)

    def cpu(self):
        with open(f"/proc/{self.process.pid}/stat") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def taking(self, machine, messages, *commands):
        """measures commands that send so many messages in all, and counts them"""
        self.ask(b"XZERO")
        measured = machine.run(*commands, own_cpu=self.cpu)
        counted = self.ask(b"XSTAT")
        if (int(counted["msgs"]), int(counted["rcpts"])) != (messages, messages):
            sys.exit(f"{commands[0][0]}: the server counted {counted}, wanted {messages} messages")
        measured["rate"] = messages / measured["wall"]
        measured["us"] = measured["cpu"] * 1e6 / messages
        return measured

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Postgres:
    """a private server on a socket of its own; flushes as it does by default, on the disk of BENCH_HOME"""

    def __init__(self, machine):
        versions = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[4]))
        if not versions:
            sys.exit("scripts/bench: no PostgreSQL here (Debian: postgresql)")
        self.bin = versions[-1]
        self.folder = tempfile.mkdtemp(prefix="pg.", dir=machine.folder)
        self.whom = []
        if os.geteuid() == 0:  # the server refuses to run as root
            user = next(name for name in ("postgres", "nobody") if any(known.pw_name == name for known in pwd.getpwall()))
            known = pwd.getpwnam(user)
            os.chown(self.folder, known.pw_uid, known.pw_gid)
            os.chmod(machine.folder, 0o755)
            self.whom = ["setpriv", f"--reuid={known.pw_uid}", f"--regid={known.pw_gid}", "--clear-groups"]
        env, data = dict(os.environ, LC_ALL="C.UTF-8", HOME=self.folder), os.path.join(self.folder, "data")
        subprocess.run([*self.whom, f"{self.bin}/initdb", "-D", data, "-A", "trust", "-U", "bench", "-E", "UTF8", "--locale=C.UTF-8"],
                       check=True, stdout=subprocess.DEVNULL, env=env, cwd=self.folder)
        self.process = subprocess.Popen(
            [*self.whom, f"{self.bin}/postgres", "-D", data, "-c", "listen_addresses=", "-k", self.folder],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env, cwd=self.folder)
        machine.children.append(self.process)
        for _ in range(200):
            if self.psql("select 1", check=False).returncode == 0:
                break
            time.sleep(0.1)

    def psql(self, sql, check=True):
        return subprocess.run([f"{self.bin}/psql", "-X", "-q", "-h", self.folder, "-U", "bench", "-d", "postgres", "-c", sql],
                              capture_output=True, text=True, check=check)

    def url(self):
        return f"postgres://bench@{self.folder.replace('/', '%2F')}/postgres"

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(60)


class Workspace:
    """a newsletter whose message is as large as the others', and a way to send it"""

    def __init__(self, machine):
        self.machine, self.root = machine, machine.path("workspace")
        size = lambda part: str(os.path.getsize(os.path.join(machine.work, f"digest.{part}")))
        machine.prepare(sys.executable, os.path.join(HERE, os.pardir, "rig_workspace.py"), machine.masthead, "digest",
                        size("html"), size("txt"), "1", self.root)

    def path(self, name):
        return os.path.join(self.root, name)

    def settings(self, port, connections=16, depth=1, ledger="sqlite:masthead.db", more=""):
        """writes masthead.yaml; a connection is kept, as `smtp-source -d` keeps it"""
        with open(self.path("masthead.yaml"), "w") as f:
            f.write(f'relay: {{ url: "smtp://127.0.0.1:{port}", connections: {connections}, pipeline_depth: {depth}, '
                    f'messages_per_connection: 100000 }}\nledger: "{ledger}"\npublic_url: https://news.example.org\nimages: link\n'
                    f"bounces: {{ address: bounces@news.example.org }}\n{more}")

    def list(self, recipients):
        path = self.path(f"list-{recipients}.csv")
        if not os.path.exists(path):
            with open(path, "w", encoding="utf-8", newline="\n") as f:
                f.write("email,name,language,country\n")
                for number in range(recipients):
                    f.write(f"reader.{number * 7919 % recipients}@mail{number % 97}.example.org,Reader {number},en,Kenya\n")
        return path

    def fresh(self):
        for path in glob.glob(self.path("masthead.db*")):
            shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)

    def command(self, recipients, *more):
        return [self.machine.masthead, "-w", self.root, "--json", "send", "bench/2024-03", "--to", self.list(recipients), "--yes", *more]

    def sealing(self, recipients):
        """a command that seals and sends nothing"""
        return [sys.executable, "-I", os.path.join(HERE, "sealed.py"), *self.command(recipients, "--at", "2099-01-01 00:00 UTC")]

    def send(self, recipients, sink, depth=1, more=""):
        """a whole sending from a fresh ledger: plan, render, seal, send, record"""
        self.fresh()
        self.settings(sink.port, depth=depth, more=more)
        self.list(recipients)
        measured = sink.taking(self.machine, recipients, self.command(recipients))
        summary = last_summary(measured["said"][0])
        if summary["this_run"]["sent"] != recipients:
            sys.exit(f"sent {summary['this_run']}, wanted {recipients}")
        measured["sending"] = recipients / summary["seconds"]
        return measured


def last_summary(said):
    return [json.loads(line) for line in said.splitlines() if line.startswith("{") and '"seconds"' in line][-1]
