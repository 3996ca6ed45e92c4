//! Dates in Chinese: `2026年5月4日（星期一）`.

use crate::check::merge::dates::{Dated, nearest};
use chrono::NaiveDate;

/// What says that something is still to come.
pub(super) const CUES: &[&str] = &["将于", "将在", "报名", "截止", "敬请", "即将"];

/// How a weekday begins.
const WEEK: [&str; 5] = ["星期", "礼拜", "禮拜", "周", "週"];

/// Finds the dates of a text.
pub(super) fn find(source: &str, issued: NaiveDate) -> Vec<Dated> {
    let found = source.match_indices('月').filter_map(|(at, month)| {
        let (from, number) = number_before(source, at)?;
        let rest = &source[at + month.len()..];
        let digits = rest.find(|c: char| !c.is_ascii_digit()).filter(|len| (1..=2).contains(len))?;
        let day: u32 = rest[..digits].parse().ok()?;
        let close = rest[digits..].chars().next().filter(|c| matches!(c, '日' | '号' | '號'))?;
        let end = at + month.len() + digits + close.len_utf8();
        let year = source[..from].strip_suffix('年').and_then(|before| number_before(source, before.len()));
        let (start, date) = match year {
            Some((start, year)) => (start, NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, number, day)?),
            None => (from, nearest(number, day, issued)?),
        };
        let weekday = weekday(&source[end..]);
        let end = end + weekday.map_or(0, |(_, len)| len);
        Some(Dated { day: date, weekday: weekday.map(|(weekday, _)| weekday), at: start..end })
    });
    found.collect()
}

/// Returns the number that ends at an octet, and where it begins.
fn number_before(source: &str, end: usize) -> Option<(usize, u32)> {
    let before = &source[..end];
    let len = before.bytes().rev().take_while(u8::is_ascii_digit).count();
    before[end - len..].parse().ok().map(|number| (end - len, number))
}

/// Reads the weekday that follows a date; returns how many octets it takes as well.
fn weekday(rest: &str) -> Option<(u32, usize)> {
    let inner = rest.trim_start_matches([' ', '（', '(', '，', ',', '、']);
    let name = WEEK.iter().find_map(|week| inner.strip_prefix(week))?;
    let day = name.chars().next()?;
    let number = "一二三四五六日".chars().position(|known| known == day).or((day == '天').then_some(6))?;
    let len = rest.len() - name.len() + day.len_utf8();
    Some((u32::try_from(number).ok()?, len))
}
