//! Reads what the rules of `check` reckon with.

use crate::content::fields::{Fields, Keys, clip, word};
use crate::domain::settings::{CheckSettings, MAIL_CLIENTS};

/// Reads the key `checks`.
pub(super) fn parse(fields: &Fields<'_>) -> CheckSettings {
    let mut settings = CheckSettings::default();
    let checks = fields.map("checks", Keys::of(&["clients"]));
    let Some(clients) = checks.as_ref().and_then(|checks| checks.map("clients", Keys::of(&MAIL_CLIENTS)))
    else {
        return settings;
    };
    for entry in clients.entries().iter().filter(|entry| MAIL_CLIENTS.contains(&entry.key.as_str())) {
        let Some(word) = word(fields.report, &entry.node, &entry.key) else { continue };
        let share: Option<f64> = word.text.trim().trim_end_matches('%').trim_end().parse().ok();
        match share.filter(|share| share.is_finite() && *share >= 0.0) {
            Some(share) => {
                settings.clients.insert(entry.key.clone(), share);
            }
            None => fields.report.error(
                "content/bad-value",
                word.offset,
                format!("`{}` is not a share of the readers", clip(word.text)),
                format!("write how many readers in a hundred use it: `{}: 20`", entry.key),
            ),
        }
    }
    if MAIL_CLIENTS.iter().all(|name| settings.clients.get(*name) == Some(&0.0)) {
        let offset =
            checks.iter().flat_map(Fields::entries).map(|entry| entry.offset).next().unwrap_or_default();
        let help = "give at least one of them a share above 0";
        fields.report.error("content/bad-value", offset, "no mail client has any readers", help);
        settings.clients.clear();
    }
    settings
}
