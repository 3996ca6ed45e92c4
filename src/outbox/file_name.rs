//! File names that hold nothing of the reader.

use std::fmt::Write;

/// Characters of a name before its ending: some file systems allow 255 octets in all.
const NAME_MAX: usize = 120;

/// Returns the file name of a delivery: its envelope id, with everything but letters, digits, `-` and `_` written
/// as hex, so that different ids have different names and none leaves the folder.
pub(super) fn of(envelope_id: &str) -> String {
    let mut name = String::with_capacity(envelope_id.len() + 4);
    for octet in envelope_id.bytes() {
        if octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_') {
            name.push(char::from(octet));
        } else {
            // Writing to a String can't fail.
            let _ = write!(name, "={octet:02x}");
        }
    }
    name.truncate(NAME_MAX);
    if name.is_empty() {
        name.push_str("message");
    }
    name.push_str(".eml");
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leaves_the_folder_or_hides() {
        assert_eq!(of("b-4f2_A"), "b-4f2_A.eml");
        assert_eq!(of("../../etc/passwd"), "=2e=2e=2f=2e=2e=2fetc=2fpasswd.eml");
        assert_eq!(of(""), "message.eml");
        assert!(of(&"x".repeat(400)).len() < 200);
    }
}
