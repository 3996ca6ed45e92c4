//! `kill -9` while it writes files, again and again: nobody is lost, nobody gets it twice. What is killed while it sends
//! to a relay is in `tests/it/faults/processes`.

use crate::{
    cli::{demo::parsed, letter, reader, text},
    support::{
        Project,
        binary::{run, start},
        dice::Dice,
    },
};
use std::collections::BTreeMap;

/// Returns the addresses in doubt with their deliveries.
async fn in_doubt(project: &Project) -> BTreeMap<String, String> {
    let ran = run(project.root(), &["status", "letter", "--json", "--full-addresses"]).await;
    let named = ran.objects().into_iter().skip(1).map(|report| {
        assert_eq!(report["state"], "in_doubt", "{ran}");
        assert!(text(&report, "message_id").contains('@'), "{report}");
        (text(&report, "address"), report["delivery"].as_i64().expect("a number").to_string())
    });
    named.collect()
}

#[tokio::test]
async fn killed_while_it_writes_files_every_reader_has_one_file() {
    let (project, dice) = (letter(150), Dice::new(7));
    let out = project.root().join("out");
    let files = || std::fs::read_dir(&out).map_or(0, |entries| entries.filter(is_whole).count());
    for _ in 0..5 {
        let enough = files() as u64 + dice.below(40);
        let mut writing = start(project.root(), &FILES);
        writing.until(|_| files() as u64 >= enough).await;
        writing.kill();
    }
    let ran = start(project.root(), &FILES).ended().await;
    let doubtful = in_doubt(&project).await;
    assert_eq!(ran.code, if doubtful.is_empty() { 0 } else { 4 }, "{ran}");
    assert!(doubtful.len() <= 5, "one writer, five kills: {doubtful:?}");
    // A file that is written again replaces itself, so there is nothing to think about.
    run(project.root(), &["reconcile", "letter", "--resend"]).await.exits(0);
    start(project.root(), &FILES).ended().await.exits(0);
    assert_eq!(files(), 150);
    let messages = parsed(&out);
    assert!((0..150).all(|number| messages.contains_key(&reader(number))), "each has one");
}

const FILES: [&str; 7] = ["send", "letter", "--to", "list.csv", "--yes", "--outbox", "out"];

fn is_whole(entry: &std::io::Result<std::fs::DirEntry>) -> bool {
    entry.as_ref().is_ok_and(|entry| entry.path().extension().is_some_and(|ending| ending == "eml"))
}
