//! What a line of Postfix means for one message.

use crate::evidence::line::LogLine;

/// What happened to a queue id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening<'a> {
    /// The header with this Message-ID came in. It comes in before the message is whole, so it proves nothing
    /// but that somebody began to send it.
    Begun {
        /// Without angle brackets.
        message_id: &'a str,
    },
    /// The queue manager has it: the relay took it.
    Taken,
    /// A delivery was tried.
    Tried(Fate<'a>),
    /// The message was refused after its end: the sender was told so.
    Refused,
    /// The message was set aside or thrown away by a rule of the relay: what the sender was told is not in the log.
    SetAside,
    /// All is done and the queue id is free again.
    Removed,
}

/// How a try to pass a message on ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fate<'a> {
    /// `sent`, `deferred`, `bounced`, `expired` or another word of Postfix.
    pub status: &'a str,
    /// `5.1.1`.
    pub dsn: &'a str,
    /// What the next host said, without the brackets around it.
    pub text: &'a str,
}

/// Reads a line; `None` when it says nothing of a queue id. Returns the queue id with what happened.
pub fn read<'a>(line: &LogLine<'a>) -> Option<(&'a str, Happening<'a>)> {
    // `postfix/qmgr`, `postfix/submission/smtpd`, `mta-out/cleanup` of a further instance.
    let (_, service) = line.program.rsplit_once('/')?;
    let (queue_id, said) = line.text.split_once(": ")?;
    if !is_queue_id(queue_id) {
        return None;
    }
    let happening = match service {
        "cleanup" => cleaned(said)?,
        "qmgr" | "nqmgr" => managed(said)?,
        "smtpd" | "postscreen" | "qmqpd" | "pickup" => return None,
        _ => Happening::Tried(tried(said)?),
    };
    Some((queue_id, happening))
}

/// Short ids are hexadecimal; long ones (`enable_long_queue_ids`) mix digits and letters without vowels.
fn is_queue_id(word: &str) -> bool {
    (5..=24).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn cleaned(said: &str) -> Option<Happening<'_>> {
    if let Some(id) = said.strip_prefix("message-id=") {
        let id = id.strip_prefix('<').unwrap_or(id);
        let message_id = id.strip_suffix('>').unwrap_or(id);
        return Some(Happening::Begun { message_id });
    }
    let word = said.split(':').next().unwrap_or_default();
    match word {
        "reject" | "milter-reject" => Some(Happening::Refused),
        "hold" | "milter-hold" | "discard" | "milter-discard" | "redirect" => Some(Happening::SetAside),
        _ => None,
    }
}

fn managed(said: &str) -> Option<Happening<'_>> {
    if said == "removed" {
        return Some(Happening::Removed);
    }
    if said.starts_with("from=<") && said.ends_with("(queue active)") {
        return Some(Happening::Taken);
    }
    // `from=<…>, status=expired, returned to sender`
    tried(said).map(Happening::Tried)
}

/// Reads `to=<…>, relay=…, delay=…, dsn=5.1.1, status=bounced (host … said: …)`.
fn tried(said: &str) -> Option<Fate<'_>> {
    // What stands in brackets was said by others, and could hold anything.
    let (ours, text) = match said.split_once(" (") {
        Some((ours, text)) => (ours, text.strip_suffix(')').unwrap_or(text)),
        None => (said, ""),
    };
    let status = ours.rsplit_once(", status=")?.1;
    let status = status.split(',').next().unwrap_or(status);
    let dsn = ours.rsplit_once(", dsn=").map_or("", |(_, rest)| rest.split(',').next().unwrap_or(rest));
    let is_word = !status.is_empty() && status.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    is_word.then_some(Fate { status, dsn, text })
}

/// Returns whether a line says that lines were thrown away: a log with such a line has a gap there.
pub fn tells_of_lost_lines(line: &LogLine<'_>) -> bool {
    let is_logger = ["journal", "syslog", "rsyslogd"].iter().any(|name| line.program.contains(name));
    let text = line.text;
    is_logger
        && (text.starts_with("Suppressed ")
            || text.contains("rate-limiting")
            || text.contains("messages lost")
            || text.contains("Missed ")
            || text.contains("corrupted or uncleanly shut down"))
}
