//! Reads where secrets come from; none may stand in the file.

use crate::content::fields::{Fields, Keys};
use crate::content::yaml::Value;
use crate::domain::problem::Problem;
use crate::domain::settings::SecretSource;

/// Reads where a secret comes from; a secret in the file itself is refused.
pub(super) fn secret_source(fields: &Fields<'_>, key: &str, example: &str) -> Option<SecretSource> {
    let entry = fields.entry(key)?;
    if matches!(entry.node.value, Value::Scalar { .. }) {
        secret_in_file(fields, key, entry.offset, example);
        return None;
    }
    let secret = fields.map(key, Keys::of(&["env", "file", "command"]))?;
    let text =
        |kind| secret.word(kind).map(|word| word.text.trim().to_owned()).filter(|text| !text.is_empty());
    match (text("env"), text("file"), text("command")) {
        (Some(env), None, None) => Some(SecretSource::Env(env)),
        (None, Some(file), None) => Some(SecretSource::File(file)),
        (None, None, Some(command)) => Some(SecretSource::Command(command)),
        _ => {
            let help = format!(
                "write `{key}: {{ env: NAME }}`, `{key}: {{ file: PATH }}` or `{key}: {{ command: \"pass show relay\" }}`"
            );
            let message = format!("`{key}` needs one of `env`, `file` and `command`");
            fields.report.error("content/bad-value", entry.offset, message, help);
            None
        }
    }
}

pub(super) fn secret_in_file(fields: &Fields<'_>, key: &str, offset: usize, example: &str) {
    let shown = key.replace('_', " ");
    let mut place = fields.report.at(offset);
    // The line holds the secret: it must not travel into logs and bug reports.
    place.excerpt = None;
    fields.report.note(
        Problem::error("content/secret-in-file", format!("a {shown} stands in the file"))
            .at(place)
            .help(format!("write `{example}`, and change the {shown} if the file was shared")),
    );
}
