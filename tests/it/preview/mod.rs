//! Asks the real `masthead preview` over HTTP what the page asks, and holds the answers against files, list and ledger.

mod answers;
mod live;
mod readers;
mod states;
mod tests_and_guard;

use crate::support::{
    Project,
    binary::{Running, run, start_with},
};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// A preview at work; it ends with the test.
struct Page {
    running: Running,
    address: String,
}

/// What was answered.
struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

/// Starts a preview in a project.
async fn open(project: &Project, arguments: &[&str]) -> Page {
    let nobody = [("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_SYSTEM", "/dev/null")];
    open_with(project, arguments, &nobody).await
}

async fn open_with(project: &Project, arguments: &[&str], environment: &[(&str, &str)]) -> Page {
    let arguments = [&["preview", "--port", "0", "--json"], arguments].concat();
    let mut running = start_with(project.root(), &arguments, environment);
    assert!(running.until(|running| running.data().contains("\"}")).await, "{}", running.talk());
    let said: Value = serde_json::from_str(running.data().lines().next().expect("a line")).expect("JSON");
    let url = said["page"].as_str().expect("an address");
    let address = url.trim_start_matches("http://").trim_end_matches('/').to_owned();
    Page { running, address }
}

impl Page {
    async fn ask(&self, request: &str) -> Answer {
        let mut stream = TcpStream::connect(&self.address).await.expect("connects");
        stream.write_all(request.as_bytes()).await.expect("takes it");
        let mut octets = Vec::new();
        stream.read_to_end(&mut octets).await.expect("answers");
        let end = octets.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
        let head = String::from_utf8(octets[..end].to_vec()).expect("a head of ASCII");
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
        Answer { status, head: head.to_lowercase(), body: octets[end + 4..].to_vec() }
    }

    async fn get(&self, path: &str) -> Answer {
        let host = &self.address;
        self.ask(&format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")).await
    }

    /// Returns the answer as JSON; it must be a good one.
    async fn json(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()
    }

    async fn text(&self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.text()
    }

    async fn post(&self, path: &str, body: &Value) -> Answer {
        let (host, body) = (&self.address, body.to_string());
        self.ask(&format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        ))
        .await
    }

    /// Asks until the answer is what is waited for.
    async fn until(&mut self, path: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..2_000 {
            let answer = self.json(path).await;
            if is_so(&answer) {
                return answer;
            }
            assert!(self.running.is_running(), "{}", self.running.talk());
            tokio::task::yield_now().await;
        }
        panic!("{path} never says what was waited for: {}", self.json(path).await);
    }
}

impl Answer {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// Demands a refusal with this code.
    #[track_caller]
    fn refuses(&self, status: u16, code: &str) {
        assert_eq!(self.status, status, "{}", self.text());
        assert!(self.text().contains(&format!("\"{code}\"")), "{}", self.text());
    }
}

/// Returns a small newsletter with a list of three readers in its ledger.
async fn letter() -> Project {
    let project = Project::copy_of("minimal");
    project.edit("newsletters/letter/newsletter.yaml", "1 Example Street", "4 Bridge Street");
    project.edit("newsletters/letter/newsletter.yaml", "1000 Example City", "1000 Old Town");
    project.write(
        "list.csv",
        "email,name,language,topics,country\none@example.org,Reader One,en,,KE\ndeux@example.org,Éloïse Deux,fr,,FR\n\
         three@example.net,,ar,,\n",
    );
    run(project.root(), &["subscribers", "import", "list.csv"]).await.exits(0);
    project
}

/// Returns the issue's row in an answer of `/look`.
#[track_caller]
fn row<'a>(look: &'a Value, issue: &str) -> &'a Value {
    let rows = look["issues"].as_array().expect("rows");
    rows.iter().find(|row| row["id"] == issue).unwrap_or_else(|| panic!("no {issue}: {look}"))
}
