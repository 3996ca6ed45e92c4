//! The commands of README and operations page work as they stand there.

use crate::{
    cli::{Inbox, example, write_own_words},
    support::{
        Project,
        binary::{Ran, run, start},
    },
};
use std::{fs, path::Path};

/// Returns the command lines of the `console` blocks of a page, without prompt and remark.
fn commands(page: &str) -> Vec<String> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(page)).unwrap();
    let blocks = text.split("```console\n").skip(1).map(|rest| rest.split("```").next().unwrap().to_owned());
    let lines: Vec<String> =
        blocks.flat_map(|block| block.lines().map(str::to_owned).collect::<Vec<_>>()).collect();
    let commands = lines.iter().filter_map(|line| line.strip_prefix("$ masthead "));
    commands.map(|line| line.split("  #").next().unwrap().trim().replace('…', "")).collect()
}

/// Takes a line apart as a shell does, as far as these pages go.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (number, part) in line.split('"').enumerate() {
        match number % 2 {
            0 => words.extend(part.split_whitespace().map(str::to_owned)),
            _ => words.push(part.to_owned()),
        }
    }
    words
}

async fn say(project: &Project, line: &str, more: &[&str]) -> Ran {
    let words = words(line);
    let words: Vec<&str> = words.iter().map(String::as_str).chain(more.iter().copied()).collect();
    if !matches!(words[0], "preview" | "inbox") {
        return run(project.root(), &words).await;
    }
    // These serve until they are told to stop.
    let mut running = start(project.root(), &[&words, &["--port", "0"][..]].concat());
    assert!(
        running.until(|running| running.talk().contains("http://127.0.0.1:")).await,
        "{}",
        running.talk()
    );
    running.signal("INT");
    running.ended().await
}

/// A copy of the example whose relay is this inbox.
fn workspace(inbox: &Inbox) -> Project {
    let project = example();
    project.edit("masthead.yaml", "smtp://127.0.0.1:2525", &inbox.url);
    for list in ["people.csv", "subscribers.csv"] {
        project.write(list, "email,name,language\nanna@example.org,Anna,en\nbenoit@example.net,Benoît,fr\n");
    }
    project
}

#[tokio::test]
async fn the_commands_of_the_readme_run_one_after_the_other() {
    let inbox = Inbox::open().await;
    let project = workspace(&inbox);
    let lines = commands("README.md");
    assert!(lines.len() >= 8, "{lines:?}");
    for line in &lines {
        // The reader of the page answers the question; nobody is here to do it.
        let is_real = line.starts_with("send ") && !line.contains("--test");
        let more: &[&str] = if is_real { &["--yes"] } else { &[] };
        say(&project, line, more).await.exits(0);
        if line.starts_with("new item") {
            write_own_words(&project);
        }
    }
    let mut arrived: Vec<String> = inbox.arrived().into_keys().collect();
    arrived.sort();
    assert_eq!(arrived, ["anna@example.org", "benoit@example.net", "me@example.org"]);
}

#[tokio::test]
async fn the_commands_of_the_operations_page_run_on_the_example() {
    let inbox = Inbox::open().await;
    let project = workspace(&inbox);
    let lines = commands("docs/operations.md");
    assert!(lines.len() >= 6, "{lines:?}");
    for line in &lines {
        let ran = say(&project, line, &[]).await;
        match line.split(' ').next().unwrap() {
            // Nothing is in doubt here, and it says so.
            "reconcile" => drop(ran.exits(1).says("[cli/not-sealed]")),
            _ => drop(ran.exits(0)),
        }
    }
}

#[tokio::test]
async fn every_command_has_help_with_examples() {
    let folder = Project::empty();
    let help = run(folder.root(), &["--help"]).await.exits(0);
    let listed = help.data.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let names: Vec<&str> = listed
        .lines()
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(names.len() >= 12, "{names:?}");
    for name in names.iter().filter(|name| **name != "help") {
        let help = run(folder.root(), &[name, "--help"]).await.exits(0);
        let is_a_group = help.data.contains("Commands:");
        let is_plain = matches!(*name, "completions" | "man");
        assert!(is_a_group || is_plain || help.data.contains("Example"), "{name}: {help}");
    }
}
