//! `masthead subscribers`: the list.

mod import;

use crate::{
    cli::{
        Desk, Done, Exit, Failure,
        args::SubscribersCommand,
        commands::{address, new::parse_language, store},
        settings,
    },
    content::subscribers_csv::SubscriberWriter,
    delivery::ports::ImportTally,
    domain::{
        problem::Problem,
        subscriber::{Subscriber, SubscriberStatus},
    },
    ledger::open::OpenLedger,
};
use std::{
    collections::BTreeSet,
    fs::File,
    io::{BufWriter, Write},
    path::PathBuf,
};

pub(crate) fn run(desk: &Desk, command: SubscribersCommand) -> Done {
    let workspace = settings::bare_workspace(desk)?;
    let mut store = store::open(&workspace)?;
    match command {
        SubscribersCommand::Import { file, dry_run, skip_bad } => {
            import::run(desk, &workspace, &mut store, &file, dry_run, skip_bad)
        }
        SubscribersCommand::List { search } => listed(desk, &mut store, search.as_deref()),
        SubscribersCommand::Export { file } => export(desk, &mut store, file.as_ref()),
        SubscribersCommand::Add { email, name, language, topic, field } => {
            let language = language.as_deref().map(parse_language).transpose()?;
            let topics = topic.iter().map(|topic| topic.trim().to_lowercase()).collect();
            let fields = field.iter().map(|typed| custom_field(typed)).collect::<Result<_, _>>()?;
            let (address, status) = (address(&email)?, SubscriberStatus::Active);
            let name = name.map(|name| name.split_whitespace().collect::<Vec<_>>().join(" "));
            add(desk, &mut store, Subscriber { address, name, language, topics, fields, status })
        }
        SubscribersCommand::Remove { email } => {
            let email = address(&email)?;
            let was_there = store::asked(store.remove_subscriber(&email))?;
            desk.output
                .talk(&format!("{email} {}", if was_there { "removed" } else { "is not on the list" }));
            Ok(if was_there { Exit::Done } else { Exit::Problems })
        }
    }
}

fn custom_field(typed: &str) -> Result<(String, String), Failure> {
    let parts =
        typed.split_once('=').map(|(name, value)| (name.trim().to_lowercase(), value.trim().to_owned()));
    parts.filter(|(name, _)| !name.is_empty()).ok_or_else(|| {
        let problem = Problem::error("cli/bad-field", format!("`{typed}` is not a custom field"));
        Failure::usage(problem.help("write it as --field country=Kenya"))
    })
}

fn add(desk: &Desk, store: &mut OpenLedger, subscriber: Subscriber) -> Done {
    let shown = subscriber.address.to_string();
    store::asked(store.begin_import())?;
    store::asked(store.import(&[subscriber], "command line", crate::cli::now(desk)))?;
    let tally = store::asked(store.finish_import(true))?;
    let what = match tally {
        ImportTally { suppressed: 1.., .. } => {
            "is suppressed and stays so: `masthead suppress list` says why"
        }
        ImportTally { added: 1.., .. } => "added",
        ImportTally { changed: 1.., .. } => "changed",
        _ => "was there already, as it is",
    };
    desk.output.talk(&format!("{shown} {what}"));
    Ok(if tally.suppressed > 0 { Exit::Problems } else { Exit::Done })
}

fn listed(desk: &Desk, store: &mut OpenLedger, search: Option<&str>) -> Done {
    let wanted = search.map(str::to_lowercase);
    let matches = |subscriber: &Subscriber, wanted: &str| {
        let name = subscriber.name.as_deref().unwrap_or_default();
        format!("{} {name}", subscriber.address.expose()).to_lowercase().contains(wanted)
    };
    let mut count = 0_u64;
    store::asked(store.for_each_subscriber(&mut |subscriber| {
        if wanted.as_deref().is_some_and(|wanted| !matches(&subscriber, wanted)) {
            return true;
        }
        count += 1;
        if desk.output.json {
            desk.output.object(&subscriber);
        } else {
            let language = subscriber.language.as_ref().map(ToString::to_string).unwrap_or_default();
            let status = if subscriber.status == SubscriberStatus::Active { "" } else { "  (unsubscribed)" };
            let name = subscriber.name.as_deref().unwrap_or_default();
            let topics = subscriber.topics.join(", ");
            desk.output
                .data(&format!("{:<38} {language:<5} {name}  {topics}{status}", subscriber.address.expose()));
        }
        true
    }))?;
    desk.output.talk(&format!("{count} subscribers"));
    Ok(Exit::Done)
}

fn export(desk: &Desk, store: &mut OpenLedger, file: Option<&PathBuf>) -> Done {
    let unwritable = |error: &dyn std::fmt::Display| {
        let problem = Problem::error("cli/not-writable", format!("the export can't be written: {error}"));
        Failure::could_not_look(problem.help("choose a file you may write to, on a disk with room"))
    };
    let mut names = BTreeSet::new();
    store::asked(store.for_each_subscriber(&mut |subscriber| {
        names.extend(subscriber.fields.into_keys());
        true
    }))?;
    let sink: Box<dyn Write> = match file {
        Some(path) => Box::new(File::create(path).map_err(|error| unwritable(&error))?),
        None => Box::new(std::io::stdout()),
    };
    let mut writer = SubscriberWriter::new(BufWriter::new(sink), names);
    writer.write_header().map_err(|error| unwritable(&error))?;
    let (mut count, mut failed) = (0_u64, None);
    store::asked(store.for_each_subscriber(&mut |subscriber| {
        count += 1;
        failed = writer.write_row(&subscriber).err();
        failed.is_none()
    }))?;
    if let Some(error) = failed {
        return Err(unwritable(&error));
    }
    writer.finish().map_err(|error| unwritable(&error))?;
    desk.output.talk(&format!("{count} subscribers"));
    Ok(Exit::Done)
}
