//! H008 and H019: what makes a message one of a list.

use crate::{
    check::{
        CheckInput, Reach,
        report::{Report, Spot},
        wire::Wire,
    },
    domain::problem::Severity,
};

/// RFC 8058, 3.1: these octets and no others.
const ONE_CLICK: &str = "List-Unsubscribe=One-Click";

/// RFC 2919, 3.
const LIST_ID_MAX: usize = 255;

pub(super) fn judge(input: &CheckInput<'_>, wire: &Wire<'_>, report: &mut Report<'_>) {
    one_click(input, wire, report);
    list_id(input, wire, report);
}

/// H008.
fn one_click(input: &CheckInput<'_>, wire: &Wire<'_>, report: &mut Report<'_>) {
    let urls = wire.urls("List-Unsubscribe");
    let https = urls.iter().filter(|url| url.to_ascii_lowercase().starts_with("https://")).count();
    let post = wire.get("List-Unsubscribe-Post");
    let fault = match (https, post) {
        _ if urls.is_empty() => "there is no address in `List-Unsubscribe`".to_owned(),
        (0, None) => {
            // It can be left by mail: enough for few readers, and for nobody on this machine.
            if input.reach == Reach::Public {
                let message = "`List-Unsubscribe` has no https address: readers can only leave by mail";
                report.note_as(Severity::Warning, "H008", Spot::Message, message);
            }
            return;
        }
        (0, Some(_)) => "`List-Unsubscribe-Post` stands beside no https address".to_owned(),
        (1, Some(ONE_CLICK)) => return,
        (1, Some(other)) => format!("`List-Unsubscribe-Post` is `{other}`, not `{ONE_CLICK}`"),
        (1, None) => "`List-Unsubscribe-Post` is missing".to_owned(),
        (count, _) => format!("`List-Unsubscribe` has {count} https addresses, one is wanted"),
    };
    report.note("H008", Spot::Message, fault);
}

/// H019.
fn list_id(input: &CheckInput<'_>, wire: &Wire<'_>, report: &mut Report<'_>) {
    let mut note = |message: String| report.note("H019", Spot::Message, message);
    let Some(value) = wire.get("List-Id") else { return note("there is no `List-Id`".to_owned()) };
    let Some(id) = value.strip_suffix('>').and_then(|rest| rest.rsplit_once('<')).map(|(_, id)| id) else {
        return note(format!("`List-Id` has no identifier in angle brackets: `{value}`"));
    };
    let is_label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"-_".contains(&octet))
    };
    if id.len() > LIST_ID_MAX || !id.contains('.') || !id.split('.').all(is_label) {
        note(format!("`{id}` is no list identifier"));
    } else if !id.eq_ignore_ascii_case(&input.digest.list_id) {
        note(format!("`List-Id` says `{id}`, the newsletter is `{}`", input.digest.list_id));
    }
}
