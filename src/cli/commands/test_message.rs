//! `masthead send --test ADDRESS`: one message, marked as a test, outside the ledger.

use crate::{
    cli::{
        Desk, Done, Exit, Failure,
        args::SendArgs,
        commands::{address, new::parse_language, send::tried, store},
        output::Dress,
        sending::{
            dkim,
            relay::{self, RelayOptions},
            variants,
        },
    },
    delivery::ports::{Envelope, Session, Transport},
    dkim::DkimSheet,
    domain::{
        address::EmailAddress,
        delivery::DeliveryId,
        issue::IssueId,
        message::{Message, Piece},
        outcome::{Outcome, Reply},
        problem::Problem,
        subscriber::{Subscriber, SubscriberStatus},
    },
    outbox::Outbox,
    preview::TestOrder,
    render::{
        form::{Fill, Filled, FormLetter, Frame},
        token::{Signer, TokenPurpose},
    },
    workspace::Workspace,
};
use aws_lc_rs::rand;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

/// What marks a test in the subject line.
const MARK: &str = "[Test] ";

/// A test ready to leave.
pub(crate) struct TestLetter {
    envelope: Envelope,
    message: Filled,
    /// The `DKIM-Signature` field, empty when nobody signs.
    signature: Vec<u8>,
}

impl TestLetter {
    fn message(&self) -> Message<'_> {
        Message::new(std::iter::once(Piece::scan(&self.signature)).chain(self.message.vetted()))
    }
}

pub(crate) fn send(desk: &Desk, workspace: &Workspace, issue: &IssueId, to: &str, args: &SendArgs) -> Done {
    let to = address(to)?;
    let reader = reader(workspace, &to)?;
    let wished =
        args.language.as_deref().map(parse_language).transpose()?.or_else(|| reader.language.clone());
    let language = workspace.language_for(issue, wished.as_ref()).ok_or_else(|| {
        Failure::from(Problem::error("cli/unknown-issue", format!("there is no issue `{issue}`")))
    })?;
    if let Some(wished) = wished.filter(|wished| *wished != language) {
        desk.output
            .talk(&format!("`{wished}` is read in `{language}`, as the newsletter has no texts in it"));
    }
    let order = TestOrder { issue: issue.clone(), language, topics: Vec::new(), reader };
    let letter = letter(workspace, &order, crate::cli::now(desk))?;
    let outcome = if let Some(folder) = &args.outbox {
        let outbox = Outbox::new(folder.clone());
        tried(&outbox)?;
        super::runtime()?.block_on(one(outbox, &letter))
    } else {
        let options = RelayOptions { url: args.relay.as_deref(), ..RelayOptions::default() };
        let transport = relay::transport(desk.output, workspace, &relay::settle(workspace, options)?)?;
        super::runtime()?.block_on(one(transport, &letter))
    };
    told(desk, issue, &letter.envelope.to, letter.message.len(), outcome)
}

/// Makes the test that is ordered, addressed to its reader.
///
/// # Errors
/// When the files or the message are refused.
pub(crate) fn letter(
    workspace: &Workspace,
    order: &TestOrder,
    now: DateTime<Utc>,
) -> Result<TestLetter, Failure> {
    let TestOrder { issue, language, topics, reader } = order;
    let mut digest = variants::digest(workspace, issue, language, topics)?;
    digest.subject.insert_str(0, MARK);
    let from = workspace.settings.bounce_address.clone().unwrap_or_else(|| digest.from.address.clone());
    let frame = Frame {
        edition: 0,
        public_url: workspace.settings.public_url.clone(),
        unsubscribe_domain: from.domain().to_owned(),
    };
    let letter = FormLetter::new(&digest, &frame)?;
    // Keys of no ledger: its Message-ID is its own, and its unsubscribe link unsubscribes nobody.
    let mut random = [0; 56];
    rand::fill(&mut random)
        .map_err(|_| Problem::error("cli/no-runtime", "the system gives no random numbers"))?;
    let (mut ledger_id, mut secret, mut number) = ([0; 16], [0; 32], [0; 8]);
    ledger_id.copy_from_slice(&random[..16]);
    secret.copy_from_slice(&random[16..48]);
    number.copy_from_slice(&random[48..]);
    let signer = Signer::new(ledger_id, &secret);
    let delivery = DeliveryId(i64::from_be_bytes(number));
    let tokens = letter.tokens(&signer, delivery);
    let mut message = Filled::new();
    letter
        .fill(&Fill { subscriber: reader, date: now, tokens: &tokens }, &mut message)
        .map_err(|missing| missing.problem(&reader.address))?;
    let mut signature = Vec::new();
    if let Some(dkim) = dkim::signer(workspace)? {
        dkim.sign(&message, &DkimSheet::new(&letter), now.timestamp(), &mut signature);
    }
    let envelope_id = signer.mail_token(TokenPurpose::Bounce, delivery);
    let envelope = Envelope { from, to: reader.address.clone(), envelope_id };
    Ok(TestLetter { envelope, message, signature })
}

