use super::*;
use crate::domain::delivery::DeliveryState;

const PHASES: [Phase; 5] = [Phase::Mail, Phase::Rcpt, Phase::Data, Phase::Body, Phase::Verdict];
const SCOPES: [Scope; 5] = [Scope::Recipient, Scope::Message, Scope::Provider, Scope::Host, Scope::Sender];
const ACTIONS: [Action; 5] = [Action::Retry, Action::Grey, Action::Bounce, Action::Fail, Action::Abort];

fn attempt(number: u32, is_committed: bool) -> Attempt {
    Attempt { number, is_committed, jitter: Jitter::NONE }
}

fn refusal(phase: Phase, code: u16, scope: Scope, action: Action, wait_seconds: Option<u32>) -> Outcome {
    let reply = Reply { code, enhanced: None, text: "words".to_owned() };
    Outcome::Refused { phase, reply, verdict: Verdict { wait_seconds, ..Verdict::new(scope, action) } }
}

/// Shows a decision on one line.
#[track_caller]
fn check(outcome: &Outcome, attempt: Attempt, expected: &str) {
    let decision = decide(outcome, attempt);
    let wait = decision.wait.map(|wait| format!("wait {}s", wait.as_secs()));
    let expires = decision.expires.then(|| "expires".to_owned());
    let pause = decision.pause.map(|pause| format!("pause {}s", pause.as_secs()));
    let stop = decision.stop.map(|reason| match reason {
        StopReason::Sender(..) => "stop: sender".to_owned(),
        StopReason::Rest(_, _, time) => format!("stop: rest {}s", time.as_secs()),
        StopReason::Message(_) => "stop: message".to_owned(),
    });
    let event = Some(format!("{:?}", decision.event));
    let shown: Vec<String> = [event, wait, expires, pause, stop].into_iter().flatten().collect();
    assert_eq!(shown.join(" "), expected, "{outcome:?}");
}

#[test]
fn each_outcome_has_its_consequence() {
    let reply = Reply { code: 250, enhanced: Some((2, 0, 0)), text: "queued as 4F2".to_owned() };
    let accepted = Outcome::Accepted { reply, remote_id: Some("4F2".to_owned()) };
    check(&accepted, attempt(1, true), "Accept");
    check(&Outcome::InDoubt { cause: "silence".into() }, attempt(1, true), "Lose");
    check(&Outcome::InDoubt { cause: "silence".into() }, attempt(1, false), "Defer wait 60s");
    let broken = Outcome::Broken { phase: Phase::Body, cause: "reset".into() };
    check(&broken, attempt(1, false), "Defer wait 60s");
    check(&broken, attempt(2, true), "Defer wait 300s");
    check(&broken, attempt(12, false), "Defer wait 3600s expires");
}

#[test]
fn each_verdict_has_its_consequence() {
    let of = |scope, action| refusal(Phase::Rcpt, 450, scope, action, None);
    check(&of(Scope::Recipient, Action::Retry), attempt(1, false), "Defer wait 300s");
    check(&of(Scope::Recipient, Action::Retry), attempt(11, false), "Defer wait 3600s expires");
    check(&of(Scope::Recipient, Action::Bounce), attempt(1, false), "Bounce");
    check(&of(Scope::Recipient, Action::Fail), attempt(1, true), "Fail");
    check(&of(Scope::Host, Action::Retry), attempt(1, true), "Defer wait 300s pause 5s");
    check(&of(Scope::Sender, Action::Retry), attempt(1, false), "Release wait 0s stop: rest 21600s");
    check(&of(Scope::Recipient, Action::Grey), attempt(1, false), "Defer wait 600s");
    check(&of(Scope::Provider, Action::Retry), attempt(1, false), "Defer wait 300s");
    check(&of(Scope::Sender, Action::Abort), attempt(1, true), "Defer wait 0s stop: sender");
    check(&of(Scope::Host, Action::Abort), attempt(1, false), "Release wait 0s stop: sender");
    check(&of(Scope::Message, Action::Fail), attempt(1, true), "Defer wait 0s stop: message");
    check(&of(Scope::Message, Action::Retry), attempt(1, true), "Defer wait 300s");
    let later = refusal(Phase::Rcpt, 452, Scope::Recipient, Action::Retry, Some(43_200));
    check(&later, attempt(1, false), "Defer wait 43200s");
    let paused = refusal(Phase::Mail, 421, Scope::Host, Action::Retry, Some(3_600));
    check(&paused, attempt(1, false), "Defer wait 3600s pause 3600s");
}

