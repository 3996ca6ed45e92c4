//! `masthead demo`: the whole journey on this machine, with nothing to set up and nothing left behind.

use crate::{
    check::Reach,
    cli::{
        Desk, Done, Exit, Failure,
        args::DemoArgs,
        commands::{preview, store},
        office::CliOffice,
        output::Dress,
        sending::{
            findings,
            list::List,
            prepare::{Order, Prepared, prepare},
            run::{self, Pace},
            shown::{self, Way},
        },
        settings,
    },
    delivery::plan::ListRow,
    domain::{
        broadcast::Broadcast,
        delivery::DeliveryState,
        issue::IssueId,
        problem::Problem,
        settings::{Protection, RelaySettings},
        subscriber::Subscriber,
    },
    inbox::{self, CaptureServer, Limits, ServerOptions, Store},
    loopback,
    runner::options::WaitForDeferred,
    smtp::transport::SmtpTransport,
    workspace::{Workspace, example},
};
use std::{
    collections::BTreeMap,
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::task::JoinHandle;

/// Connections of the demo's sending.
const CONNECTIONS: usize = 2;
/// Deliveries compared with what arrived; the example has about twenty.
const COMPARED_MAX: usize = 100_000;

pub(crate) fn run(desk: &Desk, args: &DemoArgs) -> Done {
    let scratch = tempfile::Builder::new()
        .prefix("masthead-demo-")
        .tempdir()
        .map_err(|error| cant("make a temporary folder", &error))?;
    let (root, subscribers) = example_files(desk, scratch.path())?;
    let mut workspace = Workspace::load(&root)?;
    // The demo keeps its accounts to itself: whoever tries it twice starts afresh, and real deliveries stay alone.
    workspace.settings.ledger = scratch.path().join("masthead.db").display().to_string();
    super::runtime()?.block_on(journey(desk, args, &workspace, subscribers))
}

/// Takes the example from this workspace when it is here, and else from inside the binary.
fn example_files(desk: &Desk, scratch: &Path) -> Result<(PathBuf, List), Failure> {
    let here = settings::workspace_root(desk).ok().filter(|root| example::is_in(root));
    if let Some(root) = here {
        let list = root.join("subscribers.example.csv");
        let list = if list.is_file() { List::Csv(list) } else { built_in_list() };
        return Ok((root, list));
    }
    let root = scratch.join("example");
    std::fs::create_dir_all(&root).map_err(|error| cant("make a temporary folder", &error))?;
    example::unpack(&root)?;
    Ok((root, built_in_list()))
}

fn built_in_list() -> List {
    List::Text("subscribers.example.csv".into(), example::SUBSCRIBERS.into())
}

fn cant(what: &str, error: &io::Error) -> Failure {
    let problem = Problem::error("cli/demo-not-started", format!("the demo can't {what}: {error}"));
    Failure::could_not_look(problem.help("make room for temporary files, or choose another port with --port"))
}

/// An inbox at work, until it is dropped.
struct Inbox {
    store: Store,
    smtp: SocketAddr,
    server: JoinHandle<()>,
}

impl Drop for Inbox {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn open_inbox(desk: &Desk, save: Option<PathBuf>) -> io::Result<Inbox> {
    let store = Store::new(Limits::default());
    let server = CaptureServer::new(
        loopback::bind(0).await?,
        store.clone(),
        desk.clock.clone(),
        ServerOptions { starttls: false, save },
    )?;
    let smtp = server.address()?;
    Ok(Inbox { store, smtp, server: tokio::spawn(server.run(std::future::pending())) })
}

async fn journey(desk: &Desk, args: &DemoArgs, workspace: &Workspace, list: List) -> Done {
    let output = desk.output;
    let issue = workspace.resolve_issue(example::NEWSLETTER)?;
    let inbox = open_inbox(desk, args.save.clone()).await.map_err(|error| cant("open its inbox", &error))?;
    let readers = readers(workspace, &list)?;
    let broadcast = sealed(desk, workspace, issue.clone(), list, &inbox)?;
    let transport = SmtpTransport::new(relay(&inbox), None)?;
    let pace = Pace {
        connections: CONNECTIONS,
        depth: 1,
        messages_per_connection: 50,
        rate: None,
        quota: None,
        continues_anyway: false,
        wait: WaitForDeferred::No,
        until: None,
        not_after: None,
    };
    let ledger = store::open(workspace)?;
    let report = run::send(desk, workspace, ledger, &broadcast, transport, pace).await?;
    let exit = shown::summary(output, &broadcast, &report);
    let complete = compare(desk, workspace, &broadcast, &inbox)?;
    if let Some(folder) = &args.save {
        output.talk(&format!("The captured messages are in {}.", folder.display()));
    }
    if args.once || exit != Exit::Done || !complete {
        return Ok(if complete { exit } else { Exit::Problems });
    }
    serve(desk, args.port, workspace, issue, readers, &inbox).await
}

/// Renders everybody, shows the plan and seals: what `send` does, without asking.
fn sealed(
    desk: &Desk,
    workspace: &Workspace,
    issue: IssueId,
    list: List,
    inbox: &Inbox,
) -> Result<Broadcast, Failure> {
    let list_name = list.name();
    let mut ledger = store::open(workspace)?;
    let reach = Reach::Local;
    let order = Order { workspace, issue, edition: 0, list, reach, approvals: None, schedule: None };
    let prepared: Prepared = prepare(&order, &mut ledger)?;
    let relay = format!("smtp://{} (the inbox)", inbox.smtp);
    shown::plan(
        desk.output,
        &prepared,
        &list_name,
        &Way { relay: &relay, connections: CONNECTIONS, depth: 1, rate: None, notes: Vec::new() },
    );
    if findings::show(desk.output, &prepared.findings) {
        return Err(shown::held_back().into());
    }
    store::asked(ledger.seal(&prepared.content, &prepared.plan.seal, crate::cli::now(desk)))
}

fn relay(inbox: &Inbox) -> RelaySettings {
    RelaySettings {
        connections: CONNECTIONS,
        hello_name: Some(settings::host_name()),
        messages_per_connection: 50,
        ..RelaySettings::new(inbox.smtp.ip().to_string(), inbox.smtp.port(), Protection::Plain)
    }
}

/// Compares what the ledger says was sent with what the inbox really has: each exactly once, nobody else.
fn compare(
    desk: &Desk,
    workspace: &Workspace,
    broadcast: &Broadcast,
    inbox: &Inbox,
) -> Result<bool, Failure> {
    let mut ledger = store::open(workspace)?;
    let sent = store::asked(ledger.deliveries(broadcast.id, DeliveryState::Sent, COMPARED_MAX))?;
    let mut balance: BTreeMap<String, i64> = BTreeMap::new();
    for delivery in &sent {
        *balance.entry(delivery.address.expose()).or_default() -= 1;
    }
    for message in inbox.store.all() {
        for to in message.to {
            *balance.entry(to).or_default() += 1;
        }
    }
    let wrong = balance.values().filter(|difference| **difference != 0).count();
    let output = desk.output;
    if output.json {
        output.object(
            &serde_json::json!({ "expected": sent.len(), "arrived": inbox.store.arrived(), "wrong": wrong }),
        );
    } else if wrong == 0 {
        let good = output.dress(Dress::Good, &format!("All {} messages arrived", inbox.store.arrived()));
        output.talk(&format!("{good}: each exactly once, and nobody else got one."));
    } else {
        output.talk(
            &output.dress(Dress::Bad, &format!("{wrong} of {} messages are missing or double.", sent.len())),
        );
    }
    Ok(wrong == 0)
}

/// Returns the readers of the demo's list, for its preview to choose from.
fn readers(workspace: &Workspace, list: &List) -> Result<Vec<Subscriber>, Failure> {
    let mut readers = Vec::new();
    list.for_each(workspace, &mut |row| {
        if let ListRow::Reader { subscriber, .. } = row {
            readers.push(subscriber);
        }
        Ok(())
    })?;
    Ok(readers)
}

async fn serve(
    desk: &Desk,
    port: u16,
    workspace: &Workspace,
    issue: IssueId,
    readers: Vec<Subscriber>,
    inbox: &Inbox,
) -> Done {
    // The preview shows what the demo did: its own account, its list, and tests that land in its inbox.
    let office = CliOffice::new(desk.clock.clone(), desk.output)
        .with_ledger(workspace.settings.ledger.clone())
        .with_relay(relay(inbox))
        .with_list(Some(readers));
    let opening =
        preview::Opening { first: Some(issue), port, editor: settings::editor(), office: Arc::new(office) };
    let (preview_at, preview) = preview::start(desk, &workspace.root, opening).await?;
    let page = loopback::bind(0).await.map_err(|error| cant("open the page of its inbox", &error))?;
    let inbox_at = page.local_addr().map_err(|error| cant("open the page of its inbox", &error))?;
    let output = desk.output;
    let (preview_url, inbox_url) = (format!("http://{preview_at}/"), format!("http://{inbox_at}/"));
    if output.json {
        output.object(&serde_json::json!({ "preview": preview_url, "inbox": inbox_url }));
    }
    output.talk("");
    output.talk(&format!(
        "  preview  {}   edit {} and watch it follow",
        output.dress(Dress::Strong, &preview_url),
        workspace.root.join("newsletters").display()
    ));
    output
        .talk(&format!("  inbox    {}   what the subscribers got", output.dress(Dress::Strong, &inbox_url)));
    output.talk("");
    output.talk("Ctrl-C ends it; nothing stays running and nothing was delivered beyond this machine.");
    let pages = inbox::pages(inbox.store.clone());
    let served = tokio::select! {
        served = preview => served,
        served = loopback::serve(page, pages, super::stopped()) => served,
    };
    served.map_err(|error| cant("serve its pages", &error))?;
    Ok(Exit::Done)
}
