//! T008 and T009: dates in the words of an issue. Only what can be read without doubt counts as a date.

use crate::{
    check::{
        CheckInput,
        merge::{
            calendar::{self, Calendar},
            chinese,
        },
        report::{Report, Spot},
    },
    domain::edition::Text,
    render::place_in,
};
use chrono::{Datelike, NaiveDate, Weekday};
use std::ops::Range;

/// A date in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Dated {
    /// The day.
    pub(super) day: NaiveDate,
    /// The weekday that stands beside it, 0 for Monday.
    pub(super) weekday: Option<u32>,
    /// Where it stands, the weekday included.
    pub(super) at: Range<usize>,
}

/// Octets round a date in which the words that announce it are looked for.
const BEFORE_MAX: usize = 160;
const AFTER_MAX: usize = 120;

pub(super) fn judge(input: &CheckInput<'_>, report: &mut Report<'_>) {
    let edition = input.edition;
    let about = edition.about.as_ref().map(|(text, _)| text);
    let outer = [Some(&edition.subject), edition.preheader.as_ref(), edition.opening.as_ref(), about];
    let items = edition.items.iter().flat_map(|item| [&item.headline, &item.teaser]);
    for text in outer.into_iter().flatten().chain(items) {
        look(text, edition.date, report);
    }
}

fn look(text: &Text, issued: NaiveDate, report: &mut Report<'_>) {
    let primary = text.language.primary();
    let source = text.source.as_str();
    let calendar = calendar::of(primary);
    let (dates, cues) = match (calendar, primary) {
        (Some(calendar), _) => (find(source, calendar, issued), calendar.cues),
        (None, "zh") => (chinese::find(source, issued), chinese::CUES),
        _ => return,
    };
    for date in dates {
        let spot = || Spot::Written(Some(place_in(text, date.at.start)));
        let said = source[date.at.clone()].split_whitespace().collect::<Vec<_>>().join(" ");
        let right = date.day.weekday();
        if date.weekday.is_some_and(|weekday| weekday != right.num_days_from_monday()) {
            let message = format!("it says `{said}`; {} is a {}", date.day, named(right));
            report.note("T008", spot(), message);
        }
        if date.day < issued && is_announced(source, &date.at, cues) {
            let message = format!("it announces `{said}`; the issue is of {issued}");
            report.note("T009", spot(), message);
        }
    }
}

fn named(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Mon => "Monday",
        Weekday::Tue => "Tuesday",
        Weekday::Wed => "Wednesday",
        Weekday::Thu => "Thursday",
        Weekday::Fri => "Friday",
        Weekday::Sat => "Saturday",
        Weekday::Sun => "Sunday",
    }
}

/// Returns whether the sentence round a date says that something is still to come.
fn is_announced(source: &str, at: &Range<usize>, cues: &[&str]) -> bool {
    let (mut from, mut to) = (at.start.saturating_sub(BEFORE_MAX), (at.end + AFTER_MAX).min(source.len()));
    while !source.is_char_boundary(from) {
        from += 1;
    }
    while !source.is_char_boundary(to) {
        to -= 1;
    }
    let before = sentence_start(&source[from..at.start]);
    let after = &source[at.end..to];
    // A full stop right behind the date ends its sentence.
    let after = if after.starts_with('.') { "" } else { &after[..sentence_end(after)] };
    let sentence = format!("{before} … {after}").to_lowercase();
    cues.iter().any(|cue| sentence.contains(cue))
}

fn sentence_start(text: &str) -> &str {
    let mut from = 0;
    while let Some(len) = Some(sentence_end(&text[from..])).filter(|len| from + len < text.len()) {
        from += len;
    }
    &text[from..]
}

/// Returns where the first sentence of a text ends: behind its mark, unless the mark belongs to a number or to
/// a word cut short (`4. Mai`, `Feb. 4`).
fn sentence_end(text: &str) -> usize {
    let (mut word, mut has_digit, mut has_capital) = (0, false, false);
    for (at, c) in text.char_indices() {
        match c {
            '!' | '?' | '。' | '！' | '？' | '؟' => return at + c.len_utf8(),
            '.' if !has_digit && (word > 4 || (word > 1 && !has_capital)) => return at + 1,
            '\n' if text[at + 1..].starts_with('\n') => return at + 1,
            _ if c.is_alphanumeric() => {
                has_capital |= word == 0 && c.is_uppercase();
                has_digit |= c.is_numeric();
                word += 1;
            }
            _ => (word, has_digit, has_capital) = (0, false, false),
        }
    }
    text.len()
}

