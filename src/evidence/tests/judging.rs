//! What a log proves, on the lines of a small relay of ours: one run of messages around one that is in doubt.

use crate::evidence::{
    coverage::Coverage,
    judge::{Case, Finding, Log, Witness},
    line::{self, Dating, fixed_zone},
    trail::Trail,
};
use chrono::{DateTime, FixedOffset, TimeDelta, Utc};

const DOUBTFUL: &str = "letter.2022.04.r0.doubtful.m1@example.org";

fn noon() -> DateTime<Utc> {
    "2026-11-22T12:00:00Z".parse().expect("a moment")
}

fn witness(number: usize) -> String {
    format!("letter.2022.04.r0.witness{number}.m1@example.org")
}

/// A log that is put together line by line.
struct Story(Vec<String>);

impl Story {
    /// A relay that is awake from nine to three and takes two of our messages, before and after noon.
    fn usual() -> Self {
        let mut story = Self(Vec::new());
        for minutes in (-180..=180).step_by(30) {
            story.say(minutes * 60, "postfix/anvil[9]: statistics: max connection rate 1/60s");
        }
        story.takes(-60, "AAAA1111", &witness(0), "status=sent (250 ok)");
        story.takes(60, "BBBB2222", &witness(1), "status=sent (250 ok)");
        story
    }

    /// Adds a line, so many seconds from noon.
    fn say(&mut self, seconds: i64, words: &str) {
        let at = noon() + TimeDelta::seconds(seconds);
        self.0.push(format!("{} relay {words}", at.format("%Y-%m-%dT%H:%M:%S+00:00")));
    }

    fn begins(&mut self, seconds: i64, queue_id: &str, message_id: &str) {
        self.say(seconds, &format!("postfix/smtpd[1]: {queue_id}: client=localhost[127.0.0.1]"));
        self.say(seconds, &format!("postfix/cleanup[2]: {queue_id}: message-id=<{message_id}>"));
    }

    fn takes(&mut self, seconds: i64, queue_id: &str, message_id: &str, fate: &str) {
        self.begins(seconds, queue_id, message_id);
        self.say(
            seconds,
            &format!(
                "postfix/qmgr[3]: {queue_id}: from=<b@news.example.org>, size=9, nrcpt=1 (queue active)"
            ),
        );
        self.say(
            seconds,
            &format!("postfix/smtp[4]: {queue_id}: to=<a@example.net>, relay=x, dsn=5.1.1, {fate}"),
        );
        self.say(seconds, &format!("postfix/qmgr[3]: {queue_id}: removed"));
    }

    fn judged(&self) -> (Finding, usize, Vec<String>) {
        self.judged_with(None, 2)
    }

    fn judged_with(&self, known_host: Option<&str>, witnesses: usize) -> (Finding, usize, Vec<String>) {
        let is_ours = |id: &str| id.starts_with("letter.2022.04.r0.");
        let witnesses: Vec<_> = (0..witnesses)
            .map(|number| Witness {
                message_id: witness(number),
                sent_at: noon() + TimeDelta::minutes(2) * i32::try_from(number).expect("few")
                    - TimeDelta::minutes(1),
            })
            .collect();
        let watched = witnesses.iter().map(|witness| witness.message_id.clone()).chain([DOUBTFUL.to_owned()]);
        let (mut trail, mut coverage) = (Trail::new(&is_ours, watched), Coverage::default());
        let zone = fixed_zone(FixedOffset::east_opt(0).expect("an offset"));
        let dating = Dating { now: noon() + TimeDelta::days(1), zone: &zone };
        let mut lines = self.0.clone();
        lines.sort_by_key(|line| line[..19].to_owned());
        for text in &lines {
            let line = line::parse(text, &dating).unwrap_or_else(|| panic!("{text}"));
            coverage.cover(&line);
            trail.follow(&line);
        }
        let log = Log { trail: &trail, coverage: &coverage, witnesses: &witnesses, known_host };
        let case = Case { message_id: DOUBTFUL.to_owned(), committed_first: noon(), committed_last: noon() };
        let bounced = trail.bounced().map(|(id, _)| id.to_owned()).collect();
        (log.judge(&case), trail.taken(), bounced)
    }

