//! The octets of a journal: a header, then small records, each with its length and checksum.
//!
//! Frame: length of the body (4 octets, little-endian), checksum (4), body. The checksum covers the run and the
//! record's place, so that nothing left from elsewhere is ever taken for a record. A length of zero ends the journal;
//! so does a frame that was cut.

use crate::{
    delivery::ports::{Intent, RunId, Verdict},
    domain::delivery::{DeliveryEvent, DeliveryId},
    ledger::rules,
};

/// Octets of a header.
pub(crate) const HEADER: u64 = 64;

/// Octets before the body of a record.
pub(crate) const FRAME: usize = 8;

/// The longest body that is believed: twice what the fields can hold.
pub(crate) const BODY_MAX: usize = 8 * 1024;

/// Longest text of a field that is kept.
const TEXT_MAX: usize = 1024;

const MAGIC: &[u8; 8] = b"MASTJRNL";
const VERSION: u32 = 1;

/// Stands for "no moment".
const NEVER: i64 = i64::MIN;

/// Whose journal it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) ledger_id: [u8; 16],
    pub(crate) run: RunId,
    /// When it was begun, microseconds since 1970.
    pub(crate) epoch: i64,
}

impl Header {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut octets = Vec::with_capacity(64);
        octets.extend_from_slice(MAGIC);
        octets.extend_from_slice(&VERSION.to_le_bytes());
        octets.extend_from_slice(&self.ledger_id);
        octets.extend_from_slice(&self.run.0);
        octets.extend_from_slice(&self.epoch.to_le_bytes());
        let check = crc32(0, &octets);
        octets.extend_from_slice(&check.to_le_bytes());
        octets.resize(usize::try_from(HEADER).unwrap_or(64), 0);
        octets
    }

    /// Reads a header; `None` when it isn't one, or is one of another version.
    pub(crate) fn decode(octets: &[u8]) -> Option<Self> {
        let mut reader = Reader(octets);
        if reader.take(8)? != MAGIC || u32::from_le_bytes(reader.array()?) != VERSION {
            return None;
        }
        let header = Self {
            ledger_id: reader.array()?,
            run: RunId(reader.array()?),
            epoch: i64::from_le_bytes(reader.array()?),
        };
        let check = u32::from_le_bytes(reader.array()?);
        (check == crc32(0, octets.get(..52)?)).then_some(header)
    }
}

/// What one record says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    Commit(Intent),
    Verdict(Verdict),
    /// Everything before this place is in the store.
    Checkpoint(u64),
}

/// One record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) delivery: DeliveryId,
    pub(crate) fence: i64,
    pub(crate) attempt: u32,
    pub(crate) said: Said,
}

impl Record {
    pub(crate) fn checkpoint(upto: u64) -> Self {
        Self { delivery: DeliveryId(0), fence: 0, attempt: 0, said: Said::Checkpoint(upto) }
    }

    /// Appends the record to `octets`, of which the first will stand at `start` of the journal of `run`.
    pub(crate) fn encode(&self, run: RunId, start: u64, octets: &mut Vec<u8>) {
        let frame = octets.len();
        octets.extend_from_slice(&[0; FRAME]);
        match &self.said {
            Said::Checkpoint(upto) => {
                octets.push(3);
                octets.extend_from_slice(&upto.to_le_bytes());
            }
            Said::Commit(intent) => {
                octets.push(1);
                self.encode_claim(octets);
                octets.extend_from_slice(&intent.offset.to_le_bytes());
                octets.extend_from_slice(&rules::micros(intent.at).to_le_bytes());
                octets.extend_from_slice(&intent.date.to_le_bytes());
                put_text(octets, Some(&intent.sha256));
                put_text(octets, Some(&intent.message_id));
            }
            Said::Verdict(verdict) => {
                octets.push(2);
                self.encode_claim(octets);
                octets.extend_from_slice(&verdict.offset.to_le_bytes());
                octets.extend_from_slice(&rules::micros(verdict.at).to_le_bytes());
                octets.push(number_of(verdict.event));
                let next = verdict.next_attempt_at.map_or(NEVER, rules::micros);
                octets.extend_from_slice(&next.to_le_bytes());
                put_text(octets, verdict.detail.as_deref().map(without_addresses).as_deref());
                put_text(octets, verdict.remote_id.as_deref());
            }
        }
        let length = u32::try_from(octets.len() - frame - FRAME).unwrap_or(u32::MAX);
        let check = checksum(run, start + frame as u64, &octets[frame + FRAME..]);
        octets[frame..frame + 4].copy_from_slice(&length.to_le_bytes());
        octets[frame + 4..frame + FRAME].copy_from_slice(&check.to_le_bytes());
    }

