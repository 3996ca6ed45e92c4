//! The issue rendered: HTML and plain text, merge fields still open.

use crate::domain::{address::Mailbox, issue::IssueId, language::Language, merge::MergeTable};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// One variant of an issue, rendered. All its texts may hold tokens of `merge`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    /// Which issue.
    pub issue: IssueId,
    /// The language it was made for.
    pub language: Language,
    /// The day of the issue.
    pub date: NaiveDate,
    /// Subject, unencoded, one line.
    pub subject: String,
    /// Inbox line after the subject, unencoded.
    pub preheader: String,
    /// Sender, with the name to show.
    pub from: Mailbox,
    /// Where answers go, when not to the sender.
    pub reply_to: Option<Mailbox>,
    /// The newsletter's name in this language (for `List-Id`).
    pub list_name: String,
    /// `List-Id` domain, e.g. `starsom.example.org`.
    pub list_id: String,
    /// The public page of this issue, when there is one.
    pub archive_url: Option<String>,
    /// Address for questions (`List-Help`, `List-Owner`), when there is one.
    pub contact: Option<String>,
    /// The HTML part, LF line ends.
    pub html: String,
    /// The plain-text part, LF line ends, not yet flowed.
    pub text: String,
    /// Images that travel with the message.
    pub images: Vec<InlineImage>,
    /// The open merge fields.
    pub merge: MergeTable,
}

/// An image inside the message (RFC 2387, RFC 2392).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InlineImage {
    /// Content-ID without angle brackets; the HTML says `cid:` and this.
    pub content_id: String,
    /// File name to show.
    pub file_name: String,
    /// Media type, e.g. `image/png`.
    pub media_type: String,
    /// The file, base64 (so that a sealed digest stays text).
    pub base64: String,
}
