//! Breaks the newsletter that we ship, one edit of one file at a time: `check` must say which rule objects, and lead
//! to the very line of the file that was edited.

use crate::support::Project;
use masthead::{
    check::{Finding, Reach},
    domain::{
        address::EmailAddress,
        issue::IssueId,
        language::Language,
        subscriber::{Subscriber, SubscriberStatus},
    },
    proof::{Proof, Reading, Renderers},
};
use std::collections::BTreeMap;

const NEWSLETTER: &str = "newsletters/starsom/newsletter.yaml";
const ISSUE: &str = "newsletters/starsom/issues/2022-04.yaml";
const MALE: &str = "newsletters/starsom/news/2022-04-07-male.md";
const DUBAI: &str = "newsletters/starsom/news/2022-04-01-dubai.md";
const MASTHEAD: &str = "templates/digest/partials/masthead.mjml";
const FOOTER: &str = "templates/digest/partials/footer.mjml";

/// Judges the English edition of a project for somebody with a name and somebody without.
fn judged(project: &Project) -> Vec<Finding> {
    let workspace = project.load();
    let issue = IssueId { newsletter: "starsom".to_owned(), issue: "2022-04".to_owned() };
    let language = Language::parse("en").expect("a language");
    let reading = Reading { issue, language, topics: Vec::new() };
    let proof = Proof::compile(&workspace, &Renderers::default(), &reading)
        .unwrap_or_else(|problems| panic!("{problems}"));
    let reader = |name: Option<&str>| Subscriber {
        address: EmailAddress::parse("reader@example.org").expect("an address"),
        name: name.map(str::to_owned),
        language: None,
        topics: Vec::new(),
        fields: BTreeMap::new(),
        status: SubscriberStatus::Active,
    };
    proof.judge(&workspace.settings, &[reader(Some("Reader")), reader(None)], Reach::Public)
}

/// Makes one edit, and returns what the rules say then and did not say before.
fn after(file: &str, old: &str, new: &str) -> (Project, Vec<Finding>) {
    let project = Project::example();
    let known = judged(&project);
    project.edit(file, old, new);
    let mut findings = judged(&project);
    findings.retain(|finding| {
        !known.iter().any(|one| one.rule == finding.rule && one.message == finding.message)
    });
    (project, findings)
}

/// Makes one edit; the rule must object, and lead to the line of the file that holds `words`.
#[track_caller]
fn check(rule: &str, (file, old, new): (&str, &str, &str), words: &str) {
    let (project, findings) = after(file, old, new);
    let said: Vec<_> = findings
        .iter()
        .map(|one| {
            let place = one.place.as_ref().map(ToString::to_string).unwrap_or_default();
            format!("{} {} [{place}]", one.rule.id, one.message)
        })
        .collect();
    let of_rule: Vec<_> = findings.iter().filter(|finding| finding.rule.id == rule).collect();
    assert!(!of_rule.is_empty(), "{rule} says nothing: {said:#?}");
    for finding in of_rule {
        let place = finding.place.as_ref().unwrap_or_else(|| panic!("{rule} has no place: {said:#?}"));
        assert_eq!(place.path, file, "{rule}: {said:#?}");
        let text = project.read(file);
        let line = (place.line as usize).checked_sub(1).and_then(|line| text.lines().nth(line));
        let line = line.unwrap_or_else(|| panic!("{rule} names no line: {said:#?}"));
        assert!(line.contains(words), "{rule} leads to `{line}`: {said:#?}");
    }
}

/// As [`check`], for an edit whose words stand on one line.
#[track_caller]
fn check_edit(rule: &str, file: &str, old: &str, new: &str) {
    check(rule, (file, old, new), new.lines().next().unwrap_or(new));
}

const TEASER: &str = "jungle between Colombia";

#[test]
fn a_link_to_this_machine_leads_to_its_line() {
    check_edit("L003", MALE, TEASER, "[jungle](https://localhost/jungle) between Colombia");
}

#[test]
fn a_link_that_runs_a_script_leads_to_its_line() {
    check_edit("L003", MALE, TEASER, "[jungle](javascript:alert) between Colombia");
}

#[test]
fn a_link_that_shows_another_host_leads_to_its_line() {
    check_edit("L005", MALE, TEASER, "[www.example.net](https://www.example.org/x) between Colombia");
}

