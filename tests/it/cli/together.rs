//! Several `send` processes on one workspace share the work.

use crate::{
    cli::{Inbox, expect, letter, numbers},
    support::{
        Project,
        binary::{Running, start},
    },
};

const READERS: usize = 300;

fn sending(project: &Project, inbox: &Inbox) -> Running {
    let command = ["send", "letter", "--to", "list.csv", "--yes", "--relay", &inbox.url];
    start(project.root(), &command)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_sends_at_once_share_the_work() {
    let (project, inbox) = (letter(READERS), Inbox::open().await);
    let mut first = sending(&project, &inbox);
    assert!(first.until(|_| inbox.store.arrived() >= 5).await, "{}", first.talk());
    let second = sending(&project, &inbox);
    let (first, second) = (first.ended().await.exits(0), second.ended().await.exits(0));
    inbox.holds_one_each(READERS);
    expect(&numbers(&project).await, &[("sent", READERS as u64)]);
    let sent = |talk: &str| -> u64 {
        let run = talk.split("This run: ").nth(1).and_then(|rest| rest.split(" sent").next());
        run.and_then(|count| count.parse().ok()).unwrap_or_default()
    };
    assert_eq!(sent(&first.talk) + sent(&second.talk), READERS as u64, "{first}\n{second}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_sends_that_seal_at_the_same_moment_agree_on_one_seal() {
    let (project, inbox) = (letter(READERS), Inbox::open().await);
    let both = [sending(&project, &inbox), sending(&project, &inbox)];
    for running in both {
        running.ended().await.exits(0);
    }
    inbox.holds_one_each(READERS);
    expect(&numbers(&project).await, &[("sent", READERS as u64)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_killed_one_held_is_taken_over_long_before_its_lease_ends() {
    // A lease lasts two minutes, and a command that takes longer than one fails the test.
    for is_first_to_die in [false, true] {
        let (project, inbox) = (letter(READERS), Inbox::open().await);
        let slowly = ["send", "letter", "--to", "list.csv", "--yes", "--rate", "60/s", "--relay", &inbox.url];
        let mut first = start(project.root(), &slowly);
        assert!(first.until(|_| inbox.store.arrived() >= 5).await, "{}", first.talk());
        let mut second = start(project.root(), &slowly);
        assert!(second.until(|second| second.talk().contains("going on")).await, "{}", second.talk());
        let enough = inbox.store.arrived() + 30;
        assert!(second.until(|_| inbox.store.arrived() >= enough).await, "{}", second.talk());
        let (mut dies, lives) = if is_first_to_die { (first, second) } else { (second, first) };
        dies.kill();
        let ran = lives.ended().await;
        assert!(matches!(ran.code, 0 | 4), "{ran}");
        let numbers = numbers(&project).await;
        let (sent, in_doubt) = (numbers["sent"], numbers.get("in_doubt").copied().unwrap_or_default());
        assert_eq!(sent + in_doubt, READERS as u64, "{numbers:?} {ran}");
        assert!(inbox.arrived().values().all(|mails| *mails == 1), "nobody twice");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_two_may_be_killed() {
    let (project, inbox) = (letter(READERS), Inbox::open().await);
    let mut first = sending(&project, &inbox);
    assert!(first.until(|_| inbox.store.arrived() >= 5).await, "{}", first.talk());
    first.kill();
    let ran = sending(&project, &inbox).ended().await;
    assert!(matches!(ran.code, 0 | 4), "{ran}");
    let numbers = numbers(&project).await;
    let (sent, in_doubt) = (numbers["sent"], numbers.get("in_doubt").copied().unwrap_or_default());
    assert_eq!(sent + in_doubt, READERS as u64, "{numbers:?}");
    assert!(inbox.arrived().values().all(|mails| *mails == 1), "nobody twice");
}
