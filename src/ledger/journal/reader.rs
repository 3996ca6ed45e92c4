//! A journal as it is read: whole records in order, up to the first that was cut.

use crate::{
    delivery::ports::{Fact, RunId},
    domain::delivery::DeliveryId,
    ledger::journal::record::{self, BODY_MAX, FRAME, HEADER, Header, Record, Said, checksum},
};
use std::{
    collections::HashMap,
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom},
};

/// Facts that are handed over at once.
const CHUNK: usize = 1_000;

/// Records from a place on.
pub(crate) struct Records {
    source: BufReader<File>,
    run: RunId,
    place: u64,
    body: Vec<u8>,
}

/// Reads who wrote a journal; `None` when no header stands there (yet).
pub(crate) fn header(file: &File) -> io::Result<Option<Header>> {
    let mut file = file;
    file.seek(SeekFrom::Start(0))?;
    let mut octets = Vec::with_capacity(64);
    file.take(HEADER).read_to_end(&mut octets)?;
    Ok(Header::decode(&octets))
}

impl Records {
    pub(crate) fn from(file: &File, run: RunId, place: u64) -> io::Result<Self> {
        let mut file = file.try_clone()?;
        file.seek(SeekFrom::Start(place))?;
        Ok(Self { source: BufReader::with_capacity(128 * 1024, file), run, place, body: Vec::new() })
    }

    /// Returns the next whole record.
    pub(crate) fn next(&mut self) -> io::Result<Option<Record>> {
        let mut frame = [0; FRAME];
        if !filled(&mut self.source, &mut frame)? {
            return Ok(None);
        }
        let (length, check) = record::frame(frame);
        if length == 0 || length > BODY_MAX {
            return Ok(None);
        }
        self.body.resize(length, 0);
        if !filled(&mut self.source, &mut self.body)? {
            return Ok(None);
        }
        if checksum(self.run, self.place, &self.body) != check {
            return Ok(None);
        }
        let Some(record) = Record::decode(&self.body) else { return Ok(None) };
        self.place += (FRAME + length) as u64;
        Ok(Some(record))
    }

    /// Returns where the records read so far end.
    pub(crate) fn place(&self) -> u64 {
        self.place
    }
}

fn filled(source: &mut impl Read, octets: &mut [u8]) -> io::Result<bool> {
    match source.read_exact(octets) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

/// What a journal is about, in short.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Survey {
    pub(crate) header: Header,
    /// The store had everything before this place.
    pub(crate) checkpoint: u64,
    /// Where it ends.
    pub(crate) end: u64,
}

/// Reads a journal once; `None` when it has no header.
pub(crate) fn survey(file: &File) -> io::Result<Option<Survey>> {
    let Some(header) = header(file)? else { return Ok(None) };
    let mut records = Records::from(file, header.run, HEADER)?;
    let mut checkpoint = 0;
    while let Some(record) = records.next()? {
        if let Said::Checkpoint(upto) = record.said {
            checkpoint = checkpoint.max(upto);
        }
    }
    Ok(Some(Survey { header, checkpoint, end: records.place().max(checkpoint) }))
}

/// Facts put together from records: a commit and its verdict are one fact.
#[derive(Default)]
pub(crate) struct Folded {
    facts: Vec<Fact>,
    open: HashMap<(DeliveryId, i64), usize>,
}

impl Folded {
    /// Takes a record in.
    pub(crate) fn add(&mut self, record: Record) {
        let Record { delivery, fence, attempt, said } = record;
        let key = (delivery, fence);
        match said {
            Said::Checkpoint(_) => {}
            Said::Commit(intent) => {
                self.open.insert(key, self.facts.len());
                self.facts.push(Fact { delivery, fence, attempt, intent: Some(intent), verdict: None });
            }
            Said::Verdict(verdict) => {
                let verdict = Some(verdict);
                if let Some(index) = self.open.remove(&key) {
                    self.facts[index].verdict = verdict;
                } else {
                    self.facts.push(Fact { delivery, fence, attempt, intent: None, verdict });
                }
            }
        }
    }

    pub(crate) fn facts(&self) -> &[Fact] {
        &self.facts
    }

    /// Takes out all facts but the commits that still wait for their verdict.
    fn take_settled(&mut self) -> Vec<Fact> {
        let (waiting, settled): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.facts).into_iter().partition(|fact| fact.verdict.is_none());
        self.facts = waiting;
        self.open =
            self.facts.iter().enumerate().map(|(at, fact)| ((fact.delivery, fact.fence), at)).collect();
        settled
    }
}

/// Tells everything in a journal whose owner is gone to `each`, in pieces; the last comes with `true`, and
/// with it the commits that never got a verdict.
pub(crate) fn tell_all<E: From<io::Error>>(
    file: &File,
    run: RunId,
    mut each: impl FnMut(&[Fact], bool) -> Result<(), E>,
) -> Result<(), E> {
    let mut records = Records::from(file, run, HEADER)?;
    let mut folded = Folded::default();
    while let Some(record) = records.next()? {
        folded.add(record);
        if folded.facts.len() >= CHUNK + folded.open.len() {
            each(&folded.take_settled(), false)?;
        }
    }
    each(&folded.take_settled(), false)?;
    each(folded.facts(), true)
}

/// Tells what stands in a journal from a place on, whoever writes it, and where it ends.
pub(crate) fn tell_from(file: &File, run: RunId, place: u64) -> io::Result<(Vec<Fact>, u64)> {
    let mut records = Records::from(file, run, place.max(HEADER))?;
    let mut folded = Folded::default();
    while let Some(record) = records.next()? {
        folded.add(record);
    }
    Ok((folded.facts, records.place()))
}
