//! The accounts: what the ledger says of each reader against what servers counted.

use crate::support::counting::CountingServer;
use masthead::{
    delivery::ports::Ledger,
    domain::delivery::{DeliveryReport, DeliveryState},
};
use std::collections::BTreeMap;

/// Returns every delivery of the newest broadcast by address.
pub(super) fn everybody(ledger: &mut dyn Ledger) -> BTreeMap<String, DeliveryReport> {
    let broadcast = ledger.broadcasts().unwrap().first().expect("something was sealed").id;
    let mut all = BTreeMap::new();
    for state in DeliveryState::ALL {
        for report in ledger.deliveries(broadcast, state, usize::MAX).unwrap() {
            let before = all.insert(report.address.expose(), report);
            assert!(before.is_none(), "one delivery each: {before:?}");
        }
    }
    all
}

/// Returns what servers took, together: Message-IDs by recipient.
pub(super) fn counted(servers: &[&CountingServer]) -> BTreeMap<String, Vec<String>> {
    let mut counted: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (to, ids) in servers.iter().flat_map(|server| server.messages()) {
        counted.entry(to).or_default().extend(ids);
    }
    counted
}

/// Returns what is wrong: who got two, who got none and is called sent, who got one and is called not sent, who
/// got another message than the ledger knows of, and who got one without being on the list.
pub(super) fn wrongs(
    ledger: &BTreeMap<String, DeliveryReport>,
    counted: &BTreeMap<String, Vec<String>>,
) -> Vec<String> {
    let strangers = counted.keys().filter(|address| !ledger.contains_key(*address));
    let mut wrong: Vec<String> =
        strangers.map(|address| format!("{address} is not on the list and got mail")).collect();
    for (address, report) in ledger {
        let ids = counted.get(address).map_or(&[][..], Vec::as_slice);
        let is_right = match report.state {
            DeliveryState::Sent => ids.len() == 1,
            DeliveryState::InDoubt => ids.len() <= 1,
            _ => ids.is_empty(),
        };
        if !is_right {
            wrong.push(format!("{address} is {} and got {ids:?}", report.state));
        }
        let known = report.message_id.as_deref().unwrap_or_default();
        let others = ids.iter().filter(|id| id.trim_matches(['<', '>']) != known);
        wrong.extend(others.map(|id| format!("{address} got {id}, and the ledger knows {known}")));
    }
    wrong
}
