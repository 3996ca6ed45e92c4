//! One line of a log as syslog writes it: with or without year, zone and priority.

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveDateTime, TimeDelta, Utc};

/// How far in the future a line without a year may lie before it is taken for last year's.
const AHEAD_MAX: TimeDelta = TimeDelta::days(1);
/// Years that are tried for a line without one: 29 February comes every eight years at the latest.
const YEARS_BACK_MAX: i32 = 8;

/// A log entry, whichever way it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogLine<'a> {
    /// When it was written.
    pub at: DateTime<Utc>,
    /// The machine that wrote it.
    pub host: &'a str,
    /// The program, without its process number: `postfix/qmgr`.
    pub program: &'a str,
    /// What it says.
    pub text: &'a str,
}

/// How moments are understood that say neither year nor zone.
pub struct Dating<'a> {
    /// The present: no line is from the future.
    pub now: DateTime<Utc>,
    /// Turns the clock of the machine that wrote the log into UTC.
    pub zone: &'a dyn Fn(NaiveDateTime) -> Option<DateTime<Utc>>,
}

/// Returns a clock that is always so far from UTC.
pub fn fixed_zone(offset: FixedOffset) -> impl Fn(NaiveDateTime) -> Option<DateTime<Utc>> {
    move |local| local.and_local_timezone(offset).single().map(|moment| moment.to_utc())
}

/// Reads a line of syslog: `Nov 22 21:14:29 host program[1]: text`, the same with an RFC 3339 moment or one of
/// `journalctl -o short-iso`, and RFC 5424. `None` when it is none of these.
pub fn parse<'a>(line: &'a str, dating: &Dating<'_>) -> Option<LogLine<'a>> {
    let (line, has_priority) = match line.strip_prefix('<').and_then(|rest| rest.split_once('>')) {
        Some((priority, rest)) if priority.len() <= 3 && all_digits(priority) => (rest, true),
        _ => (line, false),
    };
    if has_priority && let Some(rest) = line.strip_prefix("1 ") {
        return structured(rest);
    }
    let (at, rest) = moment(line, dating)?;
    let (host, rest) = rest.strip_prefix(' ')?.split_once(' ')?;
    let (tag, text) = rest.split_once(": ").or_else(|| Some((rest.strip_suffix(':')?, "")))?;
    let program = tag.split('[').next().unwrap_or(tag);
    let is_sound = !host.is_empty() && !program.is_empty() && !program.contains(' ');
    is_sound.then_some(LogLine { at, host, program, text })
}

/// RFC 5424, 6: `TIMESTAMP HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA MSG`.
fn structured(line: &str) -> Option<LogLine<'_>> {
    let mut words = line.splitn(5, ' ');
    let (at, host, program) = (iso(words.next()?)?.0, words.next()?, words.next()?);
    let (_process, rest) = (words.next()?, words.next()?);
    let (_kind, rest) = rest.split_once(' ')?;
    let text = match rest.strip_prefix('-') {
        Some(text) => text,
        None => rest.rsplit_once("] ").map(|(_, text)| text)?,
    };
    Some(LogLine { at, host, program, text: text.trim_start().trim_start_matches('\u{feff}') })
}

fn moment<'a>(line: &'a str, dating: &Dating<'_>) -> Option<(DateTime<Utc>, &'a str)> {
    if line.as_bytes().first()?.is_ascii_digit() {
        let end = line.find(' ')?;
        return Some((iso(&line[..end])?.0, &line[end..]));
    }
    let (local, rest) = yearless(line, dating)?;
    // `short-precise` has parts of a second.
    let rest = match rest.strip_prefix('.') {
        Some(parts) => parts.trim_start_matches(|c: char| c.is_ascii_digit()),
        None => rest,
    };
    Some((local, rest))
}

