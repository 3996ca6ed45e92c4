//! A relay's log in any form, whole or cut.

use chrono::{DateTime, FixedOffset};
use masthead::{
    domain::address::masked_in,
    evidence::{
        coverage::Coverage,
        judge::{Case, Finding, Log, Witness},
        line::{Dating, LogLine, fixed_zone},
        packed, reading,
        trail::Trail,
    },
};
use std::io::BufReader;

const OURS: &str = "letter.2022.04.r0.aaaa.m1@example.org";

/// The same entries come out however the log is cut; what it proves needs at least one entry.
pub(super) fn maillog(octets: &[u8]) {
    let whole = entries(octets, 1 << 16);
    assert_eq!(whole, entries(octets, 3), "cut otherwise, read otherwise");
    let moment = DateTime::from_timestamp(1_795_374_869, 0).expect("a moment");
    let is_ours = |id: &str| id.starts_with("letter.2022.04.r0.");
    let (mut trail, mut coverage) = (Trail::new(&is_ours, [OURS.to_owned()]), Coverage::default());
    let mut count = 0;
    each(octets, 1 << 16, &mut |line| {
        count += 1;
        coverage.cover(line);
        trail.follow(line);
    });
    let witnesses =
        [Witness { message_id: "letter.2022.04.r0.bbbb.m1@example.org".to_owned(), sent_at: moment }];
    for known_host in [None, Some("relay")] {
        let log = Log { trail: &trail, coverage: &coverage, witnesses: &witnesses, known_host };
        let case = Case { message_id: OURS.to_owned(), committed_first: moment, committed_last: moment };
        if !matches!(log.judge(&case), Finding::NoEvidence { .. }) {
            assert!(count > 0, "nothing proves nothing");
        }
    }
    let _masked = masked_in(&String::from_utf8_lossy(octets)).len();
    if let Ok(mut log) = packed::unpacked(Box::new(octets)) {
        // A packed log may hold far more than it weighs, so it is read to a bound only.
        let mut head = std::io::Read::take(&mut *log, 1 << 20);
        let zone = fixed_zone(FixedOffset::east_opt(0).expect("an offset"));
        let _damaged = reading::for_each(&mut head, &Dating { now: moment, zone: &zone }, &mut |_| {});
    }
}

fn entries(octets: &[u8], buffer: usize) -> Vec<String> {
    let mut entries = Vec::new();
    each(octets, buffer, &mut |line| {
        entries.push(format!("{} {} {} {}", line.at, line.host, line.program, line.text));
    });
    entries
}

fn each(octets: &[u8], buffer: usize, each: &mut dyn FnMut(&LogLine<'_>)) {
    let zone = fixed_zone(FixedOffset::east_opt(3_600).expect("an offset"));
    let now = DateTime::from_timestamp(1_795_400_000, 0).expect("a moment");
    let mut log = BufReader::with_capacity(buffer, octets);
    reading::for_each(&mut log, &Dating { now, zone: &zone }, each).expect("a log in memory");
}