/// Returns what the ledger knows of this reader, or a reader of whom only the address is known.
fn reader(workspace: &Workspace, to: &EmailAddress) -> Result<Subscriber, Failure> {
    let mut found = None;
    if store::exists(workspace) {
        let mut list = store::open(workspace)?;
        store::asked(list.for_each_subscriber(&mut |subscriber| {
            if subscriber.address.canonical() == to.canonical() {
                found = Some(subscriber);
            }
            found.is_none()
        }))?;
    }
    Ok(found.unwrap_or_else(|| Subscriber {
        address: to.clone(),
        name: None,
        language: None,
        topics: Vec::new(),
        fields: BTreeMap::new(),
        status: SubscriberStatus::Active,
    }))
}

/// Hands over one message and waits for the verdict; there is no ledger whose commit to wait for.
pub(crate) async fn one<T: Transport>(transport: T, letter: &TestLetter) -> Outcome {
    let mut session = match transport.connect().await {
        Ok(session) => session,
        Err(outcome) => return outcome,
    };
    if let Err(outcome) = session.begin(&letter.envelope, &letter.message()).await {
        session.abandon().await;
        return outcome;
    }
    let outcome = session.finish(None).await;
    session.quit().await;
    outcome
}

/// Returns what the relay said when it took the test.
///
/// # Errors
/// When it didn't, or nobody knows.
pub(crate) fn taken(outcome: Outcome) -> Result<Reply, Problem> {
    let refused = |what: String, help: &str| Err(Problem::error("send/test-not-sent", what).help(help));
    match outcome {
        Outcome::Accepted { reply, .. } => Ok(reply),
        Outcome::Refused { phase, reply, .. } => refused(
            format!("the relay refused the test at {}: {reply}", phase.as_str()),
            "its words say why; mend the settings under `relay:` or ask who runs it",
        ),
        Outcome::Broken { phase, cause } => refused(
            format!("the test was not delivered; the line broke at {}: {cause}", phase.as_str()),
            "check host and port under `relay:` in masthead.yaml, and that the relay is up",
        ),
        Outcome::Stumbled { cause } => refused(
            format!("the test was not delivered: {cause}"),
            "the relay can't do what it offers; send the test again, and tell who runs it",
        ),
        Outcome::InDoubt { cause } => refused(
            format!("the line broke after the final dot: the test may have been taken ({cause})"),
            "look whether it arrives before you send another",
        ),
    }
}

fn told(desk: &Desk, issue: &IssueId, to: &EmailAddress, octets: usize, outcome: Outcome) -> Done {
    let reply = taken(outcome)?;
    if desk.output.json {
        desk.output.object(&serde_json::json!({ "test": issue.to_string(), "accepted": true, "reply": reply.to_string(), "octets": octets }));
    } else {
        let good = desk.output.dress(Dress::Good, "test sent");
        desk.output.talk(&format!("{good}: {issue} to {to}, {octets} octets. The relay says: {reply}"));
        desk.output.talk("Nothing was recorded; its unsubscribe link unsubscribes nobody.");
    }
    Ok(Exit::Done)
}
