//! M002, M011 to M015: what the HTML part says beside the text part, and the frame it stands in.

use crate::{
    check::{
        CheckInput,
        message::Message,
        mime::wire::head,
        report::{Report, Spot},
        script,
    },
    render::markup::{Event, Walk},
};
use std::collections::HashSet;

/// Octets of a style sheet that Gmail reads.
const STYLE_MAX: usize = 16_384;

/// A title may be so many times longer than the subject, in quarters.
const TITLE_QUARTERS_MAX: usize = 14;

pub(super) fn judge(input: &CheckInput<'_>, message: &Message<'_>, report: &mut Report<'_>) {
    same_words(message, report);
    title(input, message, report);
    styles(message, report);
    tags(message, report);
    for (fault, at) in comment_faults(&message.html) {
        let spot = message.document.element_at(at).map_or(Spot::Message, Spot::Element);
        report.note("M015", spot, fault);
    }
}

/// M002.
fn same_words(message: &Message<'_>, report: &mut Report<'_>) {
    if message.text.trim().is_empty() {
        return;
    }
    let style = message.style();
    let runs = message.document.runs.iter().filter(|run| {
        !run.is_raw
            && !run.is_conditional
            && run.parent.is_none_or(|parent| style.computed(parent).is_visible)
    });
    let shown: HashSet<String> = runs.flat_map(|run| script::words(&run.text)).collect();
    let said: HashSet<String> = script::words(&message.text).into_iter().collect();
    let common = shown.intersection(&said).count();
    if common * 2 < shown.len() {
        let message = format!(
            "only {common} of the {} different words of the HTML stand in the text part",
            shown.len()
        );
        report.note("M002", Spot::Message, message);
    }
}

/// M011.
fn title(input: &CheckInput<'_>, message: &Message<'_>, report: &mut Report<'_>) {
    let document = &message.document;
    let Some(number) = document.first("title") else {
        return report.note("M011", head(message), "the HTML has no `<title>`");
    };
    let runs = document.runs.iter().filter(|run| run.parent == Some(number));
    let title: String = runs.map(|run| run.text.as_str()).collect();
    let subject = script::width(&input.digest.subject).max(script::width(&message.subject));
    let width = script::width(&title);
    if width == 0 {
        report.note("M011", Spot::Element(number), "the `<title>` is empty");
    } else if subject > 0 && width * 4 > subject * TITLE_QUARTERS_MAX {
        let shown: String = title.trim().chars().take(60).collect();
        let message = format!("the `<title>` is much longer than the subject: `{shown}…`");
        report.note("M011", Spot::Element(number), message);
    }
}

/// M012 and M013.
fn styles(message: &Message<'_>, report: &mut Report<'_>) {
    let document = &message.document;
    let in_head = document.first("head");
    let (mut outside, mut has_inside) = (None, false);
    for run in document.runs.iter().filter(|run| run.is_raw && !run.is_conditional) {
        let Some(number) = run.parent.filter(|parent| document.elements[*parent].name == "style") else {
            continue;
        };
        if run.text.len() > STYLE_MAX {
            let message = format!("a `<style>` has {} octets, {STYLE_MAX} are read", run.text.len());
            report.note("M012", Spot::Element(number), message);
        }
        if let Some((outer, inner)) = nested(&run.text) {
            let message = format!("`{inner}` stands inside `{outer}`");
            report.note("M012", Spot::Element(number), message);
        }
        match in_head {
            Some(head) if document.is_within(number, head) => has_inside = true,
            _ => outside = outside.or(Some(number)),
        }
    }
    if let Some(number) = outside.filter(|_| !has_inside) {
        report.note("M013", Spot::Element(number), "all style sheets stand in the body");
    }
}

/// Returns an @-rule that stands inside another, with the outer one first.
fn nested(css: &str) -> Option<(String, String)> {
    let css = without_comments(css);
    // What every open brace belongs to: the name of an @-rule, or nothing for an ordinary rule.
    let (mut open, mut from): (Vec<Option<String>>, usize) = (Vec::new(), 0);
    for (at, octet) in css.bytes().enumerate().filter(|(_, octet)| matches!(octet, b'{' | b'}' | b';')) {
        if octet == b'}' {
            open.pop();
        } else if octet == b'{' {
            let prelude = css[from..at].trim();
            let name = prelude.starts_with('@').then(|| {
                prelude.split(|c: char| c.is_whitespace() || c == '(').next().unwrap_or(prelude).to_owned()
            });
            if let (Some(inner), Some(outer)) = (&name, open.iter().flatten().next()) {
                return Some((outer.clone(), inner.clone()));
            }
            open.push(name);
        }
        from = at + 1;
    }
    None
}

