//! No room for the ledger in the middle of a send: nothing leaves that is not accounted for.

use crate::{
    cli::{Inbox, letter, numbers, send},
    support::{
        Project,
        binary::{Ran, Running, start_command},
    },
};
use std::process::Command;

const READERS: usize = 120;

/// Runs a script of the shell in the workspace; `$SEND` is the command that sends.
fn script(project: &Project, inbox: &Inbox, text: &str) -> Running {
    let send = format!(
        "{} send letter --to list.csv --yes --connections 2 --rate 100/s --relay {}",
        env!("CARGO_BIN_EXE_masthead"),
        inbox.url
    );
    let mut command = Command::new("sh");
    command.args(["-c", text]).env("SEND", send);
    start_command(project.root(), command, text.to_owned())
}

/// Starts a send that will get errors, not signals, when its files may not grow.
async fn sending(project: &Project, inbox: &Inbox) -> Running {
    let mut running = script(project, inbox, "trap '' XFSZ; exec $SEND");
    assert!(running.until(|_| inbox.store.arrived() >= 10).await, "{}", running.talk());
    running
}

/// Demands that everybody has one message, or is in doubt and has at most one.
async fn check_everybody(project: &Project, inbox: &Inbox, ran: &Ran) {
    let numbers = numbers(project).await;
    let in_doubt = numbers.get("in_doubt").copied().unwrap_or_default();
    assert_eq!(numbers["sent"] + in_doubt, READERS as u64, "{numbers:?} {ran}");
    assert!(in_doubt <= 2, "at most one for each connection: {numbers:?} {ran}");
    assert_eq!(ran.code, if in_doubt > 0 { 4 } else { 0 }, "{ran}");
    let arrived = inbox.arrived();
    assert!(arrived.values().all(|mails| *mails == 1), "nobody twice: {arrived:?}");
    assert!(arrived.len() as u64 >= numbers["sent"], "whoever is sent has got it");
}

#[tokio::test]
async fn when_room_is_made_in_time_the_run_goes_on_by_itself() {
    let (project, inbox) = (letter(READERS), Inbox::open().await);
    let mut running = sending(&project, &inbox).await;
    running.limit_files("20000");
    assert!(running.until(|running| running.talk().contains("The ledger could not")).await);
    running.limit_files("unlimited");
    running.ended().await.exits(0);
    inbox.holds_one_each(READERS);
}

#[tokio::test]
async fn without_room_the_run_ends_and_the_same_command_goes_on_later() {
    let (project, inbox) = (letter(READERS), Inbox::open().await);
    let running = sending(&project, &inbox).await;
    running.limit_files("20000");
    let ran = running.ended().await.exits(3);
    let ran = ran.says("[send/ledger-failed]").says("see to its disk").says("goes on when that is mended");
    assert!(inbox.arrived().len() < READERS, "{ran}");
    let ran = send(&project, &["--relay", &inbox.url]).await;
    check_everybody(&project, &inbox, &ran).await;
}

#[tokio::test]
async fn a_full_disk_is_called_by_its_name() {
    // A disk of its own in a name space of its own; some containers don't allow that.
    let has_name_spaces =
        Command::new("unshare").args(["-rm", "mount", "-t", "tmpfs", "none", "/mnt"]).status();
    if !has_name_spaces.is_ok_and(|status| status.success()) {
        println!("not tried: this machine lends nobody a disk");
        return;
    }
    let (project, inbox) = (letter(READERS), Inbox::open().await);
    project.write("masthead.yaml", "ledger: sqlite:disk/masthead.db\n").write("disk/.keep", "");
    let mut running = script(
        &project,
        &inbox,
        "exec unshare -rm sh -c '
            mount -t tmpfs -o size=32m none disk
            $SEND & sending=$!
            until [ -e fill ]; do sleep 0.01; done
            cat /dev/zero > disk/filler
            wait $sending; echo first: $?
            rm disk/filler
            $SEND; echo second: $?
            cp -R disk/masthead.db* .'",
    );
    assert!(running.until(|_| inbox.store.arrived() >= 10).await, "{}", running.talk());
    project.write("fill", "");
    let mut ran = running.ended().await.exits(0).prints("first: 3\n").says("the disk is full");
    project.write("masthead.yaml", "ledger: sqlite:masthead.db\n");
    ran.code = if ran.data.contains("second: 4") { 4 } else { 0 };
    check_everybody(&project, &inbox, &ran).await;
}
