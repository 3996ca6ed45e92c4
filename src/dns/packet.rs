//! Questions and answers as octets (RFC 1035, 4).

use crate::dns::{Answer, Kind, Record};

/// Octets of an answer that we take over UDP: what passes everywhere in one piece.
const UDP_OCTETS: u16 = 1_232;

/// Pointers followed in one name; a name that has more leads in circles.
const POINTERS_MAX: usize = 32;

/// What an answer over the wire says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// It is one.
    Answered(Answer),
    /// It did not fit; the whole of it is to be had over TCP.
    CutShort,
    /// The server could not.
    Failed(u8),
}

/// Returns a question, `None` when the name can't stand in one.
pub(super) fn question(id: u16, name: &str, kind: Kind) -> Option<Vec<u8>> {
    let mut octets = Vec::with_capacity(64);
    octets.extend(id.to_be_bytes());
    // A question that wants the server to do the walking; one question, and one additional record.
    octets.extend([0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 1]);
    write_name(name, &mut octets)?;
    octets.extend(kind.number().to_be_bytes());
    octets.extend([0, 1]);
    // EDNS (RFC 6891): the root's name, OPT, how much we take.
    octets.extend([0, 0, 41]);
    octets.extend(UDP_OCTETS.to_be_bytes());
    octets.extend([0; 6]);
    Some(octets)
}

fn write_name(name: &str, octets: &mut Vec<u8>) -> Option<()> {
    let name = name.strip_suffix('.').unwrap_or(name);
    if name.is_empty() || name.len() > 253 {
        return None;
    }
    for label in name.split('.') {
        let length = u8::try_from(label.len()).ok().filter(|length| (1..=63).contains(length))?;
        octets.push(length);
        octets.extend(label.as_bytes());
    }
    octets.push(0);
    Some(())
}

/// Reads an answer to a question of this kind; `None` when it is none, or one to something else.
pub(super) fn read(octets: &[u8], question: &[u8], kind: Kind) -> Option<Said> {
    let head = octets.get(..12)?;
    let number = |at: usize| u16::from_be_bytes([head[at], head[at + 1]]);
    let is_answer = head[2] & 0x80 != 0;
    if !is_answer || head[..2] != question[..2] {
        return None;
    }
    match head[3] & 0x0f {
        0 | 3 => {}
        code => return Some(Said::Failed(code)),
    }
    // The question comes back as it was asked; the letter case of names does not count.
    let asked = &question[12..question.len() - 11];
    let again = octets.get(12..12 + asked.len())?;
    if number(4) != 1 || !again.eq_ignore_ascii_case(asked) {
        return None;
    }
    if head[2] & 0x02 != 0 {
        return Some(Said::CutShort);
    }
    let mut at = 12 + asked.len();
    let mut records = Vec::new();
    for _ in 0..number(6) {
        at = skip_name(octets, at)?;
        let fixed = octets.get(at..at + 10)?;
        let length = usize::from(u16::from_be_bytes([fixed[8], fixed[9]]));
        let data = octets.get(at + 10..at + 10 + length)?;
        if u16::from_be_bytes([fixed[0], fixed[1]]) == kind.number() {
            records.push(record(octets, at + 10, data, kind)?);
        }
        at += 10 + length;
    }
    // An alias that leads nowhere answers with "no such name" too; what counts is that nothing is there.
    let is_nowhere = head[3] & 0x0f == 3;
    Some(Said::Answered(if is_nowhere { Answer::NoSuchName } else { Answer::Records(records) }))
}

fn record(octets: &[u8], at: usize, data: &[u8], kind: Kind) -> Option<Record> {
    Some(match kind {
        Kind::A | Kind::Aaaa => Record::Address,
        Kind::Soa => Record::Authority,
        Kind::Mx => {
            data.get(..3)?;
            Record::Exchange(read_name(octets, at + 2)?)
        }
        Kind::Txt => {
            let (mut text, mut rest) = (Vec::new(), data);
            while let Some((length, after)) = rest.split_first() {
                text.extend(after.get(..usize::from(*length))?);
                rest = &after[usize::from(*length)..];
            }
            Record::Text(String::from_utf8_lossy(&text).into_owned())
        }
    })
}

/// Returns where a name ends that begins at `at`.
fn skip_name(octets: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match *octets.get(at)? {
            0 => return Some(at + 1),
            length if length & 0xc0 == 0xc0 => return Some(at + 2),
            length if length & 0xc0 == 0 => at += 1 + usize::from(length),
            _ => return None,
        }
    }
}

