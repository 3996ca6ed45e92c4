//! A real Postfix of its own: configuration, queue and mailboxes in a temporary folder, one port on 127.0.0.1, a log
//! file. Nothing of the machine's own Postfix is touched.

use std::{
    collections::BTreeMap,
    fmt::Write,
    net::TcpListener,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

/// Longer than any wait of a test.
const PATIENCE: Duration = Duration::from_mins(10);

/// A running Postfix; it ends, and its files go, when it is dropped.
pub(crate) struct Postfix {
    pub(crate) port: u16,
    folder: TempDir,
    master: Child,
}

/// What its log says of one message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Logged {
    /// One, unless the message came more than once.
    pub(crate) queue_ids: Vec<String>,
    pub(crate) to: Vec<String>,
    pub(crate) sent: usize,
}

/// Returns a command that is run as root: the master of a Postfix has to be.
fn as_root(program: &str) -> Command {
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    if is_root {
        return Command::new(program);
    }
    let mut command = Command::new("sudo");
    command.args(["-n", program]);
    command
}

/// Runs a command as root and returns what it writes.
fn output(program: &str, arguments: &[&str]) -> String {
    let ran = as_root(program).args(arguments).output();
    let ran = ran.unwrap_or_else(|error| panic!("{program}: {error}"));
    let (written, told) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(
        ran.status.success(),
        "{program} {arguments:?}: {told} (Postfix is tried as root, or with `sudo -n`)"
    );
    written.into_owned()
}

