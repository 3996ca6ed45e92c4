//! Where Gmail cuts.

/// Octets of HTML that Gmail shows.
pub const CLIPPED_AT: usize = 102_400;

/// What Gmail writes where it has cut.
pub(super) const NOTICE: &str = "<div dir=\"ltr\" lang=\"en\" style=\"clear:both;margin:16px 0 0;padding:8px 12px;\
    font:13px/20px Arial,sans-serif;color:#202124;background:#ffffff;text-align:left\">[Message clipped]&nbsp; \
    <span style=\"color:#0b57d0;text-decoration:underline\">View entire message</span></div>";

/// Returns what is left of a message that is too long, `None` when it isn't. The numbers that a preview wrote into the
/// tags don't count.
pub(super) fn cut(html: &str) -> Option<&str> {
    let mut counted = 0;
    let mut at = 0;
    while counted < CLIPPED_AT {
        html.as_bytes().get(at)?;
        if let Some(len) = mark_len(&html.as_bytes()[at..]) {
            at += len;
        } else {
            at += 1;
            counted += 1;
        }
    }
    if at >= html.len() {
        return None;
    }
    let mut kept = &html[..html.floor_char_boundary(at)];
    // A tag or reference cut in two doesn't show.
    if let Some(open) = kept.rfind('<').filter(|open| !kept[*open..].contains('>')) {
        kept = &kept[..open];
    }
    if let Some(reference) =
        kept.rfind('&').filter(|from| kept.len() - from < 12 && !kept[*from..].contains(';'))
    {
        kept = &kept[..reference];
    }
    Some(kept)
}

/// Returns the length of ` data-at="…"`.
fn mark_len(text: &[u8]) -> Option<usize> {
    let digits = text.strip_prefix(b" data-at=\"")?;
    let len = digits.iter().position(|octet| !octet.is_ascii_digit())?;
    (digits[len] == b'"').then_some(text.len() - digits.len() + len + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_too_long_is_cut() {
        let just = "é".repeat(CLIPPED_AT / 2);
        assert_eq!(cut(&just), None);
        assert_eq!(cut(&format!("{just}x")).map(str::len), Some(CLIPPED_AT));
        let marked = just.replacen('é', "é data-at=\"12\"", 3);
        assert_eq!(cut(&marked), None);
    }

    #[test]
    fn nothing_is_cut_in_two() {
        let text = "x".repeat(CLIPPED_AT - 4);
        assert_eq!(cut(&format!("{text}<b class=y>z")), Some(text.as_str()));
        assert_eq!(cut(&format!("{text}&nbsp;zzz")), Some(text.as_str()));
        assert_eq!(cut(&format!("{text}aéé zzz")).map(str::len), Some(CLIPPED_AT - 1));
    }
}
