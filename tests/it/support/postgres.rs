//! A private PostgreSQL of the tests: one cluster for a whole run of them, and more for those who break theirs.
//!
//! The server is Debian's, started as a user without rights, and heard of on a socket in its own folder only. The
//! shared one is started by the first test that wants it and ended by a watchdog when nobody wanted it for a while.

use masthead::ledger::postgres::{PostgresAddress, PostgresLedger, Times};
use std::{
    ffi::OsStr,
    fs::{self, File},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::atomic::{AtomicU16, AtomicU32, Ordering},
};
use tempfile::TempDir;

/// Seconds without a test after which the shared cluster ends.
const IDLE_SECONDS: u32 = 120;

/// Settings that make a small server; none of them is about durability.
const SETTINGS: &str = "listen_addresses = ''\nmax_connections = 300\nshared_buffers = 64MB\nmax_wal_size = 2GB\n\
    log_min_messages = warning\ncluster_name = 'masthead tests'\n";

/// A running server.
pub(crate) struct Cluster {
    folder: PathBuf,
    /// Its folder, when it ends with its owner.
    own: Option<TempDir>,
    /// The port, and the number of its socket.
    port: AtomicU16,
}

/// The usual port.
const PORT: u16 = 5432;

impl Cluster {
    /// Returns the server that all tests of a run share.
    pub(crate) fn shared() -> Self {
        let ours = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let lock = File::create(ours.join("postgres.lock")).expect("a lock");
        lock.lock().expect("locked");
        let name = ours.display().to_string().replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        let cluster = Self {
            folder: memory_disk().join(format!("masthead{name}")),
            own: None,
            port: AtomicU16::new(PORT),
        };
        File::create(ours.join("postgres.used")).expect("a mark");
        if !cluster.answers() {
            // Whatever a killed server left is of no use to anybody.
            let _ = cluster.try_tool("pg_ctl", &["stop", "-m", "immediate"]);
            let _ = fs::remove_dir_all(&cluster.folder);
            fs::create_dir_all(&cluster.folder).expect("a folder");
            cluster.make();
            cluster.start();
            cluster.watch(ours);
        }
        cluster
    }

    /// Returns a server of the caller's own, that it may ill-treat.
    pub(crate) fn own() -> Self {
        let folder =
            tempfile::Builder::new().prefix("masthead-pg").tempdir_in(memory_disk()).expect("a folder");
        let cluster =
            Self { folder: folder.path().to_owned(), own: Some(folder), port: AtomicU16::new(PORT) };
        cluster.make();
        cluster.start();
        cluster
    }

    /// Returns the address of a ledger in a schema of this server.
    pub(crate) fn url(&self, schema: &str) -> String {
        let socket = self.folder.display().to_string().replace('/', "%2F");
        format!("postgres://tester@{socket}/postgres?search_path={schema}&application_name={schema}")
    }

    /// Kills the server as a power cut would, and starts it again.
    pub(crate) fn restart(&self) {
        self.tool("pg_ctl", &["stop", "-m", "immediate", "-w"]);
        self.start();
    }

    /// Changes a setting of the server.
    pub(crate) fn set(&self, setting: &str) {
        self.ask("postgres", &format!("ALTER SYSTEM SET {setting}"));
        self.ask("postgres", "SELECT pg_reload_conf()");
    }

    /// Has the server listen on a port of this machine too, to encrypted connections only, with the certificate
    /// `server.crt` of a folder; returns the port.
    pub(crate) fn encrypt(&self, folder: &Path) -> u16 {
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = free.local_addr().expect("an address").port();
        drop(free);
        for name in ["server.crt", "server.key"] {
            let file = self.data().join(name);
            fs::copy(folder.join(name), &file).expect("copied");
            fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("kept private");
            if is_root() {
                let chowned = Command::new("chown").arg(server_user()).arg(&file).status();
                assert!(chowned.expect("chown").success());
            }
        }
        let rules = "local all all trust\nhostssl all all 127.0.0.1/32 trust\n";
        fs::write(self.data().join("pg_hba.conf"), rules).expect("rules");
        let file = self.data().join("postgresql.auto.conf");
        let kept = fs::read_to_string(&file).expect("settings");
        let folder = self.folder.display();
        let socket = format!("unix_socket_directories = '{folder}'\n");
        fs::write(&file, format!("{kept}{socket}listen_addresses = '127.0.0.1'\nport = {port}\nssl = on\n"))
            .expect("settings");
        self.port.store(port, Ordering::Relaxed);
        self.restart();
        port
    }