/// Reads a name, following pointers; the root's is empty.
fn read_name(octets: &[u8], mut at: usize) -> Option<String> {
    let (mut labels, mut pointers) = (Vec::new(), 0);
    loop {
        let length = *octets.get(at)?;
        match length & 0xc0 {
            0 if length == 0 => return Some(labels.join(".")),
            0 => {
                let label = octets.get(at + 1..at + 1 + usize::from(length))?;
                labels.push(String::from_utf8_lossy(label).to_ascii_lowercase());
                at += 1 + usize::from(length);
            }
            0xc0 => {
                pointers += 1;
                if pointers > POINTERS_MAX {
                    return None;
                }
                at = usize::from(u16::from_be_bytes([length & 0x3f, *octets.get(at + 1)?]));
            }
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns an answer with these record octets behind the question.
    fn answer(question: &[u8], flags: [u8; 2], records: &[Vec<u8>]) -> Vec<u8> {
        let mut octets = question[..question.len() - 11].to_vec();
        octets[2..4].copy_from_slice(&flags);
        octets[7] = u8::try_from(records.len()).unwrap();
        octets[11] = 0;
        octets.extend(records.iter().flatten());
        octets
    }

    fn record(kind: u16, data: &[u8]) -> Vec<u8> {
        let mut octets = vec![0xc0, 12];
        octets.extend(kind.to_be_bytes());
        octets.extend([0, 1, 0, 0, 0, 60]);
        octets.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        octets.extend(data);
        octets
    }

    #[test]
    fn strings_of_a_text_are_joined_and_other_kinds_are_passed_over() {
        let question = question(7, "example.org", Kind::Txt).unwrap();
        let records = [record(5, &[0xc0, 12]), record(16, b"\x03v=s\x03pf1")];
        let said = read(&answer(&question, [0x81, 0x80], &records), &question, Kind::Txt);
        let expected = Answer::Records(vec![Record::Text("v=spf1".to_owned())]);
        assert_eq!(said, Some(Said::Answered(expected)));
    }

    #[test]
    fn names_with_pointers_are_read_and_circles_are_not_followed() {
        let question = question(7, "example.org", Kind::Mx).unwrap();
        let read = |data: &[u8]| {
            let octets = answer(&question, [0x81, 0x80], &[record(15, data)]);
            read(&octets, &question, Kind::Mx)
        };
        let exchange =
            |name: &str| Some(Said::Answered(Answer::Records(vec![Record::Exchange(name.to_owned())])));
        assert_eq!(read(b"\x00\x0a\x02MX\xc0\x0c"), exchange("mx.example.org"));
        assert_eq!(read(b"\x00\x00\x00"), exchange(""));
        let itself = u8::try_from(question.len() - 11 + 14).unwrap();
        assert_eq!(read(&[0, 10, 0xc0, itself]), None);
    }

    #[test]
    fn answers_to_something_else_are_none() {
        let asked = question(7, "example.org", Kind::Txt).unwrap();
        let read = |octets: &[u8]| read(octets, &asked, Kind::Txt);
        assert_eq!(read(&answer(&asked, [0x01, 0x80], &[])), None, "a question");
        let other = question(8, "example.org", Kind::Txt).unwrap();
        assert_eq!(read(&answer(&other, [0x81, 0x80], &[])), None, "another number");
        let other = question(7, "example.net", Kind::Txt).unwrap();
        assert_eq!(read(&answer(&other, [0x81, 0x80], &[])), None, "another name");
        assert_eq!(read(&answer(&asked, [0x83, 0x80], &[])), Some(Said::CutShort));
        assert_eq!(read(&answer(&asked, [0x81, 0x82], &[])), Some(Said::Failed(2)));
        assert_eq!(read(&answer(&asked, [0x81, 0x83], &[])), Some(Said::Answered(Answer::NoSuchName)));
        let whole = answer(&asked, [0x81, 0x80], &[record(16, b"\x03abc")]);
        for end in 0..whole.len() {
            assert!(!matches!(read(&whole[..end]), Some(Said::Answered(_))), "cut at {end}");
        }
    }

    proptest::proptest! {
        #[test]
        fn whatever_comes_back_is_read_or_refused(
            tail in proptest::collection::vec(proptest::num::u8::ANY, 0..200),
            count in 0..40_u8,
        ) {
            for kind in [Kind::A, Kind::Mx, Kind::Txt] {
                let question = question(7, "example.org", kind).unwrap();
                let mut octets = answer(&question, [0x81, 0x80], &[record(kind.number(), &tail)]);
                let _read_or_refused = read(&octets, &question, kind);
                octets.truncate(question.len() - 11);
                octets[7] = count;
                octets.extend(&tail);
                let _read_or_refused = read(&octets, &question, kind);
            }
        }
    }

    #[test]
    fn a_name_that_dns_does_not_take_is_no_question() {
        let long = "a".repeat(64);
        for name in ["", ".", "a..b", long.as_str(), &"a.".repeat(200)] {
            assert_eq!(question(1, name, Kind::A), None, "{name}");
        }
    }
}
