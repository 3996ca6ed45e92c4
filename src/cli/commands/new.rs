//! `masthead new`: files that are valid as they stand.

use crate::{
    cli::{
        Desk, Done, Exit, Failure,
        args::NewCommand,
        output::{Dress, Output},
        settings,
    },
    domain::{address::Mailbox, language::Language, problem::Problem},
    workspace::scaffold::{NewNewsletter, Scaffold, new_item, new_newsletter},
};

pub(crate) fn run(desk: &Desk, command: NewCommand) -> Done {
    let today = crate::cli::now(desk).date_naive();
    match command {
        NewCommand::Newsletter { name, slug, from, language } => {
            let root = settings::workspace_root_or_here(desk)?;
            let from = from.as_deref().map(mailbox).transpose()?;
            let languages = language.iter().map(|tag| parse_language(tag)).collect::<Result<_, _>>()?;
            let made = new_newsletter(&root, &NewNewsletter { name, slug, from, languages })?;
            said(
                desk.output,
                &made,
                &format!("edit it, then: masthead new item {} \"Your first headline\"", made.name),
            );
        }
        NewCommand::Item { newsletter, headline, date } => {
            let root = settings::workspace_root(desk)?;
            let made = new_item(&root, &newsletter, &headline, date.unwrap_or(today))?;
            said(desk.output, &made, &format!("write the teaser, then: masthead compose {newsletter}"));
        }
        NewCommand::Issue { newsletter, name, date } => {
            let workspace = settings::workspace(desk)?;
            let made = workspace.new_issue(&newsletter, name, date.unwrap_or(today))?;
            said(
                desk.output,
                &made,
                &format!("put the items in order, then: masthead preview {newsletter}/{}", made.name),
            );
        }
    }
    Ok(Exit::Done)
}

fn said(output: Output, made: &Scaffold, next: &str) {
    if output.json {
        output.object(&serde_json::json!({ "name": made.name, "path": made.path }));
        return;
    }
    output.talk(&format!("wrote {}", output.dress(Dress::Strong, &made.path)));
    output.talk(&format!("next: {next}"));
}

fn mailbox(typed: &str) -> Result<Mailbox, Failure> {
    Mailbox::parse(typed).map_err(|error| {
        let problem = Problem::error("cli/bad-address", format!("`{typed}`: {error}"));
        Failure::usage(problem.help("write it as \"River Watch <news@example.org>\""))
    })
}

/// Reads a language tag that was typed.
pub(crate) fn parse_language(typed: &str) -> Result<Language, Failure> {
    Language::parse(typed).ok_or_else(|| {
        let problem = Problem::error("cli/bad-language", format!("`{typed}` is not a language tag"));
        Failure::usage(problem.help("tags look like fr, ar or zh-Hans"))
    })
}
