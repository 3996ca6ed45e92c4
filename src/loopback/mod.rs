//! Pages for this machine only: what preview and inbox have in common.
//!
//! Listens on 127.0.0.1 and nowhere else. A request must carry a `Host` that names this machine,
//! so that a web page elsewhere can't reach it through a DNS name of its own (DNS rebinding), and
//! whatever changes something must come from a page of the same origin. No CORS header is ever sent.

use axum::{
    Router,
    extract::Request,
    http::{HeaderValue, Method, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use std::{future::Future, io, net::Ipv4Addr};
use tokio::net::TcpListener;

/// What pages of ours may load: themselves, nothing from anywhere else.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'";

/// What mail HTML may do when it is shown in a frame: show itself and its own pictures; run nothing, load nothing.
pub const MAIL_POLICY: &str = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; \
     style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'";

/// Lets the links of mail HTML open beside the page: inside its frame they would lead nowhere.
pub fn with_links_outside(mut html: String) -> String {
    const BASE: &str = "<base target=\"_blank\">";
    let lower = html.to_ascii_lowercase();
    let end_of = |start: &str| {
        let at = lower.find(start)?;
        lower[at..].find('>').map(|end| at + end + 1)
    };
    let at = end_of("<head>").or_else(|| end_of("<head ")).or_else(|| end_of("<!doctype"));
    html.insert_str(at.unwrap_or_default(), BASE);
    html
}

/// Counts the pictures of mail HTML that have an address on the web.
pub fn remote_images(html: &str) -> usize {
    let html = html.to_ascii_lowercase();
    let sources = html.split("<img").skip(1).filter_map(|rest| rest.split('>').next());
    sources.filter(|tag| tag.contains("src=\"http") || tag.contains("src='http")).count()
}

/// Opens a listener on 127.0.0.1; port 0 takes any free one.
///
/// # Errors
/// When the port is taken.
pub async fn bind(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await
}

/// Serves `pages` behind the guard until `stop` resolves; open event streams end with it.
///
/// # Errors
/// When the listener breaks.
pub async fn serve(
    listener: TcpListener,
    pages: Router,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let pages = pages.layer(middleware::from_fn(guard));
    let server = axum::serve(listener, pages);
    // Not a graceful shutdown: live pages hold their event stream open for ever.
    tokio::select! {
        result = async { server.await } => result,
        () = stop => Ok(()),
    }
}

/// Lets through only requests meant for this machine, and dresses answers in safe headers.
async fn guard(request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !names_this_machine(host) {
        return refuse("this page is only for this machine: open it as http://127.0.0.1");
    }
    let origin = request.headers().get(header::ORIGIN).and_then(|value| value.to_str().ok());
    let foreign = origin.is_some_and(|origin| origin != format!("http://{host}"));
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD);
    if foreign || (changes && origin.is_none()) {
        return refuse("the request comes from another page");
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(PAGE_POLICY));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // No policy covers a name looked up ahead of a click.
    headers.insert("x-dns-prefetch-control", HeaderValue::from_static("off"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    response
}

fn refuse(why: &'static str) -> Response {
    (StatusCode::FORBIDDEN, why).into_response()
}

/// Returns whether a `Host` header names this machine by loopback address or `localhost`.
fn names_this_machine(host: &str) -> bool {
    let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
    let name = name.map_or(host, |(name, _)| name);
    matches!(name, "127.0.0.1" | "localhost" | "[::1]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_outside_whatever_the_mail_looks_like() {
        for (mail, shown) in [
            (
                "<!doctype html><html><head><title>",
                "<!doctype html><html><head><base target=\"_blank\"><title>",
            ),
            ("<HEAD lang=x>ä", "<HEAD lang=x><base target=\"_blank\">ä"),
            ("<!DOCTYPE html><p>", "<!DOCTYPE html><base target=\"_blank\"><p>"),
            ("<header>x", "<base target=\"_blank\"><header>x"),
            ("<head ", "<base target=\"_blank\"><head "),
        ] {
            assert_eq!(with_links_outside(mail.to_owned()), shown);
        }
    }

    #[test]
    fn only_names_of_this_machine_pass() {
        for host in ["127.0.0.1:4400", "localhost:1", "localhost", "[::1]:4400"] {
            assert!(names_this_machine(host), "{host}");
        }
        for host in
            ["", "evil.example.org", "127.0.0.1.example.org", "localhost.example.org:80", "192.0.2.1:4400"]
        {
            assert!(!names_this_machine(host), "{host}");
        }
    }
}