    fn encode_claim(&self, octets: &mut Vec<u8>) {
        octets.extend_from_slice(&self.delivery.0.to_le_bytes());
        octets.extend_from_slice(&self.fence.to_le_bytes());
        octets.extend_from_slice(&self.attempt.to_le_bytes());
    }

    /// Reads a body whose checksum was right.
    pub(crate) fn decode(body: &[u8]) -> Option<Self> {
        let mut reader = Reader(body);
        let kind = reader.take(1)?[0];
        if kind == 3 {
            return Some(Self::checkpoint(u64::from_le_bytes(reader.array()?)));
        }
        let delivery = DeliveryId(i64::from_le_bytes(reader.array()?));
        let fence = i64::from_le_bytes(reader.array()?);
        let attempt = u32::from_le_bytes(reader.array()?);
        let offset = u64::from_le_bytes(reader.array()?);
        let at = rules::moment(i64::from_le_bytes(reader.array()?));
        let (mut first, mut second) = (None, None);
        let said = match kind {
            1 => {
                let date = i64::from_le_bytes(reader.array()?);
                reader.text(&mut first)?;
                reader.text(&mut second)?;
                let (sha256, message_id) = (first.unwrap_or_default(), second.unwrap_or_default());
                Said::Commit(Intent { offset, at, date, sha256, message_id })
            }
            2 => {
                let event = event_of(reader.take(1)?[0])?;
                let next = i64::from_le_bytes(reader.array()?);
                let next_attempt_at = (next != NEVER).then(|| rules::moment(next));
                reader.text(&mut first)?;
                reader.text(&mut second)?;
                let (detail, remote_id) = (first, second);
                Said::Verdict(Verdict { offset, at, event, detail, remote_id, next_attempt_at })
            }
            _ => return None,
        };
        Some(Self { delivery, fence, attempt, said })
    }
}

/// Reads a frame: the length of the body and its checksum.
pub(crate) fn frame(octets: [u8; FRAME]) -> (usize, u32) {
    let number = u64::from_le_bytes(octets);
    let (low, high) = (number & u64::from(u32::MAX), number >> 32);
    (usize::try_from(low).unwrap_or(usize::MAX), u32::try_from(high).unwrap_or_default())
}

/// Returns the checksum of a body that stands at `place` in the journal of `run`.
pub(crate) fn checksum(run: RunId, place: u64, body: &[u8]) -> u32 {
    let seed = crc32(crc32(0, &run.0), &place.to_le_bytes());
    crc32(seed, body)
}

/// A server's words often repeat the address; a journal names nobody.
fn without_addresses(words: &str) -> String {
    if !words.contains('@') {
        return rules::kept_detail(words);
    }
    let masked = words.split(' ').map(|word| if word.contains('@') { "<…>" } else { word });
    rules::kept_detail(&masked.collect::<Vec<_>>().join(" "))
}