impl Postfix {
    /// Starts one that delivers to a Maildir of each of these addresses.
    pub(crate) async fn start(domain: &str, mailboxes: &[String]) -> Self {
        let postconf = Path::new("/usr/sbin/postconf");
        assert!(
            postconf.exists(),
            "Postfix is missing: `apt install postfix`, or run scripts/test, which does"
        );
        let folder = TempDir::new().unwrap();
        let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let root = folder.path().to_str().unwrap();
        let daemons = output("/usr/sbin/postconf", &["-d", "-h", "daemon_directory"]).trim().to_owned();
        let mut boxes = String::new();
        for address in mailboxes {
            let name = address.split('@').next().unwrap();
            writeln!(boxes, "{address} {name}/").unwrap();
        }
        let conf = folder.path().join("conf");
        std::fs::create_dir(&conf).unwrap();
        std::fs::write(conf.join("boxes"), boxes).unwrap();
        std::fs::write(conf.join("main.cf"), main_cf(root, domain, &daemons)).unwrap();
        std::fs::write(conf.join("master.cf"), master_cf(port)).unwrap();
        output("sh", &["-c", SETUP, "setup", root]);
        let master = as_root(&format!("{daemons}/master"))
            .args(["-c", conf.to_str().unwrap(), "-d"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let postfix = Self { port, folder, master };
        let is_up = timeout(PATIENCE, async {
            while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
                sleep(Duration::from_millis(20)).await;
            }
        });
        is_up.await.expect("Postfix listens");
        postfix
    }

    /// Returns where its log is.
    pub(crate) fn log_file(&self) -> PathBuf {
        self.folder.path().join("mail.log")
    }

    /// Returns its log.
    pub(crate) fn log(&self) -> String {
        output("cat", &[self.log_file().to_str().unwrap()])
    }

    /// Waits until so many deliveries to mailboxes are logged, and returns the log.
    pub(crate) async fn delivered(&self, count: usize) -> String {
        let waited = timeout(PATIENCE, async {
            loop {
                let log = self.log();
                if log.matches("status=sent (delivered to maildir)").count() >= count {
                    return log;
                }
                sleep(Duration::from_millis(200)).await;
            }
        });
        waited.await.unwrap_or_else(|_| panic!("{count} deliveries did not come:\n{}", self.log()))
    }

    /// Waits until nothing is in its queue, and returns the log.
    pub(crate) async fn emptied(&self) -> String {
        let queue = self.folder.path().join("queue");
        let [incoming, active, deferred] = ["incoming", "active", "deferred"].map(|name| queue.join(name));
        let waited = timeout(PATIENCE, async {
            let folders = [&incoming, &active, &deferred].map(|path| path.to_str().unwrap());
            let find = [&folders[..], &["-type", "f"]].concat();
            while !output("find", &find).is_empty() {
                sleep(Duration::from_millis(100)).await;
            }
        });
        waited.await.expect("the queue gets empty");
        self.log()
    }

    /// Returns the Message-IDs in each mailbox.
    pub(crate) fn mailboxes(&self) -> BTreeMap<String, Vec<String>> {
        let mail = self.folder.path().join("mail");
        let lines =
            output("grep", &["-rhoE", "-m1", "^Message-ID: .*", "--with-filename", mail.to_str().unwrap()]);
        let mut boxes: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for line in lines.lines() {
            let (path, id) = line.split_once(":Message-ID: ").expect("a file and a Message-ID");
            let inner = Path::new(path).strip_prefix(&mail).unwrap();
            let name = inner.components().next().unwrap().as_os_str().to_str().unwrap();
            boxes.entry(name.to_owned()).or_default().push(id.trim().to_owned());
        }
        boxes
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        let root = self.folder.path().to_str().unwrap().to_owned();
        // Its master ends the daemons that it started. A test that fails has said so already.
        let _ = as_root("sh")
            .args(["-c", "kill -TERM $(cat \"$1/queue/pid/master.pid\")", "stop", &root])
            .status();
        let _ = self.master.wait();
        let _ = as_root("rm").args(["-rf", &root]).status();
    }
}

/// Reads what a log says of each message, by Message-ID. Queue ids are used again for other messages.
pub(crate) fn read_log(log: &str) -> BTreeMap<String, Logged> {
    let mut messages: BTreeMap<String, Logged> = BTreeMap::new();
    let mut open: BTreeMap<String, String> = BTreeMap::new();
    for line in log.lines() {
        let Some((_, rest)) = line.split_once("]: ") else { continue };
        let Some((id, rest)) = rest.split_once(": ") else { continue };
        if let Some(message_id) = rest.strip_prefix("message-id=") {
            let message_id = message_id.trim_matches(['<', '>']).to_owned();
            messages.entry(message_id.clone()).or_default().queue_ids.push(id.to_owned());
            open.insert(id.to_owned(), message_id);
        }
        if let (Some(to), Some(message_id)) = (rest.strip_prefix("to=<"), open.get(id)) {
            let message = messages.entry(message_id.clone()).or_default();
            message.to.push(to.split('>').next().unwrap_or_default().to_owned());
            message.sent += usize::from(rest.contains("status=sent"));
        }
    }
    messages.retain(|_, message| !message.to.is_empty());
    messages
}

/// Makes the folders as Postfix wants them; root's queue is handed to the user of the mail system.
const SETUP: &str = r#"
set -eu
cd "$1"
chmod 755 .
mkdir data mail queue
cd queue
own="active bounce corrupt defer deferred flush hold incoming private saved trace"
mkdir $own maildrop public pid
chown postfix $own ../data
chmod 700 $own
chown postfix:postdrop maildrop public
chmod 730 maildrop
chmod 710 public
chown nobody ../mail
"#;

fn main_cf(root: &str, domain: &str, daemons: &str) -> String {
    format!(
        "compatibility_level = 3.6
queue_directory = {root}/queue
data_directory = {root}/data
command_directory = /usr/sbin
daemon_directory = {daemons}
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.{domain}
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
virtual_mailbox_domains = {domain}
virtual_mailbox_base = {root}/mail
virtual_mailbox_maps = texthash:{root}/conf/boxes
virtual_minimum_uid = 100
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
smtpd_recipient_restrictions = permit_mynetworks, reject
smtpd_peername_lookup = no
in_flow_delay = 0
maillog_file = {root}/mail.log
maillog_file_prefixes = {root}
"
    )
}

fn master_cf(port: u16) -> String {
    format!(
        "127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
virtual unix - n n - - virtual
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
error unix - - n - - error
retry unix - - n - - error
showq unix n - n - - showq
postlog unix-dgram n - n - 1 postlogd
"
    )
}
