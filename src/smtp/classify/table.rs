//! The table of replies.

use crate::domain::outcome::{
    Action::{Abort, Bounce, Fail, Grey, Retry},
    Measure::{
        Crawl, DropParameters, FewerConnections, Pause, PauseDoubling, Reconnect, Restart, ShorterSessions,
        Slow,
    },
    Phase::{self, Auth, Body, Connect, Data, Hello, Mail, Rcpt, Tls, Verdict as Dot},
    Scope::{Host, Message, Provider, Recipient, Sender},
    Subject::{
        self, AddressForm, Authentication, Greylisting, Inactive, Login, MailboxFull, NeedsOauth, NoMailbox,
        OurMistake, OurName, Pace, Policy, Quota, Reputation, Rights, Size, Spam,
    },
    Verdict,
};

/// One line of knowledge. Empty lists fit everything; lists that are not empty must all fit.
pub(super) struct Row {
    /// Providers whose servers say it.
    pub(super) by: &'static [&'static str],
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

const fn row(
    by: &'static [&'static str],
    phases: &'static [Phase],
    codes: &'static [u16],
    enhanced: &'static [(u16, Option<u16>)],
    texts: &'static [&'static str],
    verdict: Verdict,
) -> Row {
    Row { by, phases, codes, enhanced, texts, verdict }
}

const fn x(subject: u16, detail: u16) -> (u16, Option<u16>) {
    (subject, Some(detail))
}

/// The run stops, the queue is kept.
const fn abort(subject: Subject) -> Verdict {
    Verdict::new(Sender, Abort).about(subject)
}

/// All that goes out under our name rests, and the run ends.
const fn ident(seconds: u32, subject: Subject) -> Verdict {
    Verdict::new(Sender, Retry).after(seconds).with(Pause).about(subject)
}

/// The provider rests.
const fn pause(seconds: u32, subject: Subject) -> Verdict {
    Verdict::new(Provider, Retry).after(seconds).with(Pause).about(subject)
}

/// The host we talk to rests.
const fn host_pause(seconds: u32) -> Verdict {
    Verdict::new(Host, Retry).after(seconds).with(Pause)
}

/// Every recipient would hear the same.
const fn message(subject: Subject) -> Verdict {
    Verdict::new(Message, Abort).about(subject)
}

const fn dead() -> Verdict {
    Verdict::new(Recipient, Bounce).about(NoMailbox)
}

const fn retry(seconds: u32) -> Verdict {
    Verdict::new(Recipient, Retry).after(seconds)
}

const fn fail(subject: Subject) -> Verdict {
    Verdict::new(Recipient, Fail).about(subject)
}

const RETRY: Verdict = Verdict::new(Recipient, Retry);
const HOST_RETRY: Verdict = Verdict::new(Host, Retry);
const GREY: Verdict = Verdict::new(Recipient, Grey).about(Greylisting);

const ANYBODY: &[&str] = &[];
const GOOGLE: &[&str] = &["google"];
const YAHOO: &[&str] = &["yahoo"];
const OUTLOOK: &[&str] = &["outlook", "microsoft"];
const EXCHANGE: &[&str] = &["microsoft", "outlook"];
const TENCENT: &[&str] = &["qq"];
const NETEASE: &[&str] = &["netease"];
const TELEKOM: &[&str] = &["telekom"];

const ANYWHERE: &[Phase] = &[Connect, Hello, Tls, Auth, Mail, Rcpt, Data, Body, Dot];
const OPENING: &[Phase] = &[Connect, Hello, Mail];
const ENVELOPE: &[Phase] = &[Mail, Rcpt, Data, Body, Dot];
const AFTER_MAIL: &[Phase] = &[Rcpt, Data, Body, Dot];
const SENT: &[Phase] = &[Data, Body, Dot];

