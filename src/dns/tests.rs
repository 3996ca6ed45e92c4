//! Each judgement over a small world of records.

use crate::dns::{
    Answer, DnsFault, Grade, Kind, Names, Record, Sight, dkim,
    dmarc::{self, Proofs},
    reach, spf,
};

/// A world with these records, as `name kind value`; a value of `?` is one that nobody can tell.
struct World(Vec<(&'static str, Kind, &'static str)>);

impl Names for World {
    fn ask(&self, name: &str, kind: Kind) -> Result<Answer, DnsFault> {
        let of_name: Vec<_> = self.0.iter().filter(|(known, ..)| *known == name).collect();
        let of_kind = of_name.iter().filter(|(_, known, _)| *known == kind);
        if of_kind.clone().any(|(.., value)| *value == "?") {
            return Err(DnsFault::Failed("192.0.2.1".to_owned(), 2));
        }
        let records = of_kind.map(|(.., value)| match kind {
            Kind::A | Kind::Aaaa => Record::Address,
            Kind::Mx => Record::Exchange((*value).to_owned()),
            Kind::Soa => Record::Authority,
            Kind::Txt => Record::Text((*value).to_owned()),
        });
        let records = records.collect();
        Ok(if of_name.is_empty() { Answer::NoSuchName } else { Answer::Records(records) })
    }
}

fn texts(records: &[(&'static str, &'static str)]) -> World {
    World(records.iter().map(|(name, text)| (*name, Kind::Txt, *text)).collect())
}

#[track_caller]
fn check(sight: &Sight, grade: Grade, words: &str) {
    assert!(sight.grade == grade && sight.message.contains(words), "{sight:?}");
    assert_eq!(sight.help.is_none(), grade == Grade::Good, "what is not good says what to do: {sight:?}");
}

#[test]
fn spf_is_one_record_that_ends_and_needs_few_look_ups() {
    let of = |record: &'static str| spf::look(&texts(&[("example.org", record)]), "example.org");
    check(&of("v=spf1 mx ip4:192.0.2.0/24 -all"), Grade::Good, "1 look-ups of 10");
    check(&of("V=SPF1 a:relay.example.net ~all"), Grade::Good, "has an SPF record");
    check(&of("v=spf1 mx +all"), Grade::Bad, "everybody");
    check(&of("v=spf1 mx ?all"), Grade::Warning, "strangers");
    check(&of("v=spf1 mx"), Grade::Warning, "strangers");
    check(&of("v=spf1 ptr ~all"), Grade::Warning, "`ptr`");
    check(&of("some other text"), Grade::Bad, "no SPF record");
    check(&of("v=spf10 -all"), Grade::Bad, "no SPF record");
    check(&of("v=spf1 mx mx mx mx mx mx a a a a a -all"), Grade::Bad, "more than 10");
    check(&of("v=spf1 include:example.org -all"), Grade::Bad, "broken one");
    check(&of("v=spf1 include:nowhere.example.net -all"), Grade::Bad, "broken one");
    check(&of("?"), Grade::Unknown, "could not be looked up");
    let two = texts(&[("example.org", "v=spf1 -all"), ("example.org", "v=spf1 mx -all")]);
    check(&spf::look(&two, "example.org"), Grade::Bad, "2 SPF records");
}

#[test]
fn look_ups_of_records_that_spf_leads_to_count_too() {
    let world = texts(&[
        ("example.org", "v=spf1 include:one.example.net include:%{d}.example.net redirect=two.example.net"),
        ("one.example.net", "v=spf1 a mx exists:%{i}.example.net -all"),
        ("two.example.net", "v=spf1 a -all"),
    ]);
    check(&spf::look(&world, "example.org"), Grade::Good, "(7 look-ups of 10)");
    let world = texts(&[("example.org", "v=spf1 include:one.example.net ~all"), ("one.example.net", "?")]);
    check(&spf::look(&world, "example.org"), Grade::Unknown, "`one.example.net`");
}