    /// Asks the server something, and returns what it says.
    pub(crate) fn ask(&self, schema: &str, sql: &str) -> String {
        self.try_ask(schema, sql).unwrap_or_else(|refusal| panic!("{sql}: {refusal}"))
    }

    /// Asks the server something that it may refuse.
    fn try_ask(&self, schema: &str, sql: &str) -> Result<String, String> {
        let ran = Command::new(tool("psql"))
            .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", "tester", "-h"])
            .arg(&self.folder)
            .args(["-d", "postgres", "-c", sql])
            .env("PGOPTIONS", format!("-c search_path={schema}"))
            .env("PGPORT", self.port.load(Ordering::Relaxed).to_string())
            .output()
            .expect("psql");
        let [said, refused] =
            [ran.stdout, ran.stderr].map(|octets| String::from_utf8_lossy(&octets).into_owned());
        if ran.status.success() { Ok(said.trim().to_owned()) } else { Err(refused) }
    }

    fn answers(&self) -> bool {
        std::os::unix::net::UnixStream::connect(self.folder.join(".s.PGSQL.5432")).is_ok()
    }

    fn make(&self) {
        if is_root() {
            let mut chown = Command::new("chown");
            let chowned = chown.arg(server_user()).arg(&self.folder).status();
            assert!(chowned.expect("chown").success());
        }
        self.tool("initdb", &["-U", "tester", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"]);
        let settings = format!("{SETTINGS}unix_socket_directories = '{}'\n", self.folder.display());
        let file = self.data().join("postgresql.auto.conf");
        fs::write(file, settings).expect("settings");
    }

    fn start(&self) {
        let log = self.folder.join("log").display().to_string();
        self.tool("pg_ctl", &["start", "-w", "-t", "120", "-l", &log]);
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Ends the server when no test has wanted it for a while. The same lock keeps it from ending a server that
    /// somebody is just beginning to use.
    fn watch(&self, ours: &Path) {
        let stop = self.command("pg_ctl", &["stop", "-m", "immediate"]);
        let words: Vec<_> = std::iter::once(stop.get_program()).chain(stop.get_args()).map(quoted).collect();
        let [lock, used] = ["postgres.lock", "postgres.used"].map(|name| quoted(ours.join(name).as_os_str()));
        let script = format!(
            "while sleep 5; do
               exec 9>{lock}; flock 9
               if [ ! -e {used} ] || [ $(( $(date +%s) - $(stat -c %Y {used}) )) -gt {IDLE_SECONDS} ]; then
                 {}; rm -rf {}; exit
               fi
               exec 9>&-
             done",
            words.join(" "),
            quoted(self.folder.as_os_str()),
        );
        let nothing = Stdio::null;
        let mut watchdog = Command::new("setsid");
        watchdog.args(["--fork", "sh", "-c", &script]).stdin(nothing()).stdout(nothing()).stderr(nothing());
        assert!(watchdog.status().expect("setsid").success(), "a watchdog");
    }

    #[track_caller]
    fn tool(&self, name: &str, arguments: &[&str]) {
        self.try_tool(name, arguments).unwrap_or_else(|words| panic!("{name}: {words}"));
    }

    fn try_tool(&self, name: &str, arguments: &[&str]) -> Result<(), String> {
        // A server that a tool starts keeps the tool's output open, so it goes into a file.
        let said = tempfile::NamedTempFile::new().map_err(|error| error.to_string())?;
        let output = || said.reopen().map_err(|error| error.to_string());
        let mut command = self.command(name, arguments);
        command.stdin(Stdio::null()).stdout(output()?).stderr(output()?).current_dir("/");
        let status = command.status().map_err(|error| error.to_string())?;
        if status.success() {
            return Ok(());
        }
        Err(fs::read_to_string(said.path()).unwrap_or_default())
    }

    /// Returns a tool of the server, run as its user; no server runs as root.
    fn command(&self, name: &str, arguments: &[&str]) -> Command {
        let tool = tool(name);
        let mut command = if is_root() {
            let mut command = Command::new("setpriv");
            let user = server_user();
            command.args([format!("--reuid={user}"), format!("--regid={}", group_of(user))]);
            command.arg("--clear-groups").arg(tool);
            command
        } else {
            Command::new(tool)
        };
        command.arg("-D").arg(self.data()).args(arguments);
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if self.own.is_some() {
            let _ = self.try_tool("pg_ctl", &["stop", "-m", "immediate", "-w"]);
        }
    }
}

/// A schema of its own on a server.
pub(crate) struct Database {
    cluster: Cluster,
    schema: String,
}

impl Database {
    /// Returns an empty one on the shared server.
    pub(crate) fn fresh() -> Self {
        Self::on(Cluster::shared())
    }

    /// Returns an empty one.
    pub(crate) fn on(cluster: Cluster) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        Self { cluster, schema: format!("t{}_{number}", std::process::id()) }
    }

    pub(crate) fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    pub(crate) fn url(&self) -> String {
        self.cluster.url(&self.schema)
    }

    pub(crate) fn address(&self) -> PostgresAddress {
        PostgresAddress::parse(&self.url()).expect("an address")
    }

    pub(crate) fn schema(&self) -> &str {
        &self.schema
    }

    /// Opens it; the clock is the caller's.
    pub(crate) fn open(&self) -> PostgresLedger {
        PostgresLedger::open_with(&self.address(), Times::Callers).expect("a ledger")
    }

    /// Opens it as the program does.
    pub(crate) fn open_in_earnest(&self) -> PostgresLedger {
        PostgresLedger::open(&self.address()).expect("a ledger")
    }

    /// Returns a backup, as `pg_dump` makes it.
    pub(crate) fn dump(&self) -> String {
        let dumped = Command::new(tool("pg_dump"))
            .args(["-U", "tester", "-h"])
            .arg(&self.cluster.folder)
            .args(["-n", &self.schema, "postgres"])
            .output()
            .expect("pg_dump");
        assert!(dumped.status.success(), "{}", String::from_utf8_lossy(&dumped.stderr));
        String::from_utf8(dumped.stdout).expect("text")
    }

    /// Puts a backup back in place of what is there.
    pub(crate) fn put_back(&self, dump: &str) {
        self.ask(&format!("DROP SCHEMA {} CASCADE", self.schema));
        let file = tempfile::NamedTempFile::new().expect("a file");
        fs::write(file.path(), dump).expect("written");
        let restored = Command::new(tool("psql"))
            .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-U", "tester", "-h"])
            .arg(&self.cluster.folder)
            .args(["-d", "postgres", "-f"])
            .arg(file.path())
            .output()
            .expect("psql");
        assert!(restored.status.success(), "{}", String::from_utf8_lossy(&restored.stderr));
    }

    /// Cuts all connections to it.
    pub(crate) fn cut_lines(&self) {
        self.ask(&format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '{}'",
            self.schema
        ));
    }

    /// Asks the database itself.
    pub(crate) fn ask(&self, sql: &str) -> String {
        self.cluster.ask(&self.schema, sql)
    }

    /// Asks the database something that it may refuse.
    pub(crate) fn try_ask(&self, sql: &str) -> Result<String, String> {
        self.cluster.try_ask(&self.schema, sql)
    }
}

/// Returns a folder that no disk is behind, where the system has one: a server of tests should cost little.
fn memory_disk() -> PathBuf {
    let folder = Path::new("/dev/shm");
    if folder.is_dir() { folder.to_owned() } else { std::env::temp_dir() }
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().expect("id");
    id.stdout.trim_ascii() == b"0"
}

/// The user that Debian's package makes, or the one who has no rights anywhere.
fn server_user() -> &'static str {
    let known = fs::read_to_string("/etc/passwd").expect("users");
    if known.lines().any(|line| line.starts_with("postgres:")) { "postgres" } else { "nobody" }
}

fn group_of(user: &str) -> String {
    let id = Command::new("id").args(["-g", user]).output().expect("id");
    String::from_utf8_lossy(&id.stdout).trim().to_owned()
}

/// Finds a tool of the newest server that is installed; Debian keeps them out of the way.
fn tool(name: &str) -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse::<u32>().ok()?, entry.path())))
        .map(|(version, path)| (version, path.join("bin").join(name)))
        .filter(|(_, path)| path.exists())
        .max();
    newest.map_or_else(|| PathBuf::from(name), |(_, path)| path)
}

fn quoted(word: &OsStr) -> String {
    format!("'{}'", word.to_str().expect("text").replace('\'', r"'\''"))
}
