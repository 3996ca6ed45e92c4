//! What `doctor` says of the records of a domain, against a real name server on this machine.

use crate::{
    cli::{Inbox, letter},
    support::{
        Project,
        binary::{Ran, run},
        name_server::{MX, NameServer, Records, TXT, exchange, text},
    },
};

const KEY: &str = "keys/s1.pem";

/// Returns a workspace whose letters are signed for example.org, and the record of its key.
async fn signed() -> (Project, String) {
    let project = letter(1);
    run(project.root(), &["doctor", "dkim", "new", "--domain", "example.org"]).await.exits(0);
    project.write(
        "masthead.yaml",
        format!(
            "bounces: {{ address: bounces@news.example.org }}\n\
             signing: {{ domain: example.org, selector: s1, key: {{ file: {KEY} }} }}\n"
        ),
    );
    let shown = run(project.root(), &["--json", "doctor", "dkim", "show"]).await.exits(0).objects();
    let record = shown[0]["value"].as_str().expect("a record").to_owned();
    (project, record)
}

/// What a domain publishes that has everything.
fn everything(key: &str) -> Records {
    vec![
        ("example.org", MX, exchange("mx.example.org")),
        ("news.example.org", MX, exchange("mx.example.org")),
        ("news.example.org", TXT, text("v=spf1 mx include:relay.example.net ~all")),
        ("relay.example.net", TXT, text("v=spf1 ip4:192.0.2.0/24 -all")),
        ("s1._domainkey.example.org", TXT, text(key)),
        // Long enough that the answer does not fit into one datagram of old.
        ("_dmarc.example.org", TXT, text("v=DMARC1; p=none; rua=mailto:dmarc@example.org")),
        ("_dmarc.example.org", TXT, text(&"a note that is no record ".repeat(30))),
    ]
}

async fn doctor(project: &Project, records: Records) -> Ran {
    let (server, inbox) = (NameServer::publish(records), Inbox::open().await);
    let server = server.address.to_string();
    run(project.root(), &["--json", "doctor", "--relay", &inbox.url, "--dns", &server]).await
}

/// Returns how something stands, once for each look.
fn standing(ran: &Ran, what: &str) -> Vec<String> {
    let looks = ran.objects().into_iter().filter(|look| look["what"] == what);
    looks.map(|look| look["standing"].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn a_domain_that_publishes_everything_is_good() {
    let (project, key) = signed().await;
    let ran = doctor(&project, everything(&key)).await.exits(0);
    for (what, times) in [("domain", 1), ("SPF", 1), ("DKIM", 1), ("DMARC", 2), ("MX", 2)] {
        assert_eq!(standing(&ran, what), vec!["good"; times], "{what}: {ran}");
    }
}

#[tokio::test]
async fn what_is_missing_is_bad_and_says_what_to_publish() {
    let (project, key) = signed().await;
    let missing = |name: &str| {
        let mut records = everything(&key);
        records.retain(|(known, ..)| *known != name);
        records
    };
    for (name, what, words) in [
        ("s1._domainkey.example.org", "DKIM", "doctor dkim show"),
        ("_dmarc.example.org", "DMARC", "v=DMARC1; p=none"),
        ("news.example.org", "SPF", "v=spf1 include:"),
        ("relay.example.net", "SPF", "include"),
    ] {
        let ran = doctor(&project, missing(name)).await.exits(1);
        assert!(standing(&ran, what).contains(&"bad".to_owned()), "{name}: {ran}");
        let helps: Vec<_> = ran.objects().iter().map(|look| look["help"].to_string()).collect();
        assert!(helps.iter().any(|help| help.contains(words)), "{name}: {ran}");
    }
    let (project, _) = signed().await;
    let ran = doctor(&project, everything(&key)).await.exits(1);
    assert_eq!(standing(&ran, "DKIM"), ["bad"], "another key: {ran}");
}

#[tokio::test]
async fn what_nobody_can_tell_is_not_called_missing() {
    let project = letter(1);
    project.edit("newsletters/letter/newsletter.yaml", "letter@example.org", "letter@broken.example.org");
    let answers = vec![("example.org", MX, exchange("mx.example.org"))];
    let ran = doctor(&project, answers).await.exits(0);
    assert_eq!(standing(&ran, "domain"), ["not_checked"], "{ran}");
    assert!(standing(&ran, "SPF").is_empty(), "{ran}");
}

#[tokio::test]
async fn no_server_is_asked_about_domains_of_examples() {
    let (project, inbox) = (letter(1), Inbox::open().await);
    let ran = run(project.root(), &["--json", "doctor", "--relay", &inbox.url]).await.exits(0);
    assert_eq!(standing(&ran, "DNS"), ["not_checked"], "{ran}");
    assert!(standing(&ran, "SPF").is_empty(), "{ran}");
}

#[tokio::test]
async fn a_name_server_that_is_none_is_refused() {
    let ran = run(letter(1).root(), &["doctor", "--dns", "ns.example.org"]).await.exits(2);
    ran.says("[cli/bad-name-server]").says("--dns 192.0.2.1");
}
