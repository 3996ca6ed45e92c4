//! L003: links that were taken out of a text because of what they would do.

use crate::{
    check::{
        CheckInput,
        page::shown,
        report::{Report, Spot},
    },
    render::place_in,
};

/// What addresses in a text may begin with; all others are dropped when the text is rendered, and only the words stay.
const KEPT: [&str; 4] = ["http", "https", "mailto", "tel"];

pub(super) fn judge(input: &CheckInput<'_>, report: &mut Report<'_>) {
    for text in input.edition.texts() {
        for (at, address) in addresses(&text.source) {
            let Some(scheme) = scheme(address) else { continue };
            if !KEPT.iter().any(|kept| scheme.eq_ignore_ascii_case(kept)) {
                let message =
                    format!("a link to `{}` was left out: `{scheme}:` is for no reader", shown(address));
                report.note("L003", Spot::Written(Some(place_in(text, at))), message);
            }
        }
    }
}

/// Returns the addresses of links and where each begins: `[words](address)` and `href="address"`.
fn addresses(source: &str) -> impl Iterator<Item = (usize, &str)> {
    ["](", "href=\"", "href='"].into_iter().flat_map(|opening| {
        source.match_indices(opening).map(|(at, _)| {
            let from = at + opening.len();
            let rest = &source[from..];
            let len = rest.find([')', '"', '\'', '>', ' ', '\n']).unwrap_or(rest.len());
            (from, &rest[..len])
        })
    })
}

fn scheme(address: &str) -> Option<&str> {
    let (scheme, _) = address.split_once(':')?;
    let is_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    (scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.chars().all(is_scheme)).then_some(scheme)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemes_are_told_from_paths_and_words() {
        let source = "[a](javascript:x) [b](maps/x.html) <a href=\"data:text/html\">c</a> [d](#a:b) [e](https://a.org)";
        let found: Vec<_> = addresses(source).filter_map(|(_, address)| scheme(address)).collect();
        assert_eq!(found, ["javascript", "https", "data"]);
    }
}