/// A word or number of a text.
#[derive(Clone, Debug)]
struct Token {
    /// Lower case, without vowel marks, digits as ASCII.
    word: String,
    has_capital: bool,
    at: Range<usize>,
}

fn tokens(source: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    for (at, c) in source.char_indices() {
        // Vowel marks of Arabic stand on letters and change no word.
        let is_mark = matches!(c, '\u{64b}'..='\u{652}' | '\u{670}' | '\u{640}');
        if !c.is_alphanumeric() && !is_mark {
            continue;
        }
        let end = at + c.len_utf8();
        match tokens.last_mut().filter(|last| last.at.end == at) {
            Some(last) => last.at.end = end,
            None => tokens.push(Token { word: String::new(), has_capital: c.is_uppercase(), at: at..end }),
        }
        if let Some(last) = tokens.last_mut().filter(|_| !is_mark) {
            match digit(c) {
                Some(digit) => last.word.push(digit),
                None => last.word.extend(c.to_lowercase()),
            }
        }
    }
    tokens
}

/// Returns a digit of Europe or Arabia as ASCII.
fn digit(c: char) -> Option<char> {
    let value = match c {
        '0'..='9' => u32::from(c) - u32::from('0'),
        '\u{660}'..='\u{669}' => u32::from(c) - 0x660,
        '\u{6f0}'..='\u{6f9}' => u32::from(c) - 0x6f0,
        _ => return None,
    };
    char::from_digit(value, 10)
}

/// Finds the dates of a text.
fn find(source: &str, calendar: &Calendar, issued: NaiveDate) -> Vec<Dated> {
    let reader = Reader { source, calendar, issued, tokens: tokens(source) };
    let (mut dates, mut index) = (Vec::new(), 0);
    while index < reader.tokens.len() {
        let Some((day, next)) = reader.date(index) else {
            index += 1;
            continue;
        };
        let (first, before) = reader.weekday_before(index);
        let after = reader.weekday_after(next).filter(|_| before.is_none());
        let last = if after.is_some() { next } else { next - 1 };
        let at = reader.tokens[first].at.start..reader.tokens[last].at.end;
        dates.push(Dated { day, weekday: before.or(after), at });
        index = next;
    }
    dates
}

struct Reader<'a> {
    source: &'a str,
    calendar: &'a Calendar,
    issued: NaiveDate,
    tokens: Vec<Token>,
}

