//! Postfix's log in the forms in which people have it, as if that Postfix had run for longer.

use chrono::{DateTime, Datelike, Local, NaiveDateTime, TimeDelta, Utc};
use flate2::{Compression, write::GzEncoder};
use serde_json::json;
use std::io::Write;

/// One entry.
struct Entry {
    at: DateTime<Utc>,
    host: String,
    program: String,
    process: String,
    text: String,
}

/// What the relay said, from before we came until after we left.
pub(super) struct Logs {
    entries: Vec<Entry>,
}

impl Logs {
    /// Reads what Postfix wrote, and lets it have something to say before and after: only a log that goes on around
    /// a message proves that the message is not in it.
    pub(super) fn of(log: &str) -> Self {
        let mut entries: Vec<Entry> = log.lines().map(entry).collect();
        let [first, last] = [entries.first(), entries.last()].map(|entry| entry.expect("entries").at);
        let host = entries[0].host.clone();
        let idle = |at| Entry {
            at,
            host: host.clone(),
            program: "postfix/anvil".to_owned(),
            process: "7".to_owned(),
            text: "statistics: max cache size 1".to_owned(),
        };
        entries.insert(0, idle(first - TimeDelta::minutes(10)));
        entries.push(idle(last + TimeDelta::minutes(20)));
        Self { entries }
    }

    /// Returns each form by the name of its file.
    pub(super) fn forms(&self) -> Vec<(&'static str, Vec<u8>)> {
        let text =
            |line: fn(&Entry) -> String| self.entries.iter().map(line).collect::<String>().into_bytes();
        let syslog = text(syslog);
        let mut packed = GzEncoder::new(Vec::new(), Compression::default());
        packed.write_all(&syslog).unwrap();
        vec![
            ("mail.log", syslog),
            ("mail.log.1.gz", packed.finish().unwrap()),
            ("rfc3339.log", text(rfc3339)),
            ("journal.json", text(json_line)),
            ("journal.export", text(export)),
        ]
    }
}

/// Reads a line of `maillog_file`: the clock of this machine, without a year.
#[expect(clippy::disallowed_methods, reason = "the log says no year, and was written just now")]
fn entry(line: &str) -> Entry {
    let (moment, rest) = line.split_at(15);
    let moment = format!("{} {moment}", Local::now().year());
    let moment = NaiveDateTime::parse_from_str(&moment, "%Y %b %e %H:%M:%S").expect(line);
    let mut parts = rest.trim_start().splitn(3, ' ');
    let (host, tag, text) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
    let (program, process) = tag.trim_end_matches(':').split_once('[').expect(line);
    Entry {
        at: moment.and_local_timezone(Local).earliest().unwrap().to_utc(),
        host: host.to_owned(),
        program: program.to_owned(),
        process: process.trim_end_matches(']').to_owned(),
        text: text.to_owned(),
    }
}

fn syslog(entry: &Entry) -> String {
    let Entry { at, host, program, process, text } = entry;
    format!("{} {host} {program}[{process}]: {text}\n", at.with_timezone(&Local).format("%b %e %H:%M:%S"))
}

fn rfc3339(entry: &Entry) -> String {
    let Entry { at, host, program, process, text } = entry;
    format!("{} {host} {program}[{process}]: {text}\n", at.format("%Y-%m-%dT%H:%M:%S%.6f+00:00"))
}

fn json_line(entry: &Entry) -> String {
    let object = json!({
        "__REALTIME_TIMESTAMP": entry.at.timestamp_micros().to_string(), "_HOSTNAME": entry.host,
        "SYSLOG_IDENTIFIER": entry.program, "_PID": entry.process, "PRIORITY": "6", "MESSAGE": entry.text,
    });
    format!("{object}\n")
}

fn export(entry: &Entry) -> String {
    let Entry { host, program, process, text, .. } = entry;
    let micros = entry.at.timestamp_micros();
    format!(
        "__REALTIME_TIMESTAMP={micros}\n_HOSTNAME={host}\nSYSLOG_IDENTIFIER={program}\n_PID={process}\nMESSAGE={text}\n\n"
    )
}
