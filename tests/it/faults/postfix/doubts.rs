//! A send to a real Postfix is killed again and again while octets are on their way. Postfix's log, in whatever form,
//! settles each delivery in doubt as the mailboxes show, and in the end everybody has one message.

use crate::{
    cli::{expect, letter, numbers, reader},
    faults::{
        accounts::{everybody, wrongs},
        postfix::{PATIENCE, logs::Logs, told_readers},
    },
    support::{
        Project,
        binary::{Ran, run, start},
        postfix::Postfix,
        slow_line::SlowLine,
    },
};
use masthead::{
    domain::delivery::{DeliveryReport, DeliveryState},
    ledger::sqlite::SqliteLedger,
};
use std::{collections::BTreeMap, time::Duration};

/// How long octets are on their way: long enough that a kill meets some in each direction.
const ON_THE_WAY: Duration = Duration::from_millis(40);

/// Mailboxes with their Message-IDs, by address.
type Boxes = BTreeMap<String, Vec<String>>;

fn boxes(postfix: &Postfix) -> Boxes {
    postfix.mailboxes().into_iter().map(|(name, ids)| (format!("{name}@example.net"), ids)).collect()
}

fn deliveries(project: &Project) -> BTreeMap<String, DeliveryReport> {
    everybody(&mut SqliteLedger::open(&project.root().join("masthead.db")).unwrap())
}

fn in_doubt(deliveries: &BTreeMap<String, DeliveryReport>) -> Vec<(String, i64)> {
    let doubtful = deliveries.iter().filter(|(_, report)| report.state == DeliveryState::InDoubt);
    doubtful.map(|(address, report)| (address.clone(), report.id.0)).collect()
}

/// Sends over a slow line and kills, so many times.
async fn kill_often(project: &Project, postfix: &Postfix, readers: usize, kills: usize) {
    for _ in 0..kills {
        let line = SlowLine::to(postfix.port, ON_THE_WAY).await;
        let mut sending = start(project.root(), &command(&format!("smtp://127.0.0.1:{}", line.port)));
        let enough = readers / (kills + 1);
        assert!(sending.until(|_| line.answers() >= enough).await, "{}", sending.talk());
        sending.kill();
        // What was on its way is gone with the line.
        drop(line);
    }
}

fn command(url: &str) -> Vec<&str> {
    vec!["send", "letter", "--to", "list.csv", "--yes", "--connections", "8", "--relay", url]
}

/// Returns what a log proves of each delivery, by number.
fn findings(ran: &Ran) -> BTreeMap<i64, String> {
    let objects = ran.objects();
    let found = objects.iter().filter_map(|object| {
        Some((object["delivery"].as_i64()?, object["finding"].as_str().expect("a finding").to_owned()))
    });
    found.collect()
}

async fn check(readers: usize, kills: usize) {
    let addresses: Vec<String> = (0..readers).map(reader).collect();
    let (project, postfix) = (letter(readers), Postfix::start("example.net", &addresses).await);
    kill_often(&project, &postfix, readers, kills).await;
    let direct = format!("smtp://127.0.0.1:{}", postfix.port);
    let ran = start(project.root(), &command(&direct)).ended_within(PATIENCE).await;
    let before = deliveries(&project);
    let doubtful = in_doubt(&before);
    assert_eq!(ran.code, if doubtful.is_empty() { 0 } else { 4 }, "{ran}");
    assert!(!doubtful.is_empty() && doubtful.len() <= 8 * kills, "{doubtful:?}");
    let sent = readers - doubtful.len();
    postfix.delivered(sent).await;
    let log = postfix.emptied().await;
    let arrived = boxes(&postfix);
    let wrong = wrongs(&before, &arrived);
    assert!(wrong.is_empty(), "{wrong:#?}");

    let right: BTreeMap<i64, String> = doubtful
        .iter()
        .map(|(to, id)| (*id, if arrived.contains_key(to) { "taken" } else { "not_taken" }.to_owned()))
        .collect();
    for (name, octets) in Logs::of(&log).forms() {
        project.write(name, octets);
        let look = ["reconcile", "letter", "--maillog", name, "--dry-run", "--json"];
        let ran = run(project.root(), &look).await;
        assert_eq!(findings(&ran), right, "{name}: {ran}");
    }
    let ran = run(project.root(), &["reconcile", "letter", "--maillog", "mail.log"]).await.exits(0);
    let taken = right.values().filter(|finding| *finding == "taken").count();
    ran.says(&format!("{taken} counted as sent, {} queued once more", right.len() - taken));
    start(project.root(), &command(&direct)).ended_within(PATIENCE).await.exits(0);
    expect(&numbers(&project).await, &[("sent", readers as u64)]);
    postfix.delivered(readers).await;
    let arrived = boxes(&postfix);
    let wrong = wrongs(&deliveries(&project), &arrived);
    assert!(wrong.is_empty() && arrived.len() == readers, "{wrong:#?}");
    println!(
        "{readers} readers, {kills} kills, {} in doubt: {taken} taken, {} not; five forms of the log say so, as the \
         mailboxes do; then one message in each of {readers} mailboxes",
        right.len(),
        right.len() - taken,
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_of_a_real_postfix_settles_what_a_kill_left_in_doubt() {
    check(300, 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "thousands of mailboxes take a while: scripts/soak runs it"]
async fn soak_postfix_doubts() {
    check(told_readers(), 10).await;
}
