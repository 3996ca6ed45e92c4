//! What a run says and writes into logs holds no reader's address in full, whatever servers quote.

use crate::{
    cli::{letter, reader, send},
    support::{binary::run, smtp_server::SmtpServer},
};

/// Demands that nothing of it names a reader.
#[track_caller]
fn names_nobody(said: &str) {
    for number in 0..3 {
        assert!(!said.contains(&reader(number)), "{said}");
        assert!(!said.contains(&format!("reader{number}@")), "{said}");
    }
}

#[tokio::test]
async fn a_server_that_quotes_addresses_puts_none_into_our_logs() {
    for json in [&[][..], &["--json"]] {
        let project = letter(1);
        let server = SmtpServer::play("quotes-addresses.txt", None).await;
        let url = format!("smtp://127.0.0.1:{}", server.port);
        let ran = send(&project, &[&["--relay", &url], json].concat()).await;
        names_nobody(&format!("{ran}"));
        drop(server.messages().await);
        if json.is_empty() {
            ran.says("r•••@e•••.net: bounced").says("user r•••@e•••.net unknown").exits(1);
        }
        for view in [&["--show", "bounced"][..], &["--delivery", "reader0@example.net"]] {
            let status = run(project.root(), &[&["status", "letter"], view, json].concat()).await;
            let said = status.data.clone() + &status.talk;
            assert!(said.contains("r•••@e•••.net"), "{status}");
            names_nobody(&said);
        }
        let full = run(project.root(), &["status", "letter", "--show", "bounced", "--full-addresses"]).await;
        full.prints("user reader0@example.net unknown");
    }
}

#[tokio::test]
async fn a_run_that_ends_in_doubt_names_them_masked() {
    for json in [&[][..], &["--json"]] {
        let project = letter(1);
        let server = SmtpServer::play("hangs-up-after-dot.txt", None).await;
        let url = format!("smtp://127.0.0.1:{}", server.port);
        let ran = send(&project, &[&["--relay", &url], json].concat()).await;
        names_nobody(&format!("{ran}"));
        drop(server.messages().await);
        let ran = ran.exits(4);
        if json.is_empty() {
            ran.says("In doubt (the line broke after the final dot):")
                .says("r•••@e•••.net")
                .says("masthead reconcile letter/2022-04 --maillog FILE");
        }
    }
}

#[tokio::test]
async fn the_plan_of_a_send_names_nobody() {
    let project = letter(3);
    let list = project.read("list.csv");
    // A double, one that asked to be left out, and one that is no address.
    project.write("list.csv", format!("{list}Reader1@example.net,Again,en\nno address here,Nobody,en\n"));
    run(project.root(), &["suppress", "add", "reader2@example.net"]).await.exits(0);
    for json in [&[][..], &["--json"]] {
        let ran = send(&project, &[&["--dry-run", "--relay", "smtp://127.0.0.1:1"], json].concat()).await;
        names_nobody(&format!("{ran}"));
    }
}
