//! TLS to the database, against a server with a certificate of OpenSSL's making.

use crate::{
    ledger::world::{sealed, tally},
    support::postgres::{Cluster, Database},
};
use masthead::ledger::{
    error::problem_of,
    postgres::{PostgresAddress, PostgresLedger},
};
use std::{fmt::Write as _, path::Path, process::Command};

/// Makes an authority, and a certificate of it for `localhost`.
fn certificates(folder: &Path) {
    let steps = [
        "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /CN=authority -days 2",
        "req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=localhost \
         -addext subjectAltName=DNS:localhost",
        "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -copy_extensions copy -days 2 \
         -out server.crt",
        "req -x509 -newkey rsa:2048 -nodes -keyout other.key -out other.pem -subj /CN=other -days 2",
    ];
    for step in steps {
        let ran = Command::new("openssl").args(step.split_whitespace()).current_dir(folder).output();
        let ran = ran.expect("openssl");
        assert!(ran.status.success(), "{step}: {}", String::from_utf8_lossy(&ran.stderr));
    }
}

#[track_caller]
fn is_refused(url: &str, code: &str) {
    let opened = PostgresLedger::open(&PostgresAddress::parse(url).expect("an address"));
    let problem = problem_of(&opened.err().expect("refused"));
    assert_eq!(problem.code, code, "{problem}");
}

#[test]
fn the_line_to_a_server_is_encrypted_and_its_certificate_verified() {
    let folder = tempfile::tempdir().expect("a folder");
    certificates(folder.path());
    let database = Database::on(Cluster::own());
    let port = database.cluster().encrypt(folder.path());
    let url = |host: &str, mode: &str, roots: Option<&str>| {
        let mut url = format!("postgres://tester@{host}:{port}/postgres?search_path={0}", database.schema());
        let _ = write!(url, "&application_name={}&sslmode={mode}", database.schema());
        if let Some(roots) = roots {
            let path = folder.path().join(roots).display().to_string().replace('/', "%2F");
            let _ = write!(url, "&sslrootcert={path}");
        }
        url
    };
    for good in [url("localhost", "verify-full", Some("ca.pem")), url("127.0.0.1", "require", None)] {
        let address = PostgresAddress::parse(&good).expect("an address");
        let mut ledger = PostgresLedger::open(&address).expect("encrypted");
        let broadcast = sealed(&mut ledger, 3).id;
        assert_eq!(tally(&mut ledger, broadcast), "queued 3");
        let encrypted = "SELECT s.ssl FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid)
            WHERE a.application_name = current_schema()";
        assert_eq!(database.ask(encrypted), "t");
    }
    is_refused(&url("localhost", "verify-full", Some("other.pem")), "ledger/unusable");
    is_refused(&url("127.0.0.1", "verify-full", Some("ca.pem")), "ledger/unusable");
    is_refused(&url("localhost", "verify-full", Some("nothing.pem")), "ledger/unusable");
    is_refused(&url("localhost", "disable", None), "ledger/no-access");
}
