//! From nothing to an issue: what `new` and `compose` write is valid as it stands.

use crate::{
    cli::{Inbox, example, write_own_words},
    support::{
        Project,
        binary::{Ran, run},
    },
};
use std::{fs, path::Path};

/// Runs a command line without quotes in a workspace.
async fn say(project: &Project, line: &str) -> Ran {
    run(project.root(), &line.split(' ').collect::<Vec<_>>()).await
}

#[tokio::test]
async fn a_first_newsletter_can_be_sent_once_it_has_words_of_its_own() {
    let (project, inbox) = (Project::empty(), Inbox::open().await);
    let from = ["new", "newsletter", "River Watch", "--from", "River Watch <news@example.org>"];
    let ran = run(project.root(), &[&from[..], &["--language", "en", "--language", "fr"]].concat()).await;
    ran.exits(0).says("wrote newsletters/river-watch/newsletter.yaml").says("masthead new item river-watch");
    let item = ["new", "item", "river-watch", "Ministers meet in Malé", "--date", "2022-04-07"];
    run(project.root(), &item).await.exits(0).says("2022-04-07-ministers-meet-in-male.md");
    say(&project, "new issue river-watch --date 2022-04-08").await.exits(0).says("issues/2022-04.yaml");
    say(&project, "check river-watch").await.exits(1).says("[check/postal-address]");
    write_own_words(&project);
    say(&project, "check river-watch").await.exits(0).says("2 variants: en, fr");
    say(&project, "subscribers add me@example.net --language fr").await.exits(0);
    say(&project, &format!("send river-watch --yes --relay {}", inbox.url))
        .await
        .exits(0)
        .says("1 sent of 1");
    assert_eq!(inbox.only().to, ["me@example.net"]);
}

#[tokio::test]
async fn nothing_that_is_there_is_written_over() {
    let project = Project::empty();
    for (line, code) in [
        ("new newsletter Tides", 0),
        ("new newsletter Tides", 1),
        ("new item tides Flood --date 2022-04-07", 0),
        ("new item tides Flood --date 2022-04-07", 0),
        ("new issue tides --date 2022-04-08", 0),
        ("new issue tides --date 2022-04-09", 1),
        ("new issue tides april-special --date 2022-04-09", 0),
        ("new item rivers Flood", 1),
        ("new item tides Flood --date yesterday", 2),
        ("new newsletter Tides2 --language klingon-nonsense", 2),
        ("new newsletter Tides3 --from nobody", 2),
    ] {
        let ran = say(&project, line).await;
        assert_eq!(ran.code, code, "{ran}");
    }
    let news = project.root().join("newsletters/tides/news");
    assert_eq!(fs::read_dir(news).unwrap().count(), 2, "the second flood is a file of its own");
    let ran = say(&project, "compose tides --date 2022-04-08").await.exits(1);
    ran.says("[workspace/file-exists]").says("--name").says("--force");
    say(&project, "compose tides --date 2022-04-08 --force --latest 1").await.exits(0).says("with 1 item\n");
    say(&project, "check tides/2022-04").await.exits(1).says("[check/postal-address]");
}

#[tokio::test]
async fn compose_chooses_by_day_month_topic_and_number() {
    let project = example();
    let issue = |name: &str| project.read(&format!("newsletters/starsom/issues/{name}.yaml"));
    let items = |name: &str| issue(name).lines().filter(|line| line.starts_with("  - ")).count();
    let all = fs::read_dir(project.root().join("newsletters/starsom/news")).unwrap();
    let all = all.filter(|entry| is_first_language(&entry.as_ref().unwrap().path())).count();
    for (line, expected) in [
        ("compose starsom --name two --date 2022-05-01 --latest 2", 2),
        ("compose starsom --name all --date 2022-05-01 --latest 99", all),
        ("compose starsom --name april --date 2022-05-01 --month 2022-04", 2),
        ("compose starsom --name since --date 2022-05-01 --since 2022-04-02", 1),
        (
            "compose starsom --name until --date 2022-05-01 --since 2021-01-01 --until 2021-12-31 --at-most 1",
            1,
        ),
    ] {
        let ran = say(&project, line).await.exits(0);
        let name = line.split(' ').nth(3).unwrap();
        assert_eq!(items(name), expected, "{ran}\n{}", issue(name));
    }
    let dry = say(&project, "compose starsom --name dry --latest 2 --dry-run").await.exits(0);
    assert_eq!(dry.data.lines().count(), 2, "{dry}");
    assert!(!project.root().join("newsletters/starsom/issues/dry.yaml").exists());
}

fn is_first_language(path: &Path) -> bool {
    path.file_stem().unwrap().to_str().is_some_and(|stem| !stem.contains('.'))
}

#[tokio::test]
async fn compose_refuses_what_makes_no_issue() {
    let project = example();
    for (line, code, words) in [
        ("compose nowhere", 1, "[workspace/unknown-newsletter]"),
        ("compose starsom --name x --month 1999-01", 1, "[content/empty-issue]"),
        ("compose starsom --name x --topic gardening", 1, "[content/empty-issue]"),
        ("compose starsom --name x --month 2022-13", 2, "[cli/bad-month]"),
        ("compose starsom --name x --latest 2 --since 2022-01-01", 2, "cannot be used with"),
        ("compose starsom --name ../../x --latest 2", 1, "[workspace/bad-name]"),
        ("compose starsom --date 2022-04-08", 1, "[workspace/file-exists]"),
    ] {
        say(&project, line).await.exits(code).says(words);
    }
}
