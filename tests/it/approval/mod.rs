//! Proves that a fingerprint is the same on every machine, and that a stale approval says what has changed.

use crate::support::{Project, rendered};
use chrono::DateTime;
use masthead::{
    domain::{
        approval::{Approval, ApprovalStanding, Fingerprint, Person},
        broadcast::SealedVariant,
        issue::IssueId,
        language::Language,
    },
    proof::{Proof, Reading, Renderers, approval},
};

const NEWSLETTER: &str = "newsletters/letter/newsletter.yaml";
const ISSUE: &str = "newsletters/letter/issues/2022-04.yaml";
const APPROVALS: &str = "newsletters/letter/issues/2022-04.approvals.yaml";

fn issue() -> IssueId {
    IssueId { newsletter: "letter".into(), issue: "2022-04".into() }
}

#[track_caller]
fn fingerprint(project: &Project) -> Fingerprint {
    let found = approval::fingerprint(&project.load(), &Renderers::default(), &issue());
    found.unwrap_or_else(|problems| panic!("{}", rendered(&problems)))
}

fn approve(project: &Project, person: &str) {
    let by = Person::parse(person).unwrap();
    let record = Approval { by, at: DateTime::UNIX_EPOCH, fingerprint: fingerprint(project) };
    project.load().approve(&issue(), record).unwrap();
}

fn standing(project: &Project) -> ApprovalStanding {
    let approvals = project.load().approvals(&issue()).unwrap();
    approval::standing(&approvals, &fingerprint(project), 1)
}

/// Approves, changes a file, and demands that the approval is stale for these reasons.
#[track_caller]
fn check_stale(change: impl Fn(&Project) -> &Project, expected: &str) {
    let project = Project::copy_of("minimal");
    approve(&project, "Reviewer One <one@example.org>");
    assert_eq!(standing(&project).valid.len(), 1);
    change(&project);
    let standing = standing(&project);
    assert_eq!((standing.valid.len(), standing.missing), (0, 1), "{expected}");
    assert_eq!(standing.stale[0].changes.join("; "), expected);
}

#[test]
fn the_same_files_give_the_same_fingerprint_in_any_folder() {
    let (one, two) = (Project::copy_of("minimal"), Project::copy_of("minimal"));
    assert_ne!(one.root(), two.root());
    assert_eq!(fingerprint(&one), fingerprint(&two));
    // Neither approvals nor lists nor the ledger are part of it.
    approve(&one, "Reviewer One");
    one.write("list.csv", "email\na@example.org\n");
    assert_eq!(fingerprint(&one), fingerprint(&two));
}

#[test]
fn each_kind_of_change_is_named() {
    check_stale(
        |project| project.edit("newsletters/letter/issues/2022-04.fr.yaml", "La lettre d’avril", "Avril"),
        "the French subject",
    );
    check_stale(
        |project| project.edit(ISSUE, "A bridge, and open doors", "Doors"),
        "the Arabic preheader; the English preheader; the French preheader",
    );
    check_stale(
        |project| {
            project.edit(
                "newsletters/letter/news/2022-04-02-bridge.md",
                "date: 2022-04-02",
                "date: 2022-04-03",
            )
        },
        "item 2022-04-02-bridge",
    );
    check_stale(
        |project| project.edit(ISSUE, "  - 2022-03-10-opening\n", ""),
        "item 2022-03-10-opening (taken out)",
    );
    check_stale(
        |project| project.edit(NEWSLETTER, "Letter <letter@", "Letter <news@"),
        "the sender (`from`)",
    );
    check_stale(
        |project| project.edit(NEWSLETTER, "accent: \"#1f5a8a\"", "accent: \"#1f5a8b\""),
        "the setting `theme`",
    );
    check_stale(
        |project| project.write("masthead.yaml", "public_url: https://news.example.org\nimages: embed\n"),
        "the setting `public_url`",
    );
}