#[test]
fn dkim_publishes_the_key_that_signs() {
    const NAME: &str = "s1._domainkey.example.org";
    let of = |record: &'static str| {
        dkim::look(&texts(&[(NAME, record)]), "s1", "example.org", "v=DKIM1; k=rsa; p=AAAA")
    };
    check(&of("v=DKIM1; k=rsa; p=AA AA"), Grade::Good, "publishes the key");
    check(&of("p=AAAA; h=sha1:sha256; s=email"), Grade::Good, "publishes the key");
    check(&of("v=DKIM1; p=BBBB"), Grade::Bad, "another key");
    check(&of("v=DKIM1; k=ed25519; p=AAAA"), Grade::Bad, "another key");
    check(&of("v=DKIM1; p="), Grade::Bad, "called back");
    check(&of("v=DKIM1; h=sha1; p=AAAA"), Grade::Bad, "SHA-256");
    check(&of("v=DKIM1; s=other; p=AAAA"), Grade::Bad, "SHA-256");
    check(&of("v=DKIM1; t=s:y; p=AAAA"), Grade::Warning, "a test");
    check(&of("hello"), Grade::Bad, "no DKIM record");
    check(&of("?"), Grade::Unknown, "could not be looked up");
    check(&dkim::look(&texts(&[]), "s1", "example.org", "p=AAAA"), Grade::Bad, "no DKIM record");
}

fn proofs<'a>(from: &'a str, envelope: &'a str, signing: Option<&'a str>) -> Proofs<'a> {
    Proofs { from, envelope, signing }
}

#[test]
fn dmarc_is_found_by_walking_up() {
    let world = texts(&[("_dmarc.example.org", "v=DMARC1; p=reject; rua=mailto:dmarc@example.org")]);
    let sights = dmarc::look(&world, proofs("news.example.org", "bounces.example.org", Some("example.org")));
    let [record, alignment] = sights.as_slice() else { panic!("{sights:?}") };
    check(record, Grade::Good, "`example.org` has a DMARC record");
    check(alignment, Grade::Good, "SPF and DKIM are both");
    let none = dmarc::look(&texts(&[]), proofs("news.example.org", "news.example.org", None));
    check(&none[0], Grade::Bad, "no DMARC record");
    let unsaid = texts(&[("_dmarc.example.org", "?")]);
    let sights = dmarc::look(&unsaid, proofs("news.example.org", "news.example.org", None));
    check(&sights[0], Grade::Unknown, "`_dmarc.example.org`");
}

#[test]
fn the_walk_stops_where_a_record_says_so() {
    let walk = |records: &[(&'static str, &'static str)], domain: &str| {
        dmarc::walk(&texts(records), domain).unwrap().organisation
    };
    let suffix = ("_dmarc.city.example", "v=DMARC1; psd=y");
    assert_eq!(walk(&[suffix], "news.office.city.example"), "office.city.example");
    let own = ("_dmarc.office.city.example", "v=DMARC1; p=none; psd=n");
    assert_eq!(
        walk(&[own, ("_dmarc.city.example", "v=DMARC1; p=none")], "office.city.example"),
        "office.city.example"
    );
    let widest = ("_dmarc.city.example", "v=DMARC1; p=none");
    assert_eq!(
        walk(&[("_dmarc.a.city.example", "v=DMARC1; p=none"), widest], "a.city.example"),
        "city.example"
    );
    let long = "a.b.c.d.e.f.g.h.i.city.example";
    assert_eq!(
        walk(&[("_dmarc.b.c.d.e.f.g.h.i.city.example", "v=DMARC1; p=none"), widest], long),
        "city.example"
    );
}

