//! `masthead preview`: the live preview until Ctrl-C.

use crate::{
    cli::{
        Desk, Done, Exit, Failure,
        args::PreviewArgs,
        office::{self, CliOffice},
        output::Dress,
        sending::list,
        settings,
    },
    content::subscribers_csv::SubscriberReader,
    domain::{issue::IssueId, problem::Problem, subscriber::Subscriber},
    loopback,
    preview::{self, Office, Preview},
    workspace::Workspace,
};
use std::{
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

pub(crate) fn run(desk: &Desk, args: &PreviewArgs) -> Done {
    let root = settings::workspace_root(desk)?;
    // A broken file is what a preview is for: the page shows it, so only a wrong name stops here.
    let first = match (&args.issue, Workspace::load(&root)) {
        (Some(issue), Ok(workspace)) => Some(workspace.resolve_issue(issue)?),
        (Some(issue), Err(_)) => issue.split_once('/').map(|(newsletter, issue)| IssueId {
            newsletter: newsletter.to_owned(),
            issue: issue.to_owned(),
        }),
        (None, _) => None,
    };
    let office = CliOffice::new(desk.clock.clone(), desk.output)
        .with_relay_typed(args.relay.as_deref())?
        .with_list(args.to.as_ref().map(|path| list_of(&root, path)).transpose()?);
    let opening = Opening {
        first,
        port: args.port,
        editor: args.editor.clone().or_else(settings::editor),
        office: Arc::new(office),
    };
    super::runtime()?.block_on(async {
        let (address, server) = start(desk, &root, opening).await?;
        let url = format!("http://{address}/");
        if desk.output.json {
            desk.output.object(&serde_json::json!({ "page": url }));
        }
        desk.output.talk(&format!("preview  {}", desk.output.dress(Dress::Strong, &url)));
        desk.output.talk("Every save shows there at once. Nothing leaves this machine but a test that you ask for. Ctrl-C ends it.");
        server.await.map_err(|error| refused(&error))?;
        Ok(Exit::Done)
    })
}

/// Reads a list in a file, with the columns that masthead.yaml names.
fn list_of(root: &Path, path: &PathBuf) -> Result<Vec<Subscriber>, Failure> {
    // A broken masthead.yaml is shown on the page; a list needs no more of it than its columns.
    let columns = Workspace::load_bare(root).map(|workspace| workspace.settings.columns).unwrap_or_default();
    let name = path.display().to_string();
    Ok(office::readers(SubscriberReader::new(list::open(path)?, &name, &columns)?))
}

/// How a preview begins.
pub(crate) struct Opening {
    pub(crate) first: Option<IssueId>,
    pub(crate) port: u16,
    pub(crate) editor: Option<String>,
    pub(crate) office: Arc<dyn Office>,
}

fn refused(error: &io::Error) -> Failure {
    let problem = Problem::error("cli/preview-not-started", format!("the preview can't be served: {error}"));
    let help = match error.kind() {
        io::ErrorKind::AddrInUse => {
            "another preview is running there: use it, or choose another port with --port (0: any free one)"
        }
        _ => "choose another port with --port, or 0 for any free one",
    };
    Failure::could_not_look(problem.help(help))
}

/// Starts a preview that lives until Ctrl-C; returns its address and what to wait for.
///
/// # Errors
/// When the port is taken or the files can't be watched.
pub(crate) async fn start(
    desk: &Desk,
    root: &Path,
    opening: Opening,
) -> Result<(SocketAddr, impl Future<Output = io::Result<()>> + use<>), Failure> {
    let listener = loopback::bind(opening.port).await.map_err(|error| refused(&error))?;
    let address = listener.local_addr().map_err(|error| refused(&error))?;
    let (watcher, saves) = preview::watch(root).map_err(|error| {
        let problem = Problem::error("cli/can-not-watch", format!("the files can't be watched: {error}"));
        Failure::could_not_look(
            problem.help("raise the system's limit of watched files (fs.inotify.max_user_watches)"),
        )
    })?;
    let mut state = Preview::new(root, opening.first, desk.clock.clone(), opening.office);
    if let Some(editor) = opening.editor {
        state = state.with_editor(editor);
    }
    let server = async move {
        let served = tokio::select! {
            served = loopback::serve(listener, preview::pages(state.clone()), super::stopped()) => served,
            () = state.follow(saves) => Ok(()),
        };
        drop(watcher);
        served
    };
    Ok((address, server))
}
