//! Moments as people write them: `2022-05-02 09:00 Europe/Vienna`.
//!
//! The zone's rules come from this system's zone database, which is kept up to date with it; where there is none, from
//! the copy that jiff carries. What a clock does not show, or shows twice, is refused with words instead of guessed.

use crate::content::fields::nearest;
use chrono::{DateTime, Utc};
use jiff::{
    Timestamp, Zoned,
    civil::{self, Date, Time},
    tz::{AmbiguousOffset, Offset, TimeZone},
};

/// A moment, and the zone it was written in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// When.
    pub at: DateTime<Utc>,
    /// `Europe/Vienna`, `UTC` or `+02:00`.
    pub zone: String,
}

/// Why words are no moment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MomentFault {
    /// Neither a day with a time nor a time.
    #[error("`{0}` is no moment")]
    Unreadable(String),
    /// A day or time that no calendar and no clock has.
    #[error("`{0}` does not exist")]
    NoSuchTime(String),
    /// A zone must be named here.
    #[error("`{0}` names no time zone")]
    NoZone(String),
    /// A zone that nobody knows.
    #[error("there is no time zone `{name}`")]
    UnknownZone {
        /// As written.
        name: String,
        /// The one that is spelt most like it.
        near: Option<String>,
    },
    /// Clocks are put forward over it.
    #[error("`{written}` does not exist in {zone}: clocks are put forward over it")]
    Skipped {
        /// As written.
        written: String,
        /// Where.
        zone: String,
        /// What clocks show instead.
        instead: String,
    },
    /// Clocks are put back over it.
    #[error("`{written}` comes twice in {zone}: clocks are put back over it")]
    Twice {
        /// As written.
        written: String,
        /// Where.
        zone: String,
        /// The earlier one, written so that only it is meant.
        first: String,
        /// The later one.
        second: String,
    },
}

impl MomentFault {
    /// Returns what to write instead.
    pub fn help(&self) -> String {
        match self {
            Self::Unreadable(_) | Self::NoSuchTime(_) => "write `2022-05-02 09:00 Europe/Vienna`".to_owned(),
            Self::NoZone(written) => {
                format!("write where clocks show it: `{written} Europe/Vienna`, `{written} UTC`")
            }
            Self::UnknownZone { near: Some(near), .. } => format!("did you mean `{near}`?"),
            Self::UnknownZone { near: None, .. } => {
                "write continent and city, `Europe/Vienna`, or `UTC`, or an offset, `+02:00`".to_owned()
            }
            Self::Skipped { instead, .. } => {
                format!("clocks show `{instead}` then; choose that or another time")
            }
            Self::Twice { first, second, .. } => {
                format!("write `{first}` for the first, `{second}` for the second")
            }
        }
    }
}

/// What holds where the words say nothing.
#[derive(Clone, Debug, Default)]
pub struct Here {
    /// Now: a time without a day is the next one after it.
    pub now: Option<DateTime<Utc>>,
    /// The zone that is meant when none is named.
    pub zone: Option<TimeZone>,
}

impl Moment {
    /// Reads `2022-05-02 09:00`, or `09:00` where `here` says what now is, each with a zone behind it or in the zone
    /// that `here` names.
    ///
    /// # Errors
    /// When the words are no moment, or clocks never show it, or show it twice.
    pub fn parse(text: &str, here: &Here) -> Result<Self, MomentFault> {
        let written = text.trim();
        let unreadable = || MomentFault::Unreadable(written.to_owned());
        let (day, rest) = match written.split_once(['T', ' ']) {
            Some((day, rest)) if day.contains('-') => (Some(day), rest.trim_start()),
            _ => (None, written),
        };
        let (time, zone) = split_zone(rest);
        let time = clock_time(time, written)?;
        let zone = match zone {
            "" => here.zone.clone().ok_or_else(|| MomentFault::NoZone(written.to_owned()))?,
            name => zone_of(name)?,
        };
        let Some(day) = day else {
            let now = here.now.and_then(jiff_of).ok_or_else(unreadable)?;
            return next(&zone, &now.to_zoned(zone.clone()), time).ok_or_else(unreadable)?;
        };
        in_zone(&zone, calendar_day(day, written)?.to_datetime(time))
    }

    /// Returns the moment as clocks of its zone show it.
    pub fn in_words(&self) -> String {
        shown(self.at, &self.zone)
    }
}