#[test]
fn every_decision_is_lawful_where_it_is_made() {
    for phase in PHASES {
        for scope in SCOPES {
            for action in ACTIONS {
                let outcome = refusal(phase, 554, scope, action, None);
                for (is_committed, state) in
                    [(false, DeliveryState::Leased), (true, DeliveryState::Committing)]
                {
                    let event = decide(&outcome, attempt(1, is_committed)).event;
                    assert!(state.after(event).is_some(), "{state} {event:?} {outcome:?}");
                }
            }
        }
    }
}

#[test]
#[should_panic(expected = "before its commit")]
fn accepted_without_a_commit_is_a_broken_promise() {
    let reply = Reply { code: 250, enhanced: None, text: String::new() };
    decide(&Outcome::Accepted { reply, remote_id: None }, attempt(1, false));
}

#[test]
fn only_a_close_before_the_envelope_is_quiet() {
    assert!(is_quiet_close(&Outcome::Broken { phase: Phase::Mail, cause: "closed".into() }));
    assert!(is_quiet_close(&refusal(Phase::Mail, 421, Scope::Host, Action::Retry, None)));
    assert!(!is_quiet_close(&refusal(Phase::Mail, 421, Scope::Host, Action::Retry, Some(60))));
    assert!(!is_quiet_close(&Outcome::Broken { phase: Phase::Body, cause: "closed".into() }));
    assert!(!is_quiet_close(&Outcome::InDoubt { cause: "closed".into() }));
}

#[test]
fn long_words_are_cut_between_characters() {
    let broken = Outcome::Broken { phase: Phase::Body, cause: "é".repeat(2_000) };
    let detail = decide(&broken, attempt(1, false)).detail.unwrap();
    assert!(detail.len() <= DETAIL_MAX && detail.ends_with('é'));
}

#[test]
fn a_provider_is_heeded_from_rcpt_on_and_the_relay_before() {
    let told = |phase| {
        let verdict = Verdict::new(Scope::Provider, Action::Retry).after(3_600).with(Measure::Pause);
        let reply = Reply { code: 421, enhanced: None, text: "words".to_owned() };
        let decision =
            decide(&Outcome::Refused { phase, reply, verdict }, attempt(1, phase == Phase::Verdict));
        (decision.whom, decision.measure, decision.measure_time, decision.pause)
    };
    let hour = Some(Duration::from_hours(1));
    assert_eq!(told(Phase::Verdict), (Whom::Provider, Measure::Pause, hour, None));
    assert_eq!(told(Phase::Rcpt), (Whom::Provider, Measure::Pause, hour, None));
    assert_eq!(told(Phase::Mail), (Whom::Host, Measure::Pause, hour, hour));
}

#[test]
fn a_session_that_took_enough_is_left_and_the_delivery_comes_back_soon() {
    let verdict = Verdict::new(Scope::Host, Action::Retry).with(Measure::Reconnect);
    let reply = Reply { code: 452, enhanced: Some((4, 5, 3)), text: "too many".to_owned() };
    let decision = decide(&Outcome::Refused { phase: Phase::Rcpt, reply, verdict }, attempt(1, false));
    assert_eq!((decision.measure, decision.pause), (Measure::Reconnect, None));
    assert_eq!(decision.wait, Some(Duration::from_mins(1)));
}
