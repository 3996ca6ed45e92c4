//! Calls foreign code (the MJML engine, the CSS inliner) so that it can't take the program down.

use mrml::prelude::parser::Error;
use mrml::prelude::render::RenderOptions;
use std::cell::Cell;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    /// Whether this thread is inside a guard, where a panic is an answer and not news.
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// The hook is installed once: it passes on every panic that doesn't happen inside a guard.
static HOOK: Once = Once::new();

/// Runs `work` and returns what a panic said as an error. Nothing is printed.
pub(super) fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    HOOK.call_once(|| {
        let passed_on = take_hook();
        set_hook(Box::new(move |panic| {
            if !GUARDED.get() {
                passed_on(panic);
            }
        }));
    });
    let outer = GUARDED.replace(true);
    let result = catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(outer);
    result.map_err(|panic| {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        text.or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "no reason given".to_owned())
    })
}

/// Why the engine didn't render.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// What it said.
    pub(super) reason: String,
    /// The byte of its input at which it stopped, when it says so.
    pub(super) at: Option<usize>,
}

/// Renders the text of a page.
pub(super) fn render(text: &str) -> Result<String, Refusal> {
    let rendered = guarded(|| {
        let parsed =
            mrml::parse(text).map_err(|error| Refusal { at: position(&error), reason: error.to_string() })?;
        let options = RenderOptions {
            disable_comments: false,
            social_icon_origin: None,
            // No fonts that the author didn't ask for: each is a request to a third party per reader.
            fonts: HashMap::new(),
        };
        parsed.element.render(&options).map_err(|error| Refusal { at: None, reason: error.to_string() })
    });
    rendered.unwrap_or_else(|reason| Err(Refusal { reason, at: None }))
}

/// Returns where the engine's reader stopped.
fn position(error: &Error) -> Option<usize> {
    match error {
        Error::UnexpectedElement { position, .. }
        | Error::UnexpectedToken { position, .. }
        | Error::MissingAttribute { position, .. }
        | Error::InvalidAttribute { position, .. }
        | Error::InvalidFormat { position, .. }
        | Error::IncludeLoaderError { position, .. } => Some(position.start),
        _ => None,
    }
}

/// Writes `css` into the `style` attributes of `html`.
pub(super) fn inline(html: &str, css: &str) -> Result<String, String> {
    let inlined = guarded(|| {
        css_inline::CSSInliner::options()
            .inline_style_tags(false)
            .keep_style_tags(true)
            .keep_link_tags(true)
            .load_remote_stylesheets(false)
            .extra_css(Some(css.into()))
            .build()
            .inline(html)
    });
    match inlined {
        Ok(Ok(html)) => Ok(html),
        Ok(Err(error)) => Err(error.to_string()),
        Err(panic) => Err(panic),
    }
}

#[cfg(test)]
mod tests {
    use super::{guarded, render};

    #[test]
    fn a_panic_becomes_an_answer() {
        assert_eq!(guarded(|| -> u8 { panic!("oops") }), Err("oops".to_owned()));
        assert_eq!(guarded(|| 7), Ok(7));
    }

    #[test]
    fn a_document_the_engine_cannot_read_is_refused_with_its_place() {
        let refusal = render("<mjml><mj-nothing /></mjml>").unwrap_err();
        assert!(refusal.at.is_some(), "{refusal:?}");
    }
}
