//! Just enough DER to see whether a certificate was signed by itself, and when it ends.

/// Tag of a SEQUENCE.
const SEQUENCE: u8 = 0x30;

/// Tag of the version, which stands first in all but ancient certificates.
const VERSION: u8 = 0xa0;

/// Tag of a time with a year of two digits.
const UTC_TIME: u8 = 0x17;

/// Returns whether issuer and subject of an X.509 certificate are the same; `false` when it can't be read.
///
/// Only used to say more about a certificate that was refused already; nothing is trusted because of it.
pub(crate) fn is_self_signed(certificate: &[u8]) -> bool {
    names(certificate).is_some_and(|(issuer, subject)| issuer == subject)
}

/// RFC 5280, 4.1: version, serial number, signature, issuer, validity, subject.
fn names(certificate: &[u8]) -> Option<(&[u8], &[u8])> {
    let (_, certificate, _) = element(certificate).filter(|(tag, ..)| *tag == SEQUENCE)?;
    let (_, mut fields, _) = element(certificate).filter(|(tag, ..)| *tag == SEQUENCE)?;
    let mut next = || {
        let (tag, content, rest) = element(fields)?;
        fields = rest;
        Some((tag, content))
    };
    if next()?.0 == VERSION {
        next()?;
    }
    next()?;
    let (_, issuer) = next()?;
    next()?;
    let (_, subject) = next()?;
    Some((issuer, subject))
}

/// Returns when a certificate ends, in seconds since 1970; `None` when it can't be read.
///
/// For people who want to know in time; whether a certificate is good is the verifier's to say.
pub(crate) fn ends_at(certificate: &[u8]) -> Option<i64> {
    let (_, certificate, _) = element(certificate)?;
    let (_, mut fields, _) = element(certificate)?;
    if element(fields)?.0 == VERSION {
        fields = element(fields)?.2;
    }
    // Serial number, signature, issuer.
    for _ in 0..3 {
        fields = element(fields)?.2;
    }
    let (_, validity, _) = element(fields)?;
    let (_, _, validity) = element(validity)?;
    let (tag, end, _) = element(validity)?;
    let text = std::str::from_utf8(end).ok()?;
    // RFC 5280, 4.1.2.5: years of two digits up to 2049, of four from then on.
    let text = match tag {
        UTC_TIME if text.get(..2)? >= "50" => format!("19{text}"),
        UTC_TIME => format!("20{text}"),
        _ => text.to_owned(),
    };
    let end = chrono::NaiveDateTime::parse_from_str(&text, "%Y%m%d%H%M%SZ").ok()?;
    Some(end.and_utc().timestamp())
}

/// Splits the first element off: its tag, its content, the rest.
fn element(octets: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, octets) = octets.split_first()?;
    let (first, octets) = octets.split_first()?;
    let (length, octets) = if *first < 0x80 {
        (usize::from(*first), octets)
    } else {
        let (bytes, rest) =
            octets.split_at_checked(usize::from(first & 0x7f)).filter(|(bytes, _)| bytes.len() <= 4)?;
        (bytes.iter().fold(0, |length, byte| (length << 8) | usize::from(*byte)), rest)
    };
    let (content, rest) = octets.split_at_checked(length)?;
    Some((*tag, content, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, Issuer, KeyPair};

    #[test]
    fn a_certificate_that_signed_itself_is_known() {
        let key = KeyPair::generate().unwrap();
        let own = CertificateParams::new(["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
        assert!(is_self_signed(own.der()));
    }

    #[test]
    fn the_end_of_a_certificate_is_read_in_both_forms() {
        for (year, expected) in [(2031, 1_927_843_200), (2061, 2_874_614_400)] {
            let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
            params.not_after = rcgen::date_time_ymd(year, 2, 3);
            let key = KeyPair::generate().unwrap();
            assert_eq!(ends_at(params.self_signed(&key).unwrap().der()), Some(expected), "{year}");
        }
    }

    #[test]
    fn one_signed_by_another_is_not_and_garbage_neither() {
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.distinguished_name.push(rcgen::DnType::CommonName, "an authority");
        let issuer = Issuer::new(authority, KeyPair::generate().unwrap());
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        assert!(!is_self_signed(params.signed_by(&key, &issuer).unwrap().der()));
        for garbage in [&b""[..], b"\x30", b"\x30\x84\xff\xff\xff\xff", b"\x30\xff\x00", &[0x30; 40]] {
            assert!(!is_self_signed(garbage));
            assert_eq!(ends_at(garbage), None);
        }
    }
}
