//! Shows which items an issue gets, rule by rule.

use super::*;
use crate::domain::issue::IssueId;
use crate::domain::problem::Place;

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

/// `slug date [topic] [+embargo] [-expiry]`
fn item(line: &str) -> NewsItem {
    let mut words = line.split(' ');
    let mut item = NewsItem {
        slug: words.next().expect("a slug").to_owned(),
        date: day(words.next().expect("a date")),
        topics: Vec::new(),
        publish_after: None,
        expires: None,
        versions: BTreeMap::new(),
        place: Place::default(),
    };
    for word in words {
        match word.split_at(1) {
            ("+", date) => item.publish_after = Some(day(date)),
            ("-", date) => item.expires = Some(day(date)),
            _ => item.topics.push(word.to_owned()),
        }
    }
    item
}

fn issue(id: &str, date: &str, items: &[&str]) -> Issue {
    Issue {
        id: IssueId { newsletter: "n".into(), issue: id.into() },
        path: String::new(),
        date: day(date),
        items: items.iter().map(|slug| ((*slug).to_owned(), Place::default())).collect(),
        texts: BTreeMap::new(),
        waivers: Vec::new(),
        not_after: None,
    }
}

fn example() -> (Vec<NewsItem>, Vec<Issue>) {
    let items = [
        "vienna-old 2021-11-02",
        "abuja 2021-12-16 networks",
        "darien 2022-02-18",
        "held 2021-12-01 +2022-01-15",
        "vienna 2022-03-25 networks",
        "dubai 2022-04-01 -2022-04-30",
        "b-male 2022-04-07",
        "a-male 2022-04-07",
        "future 2022-06-01",
        "embargoed 2022-04-02 +2022-05-01",
        "forgotten 2021-10-01",
    ];
    let issues = vec![issue("2021-12", "2021-12-16", &["vienna-old"])];
    (items.into_iter().map(item).collect(), issues)
}

#[track_caller]
fn check(date: &str, rule: DigestRule, expected: &str) {
    let (items, issues) = example();
    let request = Request::new("new", day(date), rule);
    let shown = match select(&items, &issues, &request) {
        Ok(selection) => selection.chosen.join(" "),
        Err(problem) => format!("{problem} {}", problem.help.clone().unwrap_or_default()),
    };
    assert_eq!(shown, expected);
}

#[test]
fn since_the_last_issue_means_what_no_reader_has_seen() {
    let rule = DigestRule { since_last_issue: true, ..DigestRule::default() };
    check("2022-04-08", rule.clone(), "a-male b-male dubai vienna darien abuja held");
    check("2022-05-02", rule.clone(), "a-male b-male embargoed vienna darien abuja held");
    check("2022-04-08", DigestRule { at_most: Some(2), ..rule }, "a-male b-male");
}

#[test]
fn the_latest_are_counted_after_embargo_and_expiry() {
    check("2022-05-02", DigestRule { latest: Some(3), ..DigestRule::default() }, "a-male b-male embargoed");
    check("2021-11-03", DigestRule { latest: Some(3), ..DigestRule::default() }, "vienna-old forgotten");
}

#[test]
fn topics_and_days_narrow_the_choice() {
    let networks = DigestRule { topics: vec!["networks".into()], ..DigestRule::default() };
    check("2022-04-08", networks, "vienna abuja");
    let since = DigestRule { since: Some(day("2022-03-25")), ..DigestRule::default() };
    check("2022-04-08", since, "a-male b-male dubai vienna");
}

#[test]
fn a_month_is_all_of_it_and_nothing_else() {
    let (items, issues) = example();
    let request =
        Request::new("new", day("2022-05-02"), DigestRule { latest: Some(1), ..DigestRule::default() });
    let april = request.clone().month(2022, 4).expect("a month");
    assert_eq!(select(&items, &issues, &april).expect("items").chosen.join(" "), "a-male b-male embargoed");
    let december = request.clone().month(2021, 12).expect("a month");
    assert_eq!(select(&items, &issues, &december).expect("items").chosen.join(" "), "abuja held");
    assert_eq!(request.month(2022, 13), None);
}

#[test]
fn an_issue_is_no_earlier_issue_of_itself() {
    let (items, issues) = example();
    let rule = DigestRule { since_last_issue: true, ..DigestRule::default() };
    let request = Request::new("2021-12", day("2021-12-16"), rule);
    assert_eq!(
        select(&items, &issues, &request).expect("items").chosen.join(" "),
        "abuja vienna-old forgotten"
    );
}

#[test]
fn an_empty_issue_is_explained() {
    let rule = DigestRule { since: Some(day("2022-05-03")), ..DigestRule::default() };
    check(
        "2022-05-05",
        rule,
        "no news item fits an issue of 2022-05-05 [content/empty-issue] there are 11 items: \
         1 expired by that day (dubai); 9 from before 2022-05-03 (a-male, b-male, embargoed and 6 more); \
         1 from after 2022-05-05 (future)",
    );
    let request = Request::new("new", day("2022-05-05"), DigestRule::default());
    let problem = select(&[], &[], &request).expect_err("nothing");
    assert_eq!(
        problem.help.as_deref(),
        Some("there is no news item yet: write one with `masthead new item`")
    );
}
