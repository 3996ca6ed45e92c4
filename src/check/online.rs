//! L and I, online: what only shows when links and pictures are fetched.
//!
//! The rules are told here; `masthead check --online` alone looks for them, since nothing else may go out.

use crate::check::rules::{Rule, warning};

/// The rules of this family.
pub(super) const RULES: &[Rule] = &[
    warning(
        "I009",
        "check/picture-not-served",
        "a picture on the web can't be fetched",
        "Readers see a hole where the picture should be; most programs fetch it only once.",
        "put the picture where its address says, over https, without login or cookies",
    ),
    warning(
        "L008",
        "check/dead-link",
        "a link is dead or slow",
        "A link that fails is remembered longer than the news it stood in.",
        "correct the address, or take the final one instead of one that only forwards",
    ),
];

/// Returns whether a rule needs the network.
pub(super) fn is_online(id: &str) -> bool {
    RULES.iter().any(|rule| rule.id == id)
}
