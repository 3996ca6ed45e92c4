//! S003: words that are there and can't be seen.

use crate::{
    check::{
        message::Message,
        report::{Report, Spot},
    },
    clients::colour::Palette,
};

/// Contrast below which nobody makes out a letter.
const CONTRAST_MIN: f64 = 1.25;
/// Pixels at which letters are specks.
const SIZE_MAX: f32 = 3.0;
/// Characters of a text that a message shows.
const SHOWN_MAX: usize = 40;

pub(super) fn judge(message: &Message<'_>, report: &mut Report<'_>) {
    let style = message.style();
    let runs = message.document.runs.iter().filter(|run| !run.is_raw && !run.is_conditional);
    for run in runs.filter(|run| run.text.chars().any(char::is_alphanumeric)) {
        let Some(number) = run.parent.filter(|number| style.computed(*number).is_visible) else { continue };
        let look = style.computed(number);
        let words = run.text.split_whitespace().collect::<Vec<_>>().join(" ");
        let shown: String = words.chars().take(SHOWN_MAX).collect();
        let (text, ground) = style.colours(number, Palette::Light);
        if text.contrast(ground) < CONTRAST_MIN && !look.is_over_image {
            let message = format!("`{shown}` has nearly the colour of its background");
            report.note("S003", Spot::Element(number), message);
        }
        if look.font_size <= SIZE_MAX {
            report.note(
                "S003",
                Spot::Element(number),
                format!("`{shown}` is {} pixels high", look.font_size),
            );
        }
    }
    for (_, at) in message.document.comments.iter().filter(|(text, at)| splits(&message.html, text, *at)) {
        let spot = message.document.element_at(*at).map_or(Spot::Message, Spot::Element);
        report.note("S003", spot, "a comment stands in the middle of a word");
    }
}

/// Returns whether a comment has a letter right before and right after it.
fn splits(html: &str, text: &str, at: usize) -> bool {
    let before = html[..at].strip_suffix("<!--").and_then(|before| before.chars().next_back());
    let after = html[at + text.len()..].strip_prefix("-->").and_then(|after| after.chars().next());
    [before, after].into_iter().all(|c| c.is_some_and(char::is_alphanumeric))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_splits_a_word_only_between_letters() {
        assert!(splits("Via<!--x-->gra", "x", 7));
        assert!(!splits("Via <!--x-->gra", "x", 8) && !splits("<p><!--x-->gra", "x", 7));
    }
}
