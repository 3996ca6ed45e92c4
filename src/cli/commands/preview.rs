//! `masthead preview`: the live preview until Ctrl-C.

use crate::{
    cli::{Desk, Done, Exit, Failure, args::PreviewArgs, output::Dress, settings},
    domain::{issue::IssueId, problem::Problem},
    loopback,
    preview::{self, Preview},
    workspace::Workspace,
};
use std::{io, net::SocketAddr, path::Path};

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
    super::runtime()?.block_on(async {
        let (address, server) = start(desk, &root, first, args.port).await?;
        let url = format!("http://{address}/");
        if desk.output.json {
            desk.output.object(&serde_json::json!({ "page": url }));
        }
        desk.output.talk(&format!("preview  {}", desk.output.dress(Dress::Strong, &url)));
        desk.output.talk("Every save shows there at once. Nothing is sent from it. Ctrl-C ends it.");
        server.await.map_err(|error| refused(&error))?;
        Ok(Exit::Done)
    })
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
    first: Option<IssueId>,
    port: u16,
) -> Result<(SocketAddr, impl Future<Output = io::Result<()>> + use<>), Failure> {
    let listener = loopback::bind(port).await.map_err(|error| refused(&error))?;
    let address = listener.local_addr().map_err(|error| refused(&error))?;
    let (watcher, saves) = preview::watch(root).map_err(|error| {
        let problem = Problem::error("cli/can-not-watch", format!("the files can't be watched: {error}"));
        Failure::could_not_look(
            problem.help("raise the system's limit of watched files (fs.inotify.max_user_watches)"),
        )
    })?;
    let state = Preview::new(root, first, desk.clock.clone());
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