#[test]
fn dmarc_records_that_work_only_half_are_named() {
    let of = |record: &'static str| {
        dmarc::look(&texts(&[("_dmarc.example.org", record)]), proofs("example.org", "example.org", None))
            .remove(0)
    };
    check(&of("v=DMARC1; p=none; rua=mailto:a@example.org"), Grade::Good, "has a DMARC record");
    check(&of("v=DMARC1; p=none"), Grade::Warning, "asks for no reports");
    check(&of("v=DMARC1; rua=mailto:a@example.org"), Grade::Warning, "has no `p=`");
    check(&of("v=DMARC1; p=none; pct=50; rua=mailto:a@example.org"), Grade::Warning, "uses pct");
    check(&of("v=DMARC1; p=maybe"), Grade::Bad, "`p=maybe`");
    check(&of("v=DMARC2; p=none"), Grade::Bad, "no DMARC record");
}

#[test]
fn reports_to_others_need_their_word() {
    const RECORD: (&str, &str) =
        ("_dmarc.example.org", "v=DMARC1; p=none; rua=mailto:x@reports.example.net!10m");
    let look = |records: &[_]| dmarc::look(&texts(records), proofs("example.org", "example.org", None));
    let sights = look(&[RECORD]);
    check(&sights[1], Grade::Warning, "`reports.example.net` does not say");
    let welcome = ("example.org._report._dmarc.reports.example.net", "v=DMARC1");
    assert_eq!(look(&[RECORD, welcome]).len(), 2, "nothing to say of them");
}

#[test]
fn envelope_and_signature_have_to_be_of_the_senders_organisation() {
    let world = texts(&[
        ("_dmarc.example.org", "v=DMARC1; p=none; rua=mailto:a@example.org"),
        ("_dmarc.strict.example.com", "v=DMARC1; p=none; aspf=s; adkim=s; rua=mailto:a@example.com"),
        ("_dmarc.example.com", "v=DMARC1; p=none; rua=mailto:a@example.com"),
    ]);
    let last = |proofs| dmarc::look(&world, proofs).pop().unwrap();
    check(&last(proofs("example.org", "b.example.org", None)), Grade::Good, "only a message shows");
    check(&last(proofs("example.org", "relay.example.net", None)), Grade::Warning, "nobody signs here");
    check(
        &last(proofs("example.org", "relay.example.net", Some("example.org"))),
        Grade::Warning,
        "only DKIM",
    );
    check(&last(proofs("example.org", "example.org", Some("example.net"))), Grade::Warning, "only SPF");
    check(&last(proofs("example.org", "example.net", Some("example.net"))), Grade::Bad, "neither");
    let strict = proofs("strict.example.com", "example.com", Some("example.com"));
    check(&last(strict), Grade::Bad, "neither");
}

#[test]
fn a_domain_exists_and_takes_mail() {
    let world = World(vec![
        ("example.org", Kind::Soa, "x"),
        ("example.org", Kind::Mx, "mx.example.org"),
        ("null.example.org", Kind::Mx, ""),
        ("bare.example.org", Kind::Aaaa, "x"),
        ("empty.example.org", Kind::Txt, "x"),
        ("lame.example.org", Kind::Mx, "?"),
        ("lame.example.org", Kind::Soa, "?"),
    ]);
    check(&reach::exists(&world, "example.org"), Grade::Good, "exists");
    check(&reach::exists(&world, "empty.example.org"), Grade::Good, "exists");
    check(&reach::exists(&world, "missing.example.org"), Grade::Bad, "does not exist");
    check(&reach::exists(&world, "lame.example.org"), Grade::Unknown, "could not be looked up");
    let takes = |domain| reach::takes_mail(&world, domain, "answers");
    check(&takes("example.org"), Grade::Good, "which mx.example.org takes");
    check(&takes("null.example.org"), Grade::Bad, "null MX");
    check(&takes("bare.example.org"), Grade::Warning, "only an address");
    check(&takes("empty.example.org"), Grade::Bad, "neither MX record nor address");
    check(&takes("lame.example.org"), Grade::Unknown, "could not be looked up");
}
