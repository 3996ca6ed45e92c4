//! Dates that not everybody reads alike.

use crate::{
    check::{
        CheckInput,
        merge::written,
        message::Message,
        report::{Report, Spot},
        style::scene::{Scene, Text},
    },
    domain::language::Language,
};

/// N005.
pub(super) fn judge(
    input: &CheckInput<'_>,
    message: &Message<'_>,
    scene: &Scene<'_>,
    texts: &[Text<'_>],
    report: &mut Report<'_>,
) {
    let language = &input.digest.language;
    for date in ambiguous(&message.subject) {
        let spot = Spot::Written(Some(input.edition.subject.place.clone()));
        report.note("N005", spot, doubt(&date, "the subject"));
    }
    for text in texts {
        let spot = || Spot::Element(text.parent);
        for date in ambiguous(text.text) {
            let spot = Spot::Shown(text.parent, written(input.edition, &date));
            report.note("N005", spot, doubt(&date, "the text"));
        }
        let spoken = scene.language(text.parent).and_then(Language::parse);
        let spoken = spoken.as_ref().unwrap_or(language);
        if let Some(date) = english_date(text.text).filter(|_| names_months_otherwise(spoken)) {
            let message = format!("`{date}` names its month in English, in a text in `{spoken}`");
            report.note("N005", spot(), message);
        }
    }
}

fn doubt(date: &str, part: &str) -> String {
    format!("{part} says `{date}`: day and month can be taken for one another")
}

/// A number in a text: where it begins and ends, its value, how many digits.
struct Number {
    from: usize,
    to: usize,
    value: u32,
    digits: usize,
}

/// Returns the numbers of a text, whatever digits it is written in.
fn numbers(text: &str) -> Vec<Number> {
    let mut numbers: Vec<Number> = Vec::new();
    for (at, c) in text.char_indices() {
        let Some(digit) = digit(c) else { continue };
        let to = at + c.len_utf8();
        match numbers.last_mut().filter(|number| number.to == at) {
            Some(number) => {
                number.to = to;
                number.digits += 1;
                number.value = number.value.saturating_mul(10).saturating_add(digit);
            }
            None => numbers.push(Number { from: at, to, value: digit, digits: 1 }),
        }
    }
    numbers
}

/// Returns the value of a digit, Latin, Arabic or Persian.
fn digit(c: char) -> Option<u32> {
    match c {
        '0'..='9' => c.to_digit(10),
        '\u{660}'..='\u{669}' => Some(u32::from(c) - 0x660),
        '\u{6f0}'..='\u{6f9}' => Some(u32::from(c) - 0x6f0),
        _ => None,
    }
}

/// Returns the dates in figures whose day and month could be exchanged. With full stops between, the day comes
/// first wherever dates are written so.
fn ambiguous(text: &str) -> Vec<String> {
    let numbers = numbers(text);
    let mut found = Vec::new();
    for three in numbers.windows(3) {
        let [day, month, year] = three else { continue };
        let between = |a: &Number, b: &Number| &text[a.to..b.from];
        let separator = between(day, month);
        let is_year = year.digits == 4 && (1900..2200).contains(&year.value)
            || (day.digits, month.digits, year.digits) == (2, 2, 2);
        let touches = |c: char| c.is_alphanumeric() || matches!(c, '/' | '-' | '.' | '=' | '_');
        let stands_alone = !text[..day.from].ends_with(touches)
            && !text[year.to..].starts_with(|c: char| c.is_alphanumeric() || matches!(c, '/' | '-' | '_'));
        if matches!(separator, "/" | "-")
            && between(month, year) == separator
            && is_year
            && stands_alone
            && (1..=12).contains(&day.value)
            && (1..=12).contains(&month.value)
            && day.value != month.value
        {
            found.push(text[day.from..year.to].to_owned());
        }
    }
    found
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Returns whether no month of the language is called as in English.
fn names_months_otherwise(language: &Language) -> bool {
    matches!(
        language.primary(),
        "ar" | "es" | "fa" | "fr" | "he" | "it" | "ja" | "ko" | "pt" | "ru" | "uk" | "zh"
    )
}

/// Returns a date such as `8 April 2022` or `April 8, 2022`.
fn english_date(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_day =
        |word: &str| word.trim_end_matches(',').parse::<u32>().is_ok_and(|day| (1..=31).contains(&day));
    let is_year =
        |word: &str| word.get(..4).and_then(|year| year.parse::<u32>().ok()).is_some_and(|year| year >= 1900);
    words.windows(3).find_map(|three| {
        let is_date =
            (is_day(three[0]) && MONTHS.contains(&three[1].trim_end_matches(',')) && is_year(three[2]))
                || (MONTHS.contains(&three[0]) && is_day(three[1]) && is_year(three[2]));
        is_date.then(|| three.join(" ").trim_end_matches(|c: char| !c.is_alphanumeric()).to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_dates_that_can_be_exchanged_are_doubtful() {
        assert_eq!(ambiguous("by 04/05/2026, or 4-5-2026"), ["04/05/2026", "4-5-2026"]);
        assert_eq!(ambiguous("في ٠٤/٠٥/٢٠٢٦"), ["٠٤/٠٥/٢٠٢٦"]);
        for clear in [
            "25/05/2026",
            "05/05/2026",
            "2026-05-04",
            "4.5.2026",
            "1/2/3",
            "A/04/05/2026",
            "open 24/7",
            "04/05/2026/x",
        ] {
            assert_eq!(ambiguous(clear), Vec::<String>::new(), "{clear}");
        }
    }

    #[test]
    fn english_dates_are_told_from_other_words() {
        assert_eq!(english_date("le 8 April 2022.").as_deref(), Some("8 April 2022"));
        assert_eq!(english_date("April 8, 2022, Vienna").as_deref(), Some("April 8, 2022"));
        assert_eq!(english_date("le 8 avril 2022"), None);
        assert_eq!(english_date("May 12 people come"), None);
    }
}
