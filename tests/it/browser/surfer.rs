//! A headless browser with one page, which keeps what the page complains about and whom it asks.

use super::requests::Requests;
use chromiumoxide::{
    Browser, BrowserConfig, Element, Page,
    cdp::{
        IntoEventKind,
        browser_protocol::{log::EventEntryAdded, page::EventJavascriptDialogOpening},
        js_protocol::runtime::{
            ConsoleApiCalledType, EvaluateParams, EventConsoleApiCalled, EventExceptionThrown,
        },
    },
    layout::Point,
};
use serde::de::DeserializeOwned;
use std::{
    fmt::Debug,
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex},
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_stream::StreamExt;

const CHROMIUM: &str = "/usr/bin/chromium";
/// How long anything on a page may take on a busy machine.
const PATIENCE_MS: u32 = 20_000;

/// What the pages of preview and inbox have in common, within reach of the scripts of a test.
const WORDS: &str = "const by = (id) => document.getElementById(id); \
     const seen = (id) => by(id) !== null && by(id).checkVisibility(); \
     const frame = document.querySelector('iframe:not(.waiting)'); const digest = frame?.contentDocument ?? null;";

pub(super) type Notes = Arc<Mutex<Vec<String>>>;

pub(super) struct Surfer {
    browser: Browser,
    page: Page,
    /// Any element will do: keys go where the focus is. Finding one anew for each key would read the whole page,
    /// and fail when the page changes meanwhile.
    keyboard: Element,
    /// Errors and warnings of the console, exceptions, dialogs.
    complaints: Notes,
    /// First lines of requests that wanted to leave this machine.
    outside: Notes,
    /// The same as the browser itself tells it.
    requests: Requests,
    _profile: TempDir,
}

impl Surfer {
    /// Opens a page.
    pub(super) async fn at(address: SocketAddr) -> Self {
        Self::at_path(address, "/").await
    }

    pub(super) async fn at_path(address: SocketAddr, path: &str) -> Self {
        assert!(
            Path::new(CHROMIUM).exists(),
            "these tests need a browser at {CHROMIUM}: `apt-get install chromium`"
        );
        let outside = Notes::default();
        let profile = TempDir::new().expect("a temporary folder");
        let (browser, mut handler) =
            Browser::launch(config(&profile, &beyond(outside.clone()).await)).await.expect("a browser");
        tokio::spawn(async move { while handler.next().await.is_some() {} });
        let page = browser.new_page("about:blank").await.expect("a page");
        let keyboard = page.find_element("body").await.expect("a body");
        let complaints = Notes::default();
        page.enable_log().await.expect("logs");
        listen(&page, &complaints, |entry: &EventEntryAdded| Some(entry.entry.text.clone())).await;
        listen(&page, &complaints, |call: &EventConsoleApiCalled| {
            let is_bad = matches!(
                call.r#type,
                ConsoleApiCalledType::Error | ConsoleApiCalledType::Warning | ConsoleApiCalledType::Assert
            );
            is_bad.then(|| format!("{:?}", call.args))
        })
        .await;
        listen(&page, &complaints, |thrown: &EventExceptionThrown| {
            Some(format!("{:?}", thrown.exception_details))
        })
        .await;
        listen(&page, &complaints, |dialog: &EventJavascriptDialogOpening| {
            Some(format!("dialog: {}", dialog.message))
        })
        .await;
        let requests = Requests::watched(&page).await;
        let surfer = Self { browser, page, keyboard, complaints, outside, requests, _profile: profile };
        surfer.go(address, path).await;
        surfer
    }

    pub(super) async fn go(&self, address: SocketAddr, path: &str) {
        self.page.goto(format!("http://{address}{path}")).await.expect("the page");
    }

    /// Returns what an expression comes to in the page.
    pub(super) async fn eval<T: DeserializeOwned>(&self, expression: &str) -> T {
        self.run(format!("(() => {{ {WORDS} return ({expression}); }})()")).await
    }

    /// Does something in the page.
    pub(super) async fn act(&self, script: &str) {
        let _done: bool = self.eval(&format!("({script}, true)")).await;
    }

