//! The known name that a mistyped one was probably meant to be.

/// Returns the member of `known` that is nearest to `word`, when it is near enough to be a slip.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let slips_max = (word.chars().count() / 3).clamp(1, 3);
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&word.to_lowercase(), &name.to_lowercase()), name))
        .filter(|(slips, _)| *slips <= slips_max)
        .min()
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_is_found_and_a_stranger_is_not() {
        let known = ["headline", "teaser", "link"];
        assert_eq!(nearest("haedline", known), Some("headline"));
        assert_eq!(nearest("Link", known), Some("link"));
        assert_eq!(nearest("weather", known), None);
    }
}