/// The table, read from the top. Quotas, rates and words of large hosts stand before the plain meaning of codes.
#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    // Quotas of ours that come dressed as refusals: they are about us, the delivery stays queued until the reset.
    row(ANYBODY, ENVELOPE, &[4, 5], &[x(4, 5)], &["limit", "quota", "exceeded"], ident(24 * HOUR, Quota)),
    row(ANYBODY, ENVELOPE, &[4, 5], &[], &["daily user sending", "daily sending", "submissionquotaexceeded", "sending limit",
        "message limit exceeded", "daily limit", "daily message quota", "maximum sending rate", "sending quota",
        "daily recipient", "daily smtp relay sending limit"], ident(24 * HOUR, Quota)),
    row(ANYBODY, ENVELOPE, &[5], &[x(2, 0)], &["quota", "limit exceeded"], ident(24 * HOUR, Quota)),
    // Submission: the server takes fewer connections than we have.
    row(ANYBODY, ANYWHERE, &[432, 4], &[x(3, 2)], &["concurrent", "connection"],
        HOST_RETRY.after(MINUTE).with(FewerConnections).about(Pace)),
    row(ANYBODY, ANYWHERE, &[4], &[], &["too many connections", "too many concurrent", "connection limit", "too many sessions"],
        HOST_RETRY.after(MINUTE).with(FewerConnections).about(Pace)),

    // Google: mail that is limited for what our proofs say, for our rate, for our name.
    row(GOOGLE, ENVELOPE, &[421], &[x(7, 28)], &[],
        Verdict::new(Provider, Retry).after(10 * MINUTE).with(Restart).about(Pace)),
    row(GOOGLE, ENVELOPE, &[421], &[x(7, 23), x(7, 24), x(7, 25), x(7, 26), x(7, 27), x(7, 29), x(7, 30), x(7, 31),
        x(7, 32), x(7, 40)], &[], pause(HOUR, Authentication)),
    row(GOOGLE, ENVELOPE, &[421], &[x(7, 0)], &["low reputation"], pause(4 * HOUR, Reputation)),
    row(GOOGLE, ENVELOPE, &[550], &[x(7, 1)], &["has been rate limited"], pause(HOUR, Pace)),
    row(GOOGLE, SENT, &[5], &[x(7, 28)], &[], ident(24 * HOUR, Pace)),
    row(GOOGLE, &[Rcpt, Dot], &[4, 5], &[x(2, 1)], &["receiving", "rate that prevents"], retry(HOUR).about(Pace)),
    row(GOOGLE, &[Rcpt, Dot], &[550], &[x(2, 1)], &["inactive", "disabled"], fail(Inactive).soft(4)),
    row(GOOGLE, &[Rcpt, Dot], &[552], &[x(2, 2)], &[], fail(MailboxFull).soft(4)),

    // Yahoo.
    row(YAHOO, ANYWHERE, &[421], &[], &["[ts"], pause(2 * HOUR, Reputation)),
    row(YAHOO, ANYWHERE, &[553, 554], &[], &["not accepted for policy reasons", "[ph", "[bl"], fail(Policy)),

    // Outlook and Exchange.
    row(OUTLOOK, OPENING, &[421], &[], &["rp-001", "rp-002"],
        HOST_RETRY.after(15 * MINUTE).with(Crawl).about(Pace)),
    row(OUTLOOK, OPENING, &[421], &[], &["rp-003"], HOST_RETRY.after(15 * MINUTE).with(FewerConnections).about(Pace)),
    row(OUTLOOK, OPENING, &[451], &[x(7, 500), x(7, 650), x(7, 651)], &[],
        HOST_RETRY.after(HOUR).with(Crawl).about(Reputation)),
    row(OUTLOOK, SENT, &[451], &[x(7, 500), x(7, 650), x(7, 651)], &[],
        Verdict::new(Provider, Retry).after(HOUR).with(Crawl).about(Reputation)),
    row(EXCHANGE, &[Rcpt], &[550], &[x(4, 1)], &["access denied"], fail(Inactive).soft(4)),

    // Tencent. The first is documented as a rate on that recipient, whatever it looks like.
    row(TENCENT, &[Rcpt], &[550], &[], &["mailbox unavailable or access denied"], retry(4 * HOUR).about(Pace)),
    row(TENCENT, ENVELOPE, &[4, 5], &[], &["frequency limited"],
        Verdict::new(Provider, Retry).after(HOUR).with(PauseDoubling).about(Pace)),

    // NetEase.
    row(NETEASE, ANYWHERE, &[4], &[], &["dt:spm"], retry(3 * MINUTE).about(Spam)),
    row(NETEASE, ANYWHERE, &[4], &[], &["mi:dmc"], HOST_RETRY.with(ShorterSessions).about(Pace)),
    row(NETEASE, AFTER_MAIL, &[4], &[], &["hl:", "mi:", "dt:", "rp:"], Verdict::new(Provider, Retry).with(Slow).about(Pace)),
    row(NETEASE, OPENING, &[4], &[], &["hl:", "mi:", "dt:", "rp:"], HOST_RETRY.with(Slow).about(Pace)),

    // T-Online knows its senders by name.
    row(TELEKOM, &[Connect], &[554], &[], &["nowl", "bad reputation"], ident(6 * HOUR, Reputation)),

    // Plain words of anybody about pace.
    row(ANYBODY, ENVELOPE, &[5], &[], &["has been rate limited", "frequency limited"], pause(HOUR, Pace)),
    row(ANYBODY, &[Rcpt, Dot], &[4, 5], &[], &["receiving mail too quickly", "receiving email at a rate",
        "receiving mail at a rate", "rate that prevents additional"], retry(HOUR).about(Pace)),
    // A session that has had its share: the next one is as good as new.
    row(ANYBODY, ENVELOPE, &[4], &[], &["too many messages in this", "too many messages on this", "too many messages per",
        "too many messages for this", "messages per connection", "messages per session", "too many transactions"],
        HOST_RETRY.with(ShorterSessions).about(Pace)),
    row(ANYBODY, ENVELOPE, &[4, 5], &[], &["throttl", "too many messages", "rate limit", "slow down"],
        HOST_RETRY.after(5 * MINUTE).with(Slow).about(Pace)),

    // Who we are: login, name, standing. Everybody on the list would hear the same.
    row(ANYBODY, ANYWHERE, &[5], &[], &["basic authentication is", "smtpclientauthentication"], abort(NeedsOauth)),
    row(ANYBODY, ANYWHERE, &[5], &[], &["authentication required", "must authenticate", "authentication is disabled"],
        abort(Login)),
    row(ANYBODY, ANYWHERE, &[421, 530], &[], &["tls required", "must issue a starttls"], abort(Subject::Unclear)),
    row(ANYBODY, &[Mail, Rcpt, Data], &[530, 538], &[], &[], abort(Login)),
    row(ANYBODY, SENT, &[5], &[x(7, 20), x(7, 21), x(7, 22), x(7, 23), x(7, 24), x(7, 25), x(7, 26), x(7, 27), x(7, 29),
        x(7, 30), x(7, 40), x(7, 509), x(7, 515)], &[], abort(Authentication)),
    row(ANYBODY, &[Mail], &[5], &[x(7, 25), x(7, 26), x(7, 27), x(7, 29), x(7, 30), x(7, 40), x(7, 509), x(7, 515)], &[],
        abort(Authentication)),
    row(ANYBODY, &[Mail, Rcpt, Data, Dot], &[5], &[], &["dmarc", "dkim", "spf "], abort(Authentication)),
    row(ANYBODY, ENVELOPE, &[5], &[], &["block list", "blocklist", "blacklist", "spamhaus", "s3140", "s3150", "not on our list"],
        ident(6 * HOUR, Reputation)),
    row(ANYBODY, ENVELOPE, &[5], &[], &["relay access denied", "relaying denied", "relay not permitted",
        "not permitted to relay", "unable to relay", "we do not relay", "relay denied"], abort(Rights)),
    row(ANYBODY, &[Mail, Rcpt, Dot], &[5], &[x(7, 60)], &[], abort(Rights)),
    row(ANYBODY, &[Mail, Rcpt, Dot], &[5], &[], &["sendasdenied", "not allowed to send as", "sender address rejected: not owned",
        "not authorized to send", "email address is not verified"], abort(Rights)),

    // Greeting and EHLO. RFC 7504: 521 is a host that takes no mail.
    row(ANYBODY, &[Connect], &[521], &[], &[], abort(OurName)),
    row(ANYBODY, &[Connect], &[5], &[], &["block list", "blocklist", "blacklist", "s3140", "s3150", "reputation"],
        ident(6 * HOUR, Reputation)),
    row(ANYBODY, &[Connect], &[554], &[], &[], host_pause(HOUR).about(Reputation)),
    row(ANYBODY, &[Connect, Hello], &[4], &[], &[], HOST_RETRY.with(Slow)),
    row(ANYBODY, &[Connect], &[5], &[], &[], abort(Subject::Unclear)),
    row(ANYBODY, &[Hello], &[5], &[], &[], abort(OurName)),

    // STARTTLS and AUTH. 432 wants a password changed (RFC 4954, 6), nothing that time heals.
    row(ANYBODY, &[Tls], &[4], &[], &[], host_pause(5 * MINUTE)),
    row(ANYBODY, &[Auth], &[432], &[], &[], abort(Login)),
    row(ANYBODY, &[Auth], &[4], &[], &[], host_pause(5 * MINUTE)),
    row(ANYBODY, &[Auth], &[504, 534, 535, 538, 530], &[], &[], abort(Login)),

    // MAIL. Our bounce domain can't be looked up right now: a pause, for every delivery would hear it.
    row(ANYBODY, &[Mail], &[4], &[x(1, 8)], &[], host_pause(5 * MINUTE).about(OurName)),
    row(ANYBODY, &[Mail], &[451, 450], &[], &["sender domain", "domain of sender"], host_pause(5 * MINUTE).about(OurName)),
    row(ANYBODY, &[Mail], &[550, 553], &[x(1, 8)], &[], abort(OurName)),
    row(ANYBODY, &[Mail], &[5], &[], &["sender domain", "domain of sender"], abort(OurName)),
    row(ANYBODY, &[Mail], &[552], &[], &[], message(Size)),
    row(ANYBODY, &[Mail], &[5], &[x(3, 4)], &[], message(Size)),
    row(ANYBODY, &[Mail], &[555], &[], &[], HOST_RETRY.with(DropParameters)),
    row(ANYBODY, &[Mail], &[501], &[x(5, 4)], &[], HOST_RETRY.with(DropParameters)),
    // Block lists stand further up; what is left is a sender that may not, and waiting would not mend that.
    row(ANYBODY, &[Mail], &[550, 553, 554], &[(7, None)], &[], abort(Rights)),
    row(ANYBODY, &[Mail], &[450, 451, 452], &[], &[], HOST_RETRY.with(Slow)),

    // Addresses that this path can't carry.
    row(ANYBODY, &[Rcpt, Dot, Data], &[5], &[x(6, 7), x(6, 9), x(5, 6)], &[], fail(AddressForm)),
    row(ANYBODY, &[Rcpt, Dot, Data], &[5], &[], &["smtputf8"], fail(AddressForm)),

    // RCPT, for now.
    row(ANYBODY, &[Rcpt], &[450], &[x(2, 1)], &[], retry(HOUR).about(Pace)),
    row(ANYBODY, &[Rcpt, Dot], &[4], &[x(2, 2)], &[], retry(12 * HOUR).about(MailboxFull).soft(2)),
    row(ANYBODY, &[Rcpt, Dot], &[4], &[], &["mailbox full", "over quota", "mailbox is full"],
        retry(12 * HOUR).about(MailboxFull).soft(2)),
    row(ANYBODY, &[Rcpt], &[450, 452], &[x(5, 3), x(3, 1)], &[], HOST_RETRY.with(Reconnect)),
    row(ANYBODY, &[Rcpt, Dot], &[450, 451], &[x(7, 1), x(2, 0)], &[], GREY),
    row(ANYBODY, &[Rcpt, Dot], &[4], &[], &["grey", "gray", "try again later"], GREY),
    row(ANYBODY, &[Rcpt], &[451], &[(3, None), (4, None)], &[], RETRY),

    // RCPT, for good. Who only seems to be gone isn't called dead on one word.
    row(ANYBODY, &[Rcpt, Dot], &[552], &[x(2, 2)], &[], fail(MailboxFull).soft(4)),
    row(ANYBODY, &[Rcpt, Dot], &[5], &[x(2, 2)], &[], fail(MailboxFull).soft(2)),
    row(ANYBODY, &[Rcpt, Dot], &[5], &[x(1, 0), x(1, 1), x(1, 2), x(1, 3), x(1, 6), x(1, 10)], &[], dead()),
    row(ANYBODY, &[Rcpt], &[551, 556], &[], &[], dead()),
    row(ANYBODY, &[Rcpt], &[5], &[x(7, 13), x(7, 17), x(7, 18)], &[], dead()),
    row(ANYBODY, &[Rcpt, Dot], &[5], &[x(2, 1), x(4, 1)], &[], fail(Inactive).soft(4)),
    row(ANYBODY, &[Rcpt], &[550, 551, 553, 554], &[], &["user unknown", "unknown user", "no such user", "unknown recipient",
        "recipient unknown", "no such recipient", "does not exist", "doesn't exist", "no mailbox here", "no such mailbox",
        "mailbox not found", "user not found", "recipient not found", "unknown mailbox", "invalid mailbox",
        "invalid recipient", "not a valid recipient", "user doesn't have"], dead()),
    row(ANYBODY, &[Rcpt], &[550, 554], &[x(7, 1)], &[], fail(Policy).soft(1)),
    // Out of order: that is us.
    row(ANYBODY, &[Mail, Rcpt, Data], &[503], &[], &[], abort(OurMistake)),

    // After the body.
    row(ANYBODY, SENT, &[552], &[], &["quota", "full", "storage"], fail(MailboxFull).soft(4)),
    row(ANYBODY, SENT, &[5], &[x(3, 4)], &[], message(Size)),
    row(ANYBODY, SENT, &[552], &[], &[], message(Size)),
    row(ANYBODY, SENT, &[5], &[x(6, 0)], &[], message(OurMistake)),
    row(ANYBODY, SENT, &[5], &[], &["rfc 5322", "rfc5322", "rfc 2822", "duplicate header", "multiple headers",
        "missing message-id", "bare lf", "bare <lf>", "messages missing a valid"], message(OurMistake)),
    row(ANYBODY, SENT, &[5], &[], &["unsolicited", "spam", "content rejected", "message content", "looks like"], fail(Spam)),
    row(ANYBODY, SENT, &[5], &[x(7, 1), x(7, 0)], &[], fail(Spam)),
    row(ANYBODY, SENT, &[4], &[(7, None)], &[], HOST_RETRY.after(5 * MINUTE).with(Slow).about(Reputation)),
];
