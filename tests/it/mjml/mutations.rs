//! Random damage to good documents never panics: it compiles or is refused.

use super::{Folder, documents, fixtures};
use masthead::render::mjml::{MjmlSource, compile};
use proptest::prelude::{ProptestConfig, any, prop_assert, proptest};

/// What is put into documents: whatever has broken readers of markup before.
const PIECES: [&str; 24] = [
    "<",
    ">",
    "</",
    "/>",
    "\"",
    "'",
    "=",
    "&",
    "<!--",
    "-->",
    "<![endif]-->",
    "<!--[if mso]>",
    "<![CDATA[",
    "]]>",
    "é >",
    "\u{202f}",
    "\0",
    "</mj-text>",
    "<mj-section>",
    "</mj-section>",
    "<mj-include path=\"parts/text.mjml\"/>",
    " width=\"99999999999999999999px\"",
    " padding=\"-1px 1e99px NaN% inf\"",
    "<mjml>",
];

/// Returns the nearest place at or before `at` where a character begins.
fn boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// Applies one change: puts a piece in, takes some text out, or doubles some.
fn change(text: &mut String, kind: u8, at: usize, length: usize) {
    let from = boundary(text, at % (text.len() + 1));
    let to = boundary(text, from + length % 40).max(from);
    match kind % 4 {
        0 | 1 => text.insert_str(from, PIECES[length % PIECES.len()]),
        2 => text.replace_range(from..to, ""),
        _ => {
            let doubled = text[from..to].to_owned();
            text.insert_str(from, &doubled);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_documents_compile_or_are_refused(
        which in any::<usize>(),
        changes in proptest::collection::vec((any::<u8>(), any::<usize>(), any::<usize>()), 1..6),
    ) {
        let documents = documents();
        let (_, mut text) = documents[which % documents.len()].clone();
        for (kind, at, length) in changes {
            change(&mut text, kind, at, length);
        }
        let source = MjmlSource { path: "a.mjml", text: &text, includes: &Folder(fixtures("mjml")) };
        match compile(&source) {
            Ok(output) => prop_assert!(output.html.contains("<html")),
            Err(problems) => {
                prop_assert!(problems.has_errors());
                prop_assert!(problems.0.iter().all(|problem| problem.place.is_some()));
                // The engine giving up would mean that our own reading let something through.
                prop_assert!(problems.0.iter().all(|problem| problem.code != "mjml/engine"), "{problems}");
            }
        }
    }
}
