//! The table of replies.

use crate::domain::outcome::{
    Action::{self, Abort, Bounce, Fail, Retry},
    Phase::{self, Auth, Body, Connect, Data, Hello, Mail, Rcpt, Tls, Verdict as Dot},
    Scope::{self, Host, Message, Recipient, Sender},
    Verdict,
};

/// One line of knowledge. Empty lists fit everything; lists that are not empty must all fit.
pub(super) struct Row {
    /// Where it was said.
    pub(super) phases: &'static [Phase],
    /// Basic codes; a single digit means the whole class.
    pub(super) codes: &'static [u16],
    /// Subject and detail of the enhanced code, without its class: servers contradict themselves there.
    /// No detail means any.
    pub(super) enhanced: &'static [(u16, Option<u16>)],
    /// Words of the text in lower case, any of them.
    pub(super) texts: &'static [&'static str],
    /// What it means.
    pub(super) verdict: Verdict,
}

const MINUTE: u32 = 60;
const HOUR: u32 = 60 * MINUTE;

/// No particular wait: the retry schedule decides.
const SOON: u32 = 0;

const fn row(
    phases: &'static [Phase],
    codes: &'static [u16],
    enhanced: &'static [(u16, Option<u16>)],
    texts: &'static [&'static str],
    scope: Scope,
    action: Action,
    wait: u32,
) -> Row {
    let wait_seconds = if wait == SOON { None } else { Some(wait) };
    Row { phases, codes, enhanced, texts, verdict: Verdict { scope, action, wait_seconds } }
}

const fn x(subject: u16, detail: u16) -> (u16, Option<u16>) {
    (subject, Some(detail))
}

const ANYWHERE: &[Phase] = &[Connect, Hello, Tls, Auth, Mail, Rcpt, Data, Body, Dot];
const OPENING: &[Phase] = &[Connect, Hello, Mail];
const ENVELOPE: &[Phase] = &[Mail, Rcpt, Data, Body, Dot];
const SENT: &[Phase] = &[Data, Body, Dot];

