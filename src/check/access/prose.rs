//! The words of a message by the blocks in which they are set.

use crate::{check::message::Message, clients::style::Computed};
use std::collections::BTreeMap;

/// A stretch of text that a reader sees, with letters in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Words<'a> {
    pub(super) text: &'a str,
    /// The element around it.
    pub(super) parent: usize,
    /// The paragraph, cell or other block that it is set in.
    pub(super) block: usize,
    /// The link that it stands in.
    pub(super) link: Option<usize>,
}

/// What stands in one block.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Block {
    /// Characters.
    pub(super) length: usize,
    /// Letters and digits outside of links.
    pub(super) unlinked: usize,
}

/// All words of a message.
pub(super) struct Prose<'a> {
    pub(super) words: Vec<Words<'a>>,
    pub(super) blocks: BTreeMap<usize, Block>,
}

impl<'a> Prose<'a> {
    /// Gathers what a reader sees and what is meant for more than decoration.
    pub(super) fn of(message: &'a Message<'_>) -> Self {
        let (document, style) = (&message.document, message.style());
        let mut prose = Self { words: Vec::new(), blocks: BTreeMap::new() };
        for (index, parent) in message.page.seen_runs(document) {
            let text = document.runs[index].text.trim();
            if !style.computed(parent).is_visible || !text.contains(char::is_alphanumeric) {
                continue;
            }
            let around = || document.with_ancestors(parent);
            let block = around().find(|number| is_block(style.computed(*number))).unwrap_or(parent);
            let link = around().find(|number| {
                document.elements[*number].name == "a" && document.elements[*number].get("href").is_some()
            });
            if around().any(|number| document.elements[number].get("aria-hidden") == Some("true")) {
                continue;
            }
            let known = prose.blocks.entry(block).or_default();
            known.length += text.chars().count();
            if link.is_none() {
                known.unlinked += text.chars().filter(|c| c.is_alphanumeric()).count();
            }
            prose.words.push(Words { text, parent, block, link });
        }
        prose
    }

    /// Returns what stands in the block of some words.
    pub(super) fn block(&self, words: &Words<'_>) -> Block {
        self.blocks.get(&words.block).copied().unwrap_or_default()
    }
}

fn is_block(computed: &Computed) -> bool {
    !computed.display.starts_with("inline") && computed.display != "contents"
}