/// Returns `2022-05-02 09:00 Europe/Vienna` for a moment; UTC where the zone is not known.
pub fn shown(at: DateTime<Utc>, zone: &str) -> String {
    let found = zone_of(zone).ok().zip(jiff_of(at));
    match found {
        Some((known, at)) => format!("{} {zone}", civil_words(at.to_zoned(known).datetime())),
        None => format!("{} UTC", at.format("%Y-%m-%d %H:%M")),
    }
}

fn civil_words(datetime: civil::DateTime) -> String {
    datetime.strftime("%Y-%m-%d %H:%M").to_string()
}

fn jiff_of(at: DateTime<Utc>) -> Option<Timestamp> {
    Timestamp::from_second(at.timestamp()).ok()
}

/// Splits `09:00 Europe/Vienna` and `09:00:00+02:00`.
fn split_zone(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != ':').unwrap_or(text.len());
    (&text[..end], text[end..].trim())
}

/// Reads hours and minutes, perhaps seconds; `written` is what an error shows.
fn clock_time(text: &str, written: &str) -> Result<Time, MomentFault> {
    let parts: Option<Vec<i8>> =
        text.split(':').map(|part| part.parse().ok().filter(|_| part.len() == 2)).collect();
    let (hour, minute, second) = match parts.as_deref() {
        Some([hour, minute]) => (*hour, *minute, 0),
        Some([hour, minute, second]) => (*hour, *minute, *second),
        _ => return Err(MomentFault::Unreadable(written.to_owned())),
    };
    Time::new(hour, minute, second, 0).map_err(|_| MomentFault::NoSuchTime(written.to_owned()))
}

/// Reads a day as `2022-05-02`; `written` is what an error shows.
fn calendar_day(text: &str, written: &str) -> Result<Date, MomentFault> {
    let numbers = || {
        let [year, month, day] = text.split('-').collect::<Vec<_>>().try_into().ok()?;
        let is_shaped = (year.len(), month.len(), day.len()) == (4, 2, 2);
        Some((year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)).filter(|_| is_shaped)
    };
    let (year, month, day) = numbers().ok_or_else(|| MomentFault::Unreadable(written.to_owned()))?;
    Date::new(year, month, day).map_err(|_| MomentFault::NoSuchTime(written.to_owned()))
}

fn zone_of(name: &str) -> Result<TimeZone, MomentFault> {
    if let Some(offset) = offset_of(name) {
        return Ok(TimeZone::fixed(offset));
    }
    TimeZone::get(name).map_err(|_| {
        let names: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
        let near = nearest(name, names.iter().map(String::as_str)).map(str::to_owned);
        MomentFault::UnknownZone { name: name.to_owned(), near }
    })
}

/// Reads `UTC`, `Z`, `+02:00` and `-0330`.
fn offset_of(name: &str) -> Option<Offset> {
    if matches!(name, "UTC" | "Z" | "GMT") {
        return Some(Offset::UTC);
    }
    let sign = match name.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits = name[1..].replace(':', "");
    let is_whole = digits.len() == 4 && digits.bytes().all(|digit| digit.is_ascii_digit());
    let (hours, minutes) = digits.split_at_checked(2).filter(|_| is_whole)?;
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    Offset::from_seconds(sign * (hours * 3_600 + minutes * 60)).ok().filter(|_| hours < 24 && minutes < 60)
}

fn zone_name(zone: &TimeZone) -> String {
    match (zone.iana_name(), zone.to_fixed_offset()) {
        (Some(name), _) => name.to_owned(),
        (None, Ok(offset)) => offset_words(offset),
        (None, Err(_)) => "UTC".to_owned(),
    }
}

fn offset_words(offset: Offset) -> String {
    let minutes = offset.seconds() / 60;
    let sign = if minutes < 0 { '-' } else { '+' };
    if minutes == 0 {
        "UTC".to_owned()
    } else {
        format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
    }
}

/// Returns the next moment at which clocks show a time.
fn next(zone: &TimeZone, now: &Zoned, time: Time) -> Option<Result<Moment, MomentFault>> {
    let today = in_zone(zone, now.date().to_datetime(time));
    match &today {
        Ok(moment) if moment.at.timestamp() <= now.timestamp().as_second() => {
            Some(in_zone(zone, now.date().tomorrow().ok()?.to_datetime(time)))
        }
        _ => Some(today),
    }
}

