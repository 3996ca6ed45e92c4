//! Dates as people write them in six languages, and what is none.

use super::*;

fn issued() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 4, 8).unwrap()
}

fn found(language: &str, text: &str) -> Vec<Dated> {
    match calendar::of(language) {
        Some(calendar) => find(text, calendar, issued()),
        None => chinese::find(text, issued()),
    }
}

/// Asserts that a text holds one date, Monday, 4 May 2026, and what is taken for it.
#[track_caller]
fn check_monday(language: &str, text: &str, expected: &str) {
    let dates = found(language, text);
    assert_eq!(dates.len(), 1, "{text}: {dates:?}");
    assert_eq!((dates[0].day.to_string().as_str(), dates[0].weekday), ("2026-05-04", Some(0)), "{text}");
    assert_eq!(&text[dates[0].at.clone()], expected);
}

#[test]
fn a_weekday_beside_its_date_is_read_in_every_language() {
    check_monday("en", "It opens on Monday, 4 May 2026, in Vienna.", "Monday, 4 May 2026");
    check_monday("en", "Monday, May 4th, 2026", "Monday, May 4th, 2026");
    check_monday("en", "Mon 4 May", "Mon 4 May");
    check_monday("en", "on 4 May 2026 (Monday)", "4 May 2026 (Monday");
    check_monday("en", "Monday 2026-05-04", "Monday 2026-05-04");
    check_monday("fr", "Rendez-vous le lundi 4 mai 2026 à Vienne", "lundi 4 mai 2026");
    check_monday("es", "el lunes 4 de mayo de 2026", "lunes 4 de mayo de 2026");
    check_monday("de", "am Montag, den 4. Mai 2026 in Wien", "Montag, den 4. Mai 2026");
    check_monday("de", "Mo., 04.05.2026", "Mo., 04.05.2026");
    check_monday("ru", "в понедельник, 4 мая 2026 г.", "понедельник, 4 мая 2026");
    check_monday("ar", "يوم الاثنين، ٤ أيار/مايو ٢٠٢٦ في فيينا", "الاثنين، ٤ أيار/مايو ٢٠٢٦");
    check_monday("zh", "会议于2026年5月4日（星期一）举行", "2026年5月4日（星期一");
    check_monday("zh", "5月4日，周一", "5月4日，周一");
}

#[test]
fn double_names_of_months_are_one_month() {
    let dates = found("ar", "22 تشرين الثاني/نوفمبر 2026");
    assert_eq!(dates[0].day.to_string(), "2026-11-22");
    assert_eq!((dates.len(), dates[0].weekday), (1, None));
}

#[test]
fn what_is_no_date_is_left_alone() {
    for (language, text) in [
        ("en", "Chapter 4 may 2026 be"),
        ("en", "04/05/2026 can be either"),
        ("en", "Monday. 40 May be"),
        ("fr", "mars attaque 40"),
        ("de", "Kapitel 4.5.6"),
        ("zh", "第5月刊 45月99日"),
    ] {
        assert_eq!(found(language, text), [], "{text}");
    }
    assert_eq!(found("en", "It was Monday. 4 May 2026 came.")[0].weekday, None);
    assert_eq!(found("en", "Monday\n\n4 May 2026")[0].weekday, None);
    assert_eq!(found("en", "4 May 2026. Monday is free.")[0].weekday, None);
}

#[test]
fn a_day_without_a_year_is_the_nearest_one() {
    assert_eq!(nearest(12, 30, NaiveDate::from_ymd_opt(2026, 1, 5).unwrap()).unwrap().year(), 2025);
    assert_eq!(nearest(1, 5, NaiveDate::from_ymd_opt(2025, 12, 30).unwrap()).unwrap().year(), 2026);
}

#[test]
fn only_the_sentence_of_the_date_announces_it() {
    let text = "Register now. The plan of 4. Mai was signed on 3 March 2026 in Vienna! Join us.";
    let at = text.find("3 March").unwrap();
    let at = at..at + "3 March 2026".len();
    assert!(!is_announced(text, &at, &["register", "join us"]));
    assert!(is_announced(text, &at, &["signed"]) && is_announced(text, &at, &["vienna"]));
}