    #[track_caller]
    fn proves_nothing(&self, why_not: &str) {
        match self.judged().0 {
            Finding::NoEvidence { why } => assert!(why.contains(why_not), "{why}"),
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    fn proves_it_was_not_taken(&self, how: &str) {
        match self.judged().0 {
            Finding::NotTaken { why } => assert!(why.contains(how), "{why}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn what_the_queue_manager_had_was_taken_and_its_fate_is_told() {
    let mut story = Story::usual();
    story.takes(1, "CCCC3333", DOUBTFUL, "status=bounced (no such user)");
    let (finding, taken, bounced) = story.judged();
    let Finding::Taken { host, queue_id, fate: Some(fate), .. } = finding else { panic!("{finding:?}") };
    assert_eq!((host.as_str(), queue_id.as_str(), fate.dsn.as_str()), ("relay", "CCCC3333", "5.1.1"));
    assert!(fate.is_final_failure());
    assert_eq!((taken, bounced), (3, vec![DOUBTFUL.to_owned()]));
}

#[test]
fn a_complete_log_that_lacks_it_proves_that_it_was_not_taken() {
    Story::usual().proves_it_was_not_taken("complete around it and lacks it");
}

#[test]
fn a_header_without_its_end_is_no_acceptance() {
    // A sender that dies before the final dot leaves these lines at a real Postfix.
    let mut story = Story::usual();
    story.begins(1, "CCCC3333", DOUBTFUL);
    story.say(2, "postfix/smtpd[1]: lost connection after DATA (104107 bytes) from localhost[127.0.0.1]");
    story.proves_it_was_not_taken("without its end");
}

#[test]
fn a_refusal_after_the_end_is_no_acceptance() {
    let mut story = Story::usual();
    story.begins(1, "CCCC3333", DOUBTFUL);
    story.say(
        2,
        "postfix/cleanup[2]: CCCC3333: milter-reject: END-OF-MESSAGE from localhost[127.0.0.1]: 5.7.1 no",
    );
    story.proves_it_was_not_taken("refused it after its end");
}

#[test]
fn a_message_on_hold_is_neither() {
    let mut story = Story::usual();
    story.begins(1, "CCCC3333", DOUBTFUL);
    story.say(1, "postfix/cleanup[2]: CCCC3333: hold: header Subject: x from localhost[127.0.0.1]");
    story.proves_nothing("postqueue");
}

#[test]
fn a_queue_id_that_is_used_again_is_another_message() {
    let mut story = Story::usual();
    story.begins(1, "CCCC3333", DOUBTFUL);
    story.takes(5, "CCCC3333", "other@example.com", "status=sent (250 ok)");
    story.proves_it_was_not_taken("without its end");
}

#[test]
fn a_log_that_begins_too_late_or_ends_too_early_proves_nothing() {
    let mut late = Story::usual();
    late.0.retain(|line| line.as_str() > "2026-11-22T11:57");
    late.proves_nothing("add the older, rotated file");
    let mut early = Story::usual();
    early.0.retain(|line| line.as_str() < "2026-11-22T12:10");
    early.proves_nothing("look again later");
}

#[test]
fn a_log_with_a_gap_proves_nothing() {
    let mut silent = Story::usual();
    silent.0.retain(|line| !("2026-11-22T10:31".."2026-11-22T12:01").contains(&line.as_str()));
    silent.proves_nothing("it says nothing between");
    let mut lossy = Story::usual();
    lossy.say(3, "systemd-journald[7]: Suppressed 812 messages from postfix.service");
    lossy.proves_nothing("thrown away");
}

#[test]
fn a_log_that_lacks_what_the_relay_certainly_took_proves_nothing() {
    let mut story = Story::usual();
    story.0.retain(|line| !line.contains("BBBB2222"));
    story.proves_nothing("lacks <letter.2022.04.r0.witness1.m1@example.org>");
}

#[test]
fn the_log_of_another_relay_proves_nothing_unless_a_person_names_it() {
    let mut story = Story::usual();
    story.0.retain(|line| !line.contains("AAAA1111") && !line.contains("BBBB2222"));
    story.proves_nothing("another relay's");
    // Nothing else was sent: only a person can know that it is the right log.
    assert!(matches!(story.judged_with(None, 0).0, Finding::NoEvidence { .. }));
    assert!(matches!(story.judged_with(Some("relay"), 0).0, Finding::NotTaken { .. }));
    assert!(matches!(story.judged_with(Some("elsewhere"), 0).0, Finding::NoEvidence { .. }));
}

#[test]
fn a_filter_behind_the_queue_counts_a_message_once_and_the_last_fate_holds() {
    let mut story = Story::usual();
    story.takes(1, "CCCC3333", DOUBTFUL, "status=sent (250 2.0.0 from MTA: queued as DDDD4444)");
    story.takes(2, "DDDD4444", DOUBTFUL, "status=deferred (450 later)");
    let (finding, taken, _) = story.judged();
    let Finding::Taken { queue_id, fate: Some(fate), .. } = finding else { panic!("{finding:?}") };
    assert_eq!((queue_id.as_str(), fate.status.as_str(), taken), ("CCCC3333", "deferred", 3));
}
