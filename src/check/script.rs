//! What characters are: their script, whether they can be seen, how wide they stand, and the words they make.

use icu::properties::{CodePointMapData, props::Script};
use unicode_segmentation::UnicodeSegmentation;

/// Returns the script of a letter; `None` for what belongs to no script in particular.
fn script(c: char) -> Option<Script> {
    let script = if c.is_ascii_alphabetic() { Script::Latin } else { CodePointMapData::new().get(c) };
    (!matches!(script, Script::Common | Script::Inherited | Script::Unknown)).then_some(script)
}

/// Returns whether letters of scripts that never stand in one word do so here: that is how one name is made
/// to look like another.
pub(super) fn is_mixed(word: &str) -> bool {
    let mut first = None;
    for script in word.chars().filter_map(script) {
        match first {
            None => first = Some(script),
            // UTS #39, 5.2: Chinese, Japanese and Korean are written with several scripts, and with Latin.
            Some(known) if known == script || (is_east_asian(known) && is_east_asian(script)) => {}
            Some(known) => {
                let is_loan = (known == Script::Latin && is_east_asian(script))
                    || (script == Script::Latin && is_east_asian(known));
                if !is_loan {
                    return true;
                }
            }
        }
    }
    false
}

fn is_east_asian(script: Script) -> bool {
    matches!(script, Script::Han | Script::Hiragana | Script::Katakana | Script::Hangul | Script::Bopomofo)
}

/// Returns the first label of a domain whose letters are of several scripts, as people read it.
pub(super) fn mixed_label(domain: &str) -> Option<String> {
    let (shown, _) = idna::domain_to_unicode(domain);
    shown.split('.').find(|label| is_mixed(label)).map(str::to_owned)
}

/// Returns whether a character turns the writing direction round.
pub(super) fn is_turn(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Returns whether a character takes no room in any script.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{180e}' | '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Returns whether a character is a picture.
pub(super) fn is_emoji(c: char) -> bool {
    matches!(c, '\u{1f000}'..='\u{1faff}' | '\u{2600}'..='\u{27bf}' | '\u{2b05}'..='\u{2b55}' | '\u{fe0f}')
}

/// Returns whether words of a character's script stand without spaces between them.
pub(super) fn is_dense(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}'
        | '\u{ff01}'..='\u{ff60}' | '\u{20000}'..='\u{3ffff}')
}

/// Returns how many columns of an inbox a text takes: one for each character that people see, two where it is
/// Chinese, Japanese or Korean.
pub(super) fn width(text: &str) -> usize {
    text.trim().graphemes(true).map(|one| 1 + usize::from(one.chars().next().is_some_and(is_dense))).sum()
}

/// Returns the words of a text in lower case; where words stand without spaces, its characters.
pub(super) fn words(text: &str) -> Vec<String> {
    let (mut words, mut word) = (Vec::new(), String::new());
    for c in text.chars() {
        let is_alone = is_dense(c);
        if (is_alone || !c.is_alphanumeric()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
            if is_alone {
                words.push(std::mem::take(&mut word));
            }
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_that_never_meet_in_a_word_are_told() {
        assert!(is_mixed("pаypal") && is_mixed("αbc"));
        assert!(!is_mixed("paypal") && !is_mixed("почта") && !is_mixed("東京タワーJR") && !is_mixed("a1-é"));
        assert_eq!(mixed_label("xn--pypal-4ve.example.org").as_deref(), Some("pаypal"));
        assert_eq!(mixed_label("xn--e1afmkfd.example.org"), None);
    }

    #[test]
    fn words_are_counted_in_every_script() {
        assert_eq!(words("Dear reader, 2 plans"), ["dear", "reader", "2", "plans"]);
        assert_eq!(words("新闻 ok"), ["新", "闻", "ok"]);
        assert_eq!((width("新闻简报"), width(" news ")), (8, 4));
    }
}
