//! Conditional comments as Outlook for Windows resolves them.

/// Version of Word's renderer in Outlook 2016 and all that came after.
const VERSION: f32 = 16.0;

/// Returns the HTML with its conditional comments resolved: what is for Outlook stands free, what isn't is gone.
pub(super) fn resolved(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = next(rest) {
        out.push_str(&rest[..at]);
        let from = &rest[at..];
        let is_comment = from.starts_with("<!--");
        let head = if is_comment { 4 } else { 2 };
        let Some(end) = from.find("]>") else { break };
        let holds = holds(from[head..end].trim_start_matches("[if"));
        let inside = &from[end + 2..];
        // `<!--[if !mso]><!-->` shows its inside to all others.
        let inside = inside.strip_prefix("<!-->").or_else(|| inside.strip_prefix("-->")).unwrap_or(inside);
        let (len, after) = close(inside);
        if holds {
            out.push_str(inside[..len].trim_end_matches("<!--"));
        }
        rest = &inside[len + after..];
    }
    if next(rest).is_none() {
        out.push_str(rest);
    }
    out
}

fn next(text: &str) -> Option<usize> {
    match (text.find("<!--[if"), text.find("<![if")) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// Returns where the inside of a conditional comment ends, and how long its end mark is.
fn close(inside: &str) -> (usize, usize) {
    match inside.find("<![endif]") {
        Some(at) => {
            let mark = &inside[at..];
            let len = if mark.starts_with("<![endif]-->") { 12 } else { 10 };
            (at, len.min(mark.len()))
        }
        None => (inside.len(), 0),
    }
}

/// Decides a condition such as `(gte mso 9)|(IE)`.
fn holds(condition: &str) -> bool {
    condition.split('|').any(|any| any.split('&').all(single))
}

fn single(text: &str) -> bool {
    let text = text.replace(['(', ')', ']'], " ").to_ascii_lowercase();
    let words: Vec<&str> = text.split_whitespace().collect();
    match words.as_slice() {
        [negated] if negated.starts_with('!') => !single(&negated[1..]),
        ["!", rest @ ..] => !single(&rest.join(" ")),
        ["mso" | "true" | "vml"] => true,
        ["mso", version] => version.parse::<f32>().is_ok_and(|version| (version - VERSION).abs() < 0.1),
        [order, "mso", version] => version.parse::<f32>().is_ok_and(|version| match *order {
            "gt" => VERSION > version,
            "gte" => VERSION >= version,
            "lt" => VERSION < version,
            "lte" => VERSION <= version,
            _ => false,
        }),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(html: &str, expected: &str) {
        assert_eq!(resolved(html), expected, "{html}");
    }

    #[test]
    fn what_is_for_outlook_stays() {
        check("a<!--[if mso]><b><![endif]-->c", "a<b>c");
        check("a<!--[if !mso]><!--><b><!--<![endif]-->c", "ac");
        check("a<!--[if !mso]>--><b><!--<![endif]-->c", "ac");
        check("a<![if !mso]><b><![endif]>c", "ac");
        check("<!--[if mso | IE]>1<![endif]--><!--[if (gte mso 9)|(IE)]>2<![endif]-->", "12");
        check(
            "<!--[if lte mso 11]>1<![endif]--><!--[if gt mso 15]>2<![endif]--><!--[if IE]>3<![endif]-->",
            "2",
        );
        check("<!-- plain --><!--[if true]><!-->1<!--<![endif]-->", "<!-- plain -->1");
    }

    #[test]
    fn what_never_ends_does_no_harm() {
        check("a<!--[if mso", "a");
        check("a<!--[if mso]>b", "ab");
        check("é<!--[if mso]>é<![endif]", "éé");
    }
}