/// The table, read from the top.
#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    // Quotas and rates of ours that come dressed as refusals: they are about us, the delivery stays queued.
    row(ENVELOPE, &[4, 5], &[x(4, 5)], &["limit", "quota", "exceeded"], Sender, Abort, 24 * HOUR),
    row(ENVELOPE, &[4, 5], &[], &["daily user sending", "daily sending", "submissionquotaexceeded", "sending limit",
        "message limit exceeded", "daily limit", "daily message quota", "maximum sending rate", "sending quota",
        "daily recipient"], Sender, Abort, 24 * HOUR),
    row(ENVELOPE, &[5], &[x(2, 0)], &["quota", "limit exceeded"], Sender, Abort, 24 * HOUR),
    row(ENVELOPE, &[5], &[], &["has been rate limited", "frequency limited"], Host, Retry, HOUR),
    row(ANYWHERE, &[432, 4], &[x(3, 2)], &["concurrent", "connection"], Host, Retry, MINUTE),
    row(ENVELOPE, &[4, 5], &[], &["throttl", "too many messages", "too many connections", "rate limit",
        "slow down"], Host, Retry, 5 * MINUTE),

    // Words of large hosts that mean a pause.
    row(ANYWHERE, &[421], &[], &["[ts"], Host, Retry, 2 * HOUR),
    row(ENVELOPE, &[421], &[x(7, 28)], &[], Host, Retry, 10 * MINUTE),
    row(ENVELOPE, &[421], &[x(7, 23), x(7, 24), x(7, 25), x(7, 26), x(7, 27), x(7, 29), x(7, 30), x(7, 31), x(7, 32),
        x(7, 40)], &[], Host, Retry, HOUR),
    row(ENVELOPE, &[421], &[x(7, 0)], &["low reputation"], Host, Retry, 4 * HOUR),
    row(OPENING, &[421], &[], &["rp-001", "rp-002", "rp-003"], Host, Retry, 15 * MINUTE),
    row(OPENING, &[451], &[x(7, 500), x(7, 650), x(7, 651)], &[], Host, Retry, HOUR),

    // Who we are: login, name, standing. Everybody on the list would hear the same.
    row(ANYWHERE, &[5], &[], &["basic authentication is", "authentication required", "must authenticate",
        "authentication is disabled", "smtpclientauthentication"], Sender, Abort, SOON),
    row(&[Mail, Rcpt, Data], &[530, 538], &[], &[], Sender, Abort, SOON),
    row(SENT, &[5], &[x(7, 20), x(7, 21), x(7, 22), x(7, 23), x(7, 24), x(7, 25), x(7, 26), x(7, 27), x(7, 29),
        x(7, 30), x(7, 40), x(7, 509), x(7, 515)], &[], Sender, Abort, SOON),
    row(&[Dot, Data, Rcpt], &[5], &[], &["dmarc", "dkim", "spf "], Sender, Abort, SOON),
    row(SENT, &[5], &[x(7, 28)], &[], Sender, Abort, 24 * HOUR),
    row(ENVELOPE, &[5], &[], &["block list", "blocklist", "blacklist", "spamhaus", "s3140", "s3150"],
        Sender, Abort, 6 * HOUR),
    row(ENVELOPE, &[5], &[], &["relay access denied", "relaying denied", "relay not permitted", "not permitted to relay",
        "unable to relay", "we do not relay", "relay denied"], Sender, Abort, SOON),
    row(&[Mail, Rcpt, Dot], &[5], &[x(7, 60)], &[], Sender, Abort, SOON),
    row(&[Mail, Rcpt, Dot], &[5], &[], &["sendasdenied", "not allowed to send as", "sender address rejected: not owned",
        "not authorized to send", "email address is not verified"], Sender, Abort, SOON),

    // Greeting and EHLO.
    row(&[Connect], &[521], &[], &[], Sender, Abort, SOON),
    row(&[Connect], &[5], &[], &["block list", "blocklist", "blacklist", "s3140", "s3150", "reputation"],
        Sender, Abort, 6 * HOUR),
    row(&[Connect], &[554], &[], &[], Host, Retry, HOUR),
    row(&[Connect, Hello], &[4], &[], &[], Host, Retry, SOON),
    row(&[Connect, Hello], &[5], &[], &[], Sender, Abort, SOON),

    // STARTTLS and AUTH. 432 wants a password changed (RFC 4954, 6), nothing that time heals.
    row(&[Tls], &[4], &[], &[], Host, Retry, 5 * MINUTE),
    row(&[Auth], &[432], &[], &[], Sender, Abort, SOON),
    row(&[Auth], &[4], &[], &[], Host, Retry, 5 * MINUTE),

    // MAIL. Our bounce domain can't be looked up right now: a pause, for every delivery would hear it.
    row(&[Mail], &[4], &[x(1, 8)], &[], Host, Retry, 5 * MINUTE),
    row(&[Mail], &[451, 450], &[], &["sender domain", "domain of sender"], Host, Retry, 5 * MINUTE),
    row(&[Mail], &[552], &[], &[], Message, Abort, SOON),
    row(&[Mail], &[5], &[x(3, 4)], &[], Message, Abort, SOON),

    // Addresses that this path can't carry.
    row(&[Rcpt, Dot, Data], &[5], &[x(6, 7), x(6, 9), x(5, 6)], &[], Recipient, Fail, SOON),
    row(&[Rcpt, Dot, Data], &[5], &[], &["smtputf8"], Recipient, Fail, SOON),

    // RCPT, for now.
    row(&[Rcpt], &[450], &[x(2, 1)], &[], Recipient, Retry, HOUR),
    row(&[Rcpt], &[4, 5], &[], &["receiving mail too quickly", "receiving email at a rate", "receiving mail at a rate"],
        Recipient, Retry, HOUR),
    row(&[Rcpt, Dot], &[4], &[x(2, 2)], &[], Recipient, Retry, 12 * HOUR),
    row(&[Rcpt, Dot], &[4], &[], &["mailbox full", "over quota", "mailbox is full"], Recipient, Retry, 12 * HOUR),
    row(&[Rcpt], &[450, 452], &[x(5, 3), x(3, 1)], &[], Host, Retry, SOON),
    row(&[Rcpt, Dot], &[450, 451], &[x(7, 1), x(2, 0)], &[], Recipient, Retry, 5 * MINUTE),
    row(&[Rcpt, Dot], &[4], &[], &["grey", "gray", "try again later"], Recipient, Retry, 5 * MINUTE),
    // Tencent documents this one as a rate limit on the recipient.
    row(&[Rcpt], &[550], &[], &["mailbox unavailable or access denied"], Recipient, Retry, 4 * HOUR),

    // RCPT, for good.
    row(&[Rcpt, Dot], &[5], &[x(2, 2)], &[], Recipient, Fail, SOON),
    row(&[Rcpt, Dot], &[5], &[x(1, 0), x(1, 1), x(1, 2), x(1, 3), x(1, 6), x(1, 10)], &[], Recipient, Bounce, SOON),
    row(&[Rcpt], &[551, 556], &[], &[], Recipient, Bounce, SOON),
    row(&[Rcpt], &[5], &[x(7, 13), x(7, 17), x(7, 18)], &[], Recipient, Bounce, SOON),
    // An inactive mailbox and M365's wall are held against the address only when they last; that is
    // for whoever sees more than one issue.
    row(&[Rcpt, Dot], &[5], &[x(2, 1), x(4, 1)], &[], Recipient, Fail, SOON),
    row(&[Rcpt], &[550, 551, 553, 554], &[], &["user unknown", "unknown user", "no such user", "unknown recipient",
        "recipient unknown", "no such recipient", "does not exist", "doesn't exist", "no mailbox here", "no such mailbox",
        "mailbox not found", "user not found", "recipient not found", "unknown mailbox", "invalid mailbox",
        "invalid recipient", "not a valid recipient", "user doesn't have"], Recipient, Bounce, SOON),
    // Out of order: that is us.
    row(&[Mail, Rcpt, Data], &[503], &[], &[], Sender, Abort, SOON),

    // After the body.
    row(SENT, &[552], &[], &["quota", "full", "storage"], Recipient, Fail, SOON),
    row(SENT, &[5], &[x(3, 4)], &[], Message, Abort, SOON),
    row(SENT, &[552], &[], &[], Message, Abort, SOON),
    row(SENT, &[5], &[x(6, 0)], &[], Message, Abort, SOON),
    row(SENT, &[5], &[], &["rfc 5322", "rfc5322", "rfc 2822", "duplicate header", "multiple headers",
        "missing message-id", "bare lf", "bare <lf>", "messages missing a valid"], Message, Abort, SOON),
    row(SENT, &[4], &[x(7, 0)], &[], Host, Retry, 5 * MINUTE),
];