#[test]
fn a_shortened_address_leads_to_its_line() {
    check_edit("L006", MALE, TEASER, "[jungle](https://bit.ly/3xYz) between Colombia");
}

#[test]
fn an_address_without_encryption_leads_to_its_line() {
    check_edit(
        "L004",
        NEWSLETTER,
        "url: https://www.example.org/starsom/about",
        "url: http://www.example.org/about",
    );
}

#[test]
fn a_tag_of_another_tool_leads_to_its_line() {
    check_edit("T001", MALE, "smugglers. The", "smugglers, *|FNAME|*. The");
}

#[test]
fn a_note_to_oneself_in_a_headline_leads_to_its_line() {
    check_edit("T004", MALE, "headline: Maldives", "headline: TODO Maldives");
}

#[test]
fn a_merge_field_without_default_leads_to_its_line() {
    check_edit(
        "T002",
        NEWSLETTER,
        "{{ subscriber.name | default(value=\"reader\") }}",
        "{{ subscriber.name }}",
    );
    check_edit("T002", NEWSLETTER, "are few, and so many", "are few, {{ subscriber.city }}, and so many");
}

#[test]
fn a_repeated_item_leads_to_its_line() {
    let link = "https://www.example.org/starsom/news/abuja";
    check_edit("T007", MALE, "https://www.example.org/starsom/news/male", link);
    let headline = "headline: Nigeria steps up its fight against a trade in hope";
    check_edit(
        "T007",
        MALE,
        "headline: Maldives and Sri Lanka work together against migrant smuggling",
        headline,
    );
}

#[test]
fn a_wrong_weekday_leads_to_the_line_of_the_date() {
    check_edit("T008", MALE, "smugglers. The", "smugglers on Tuesday, 4 April 2022. The");
}

#[test]
fn an_event_that_has_passed_leads_to_the_line_of_the_date() {
    check_edit(
        "T009",
        MALE,
        "and Panama, half",
        "and Panama. The next meeting will take place on 4 March 2022, half",
    );
}

#[test]
fn a_date_that_can_be_read_in_two_ways_leads_to_its_line() {
    check_edit("N005", MALE, "smugglers. The", "smugglers on 03/04/2022. The");
}

#[test]
fn a_subject_that_pretends_or_shouts_leads_to_its_line() {
    check_edit("H014", ISSUE, "subject: Countries", "subject: \"Re: Countries\" #");
    check_edit(
        "H015",
        ISSUE,
        "subject: Countries act together, from",
        "subject: URGENT!!! COUNTRIES ACT TOGETHER NOW FROM",
    );
}

#[test]
fn a_sender_that_nobody_trusts_or_can_answer_leads_to_its_line() {
    check_edit("H002", NEWSLETTER, "starsom@example.org", "starsom@gmail.com");
    check_edit("H005", NEWSLETTER, "contact@example.org\nlanguages", "no-reply@example.org\nlanguages");
}

#[test]
fn an_alternative_text_that_is_a_file_name_leads_to_its_line() {
    let project = Project::example();
    let text = project.read(DUBAI);
    let alt = text.lines().find(|line| line.starts_with("alt: ")).expect("an alt");
    check_edit("I002", DUBAI, alt, "alt: routes.png");
}

#[test]
fn a_colour_that_can_not_be_read_leads_to_the_theme() {
    check_edit("A004", NEWSLETTER, "accent: \"#1f5a8a\"", "accent: \"#c9dcea\"");
}

#[test]
fn a_footer_without_a_way_out_leads_to_the_footer() {
    let link = "<a class=\"lk nv\" href=\"{{ unsubscribe_url }}\">{{ strings.unsubscribe }}</a>";
    check("L001", (FOOTER, link, ""), "footer.privacy_url");
}

#[test]
fn a_table_that_holds_no_data_and_says_it_does_leads_to_its_line() {
    check_edit("A012", MASTHEAD, "<table role=\"presentation\" dir", "<table role=\"table\" dir");
}

#[test]
fn an_address_of_an_item_that_runs_a_script_is_refused_with_its_line() {
    let project = Project::example();
    project.edit(MALE, "https://www.example.org/starsom/news/male", "javascript:alert(1)");
    let said = project.refusal();
    assert!(said.contains(&format!("{MALE}:5:")) && said.contains("link: javascript:alert(1)"), "{said}");
}