/// Reads `Nov 22 21:14:29` and `Nov  2 21:14:29`; the year is the latest that is not in the future.
fn yearless<'a>(line: &'a str, dating: &Dating<'_>) -> Option<(DateTime<Utc>, &'a str)> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (stamp, rest) = (line.get(..15)?, line.get(15..)?);
    let month = MONTHS.iter().position(|name| stamp.get(..3) == Some(name))?;
    let day: u32 = stamp.get(4..6)?.trim_start().parse().ok()?;
    let time = time_of_day(stamp.get(7..15)?)?;
    let this_year = dating.now.year();
    let latest = dating.now + AHEAD_MAX;
    // On New Year's Eve, other zones are a year ahead.
    let years = (this_year - YEARS_BACK_MAX..=this_year + 1).rev();
    let moments = years.filter_map(|year| {
        let date = NaiveDate::from_ymd_opt(year, u32::try_from(month).ok()? + 1, day)?;
        (dating.zone)(date.and_hms_opt(time.0, time.1, time.2)?)
    });
    moments.into_iter().find(|moment| *moment <= latest).map(|moment| (moment, rest))
}

/// Reads `2026-11-22T21:14:29.123456+00:00`, also with `Z`, `+0000`, `+00` or a comma before the parts of a second.
/// Returns the moment and what follows it.
pub fn iso(text: &str) -> Option<(DateTime<Utc>, &str)> {
    let date = text.get(..10)?;
    let [year, month, day] = [date.get(..4)?, date.get(5..7)?, date.get(8..10)?];
    let is_date = date.as_bytes()[4] == b'-' && date.as_bytes()[7] == b'-';
    if !is_date || !matches!(text.as_bytes().get(10), Some(b'T' | b't')) {
        return None;
    }
    let date = NaiveDate::from_ymd_opt(i32::try_from(number(year)?).ok()?, number(month)?, number(day)?)?;
    let (hour, minute, second) = time_of_day(text.get(11..19)?)?;
    let rest = text.get(19..)?;
    let (parts, zone) = match rest.strip_prefix(['.', ',']) {
        Some(rest) => {
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            rest.split_at(end)
        }
        None => ("", rest),
    };
    let micros = format!("{parts:0<6}").get(..6).and_then(number)?;
    let (offset, rest) = zone_offset(zone)?;
    let local = date.and_hms_micro_opt(hour, minute, second, micros)?;
    let utc = local.checked_sub_signed(TimeDelta::seconds(i64::from(offset)))?.and_utc();
    Some((utc, rest))
}

/// Reads `Z`, `+02:00`, `+0200`, `+02`; returns seconds east of UTC and what follows.
pub fn zone_offset(text: &str) -> Option<(i32, &str)> {
    if let Some(rest) = text.strip_prefix(['Z', 'z']) {
        return Some((0, rest));
    }
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let hours = number(text.get(1..3)?)?;
    let rest = text.get(3..)?;
    let colon = usize::from(rest.starts_with(':'));
    let (minutes, rest) = match rest.get(colon..colon + 2).and_then(number) {
        Some(minutes) => (minutes, &rest[colon + 2..]),
        None if colon == 0 => (0, rest),
        None => return None,
    };
    let seconds = i32::try_from(hours * 3_600 + minutes * 60).ok()?;
    (hours < 24 && minutes < 60).then_some((sign * seconds, rest))
}

/// Reads `21:14:29`; a leap second counts as the second before it.
fn time_of_day(text: &str) -> Option<(u32, u32, u32)> {
    let bytes = text.as_bytes();
    let is_time = bytes.len() == 8 && bytes[2] == b':' && bytes[5] == b':';
    let parts = [text.get(..2)?, text.get(3..5)?, text.get(6..8)?];
    let [hour, minute, second] = [number(parts[0])?, number(parts[1])?, number(parts[2])?];
    (is_time && hour < 24 && minute < 60 && second <= 60).then_some((hour, minute, second.min(59)))
}

fn number(text: &str) -> Option<u32> {
    if all_digits(text) { text.parse().ok() } else { None }
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
