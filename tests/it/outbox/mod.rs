//! The outbox as a way out: whole files under their final name, only after the final dot.

use masthead::{
    delivery::ports::{Envelope, Session, Transport},
    domain::{
        address::EmailAddress,
        message::Message,
        outcome::{Outcome, Phase},
    },
    outbox::Outbox,
};
use std::path::Path;

fn envelope(id: &str) -> Envelope {
    Envelope {
        from: EmailAddress::parse("bounces@example.org").unwrap(),
        to: EmailAddress::parse("reader@example.org").unwrap(),
        envelope_id: id.to_owned(),
    }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_message_has_its_name_only_after_the_final_dot() {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("made/here");
    let mut session = Outbox::new(&inside).connect().await.unwrap();
    session.begin(&envelope("d1"), &Message::scan(&[b"Subject: A\r\n", b"\r\nHello\r\n"])).await.unwrap();
    assert_eq!(names(&inside), ["d1.eml.part"]);
    let outcome = session.finish(None).await;
    assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
    assert_eq!(names(&inside), ["d1.eml"]);
    assert_eq!(std::fs::read(inside.join("d1.eml")).unwrap(), b"Subject: A\r\n\r\nHello\r\n");
}

#[tokio::test]
async fn a_message_written_again_replaces_itself() {
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let mut session = Outbox::new(folder.path()).connect().await.unwrap();
        session.begin(&envelope("d1"), &Message::scan(&[b"A\r\n"])).await.unwrap();
        assert!(matches!(session.finish(None).await, Outcome::Accepted { .. }));
        session.quit().await;
    }
    assert_eq!(names(folder.path()), ["d1.eml"]);
}

#[tokio::test]
async fn an_abandoned_message_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = Outbox::new(folder.path()).connect().await.unwrap();
    session.begin(&envelope("d1"), &Message::scan(&[b"A\r\n"])).await.unwrap();
    session.abandon().await;
    assert_eq!(names(folder.path()), Vec::<String>::new());
}

#[tokio::test]
async fn a_folder_that_can_t_be_written_is_a_broken_line_and_no_doubt() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "in the way").unwrap();
    let refused = Outbox::new(file.join("below")).connect().await;
    assert!(matches!(refused, Err(Outcome::Broken { phase: Phase::Connect, .. })));

    let inside = folder.path().join("gone");
    let mut session = Outbox::new(&inside).connect().await.unwrap();
    session.begin(&envelope("d1"), &Message::scan(&[b"A\r\n"])).await.unwrap();
    std::fs::remove_dir_all(&inside).unwrap();
    assert!(matches!(session.finish(None).await, Outcome::Broken { phase: Phase::Body, .. }));
    let begun = session.begin(&envelope("d2"), &Message::scan(&[b"A\r\n"])).await;
    assert!(matches!(begun, Err(Outcome::Broken { phase: Phase::Body, .. })));
}

#[tokio::test]
async fn a_folder_that_takes_no_files_is_known_beforehand() {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("made/here");
    Outbox::new(&inside).try_folder().await.unwrap();
    assert_eq!(names(&inside), Vec::<String>::new(), "nothing stays behind");
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    assert!(Outbox::new(&file).try_folder().await.is_err());
    assert!(Outbox::new("/proc").try_folder().await.is_err());
}
