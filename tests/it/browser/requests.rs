//! What a page asks for, as the browser tells it over its protocol: also what never reaches a socket.

use super::surfer::{Notes, listen};
use chromiumoxide::{
    Page,
    cdp::browser_protocol::network::{EnableParams, EventLoadingFailed, EventRequestWillBeSent},
};

/// Where a page of ours may ask.
const OWN: [&str; 5] = ["http://127.0.0.1:", "data:", "about:", "blob:", "chrome:"];

/// Requests of a page that meant another machine.
pub(super) struct Requests {
    /// Number and address of each.
    meant: Notes,
    /// Numbers of those that the page's own policy stopped before they began.
    stopped: Notes,
}

impl Requests {
    pub(super) async fn watched(page: &Page) -> Self {
        let requests = Self { meant: Notes::default(), stopped: Notes::default() };
        page.execute(EnableParams::default()).await.expect("requests");
        listen(page, &requests.meant, |event: &EventRequestWillBeSent| {
            let url = &event.request.url;
            let is_own = OWN.iter().any(|start| url.starts_with(start));
            (!is_own).then(|| format!("{} {url}", event.request_id.inner()))
        })
        .await;
        listen(page, &requests.stopped, |event: &EventLoadingFailed| {
            event.blocked_reason.is_some().then(|| event.request_id.inner().clone())
        })
        .await;
        requests
    }

    /// Asserts that none was let go.
    #[track_caller]
    pub(super) fn stayed_here(&self) {
        let stopped = self.stopped.lock().unwrap();
        let is_stopped =
            |meant: &&String| stopped.iter().any(|number| meant.starts_with(&format!("{number} ")));
        let meant = self.meant.lock().unwrap();
        let gone: Vec<_> = meant.iter().filter(|meant| !is_stopped(meant)).collect();
        assert!(gone.is_empty(), "{gone:#?}");
    }
}
