//! Reads `signing`: which domain answers for the messages, and where its key is.

use crate::content::fields::{Fields, Keys, clip};
use crate::content::workspace_file::secret::secret_source;
use crate::domain::settings::SigningSettings;

/// RFC 6376, 3.1: a selector is one or more labels of a host name.
fn is_name(text: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_'))
    };
    text.len() <= 253 && text.split('.').all(is_label)
}

pub(super) fn signing(fields: &Fields<'_>) -> Option<SigningSettings> {
    let signing = fields.map("signing", Keys::of(&["domain", "selector", "key"]))?;
    signing.require("domain", "domain: example.org");
    signing.require("selector", "selector: s1");
    signing.require("key", "key: { file: keys/s1.pem }");
    let domain =
        name(&signing, "domain", |text| text.contains('.'), "write the sender's domain: `example.org`");
    let selector = name(&signing, "selector", |_| true, "write a short name, such as `s1`");
    let key = secret_source(&signing, "key", "key: { file: keys/s1.pem }");
    Some(SigningSettings { domain: domain?, selector: selector?, key: key? })
}

/// Returns a name in its ASCII form, in lower case.
fn name(fields: &Fields<'_>, key: &str, is_fit: impl Fn(&str) -> bool, help: &str) -> Option<String> {
    let word = fields.word(key)?;
    let ascii = idna::domain_to_ascii(word.text.trim()).ok().filter(|name| is_name(name) && is_fit(name));
    if ascii.is_none() {
        let message = format!("`{}` can't be the {key} of a signature", clip(word.text));
        fields.report.error("content/bad-value", word.offset, message, help);
    }
    ascii
}
