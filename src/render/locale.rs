//! Dates and plural forms as each language has them, from Unicode's CLDR.

use crate::domain::language::Language;
use chrono::{Datelike as _, NaiveDate};
use icu::{
    calendar::{Date, Gregorian},
    datetime::{
        FixedCalendarDateTimeFormatter,
        fieldsets::{E, YMD},
    },
    locale::Locale,
    plurals::{PluralCategory, PluralRules},
};

/// Writes dates in one language.
#[derive(Debug)]
pub(crate) struct Dates {
    primary: String,
    long: Option<FixedCalendarDateTimeFormatter<Gregorian, YMD>>,
    weekday: Option<FixedCalendarDateTimeFormatter<Gregorian, E>>,
}

/// Returns the locale whose forms we use for a language.
///
/// Plain `en` writes day before month, as most of the English-speaking world does. Arabic dates
/// keep the digits 0–9, so that they agree with the numbers in texts.
fn locale_of(language: &Language) -> Locale {
    let tag = match language.as_str() {
        "en" => "en-GB".to_owned(),
        tag if language.primary() == "ar" => format!("{tag}-u-nu-latn"),
        tag => tag.to_owned(),
    };
    Locale::try_from_str(&tag).unwrap_or(Locale::UNKNOWN)
}

impl Dates {
    /// Returns the forms of a language; one that CLDR doesn't know gets dates as `2022-04-07`.
    pub(crate) fn of(language: &Language) -> Self {
        let locale = locale_of(language);
        let known = locale != Locale::UNKNOWN;
        Self {
            primary: language.primary().to_owned(),
            long: FixedCalendarDateTimeFormatter::try_new((&locale).into(), YMD::long())
                .ok()
                .filter(|_| known),
            weekday: FixedCalendarDateTimeFormatter::try_new((&locale).into(), E::long())
                .ok()
                .filter(|_| known),
        }
    }

    /// Returns the date in words: `7 April 2022`, `1er avril 2022`, `2022年4月7日`.
    pub(crate) fn long(&self, date: NaiveDate) -> String {
        let (Some(long), Some(day)) = (&self.long, gregorian(date)) else { return date.to_string() };
        let words = long.format(&day).to_string();
        match words.strip_prefix("1 ") {
            // CLDR's pattern has no ordinal; French writes one for the first day only.
            Some(rest) if self.primary == "fr" => format!("1er {rest}"),
            _ => words,
        }
    }

    /// Returns the name of the weekday.
    pub(crate) fn weekday(&self, date: NaiveDate) -> String {
        match (&self.weekday, gregorian(date)) {
            (Some(weekday), Some(day)) => weekday.format(&day).to_string(),
            _ => date.format("%a").to_string(),
        }
    }
}

/// Returns the plural category that a language puts a number in: `one`, `few`, `other` …
pub(crate) fn plural(language: &Language, number: u64) -> &'static str {
    let rules = PluralRules::try_new_cardinal((&locale_of(language)).into());
    match rules.map(|rules| rules.category_for(number)) {
        Ok(PluralCategory::Zero) => "zero",
        Ok(PluralCategory::One) => "one",
        Ok(PluralCategory::Two) => "two",
        Ok(PluralCategory::Few) => "few",
        Ok(PluralCategory::Many) => "many",
        _ => "other",
    }
}

/// Returns the date as ICU has it; none beyond its range of years.
fn gregorian(date: NaiveDate) -> Option<Date<Gregorian>> {
    let (month, day) = (u8::try_from(date.month()).ok()?, u8::try_from(date.day()).ok()?);
    Date::try_new_gregorian(date.year(), month, day).ok()
}

#[cfg(test)]
mod tests {
    use super::{Dates, plural};
    use crate::domain::language::Language;
    use chrono::NaiveDate;

    fn dates(tag: &str) -> Dates {
        Dates::of(&Language::parse(tag).unwrap())
    }

    #[track_caller]
    fn check_long(tag: &str, day: &str, expected: &str) {
        let date = NaiveDate::parse_from_str(day, "%Y-%m-%d").unwrap();
        assert_eq!(dates(tag).long(date), expected, "{tag}");
    }

    #[test]
    fn dates_read_as_the_language_writes_them() {
        check_long("en", "2022-04-07", "7 April 2022");
        check_long("en-US", "2022-04-07", "April 7, 2022");
        check_long("fr", "2022-04-01", "1er avril 2022");
        check_long("fr", "2022-04-11", "11 avril 2022");
        check_long("fr-CA", "2022-04-07", "7 avril 2022");
        check_long("es", "2022-04-07", "7 de abril de 2022");
        check_long("ru", "2022-04-07", "7 апреля 2022\u{202f}г.");
        check_long("zh-Hans", "2022-04-07", "2022年4月7日");
        check_long("ar", "2022-04-07", "7 أبريل 2022");
        check_long("de", "2022-04-07", "7. April 2022");
        check_long("fa", "2022-04-07", "۷ آوریل ۲۰۲۲");
    }

    #[test]
    fn weekdays_have_names() {
        let date = NaiveDate::from_ymd_opt(2022, 4, 7).unwrap();
        let names: Vec<_> =
            ["en", "fr", "ar", "es", "ru", "zh"].iter().map(|tag| dates(tag).weekday(date)).collect();
        assert_eq!(names, ["Thursday", "jeudi", "الخميس", "jueves", "четверг", "星期四"]);
    }

    #[test]
    fn plural_forms_follow_the_language() {
        let forms_of = |tag: &str| [0, 1, 2, 5, 21, 100].map(|n| plural(&Language::parse(tag).unwrap(), n));
        assert_eq!(forms_of("en"), ["other", "one", "other", "other", "other", "other"]);
        assert_eq!(forms_of("ru"), ["many", "one", "few", "many", "one", "many"]);
        assert_eq!(forms_of("ar"), ["zero", "one", "two", "few", "many", "other"]);
    }
}