#[test]
fn a_picture_is_part_of_what_is_approved_even_when_it_is_only_linked() {
    let project = Project::copy_of("minimal");
    project.write("masthead.yaml", "public_url: https://news.example.org\nimages: link\n");
    approve(&project, "Reviewer One");
    let bridge = std::fs::read(project.root().join("newsletters/letter/images/bridge.png")).unwrap();
    project.write("newsletters/letter/images/logo.png", bridge);
    let changes = standing(&project).stale[0].changes.join("; ");
    assert!(changes.contains("picture"), "{changes}");
}

#[test]
fn an_own_template_is_part_of_what_is_approved() {
    let project = Project::copy_of("minimal");
    let built_in = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/digest");
    copy(&built_in, &project, "templates/digest");
    approve(&project, "Reviewer One");
    // Nobody gets phrases of a language that the newsletter does not have.
    project.write("templates/digest/strings/eo.yaml", "read_more: Legu pli\n");
    assert_eq!(standing(&project).valid.len(), 1);
    project.edit("templates/digest/partials/item.mjml", "One piece of news.", "A piece of news.");
    assert_eq!(standing(&project).stale[0].changes, ["template file partials/item.mjml"]);
}

fn copy(from: &std::path::Path, project: &Project, to: &str) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{to}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            copy(&entry.path(), project, &path);
        } else {
            project.write(&path, std::fs::read(entry.path()).unwrap());
        }
    }
}

#[test]
fn a_person_has_one_approval_and_can_take_it_back() {
    let project = Project::copy_of("minimal");
    approve(&project, "Reviewer One <one@example.org>");
    approve(&project, "Reviewer Two <two@example.org>");
    approve(&project, "R. One <ONE@example.org>");
    let names: Vec<_> = project.load().approvals(&issue()).unwrap().into_iter().map(|a| a.by.name).collect();
    assert_eq!(names, ["R. One", "Reviewer Two"]);
    let two = Person::parse("reviewer two").unwrap();
    assert!(project.load().withdraw(&issue(), &two).unwrap());
    assert!(!project.load().withdraw(&issue(), &two).unwrap());
    assert!(!project.read(APPROVALS).contains("Two"));
    // The file beside the issue is neither an issue nor a translation.
    assert_eq!(project.load().issues().len(), 2);
    assert_eq!(project.load().warnings.0, []);
}

/// Returns what a send would seal for readers of some topics, from a workspace that was read before.
fn sealed(workspace: &masthead::workspace::Workspace, topics: &[&str]) -> SealedVariant {
    let language = Language::parse("en").unwrap();
    let topics = topics.iter().map(|topic| (*topic).to_owned()).collect();
    let reading = Reading { issue: issue(), language: language.clone(), topics };
    let proof = Proof::compile(workspace, &Renderers::default(), &reading).unwrap();
    SealedVariant { label: proof.label, language, digest: proof.digest }
}

#[test]
fn what_is_sealed_is_what_was_fingerprinted() {
    let project = Project::copy_of("minimal");
    let workspace = project.load();
    let bundle = approval::Bundle::of(&workspace, &Renderers::default(), &issue()).unwrap();
    // The second choice of topics was not compiled for itself.
    for topics in [&[][..], &["building", "training"]] {
        assert!(bundle.covers(&sealed(&workspace, topics)), "{topics:?}");
    }
    // Pictures are read when an issue is put together: one that was replaced in between is noticed.
    let logo = project.root().join("newsletters/letter/images/logo.png");
    let bridge = std::fs::read(project.root().join("newsletters/letter/images/bridge.png")).unwrap();
    let mut other = std::fs::read(&logo).unwrap();
    other.extend_from_slice(b"trailing octets are another picture");
    std::fs::write(&logo, &other).unwrap();
    for topics in [&[][..], &["building", "training"]] {
        assert!(!bundle.covers(&sealed(&workspace, topics)), "{topics:?}");
    }
    std::fs::write(&logo, &bridge).unwrap();
    assert!(!bundle.covers(&sealed(&workspace, &[])));
    // So is a text that is another by then.
    project.edit(ISSUE, "A bridge, and open doors", "Doors");
    assert!(!bundle.covers(&sealed(&project.load(), &[])));
}