fn without_comments(css: &str) -> String {
    let (mut out, mut rest) = (String::with_capacity(css.len()), css);
    while let Some((before, after)) = rest.split_once("/*") {
        out.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    out
}

/// M014.
fn tags(message: &Message<'_>, report: &mut Report<'_>) {
    const NAMES: [&str; 3] = ["html", "head", "body"];
    let mut counts = [(0, 0); 3];
    for event in Walk::new(&message.html) {
        let (name, is_open) = match &event {
            Event::Open(tag) if !tag.is_conditional => (tag.name.as_str(), true),
            Event::Close(name) => (name.as_str(), false),
            _ => continue,
        };
        if let Some(index) = NAMES.iter().position(|known| *known == name) {
            let (opened, closed) = &mut counts[index];
            *(if is_open { opened } else { closed }) += 1;
        }
    }
    for (name, (opened, closed)) in NAMES.iter().zip(counts) {
        if (opened, closed) != (1, 1) {
            let spot = message.document.first(name).map_or(Spot::Message, Spot::Element);
            report.note("M014", spot, format!("`{name}` is opened {opened} times and closed {closed} times"));
        }
    }
}

/// Returns what is wrong with the conditional comments, and at which octet.
fn comment_faults(html: &str) -> Vec<(&'static str, usize)> {
    let (mut faults, mut open) = (Vec::new(), None);
    let mut at = 0;
    while let Some(mark) = html[at..].find("<!").map(|found| at + found) {
        let rest = &html[mark..];
        at = mark + 2;
        if rest.starts_with("<!--[if") {
            if open.is_some() {
                faults.push(("a conditional comment begins inside another", mark));
            }
            // `<!--[if !mso]><!-->` is closed at once for all but Outlook.
            let is_shown = rest.find(']').is_some_and(|end| rest[end..].starts_with("]><!"));
            open = Some((mark, is_shown));
            at = mark
                + rest.find(']').map_or(2, |end| if is_shown { end + 7 } else { end + 1 }).min(rest.len());
        } else if rest.starts_with("<![endif]") || rest.starts_with("<!--<![endif]") {
            match open.take() {
                None => faults.push(("a conditional comment ends that never began", mark)),
                Some((_, false)) if !rest.starts_with("<![endif]-->") => {
                    faults.push(("a conditional comment ends as no client reads it", mark));
                }
                Some((_, true)) if !rest.starts_with("<!--<![endif]-->") => {
                    faults.push(("a conditional comment ends as no client reads it", mark));
                }
                Some(_) => {}
            }
            at = mark + rest.find(']').unwrap_or(2);
        } else if rest.starts_with("<!--") && open.is_some_and(|(_, is_shown)| !is_shown) {
            faults.push(("an ordinary comment inside one for Outlook ends both", mark));
        }
        while !html.is_char_boundary(at) {
            at += 1;
        }
    }
    if let Some((mark, _)) = open {
        faults.push(("a conditional comment is never closed", mark));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_at_rules_are_found() {
        let found = nested("/* @media{ */ p{} @supports (x){ .a{} @media (y){ .b{} } }");
        assert_eq!(found, Some(("@supports".into(), "@media".into())));
        assert_eq!(nested("@import url(x); @media (y){ .b{c:d;e:f} } @media (z){ .b{} } p{}"), None);
    }

    #[test]
    fn conditional_comments_come_in_pairs() {
        let whole = "<!--[if mso]><td><![endif]--><!--[if !mso]><!--><p><!--<![endif]--><!-- x --><!doctype>";
        assert_eq!(comment_faults(whole), []);
        for html in [
            "<!--[if mso]><td>",
            "<td><![endif]-->",
            "<!--[if mso]><!--[if mso]><![endif]-->",
            "<!--[if mso]><!-- x --><![endif]-->",
            "<!--[if mso]><!--><p><![endif]-->",
            "<!--[if mso]><p><!--<![endif]-->",
        ] {
            assert!(!comment_faults(html).is_empty(), "{html}");
        }
    }
}