fn put_text(octets: &mut Vec<u8>, text: Option<&str>) {
    let Some(text) = text else {
        octets.extend_from_slice(&u16::MAX.to_le_bytes());
        return;
    };
    let mut end = text.len().min(TEXT_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    octets.extend_from_slice(&u16::try_from(end).unwrap_or_default().to_le_bytes());
    octets.extend_from_slice(&text.as_bytes()[..end]);
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    /// Reads a text that may be missing into `text`; `None` when the octets end too early.
    fn text(&mut self, text: &mut Option<String>) -> Option<()> {
        let length = u16::from_le_bytes(self.array()?);
        if length != u16::MAX {
            let octets = self.take(usize::from(length))?;
            *text = Some(String::from_utf8_lossy(octets).into_owned());
        }
        Some(())
    }
}

/// Every event in the order of its number: new ones are put at the end.
const EVENTS: [DeliveryEvent; 12] = [
    DeliveryEvent::Claim,
    DeliveryEvent::Release,
    DeliveryEvent::Commit,
    DeliveryEvent::Accept,
    DeliveryEvent::Defer,
    DeliveryEvent::Fail,
    DeliveryEvent::Bounce,
    DeliveryEvent::Lose,
    DeliveryEvent::Resend,
    DeliveryEvent::Suppress,
    DeliveryEvent::Expire,
    DeliveryEvent::Cancel,
];

fn number_of(event: DeliveryEvent) -> u8 {
    let number = EVENTS.iter().position(|known| *known == event);
    number.and_then(|number| u8::try_from(number).ok()).unwrap_or(u8::MAX)
}

fn event_of(number: u8) -> Option<DeliveryEvent> {
    EVENTS.get(usize::from(number)).copied()
}

/// CRC-32 (IEEE), continued from `crc`.
fn crc32(crc: u32, octets: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new_with_initial(crc);
    hasher.update(octets);
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    fn records() -> Vec<Record> {
        let at = DateTime::from_timestamp(1_650_000_000, 0).expect("a moment");
        let intent =
            Intent { offset: 64, at, date: 7, sha256: "feed".into(), message_id: "one@example.org".into() };
        let verdict = Verdict {
            offset: 99,
            at,
            event: DeliveryEvent::Defer,
            detail: Some("450 later".into()),
            remote_id: None,
            next_attempt_at: Some(at),
        };
        let record = |said| Record { delivery: DeliveryId(42), fence: 3, attempt: 2, said };
        vec![record(Said::Commit(intent)), record(Said::Verdict(verdict)), Record::checkpoint(99)]
    }

    #[test]
    fn what_is_written_reads_back() {
        for record in records() {
            let mut octets = Vec::new();
            record.encode(RunId([7; 16]), 64, &mut octets);
            let body = &octets[FRAME..];
            assert_eq!(Record::decode(body), Some(record));
            assert_eq!(octets[4..FRAME], checksum(RunId([7; 16]), 64, body).to_le_bytes());
            assert_ne!(octets[4..FRAME], checksum(RunId([8; 16]), 64, body).to_le_bytes());
            assert_ne!(octets[4..FRAME], checksum(RunId([7; 16]), 65, body).to_le_bytes());
            for end in 0..body.len() {
                assert_eq!(Record::decode(&body[..end]), None, "cut at {end}");
            }
        }
    }

    #[test]
    fn a_header_reads_back_and_a_damaged_one_does_not() {
        let header = Header { ledger_id: [1; 16], run: RunId([2; 16]), epoch: 3 };
        let octets = header.encode();
        assert_eq!(Header::decode(&octets), Some(header));
        for at in 0..52 {
            let mut damaged = octets.clone();
            damaged[at] ^= 1;
            assert_eq!(Header::decode(&damaged), None, "octet {at}");
        }
    }

    #[test]
    fn a_journal_names_no_reader() {
        assert_eq!(without_addresses("550 5.1.1 <reader@example.org>: unknown"), "550 5.1.1 <…> unknown");
        assert_eq!(without_addresses("250 ok"), "250 ok");
    }

    #[test]
    fn the_checksum_is_the_known_one() {
        assert_eq!(crc32(0, b"123456789"), 0xCBF4_3926);
    }
}
