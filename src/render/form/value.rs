//! Values of merge fields: cleaned once, then escaped for the place where they stand.

/// The place in the HTML part where a value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum HtmlPlace {
    /// Between tags, in a title, or in an attribute that is no URL.
    Text,
    /// The whole URL of a link or image.
    WholeUrl,
    /// A part of a URL.
    UrlPart {
        /// Whether `@` may stand as it is: after `mailto:` or a `?`, where it can't change the host.
        keeps_at: bool,
    },
}

/// Appends a value as one line of printable text.
///
/// Line breaks and other control characters become one space. The characters that turn the writing
/// direction round (U+202A–E, U+2066–9) are left out: unclosed, they would mirror what follows.
pub(super) fn push_clean(value: &str, out: &mut String) {
    // Nearly all values: letters, digits, single words and spaces, and nothing to be seen to.
    if value.bytes().all(|octet| matches!(octet, b' '..=b'~')) {
        return out.push_str(value.trim_ascii());
    }
    let value = value.trim_matches(|c: char| c.is_whitespace() || is_break(c));
    let mut was_break = false;
    for c in value.chars() {
        if is_break(c) {
            if !was_break && !out.ends_with(' ') {
                out.push(' ');
            }
            was_break = true;
        } else if !is_turn(c) {
            if !(was_break && c == ' ') {
                out.push(c);
            }
            was_break = false;
        }
    }
}

/// Returns whether nothing of a value would be left to see.
pub(super) fn is_blank(value: &str) -> bool {
    !value.chars().any(|c| !(c.is_whitespace() || is_break(c) || is_turn(c)))
}

/// Returns whether a character turns the writing direction round.
fn is_turn(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn is_break(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Appends a cleaned value as its place in HTML wants it.
pub(super) fn push_escaped(value: &str, place: HtmlPlace, out: &mut String) {
    match place {
        HtmlPlace::Text => push_html(value, out),
        HtmlPlace::WholeUrl if is_web_url(value) => {
            let mut url = String::with_capacity(value.len());
            push_percent(
                value,
                |octet| octet.is_ascii_graphic() && !b"<>\"\\^`{|}".contains(&octet),
                &mut url,
            );
            push_html(&url, out);
        }
        // Not a URL that a mail may hold (`javascript:` …): encoded whole it leads nowhere.
        HtmlPlace::WholeUrl => push_percent(value, is_unreserved, out),
        HtmlPlace::UrlPart { keeps_at } => {
            push_percent(value, |octet| is_unreserved(octet) || (keeps_at && octet == b'@'), out);
        }
    }
}

/// Appends text with the five characters of HTML escaped, which is right in text and in quoted attributes.
pub(super) fn push_html(text: &str, out: &mut String) {
    if !text.bytes().any(|octet| b"&<>\"'".contains(&octet)) {
        return out.push_str(text);
    }
    let mut from = 0;
    for (at, octet) in text.bytes().enumerate() {
        let escaped = match octet {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            b'\'' => "&#39;",
            _ => continue,
        };
        out.push_str(&text[from..at]);
        out.push_str(escaped);
        from = at + 1;
    }
    out.push_str(&text[from..]);
}

fn is_web_url(value: &str) -> bool {
    ["https://", "http://", "mailto:"]
        .iter()
        .any(|scheme| value.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))
}

/// RFC 3986, 2.3.
fn is_unreserved(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || b"-._~".contains(&octet)
}

fn push_percent(value: &str, is_kept: impl Fn(u8) -> bool, out: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for octet in value.bytes() {
        if is_kept(octet) {
            out.push(char::from(octet));
        } else {
            out.push('%');
            out.push(char::from(DIGITS[usize::from(octet >> 4)]));
            out.push(char::from(DIGITS[usize::from(octet & 15)]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_escaped(value: &str, place: HtmlPlace, expected: &str) {
        let (mut clean, mut out) = (String::new(), String::new());
        push_clean(value, &mut clean);
        push_escaped(&clean, place, &mut out);
        assert_eq!(out, expected);
    }

    #[test]
    fn breaks_become_one_space() {
        check_escaped(" Anna\r\n Bcc: x@y.org\0\u{2028} ", HtmlPlace::Text, "Anna Bcc: x@y.org");
        check_escaped("a\u{202e}b\u{2066}", HtmlPlace::Text, "ab");
        check_escaped("  Anna  B. ", HtmlPlace::Text, "Anna  B.");
    }

    #[test]
    fn markup_in_a_value_is_text() {
        check_escaped("<b>&\"'", HtmlPlace::Text, "&lt;b&gt;&amp;&quot;&#39;");
    }

    #[test]
    fn a_part_of_a_url_can_not_leave_it() {
        check_escaped("a/b?c&d=é\"", HtmlPlace::UrlPart { keeps_at: false }, "a%2Fb%3Fc%26d%3D%C3%A9%22");
        check_escaped("x@evil.org", HtmlPlace::UrlPart { keeps_at: false }, "x%40evil.org");
        check_escaped("a@example.org", HtmlPlace::UrlPart { keeps_at: true }, "a@example.org");
    }

    #[test]
    fn only_web_and_mail_urls_stay_urls() {
        check_escaped(
            "https://example.org/?a=1&b=é",
            HtmlPlace::WholeUrl,
            "https://example.org/?a=1&amp;b=%C3%A9",
        );
        check_escaped("javascript:alert('x')", HtmlPlace::WholeUrl, "javascript%3Aalert%28%27x%27%29");
        check_escaped("example.org/\"><b>", HtmlPlace::WholeUrl, "example.org%2F%22%3E%3Cb%3E");
    }
}