fn in_zone(zone: &TimeZone, written: civil::DateTime) -> Result<Moment, MomentFault> {
    let ambiguous = zone.to_ambiguous_timestamp(written);
    let (name, words) = (zone_name(zone), civil_words(written));
    let no_such_time = |_| MomentFault::NoSuchTime(words.clone());
    match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { .. } => {
            let at = ambiguous.compatible().map_err(no_such_time)?;
            let at = DateTime::from_timestamp(at.as_second(), 0);
            at.map(|at| Moment { at, zone: name }).ok_or_else(|| MomentFault::NoSuchTime(words.clone()))
        }
        AmbiguousOffset::Gap { .. } => {
            let instead = ambiguous.later().map_err(no_such_time)?.to_zoned(zone.clone());
            let instead = civil_words(instead.datetime());
            Err(MomentFault::Skipped { written: words, zone: name, instead })
        }
        AmbiguousOffset::Fold { before, after } => Err(MomentFault::Twice {
            first: format!("{words} {}", offset_words(before)),
            second: format!("{words} {}", offset_words(after)),
            written: words,
            zone: name,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn here() -> Here {
        Here {
            now: DateTime::from_timestamp(1_651_478_400, 0), // 2022-05-02 08:00 UTC
            zone: TimeZone::get("Asia/Kolkata").ok(),
        }
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let shown = match Moment::parse(text, &here()) {
            Ok(moment) => format!("{} = {}", moment.at.format("%Y-%m-%d %H:%M:%S UTC"), moment.in_words()),
            Err(fault) => format!("{fault}; {}", fault.help()),
        };
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn a_day_a_time_and_a_zone_are_a_moment() {
        let nine = "2022-05-02 07:00:00 UTC = 2022-05-02 09:00 Europe/Vienna";
        check("2022-05-02 09:00 Europe/Vienna", nine);
        check("  2022-05-02T09:00:00 Europe/Vienna ", nine);
        check("2022-05-02 09:00 +02:00", "2022-05-02 07:00:00 UTC = 2022-05-02 09:00 +02:00");
        check("2022-05-02T09:00:00-0330", "2022-05-02 12:30:00 UTC = 2022-05-02 09:00 -03:30");
        check("2022-05-02T09:00Z", "2022-05-02 09:00:00 UTC = 2022-05-02 09:00 UTC");
        check("2022-05-02 09:00", "2022-05-02 03:30:00 UTC = 2022-05-02 09:00 Asia/Kolkata");
    }

    #[test]
    fn a_time_alone_is_the_next_one() {
        check("14:00", "2022-05-02 08:30:00 UTC = 2022-05-02 14:00 Asia/Kolkata");
        check("13:30", "2022-05-03 08:00:00 UTC = 2022-05-03 13:30 Asia/Kolkata");
        check("09:00 Europe/Vienna", "2022-05-03 07:00:00 UTC = 2022-05-03 09:00 Europe/Vienna");
    }

    #[test]
    fn what_clocks_never_or_twice_show_is_not_guessed() {
        check(
            "2022-03-27 02:30 Europe/Vienna",
            "`2022-03-27 02:30` does not exist in Europe/Vienna: clocks are put forward over it; \
             clocks show `2022-03-27 03:30` then; choose that or another time",
        );
        check(
            "2022-10-30 02:30 Europe/Vienna",
            "`2022-10-30 02:30` comes twice in Europe/Vienna: clocks are put back over it; \
             write `2022-10-30 02:30 +02:00` for the first, `2022-10-30 02:30 +01:00` for the second",
        );
        check("2022-10-30 02:30 +01:00", "2022-10-30 01:30:00 UTC = 2022-10-30 02:30 +01:00");
    }

    #[test]
    fn slips_are_answered_with_what_to_write() {
        for text in
            ["", "soon", "9:00", "2022-5-2 09:00", "2022-05-02", "09", "02.05.2022 09:00", "2022-05-02 9am"]
        {
            let fault = Moment::parse(text, &here()).unwrap_err();
            assert!(matches!(fault, MomentFault::Unreadable(_)), "{text}: {fault:?}");
        }
        for text in ["2022-02-30 09:00 UTC", "2022-05-02 24:00 UTC", "25:00"] {
            let fault = Moment::parse(text, &here()).unwrap_err();
            assert!(matches!(fault, MomentFault::NoSuchTime(_)), "{text}: {fault:?}");
        }
        check(
            "09:00 Zzz/Qqq",
            "there is no time zone `Zzz/Qqq`; write continent and city, `Europe/Vienna`, or `UTC`, or an offset, `+02:00`",
        );
        check("09:00 Europe/Viena", "there is no time zone `Europe/Viena`; did you mean `Europe/Vienna`?");
        let nowhere = Moment::parse("2022-05-02 09:00", &Here::default());
        assert_eq!(nowhere, Err(MomentFault::NoZone("2022-05-02 09:00".to_owned())));
    }
}
