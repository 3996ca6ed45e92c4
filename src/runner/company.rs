//! Whether a round waits for more company.
//!
//! A round on a ledger elsewhere costs the same whatever is in it. Beside a relay that answers at once, the connections
//! that were let go by one round are back for the next one almost together: then the round waits for the last of them.
//! Beside any other relay that would only keep the others waiting, so whoever waits in vain tries it less and less often.

/// The longest spell of rounds that wait for nobody, as a power of two.
const SPELL_MAX: u32 = 10;

/// Messages that were let go, and how waiting for their verdicts went.
#[derive(Debug, Default)]
pub(crate) struct Company {
    /// Whether a round wants any.
    is_wanted: bool,
    /// Messages between their commit and their verdict.
    abroad: usize,
    /// How often waiting was in vain lately.
    in_vain: u32,
    /// Rounds that won't wait.
    hurried: u32,
}

impl Company {
    /// Returns the company of rounds that want some, or none.
    pub(crate) fn new(is_wanted: bool) -> Self {
        Self { is_wanted, ..Self::default() }
    }

    /// So many messages were let go.
    pub(crate) fn left(&mut self, messages: usize) {
        self.abroad += messages;
    }

    /// One of them is back. A verdict on something else is counted too: that is only a round that waits less.
    pub(crate) fn returned(&mut self) {
        self.abroad = self.abroad.saturating_sub(1);
    }

    /// Returns whether the round should wait for somebody.
    pub(crate) fn is_awaited(&self) -> bool {
        self.is_wanted && self.abroad > 0 && self.hurried == 0
    }

    /// A round begins after all it waited for has come, or without having waited.
    pub(crate) fn came(&mut self) {
        if self.hurried > 0 {
            self.hurried -= 1;
        } else if self.abroad == 0 {
            self.in_vain = self.in_vain.saturating_sub(1);
        }
    }

    /// A round begins although somebody is missing.
    pub(crate) fn failed_to_come(&mut self) {
        self.in_vain = (self.in_vain + 1).min(SPELL_MAX);
        self.hurried = 2_u32.pow(self.in_vain);
        // Whoever is that late is not waited for again.
        self.abroad = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_waits_for_those_who_are_soon_back() {
        let mut company = Company::new(true);
        assert!(!company.is_awaited());
        company.left(2);
        company.returned();
        assert!(company.is_awaited());
        company.returned();
        assert!(!company.is_awaited());
        company.came();
        company.returned();
        company.left(1);
        assert!(company.is_awaited(), "a verdict on something else does no harm");
    }

    #[test]
    fn whoever_waits_in_vain_tries_it_less_and_less_often() {
        let mut company = Company::new(true);
        for spell in [2, 4, 8] {
            company.left(1);
            assert!(company.is_awaited());
            company.failed_to_come();
            for _ in 0..spell {
                company.left(1);
                assert!(!company.is_awaited());
                company.came();
            }
        }
    }

    #[test]
    fn a_ledger_at_hand_wants_no_company() {
        let mut company = Company::new(false);
        company.left(3);
        assert!(!company.is_awaited());
    }
}
