//! Opens the logs that were named, oldest first, and reads them as one.

use crate::{
    cli::{Desk, Failure},
    domain::problem::{Place, Problem},
    evidence::{
        line::{Dating, LogLine, zone_offset},
        packed, reading,
    },
};
use chrono::{DateTime, FixedOffset, Local, NaiveDateTime, Utc};
use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

/// Octets read at once.
const BUFFER_OCTETS: usize = 256 * 1_024;
/// Octets of a log in which its first entry must show.
const HEAD_OCTETS_MAX: u64 = 1_024 * 1_024;

/// What was read.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ReadTally {
    pub(super) entries: u64,
    pub(super) unreadable: u64,
}

/// The clock of logs that name no zone.
pub(super) enum Zone {
    Fixed(FixedOffset),
    ThisMachine,
}

impl Zone {
    /// Reads what was typed.
    ///
    /// # Errors
    /// When it is no offset.
    pub(super) fn parse(typed: Option<&str>) -> Result<Self, Failure> {
        let Some(typed) = typed else { return Ok(Self::ThisMachine) };
        let offset = zone_offset(typed.trim()).filter(|(_, rest)| rest.is_empty());
        offset.and_then(|(seconds, _)| FixedOffset::east_opt(seconds)).map(Self::Fixed).ok_or_else(|| {
            let problem = Problem::error("cli/bad-zone", format!("`{typed}` is no distance from UTC"));
            Failure::usage(problem.help("write it as +02:00, -05:00 or Z"))
        })
    }

    fn to_utc(&self, local: NaiveDateTime) -> Option<DateTime<Utc>> {
        match self {
            Self::Fixed(offset) => local.and_local_timezone(*offset).earliest().map(|moment| moment.to_utc()),
            Self::ThisMachine => local.and_local_timezone(Local).earliest().map(|moment| moment.to_utc()),
        }
    }
}

/// Reads all logs, whichever order they were named in; stdin counts as the newest.
///
/// # Errors
/// When one can't be read, or is no log.
pub(super) fn read_all(
    desk: &Desk,
    paths: &[PathBuf],
    zone: &Zone,
    each: &mut dyn FnMut(&LogLine<'_>),
) -> Result<ReadTally, Failure> {
    let to_utc = |local| zone.to_utc(local);
    let dating = Dating { now: crate::cli::now(desk), zone: &to_utc };
    let mut ordered = Vec::new();
    for path in paths {
        let first = if is_stdin(path) { None } else { Some(first_moment(path, &dating)?) };
        ordered.push((first, path));
    }
    // `None` is stdin, and comes last.
    ordered.sort_by_key(|(first, _)| (first.is_none(), *first));
    let mut tally = ReadTally::default();
    for (_, path) in ordered {
        let mut entries = 0;
        let unreadable = open(path)
            .and_then(|mut log| {
                reading::for_each(&mut *log, &dating, &mut |line| {
                    entries += 1;
                    each(line);
                })
            })
            .map_err(|error| unreadable(path, &error))?;
        if entries == 0 {
            return Err(not_a_log(path));
        }
        tally.entries += entries;
        tally.unreadable += unreadable;
    }
    Ok(tally)
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn open(path: &Path) -> io::Result<Box<dyn BufRead>> {
    let log: Box<dyn BufRead> = if is_stdin(path) {
        Box::new(io::stdin().lock())
    } else {
        Box::new(BufReader::with_capacity(BUFFER_OCTETS, File::open(path)?))
    };
    packed::unpacked(log)
}

/// Returns the moment of a log's first entry.
fn first_moment(path: &Path, dating: &Dating<'_>) -> Result<DateTime<Utc>, Failure> {
    let mut first = None;
    let mut head = open(path).map_err(|error| unreadable(path, &error))?.take(HEAD_OCTETS_MAX);
    // A packed log may end in the middle here; what counts is what came before that.
    let _cut_short = reading::for_each(&mut head, dating, &mut |line| {
        first.get_or_insert(line.at);
    });
    first.ok_or_else(|| not_a_log(path))
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    let problem = Problem::error("cli/not-readable", format!("the log can't be read: {error}"));
    Failure::could_not_look(problem.at(Place::file(path.display().to_string())))
}

fn not_a_log(path: &Path) -> Failure {
    let problem = Problem::error("cli/not-a-log", "no line of it is an entry of a mail log");
    Failure::could_not_look(problem.at(Place::file(path.display().to_string())).help(
        "give the file that Postfix logs into, such as /var/log/mail.log, or what `journalctl -o json` prints; packed ones \
         with gzip only",
    ))
}