impl Reader<'_> {
    fn word(&self, index: usize) -> Option<&str> {
        self.tokens.get(index).map(|token| token.word.as_str())
    }

    /// Returns what stands between a token and the one before it.
    fn gap(&self, index: usize) -> &str {
        match (index.checked_sub(1).and_then(|before| self.tokens.get(before)), self.tokens.get(index)) {
            (Some(before), Some(token)) => &self.source[before.at.end..token.at.start],
            _ => "\n\n",
        }
    }

    /// Returns whether a token follows the one before it within a date.
    fn follows(&self, index: usize) -> bool {
        let gap = self.gap(index);
        gap.len() <= 6
            && gap.chars().all(|c| c.is_whitespace() || matches!(c, '.' | ',' | '،' | '/'))
            && !gap.contains("\n\n")
    }

    /// Returns the index behind fillers.
    fn skip(&self, mut index: usize) -> usize {
        for _ in 0..2 {
            let is_filler = self.word(index).is_some_and(|word| self.calendar.fillers.contains(&word));
            if is_filler && self.follows(index) {
                index += 1;
            }
        }
        index
    }

    /// Reads a date that begins at a token; returns the index behind it as well.
    fn date(&self, index: usize) -> Option<(NaiveDate, usize)> {
        self.numeric(index).or_else(|| self.day_first(index)).or_else(|| self.month_first(index))
    }

    /// `2026-05-04`, `4.5.2026`, `04/05/2026`.
    fn numeric(&self, index: usize) -> Option<(NaiveDate, usize)> {
        let number = |at: usize| self.word(at)?.parse::<u32>().ok();
        let (first, second, third) = (number(index)?, number(index + 1)?, number(index + 2)?);
        let gap = self.gap(index + 1);
        if gap != self.gap(index + 2) {
            return None;
        }
        let has_year = |at: usize| self.word(at).is_some_and(|word| word.len() == 4);
        let (year, month, day) = match gap {
            "-" if has_year(index) => (first, second, third),
            "." if has_year(index + 2) => (third, second, first),
            "/" if has_year(index + 2) && (!self.calendar.is_month_first || first > 12) => {
                (third, second, first)
            }
            "/" if has_year(index + 2) && second > 12 => (third, first, second),
            _ => return None,
        };
        let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
        Some((date, index + 3))
    }

    /// `4 May 2026`, `4. Mai`, `1er mai`, `4 de mayo de 2026`.
    fn day_first(&self, index: usize) -> Option<(NaiveDate, usize)> {
        let day = day(self.word(index)?)?;
        let at = self.skip(index + 1);
        let (month, next) = self.month(at)?;
        self.with_year(month, day, next)
    }

    /// `May 4, 2026`.
    fn month_first(&self, index: usize) -> Option<(NaiveDate, usize)> {
        if !self.calendar.is_month_first {
            return None;
        }
        let (month, next) = self.month(index)?;
        let day = day(self.word(next)?).filter(|_| self.follows(next))?;
        self.with_year(month, day, next + 1)
    }

    /// Reads a month; returns the index behind it as well. Arabic often names it twice.
    fn month(&self, index: usize) -> Option<(u32, usize)> {
        let (month, next) = self.month_name(index)?;
        match self.month_name(next) {
            Some((same, after)) if same == month && self.gap(next).trim() == "/" => Some((month, after)),
            _ => Some((month, next)),
        }
    }

    fn month_name(&self, index: usize) -> Option<(u32, usize)> {
        let token = self.tokens.get(index)?;
        if self.calendar.has_capitals && !token.has_capital {
            return None;
        }
        let two = self.word(index + 1).map(|second| format!("{}_{second}", token.word));
        let double = two.and_then(|name| self.calendar.month(&name)).map(|month| (month, index + 2));
        double.or_else(|| self.calendar.month(&token.word).map(|month| (month, index + 1)))
    }

    /// Reads the year, if there is one; else the year is the one that brings the day nearest to the issue's.
    fn with_year(&self, month: u32, day: u32, next: usize) -> Option<(NaiveDate, usize)> {
        let at = self.skip(next);
        let year = self.word(at).filter(|word| word.len() == 4 && self.follows(at));
        if let Some(year) = year.and_then(|word| word.parse().ok()) {
            return Some((NaiveDate::from_ymd_opt(year, month, day)?, at + 1));
        }
        Some((nearest(month, day, self.issued)?, next))
    }

    /// Returns the weekday before a date, and the index where the whole begins.
    fn weekday_before(&self, index: usize) -> (usize, Option<u32>) {
        let mut at = index;
        for _ in 0..3 {
            if at == 0 || !self.follows(at) {
                break;
            }
            // A full stop ends a sentence, unless it shortens the weekday: `Mo., 4. Mai`.
            let is_stopped = self.gap(at).contains('.');
            at -= 1;
            if is_stopped && self.tokens[at].word.chars().count() > 4 {
                break;
            }
            if let Some(weekday) = self.weekday(at) {
                return (at, Some(weekday));
            }
            if !self.calendar.fillers.contains(&self.tokens[at].word.as_str()) {
                break;
            }
        }
        (index, None)
    }

    /// Returns the weekday right behind a date: `4 May 2026 (Monday)`.
    fn weekday_after(&self, index: usize) -> Option<u32> {
        let gap = self.gap(index).trim();
        (gap == "(" || gap == ",").then(|| self.weekday(index)).flatten()
    }

    fn weekday(&self, index: usize) -> Option<u32> {
        let token = self.tokens.get(index)?;
        if self.calendar.has_capitals && !token.has_capital {
            return None;
        }
        self.calendar.weekday(&token.word)
    }
}

/// Reads a day of the month: `4`, `4th`, `1er`.
fn day(word: &str) -> Option<u32> {
    let digits = word.find(|c: char| !c.is_ascii_digit()).unwrap_or(word.len());
    let is_ordinal = matches!(&word[digits..], "" | "st" | "nd" | "rd" | "th" | "er" | "º" | "го");
    if !is_ordinal || digits > 2 {
        return None;
    }
    word[..digits].parse().ok().filter(|day| (1..=31).contains(day))
}

/// Returns the day in the year that brings it nearest to another.
pub(super) fn nearest(month: u32, day: u32, to: NaiveDate) -> Option<NaiveDate> {
    let years = [to.year() - 1, to.year(), to.year() + 1];
    let days = years.into_iter().filter_map(|year| NaiveDate::from_ymd_opt(year, month, day));
    days.min_by_key(|day| (*day - to).num_days().abs())
}

#[cfg(test)]
mod tests;