    /// Waits until an expression holds.
    #[track_caller]
    pub(super) fn until<'a>(&'a self, expression: &str) -> impl Future<Output = ()> + use<'a> {
        let caller = std::panic::Location::caller();
        let script = format!(
            "new Promise((tell) => {{ const end = performance.now() + {PATIENCE_MS}; (function look() {{ \
             let holds = false; try {{ {WORDS} holds = Boolean({expression}); }} catch {{}} \
             if (holds || performance.now() > end) tell(holds); else setTimeout(look, 5); }})(); }})"
        );
        let expression = expression.to_owned();
        async move {
            let holds: bool = self.run(script).await;
            if !holds {
                let text: String = self.eval("document.body.innerText").await;
                panic!(
                    "{caller}: never came true: {expression}\n{text}\n{:#?}",
                    self.complaints.lock().unwrap()
                );
            }
        }
    }

    /// Runs a script and returns what it comes to.
    pub(super) async fn run<T: DeserializeOwned>(&self, script: String) -> T {
        let params = EvaluateParams::builder().expression(script).await_promise(true).return_by_value(true);
        let result = self.page.evaluate_expression(params.build().expect("an expression")).await;
        result.expect("an answer").into_value().expect("a value of this kind")
    }

    /// Presses a key where the focus is.
    pub(super) async fn key(&self, key: &str) {
        self.keyboard.press_key(key).await.expect("a key");
    }

    /// Types words where the focus is.
    pub(super) async fn type_words(&self, words: &str) {
        self.keyboard.type_str(words).await.expect("keys");
    }

    /// Moves the mouse to a point of the page.
    pub(super) async fn point(&self, (x, y): (f64, f64)) {
        self.page.move_mouse(Point::new(x, y)).await.expect("a mouse");
    }

    /// Clicks with the mouse into the middle of what can be seen of an element, once there is one.
    #[track_caller]
    pub(super) fn click<'a>(&'a self, selector: &str) -> impl Future<Output = ()> + use<'a> {
        // A word of the page's own for the element, so that no handle of it can grow stale.
        let target = format!("document.querySelector({})", serde_json::Value::from(selector));
        let is_there = self.until(&format!("{target}?.checkVisibility()"));
        async move {
            is_there.await;
            let (x, y): (f64, f64) = self
                .eval(&format!(
                    "(() => {{ const target = {target}; target.scrollIntoView({{ block: 'nearest', inline: 'nearest', behavior: 'instant' }}); \
                     const {{ left, right, top, bottom }} = target.getBoundingClientRect(); \
                     return [(Math.max(left, 0) + Math.min(right, innerWidth)) / 2, (Math.max(top, 0) + Math.min(bottom, innerHeight)) / 2]; }})()"
                ))
                .await;
            self.page.click(Point::new(x, y)).await.expect("a click");
        }
    }

    /// Returns what went wrong on the page so far.
    pub(super) fn complaints(&self) -> Vec<String> {
        self.complaints.lock().unwrap().clone()
    }

    /// Asserts that nobody beyond this machine was asked for anything.
    #[track_caller]
    pub(super) fn stayed_here(&self) {
        let outside = self.outside.lock().unwrap();
        assert!(outside.is_empty(), "{outside:#?}");
        self.requests.stayed_here();
    }

    /// Opens an address elsewhere and returns whether that was noticed.
    pub(super) async fn asks_beyond(&self, address: &str) -> bool {
        let _refused = self.page.goto(address).await;
        self.outside.lock().unwrap().iter().any(|line| line.contains(address))
    }

    /// Closes the browser, which must have had nothing to complain about.
    #[track_caller]
    pub(super) fn leave(self) -> impl Future<Output = ()> {
        self.stayed_here();
        let complaints = self.complaints();
        assert!(complaints.is_empty(), "{complaints:#?}");
        self.close()
    }

    pub(super) async fn close(mut self) {
        // Nothing of its profile is wanted any more: it needn't tidy up.
        self.browser.kill().await.expect("a browser of ours").expect("ends");
    }
}

fn config(profile: &TempDir, proxy: &str) -> BrowserConfig {
    let config = BrowserConfig::builder()
        .chrome_executable(CHROMIUM)
        .no_sandbox()
        .user_data_dir(profile.path())
        .window_size(1_280, 860)
        .viewport(None)
        .args(["disable-gpu", "no-first-run", "disable-background-networking", "disable-component-update"])
        .args(["disable-sync", "disable-default-apps", "no-default-browser-check"])
        // What isn't for this machine goes to the proxy, whatever it is.
        .arg(("proxy-server", proxy));
    config.build().expect("a configuration")
}

/// Opens a proxy that passes nothing on and notes what it was asked for; returns its address.
async fn beyond(notes: Notes) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut asked = vec![0; 512];
            let size = stream.read(&mut asked).await.unwrap_or_default();
            // A plain no: without one the browser tries again and again.
            let _gone =
                stream.write_all(b"HTTP/1.1 502 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await;
            let asked = String::from_utf8_lossy(&asked[..size]);
            let line = asked.lines().next().unwrap_or_default().to_owned();
            // The browser's own errands (start page, updates) are none of the page's.
            let is_errand =
                ["google", "gvt1", "chromium", "duckduckgo"].iter().any(|name| line.contains(name));
            if !is_errand && !line.is_empty() {
                notes.lock().unwrap().push(line);
            }
        }
    });
    address
}

pub(super) async fn listen<E>(
    page: &Page,
    notes: &Notes,
    note: impl Fn(&E) -> Option<String> + Send + 'static,
) where
    E: IntoEventKind + Unpin + Debug + Send + Sync + 'static,
{
    let mut events = page.event_listener::<E>().await.expect("listens");
    let notes = notes.clone();
    tokio::spawn(async move {
        while let Some(event) = events.next().await {
            if let Some(text) = note(&event) {
                notes.lock().unwrap().push(text);
            }
        }
    });
}
