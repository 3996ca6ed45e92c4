//! `masthead inbox`: the capture server until Ctrl-C.

use crate::{
    cli::{Desk, Done, Exit, Failure, args::InboxArgs, output::Dress},
    domain::problem::Problem,
    inbox::{CaptureServer, Limits, ServerOptions, Store, pages},
    loopback,
};
use std::io;

pub(crate) fn run(desk: &Desk, args: InboxArgs) -> Done {
    super::runtime()?.block_on(serve(desk, args)).map_err(|(what, error)| refused(what, &error))
}

fn refused(what: &'static str, error: &io::Error) -> Failure {
    let problem = Problem::error("cli/inbox-not-started", format!("{what}: {error}"));
    let help = match error.kind() {
        io::ErrorKind::AddrInUse => {
            "something listens there already (another inbox?): choose another with --smtp-port or --port, or 0 for any"
        }
        io::ErrorKind::PermissionDenied => {
            "ports below 1024 are for the system's own servers: choose a higher one, or a folder you may write to"
        }
        _ => "choose another port, or 0 for any free one",
    };
    Failure::could_not_look(problem.help(help))
}

async fn serve(desk: &Desk, args: InboxArgs) -> Result<Exit, (&'static str, io::Error)> {
    let store = Store::new(Limits { messages_max: args.keep.max(1), ..Limits::default() });
    let smtp =
        loopback::bind(args.smtp_port).await.map_err(|error| ("the SMTP port can't be opened", error))?;
    let page =
        loopback::bind(args.port).await.map_err(|error| ("the port of the page can't be opened", error))?;
    let page_address = page.local_addr().map_err(|error| ("the page has no address", error))?;
    let options = ServerOptions { starttls: args.starttls, save: args.save };
    let server = CaptureServer::new(smtp, store.clone(), desk.clock.clone(), options)
        .map_err(|error| ("the inbox can't be set up", error))?;
    let smtp_address = server.address().map_err(|error| ("the SMTP side has no address", error))?;
    let output = desk.output;
    if output.json {
        output.object(&serde_json::json!({ "smtp": format!("smtp://{smtp_address}"), "page": format!("http://{page_address}/") }));
    }
    output.talk(&format!("SMTP   {}", output.dress(Dress::Strong, &format!("smtp://{smtp_address}"))));
    output.talk(&format!("page   {}", output.dress(Dress::Strong, &format!("http://{page_address}/"))));
    output.talk("Mail that comes in is shown there and delivered nowhere. Ctrl-C ends it.");
    let ended = tokio::select! {
        () = server.run(super::stopped()) => Ok(()),
        ended = loopback::serve(page, pages(store.clone()), super::stopped()) => ended,
    };
    ended.map_err(|error| ("the page broke off", error))?;
    output.talk(&format!("\n{} messages were captured.", store.arrived()));
    Ok(Exit::Done)
}
