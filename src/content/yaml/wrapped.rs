//! Words whose lines are others in the file than in the value: folded, quoted and wrapped scalars.

/// Returns from which octet of `text` on its words stand at which line of the file, counted from 1: `written` is
/// what stands there, from its first word on, and `first` the line of that word. Empty when all is in one line.
///
/// The words are compared one by one. After the first that differs (an escape, say) nothing is claimed.
pub(super) fn lines(text: &str, written: &str, first: u32) -> Vec<(usize, u32)> {
    let mut lines = vec![(0, first)];
    let raw = written
        .split('\n')
        .zip(first..)
        .flat_map(|(line, number)| line.split_whitespace().map(move |word| (word, number)));
    let mut end = 0;
    for (word, (raw, number)) in text.split_whitespace().zip(raw) {
        let at = end + text[end..].find(word).unwrap_or_default();
        end = at + word.len();
        if raw != word && raw.trim_matches(['"', '\'']) != word.trim_matches(['"', '\'']) {
            break;
        }
        if lines.last().is_some_and(|(_, last)| *last != number) {
            lines.push((at, number));
        }
    }
    if lines.len() > 1 { lines } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn folded_words_keep_the_lines_they_were_written_in() {
        assert_eq!(lines("one two\nthree", "one\n  two\n\n  three\n", 5), [(0, 5), (4, 6), (8, 8)]);
        assert_eq!(lines("one two", "\"one\n  two\"", 5), [(0, 5), (4, 6)]);
        assert_eq!(lines("one two", "one two\nnext: key", 5), []);
    }

    #[test]
    fn nothing_is_claimed_behind_an_escape() {
        assert_eq!(lines("one é two three", "\"one\n  \\u00e9\n  two\n  three\"", 5), []);
    }
}
