//! Proves in a real browser that preview and inbox show what they should, live, and that nothing in a
//! file or a mail gets hold of the page or reaches beyond this machine.

mod hostile;
mod inbox;
mod preview;
mod preview_access;
mod preview_approval;
mod preview_checks;
mod preview_empty;
mod preview_keys;
mod preview_readers;
mod preview_views;
mod requests;
mod surfer;

use crate::support::{Project, clock::FakeClock};
use masthead::{
    inbox::{CaptureServer, Limits, ServerOptions, Store},
    loopback,
    preview::{NoOffice, Preview},
    workspace::example,
};
use std::{fs, future::pending, net::SocketAddr, path::Path, sync::Arc};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Returns a project that holds the example newsletter and its template.
fn example_project() -> Project {
    let project = Project::empty();
    example::unpack(project.root()).expect("the example");
    let templates = Project::copy_of_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("templates"));
    let folder = project.root().join("templates");
    fs::create_dir(&folder).expect("a folder");
    fs::rename(templates.root().join("digest"), folder.join("digest")).expect("moves");
    project
}

/// Serves a live preview of a project until the test ends; returns its address.
async fn serve_preview(project: &Project) -> SocketAddr {
    let listener = loopback::bind(0).await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let (watch, saves) = masthead::preview::watch(project.root()).expect("watches");
    let preview = Preview::new(project.root(), None, FakeClock::new(), Arc::new(NoOffice));
    tokio::spawn(loopback::serve(listener, masthead::preview::pages(preview.clone()), pending()));
    tokio::spawn(async move {
        preview.follow(saves).await;
        drop(watch);
    });
    address
}

/// An inbox at work until the test ends.
struct Inbox {
    store: Store,
    smtp: SocketAddr,
    page: SocketAddr,
}

async fn serve_inbox() -> Inbox {
    let store = Store::new(Limits::default());
    let listener = loopback::bind(0).await.expect("a free port");
    let server = CaptureServer::new(listener, store.clone(), FakeClock::new(), ServerOptions::default());
    let server = server.expect("a server");
    let smtp = server.address().expect("an address");
    tokio::spawn(server.run(pending()));
    let listener = loopback::bind(0).await.expect("a free port");
    let page = listener.local_addr().expect("an address");
    tokio::spawn(loopback::serve(listener, masthead::inbox::pages(store.clone()), pending()));
    Inbox { store, smtp, page }
}

impl Inbox {
    /// Sends a message over SMTP; its lines end in `\n` here.
    async fn receive(&self, to: &str, message: &str) {
        let message = message.replace('\n', "\r\n");
        let said = format!(
            "EHLO x\r\nMAIL FROM:<letter@example.org>\r\nRCPT TO:<{to}>\r\nDATA\r\n{message}\r\n.\r\nQUIT\r\n"
        );
        let heard = talk(self.smtp, &said).await;
        assert!(heard.contains("Captured as"), "{heard}");
    }
}

/// Writes `said` at once and returns everything the server says until it closes.
async fn talk(to: SocketAddr, said: &str) -> String {
    let mut stream = TcpStream::connect(to).await.expect("connects");
    stream.write_all(said.as_bytes()).await.expect("takes it");
    let mut heard = String::new();
    stream.read_to_string(&mut heard).await.expect("answers");
    heard
}
