//! `build`: the same bytes anywhere, pages that know no reader, and nobody else's files touched.

use crate::{
    cli::{example, letter},
    support::{Project, binary::run},
};
use std::{collections::BTreeMap, fs, path::Path};

/// Returns all files below a folder.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(path) = open.pop() {
        for entry in fs::read_dir(path).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("inside").display().to_string();
                found.insert(name, fs::read(&path).expect("a file"));
            }
        }
    }
    found
}

fn page(project: &Project, path: &str) -> String {
    project.read(&format!("dist/{path}"))
}

#[tokio::test]
async fn two_copies_in_different_folders_give_the_same_bytes() {
    let (one, two) = (example(), example());
    for project in [&one, &two] {
        run(project.root(), &["build"])
            .await
            .exits(0)
            .says("dist/starsom/2022-04")
            .says("dist/starsom/index.html");
    }
    let (one, two) = (files(&one.root().join("dist")), files(&two.root().join("dist")));
    assert!(one.keys().eq(two.keys()), "{:?} {:?}", one.keys(), two.keys());
    for (path, bytes) in &one {
        assert!(two[path] == *bytes, "{path} differs");
    }
    for path in ["2022-04/index.html", "2022-04/ar/index.html", "2022-04/mail/fr.eml", "2021-12/mail/en.txt"]
    {
        assert!(one.contains_key(&format!("starsom/{path}")), "{path} in {:?}", one.keys());
    }
}

#[tokio::test]
async fn archive_pages_know_no_reader_and_lead_to_each_other() {
    let project = example();
    run(project.root(), &["build", "starsom/2022-04"]).await.exits(0);
    let english = page(&project, "starsom/2022-04/index.html");
    for words in [
        "Dear reader,",
        "<title>Countries act together",
        "<link rel=\"canonical\" href=\"https://news.example.org/starsom/2022-04/\">",
        "hreflang=\"ar\"",
        "href=\"fr/\"",
        "href=\"../\"",
        "src=\"images/",
    ] {
        assert!(english.contains(words), "{words} is not in {english}");
    }
    let arabic = page(&project, "starsom/2022-04/ar/index.html");
    assert!(arabic.contains("href=\"../fr/\"") && arabic.contains("src=\"../images/"), "{arabic}");
    for html in [&english, &arabic] {
        for words in ["/u/", "mailto:u-", "Unsubscribe", "{{", "zq", "cid:", "src=\"http", "<script"] {
            assert!(!html.contains(words), "{words} is in {html}");
        }
    }
    // The page that the mail calls the online version is one of these.
    let mail = page(&project, "starsom/2022-04/mail/fr.html");
    assert!(mail.contains("https://news.example.org/starsom/2022-04/fr/"), "{mail}");
    let index = page(&project, "starsom/index.html");
    assert!(index.contains("2022-04-08") && index.contains("href=\"2022-04/\""), "{index}");
    // What has no page yet is not listed.
    assert!(!index.contains("2021-12"), "{index}");
    run(project.root(), &["build", "starsom/2021-12"]).await.exits(0);
    let index = page(&project, "starsom/index.html");
    assert!(index.contains("2021-12-20") && index.contains("2022-04-08"), "{index}");
}

#[tokio::test]
async fn linked_pictures_lie_where_the_messages_look_for_them() {
    let project = letter(3);
    project.write("masthead.yaml", "public_url: https://news.example.org\nimages: link\n");
    run(project.root(), &["build", "letter"]).await.exits(0);
    let mail = page(&project, "letter/2022-04/mail/en.html");
    assert!(mail.contains("https://news.example.org/letter/images/logo.png"), "{mail}");
    assert!(project.root().join("dist/letter/images/logo.png").is_file());
    assert!(page(&project, "letter/2022-04/index.html").contains("src=\"images/"));
}

#[tokio::test]
async fn what_build_did_not_make_is_not_replaced() {
    let project = letter(3);
    project.write("dist/letter/2022-04/notes.txt", "mine");
    let ran = run(project.root(), &["build", "letter"]).await.exits(1);
    ran.says("[workspace/not-ours]").says("letter/2022-04");
    assert_eq!(page(&project, "letter/2022-04/notes.txt"), "mine");
    run(project.root(), &["build", "letter", "-o", "public"]).await.exits(0);
    // What it made, it replaces whole: nothing of an older build stays behind.
    project.write("public/letter/2022-04/old.html", "older");
    run(project.root(), &["build", "letter", "-o", "public"]).await.exits(0);
    assert!(!project.root().join("public/letter/2022-04/old.html").exists());
    project.write("public/letter/index.html", "<p>mine</p>");
    run(project.root(), &["build", "letter", "-o", "public"]).await.exits(1).says("[workspace/not-ours]");
    let left: Vec<_> =
        files(&project.root().join("public")).into_keys().filter(|path| path.contains("tmp")).collect();
    assert_eq!(left, Vec::<String>::new());
}

#[tokio::test]
async fn the_messages_can_be_those_of_a_reader_of_the_list() {
    let project = letter(3);
    run(project.root(), &["build", "letter", "--for", "anna@example.org"])
        .await
        .exits(1)
        .says("[cli/unknown-reader]");
    run(project.root(), &["subscribers", "add", "anna@example.org", "--name", "Anna"]).await.exits(0);
    let ran = run(project.root(), &["build", "letter", "--for", "anna@example.org", "--json"]).await.exits(0);
    assert_eq!(ran.objects()[0]["issue"], "letter/2022-04");
    assert!(page(&project, "letter/2022-04/mail/en.eml").contains("anna@example.org"));
    assert!(!page(&project, "letter/2022-04/index.html").contains("Anna"));
}

#[tokio::test]
async fn a_page_that_mjml_writes_over_a_longer_one_leaves_nothing_of_it() {
    let project = example();
    project.write("a.mjml", "<mjml><mj-body></mj-body></mjml>");
    project.write("a.html", "<p>".repeat(100_000));
    run(project.root(), &["mjml", "a.mjml", "-o", "a.html"]).await.exits(0);
    let page = run(project.root(), &["mjml", "a.mjml"]).await.exits(0).data;
    assert_eq!(project.read("a.html"), page);
}
