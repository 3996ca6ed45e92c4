//! Lists as people send them, and what comes out.

use super::{SubscriberReader, SubscriberWriter};
use crate::domain::subscriber::{Subscriber, SubscriberStatus};
use encoding_rs::Encoding;
use std::{collections::BTreeMap, io::Read};

fn reader(octets: &[u8]) -> SubscriberReader<&[u8]> {
    SubscriberReader::new(octets, "list.csv", &BTreeMap::new()).expect("a list")
}

/// Writes every row as `line address | name | language | topics | fields`, every problem as people see it.
fn read(octets: &[u8]) -> String {
    let mut lines = Vec::new();
    for row in reader(octets) {
        match row {
            Err(problem) => lines.push(problem.to_string()),
            Ok(row) => {
                lines.push(format!("{} {}", row.line, told(&row.subscriber)));
                lines.extend(row.notes.iter().map(ToString::to_string));
            }
        }
    }
    lines.join("\n")
}

fn told(subscriber: &Subscriber) -> String {
    let mut parts = vec![subscriber.address.expose()];
    parts.extend(subscriber.name.clone());
    parts.extend(subscriber.language.as_ref().map(ToString::to_string));
    if !subscriber.topics.is_empty() {
        parts.push(subscriber.topics.join("+"));
    }
    parts.extend(subscriber.fields.iter().map(|(name, value)| format!("{name}={value}")));
    if subscriber.status == SubscriberStatus::Unsubscribed {
        parts.push("left".to_owned());
    }
    parts.join(" | ")
}

#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(read(text.as_bytes()), expected);
}

#[test]
fn columns_stand_in_any_order_and_letter_case() {
    check(
        "TOPICS,Name,E-Mail,Langue,Job Title\n\"b; A|b\",Anna,anna@example.org,FR,Head of \"\"IT\n",
        "2 anna@example.org | Anna | fr | b+a | job_title=Head of \"\"IT",
    );
    check(
        "Email Address;First Name;Last name\na@b.org;Ann;Lee\n",
        "2 a@b.org | Ann Lee | first_name=Ann | last_name=Lee",
    );
    check("nom,prénom,courriel\nDupont,Léa,l@b.org\n", "2 l@b.org | Léa Dupont | nom=Dupont | prénom=Léa");
    check(
        "nombre,apellidos,correo\nEva,Ruiz,e@b.org\n",
        "2 e@b.org | Eva Ruiz | apellidos=Ruiz | nombre=Eva",
    );
}

#[test]
fn a_workspace_says_what_its_columns_mean() {
    let columns = BTreeMap::from([
        ("kontakt".to_owned(), "email".to_owned()),
        ("Anrede".to_owned(), "name".to_owned()),
        ("Abt.".to_owned(), "department".to_owned()),
    ]);
    let text = "Kontakt\tANREDE\tabt\na@b.org\tFrau Lee\tIT\n";
    let mut rows = SubscriberReader::new(text.as_bytes(), "list.csv", &columns).expect("a list");
    assert_eq!(rows.delimiter(), '\t');
    assert_eq!(rows.custom_fields().collect::<Vec<_>>(), ["department"]);
    let row = rows.next().expect("a row").expect("good");
    assert_eq!(told(&row.subscriber), "a@b.org | Frau Lee | department=IT");
}

#[test]
fn every_usual_encoding_reads_alike() {
    let text = "email;name;city\r\nana@bücher.example;Zoë “Z” Müller;Malé\r\nb@example.org;€;\r\n";
    let expected = "2 ana@xn--bcher-kva.example | Zoë “Z” Müller | city=Malé\n3 b@example.org | €";
    let utf16 = |big: bool| -> Vec<u8> {
        let octets = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
        text.encode_utf16().flat_map(octets).collect()
    };
    let windows = Encoding::for_label(b"windows-1252").expect("known").encode(text).0.into_owned();
    for (name, octets) in [
        ("UTF-8", text.as_bytes().to_vec()),
        ("UTF-8", [b"\xEF\xBB\xBF", text.as_bytes()].concat()),
        ("UTF-16LE", [b"\xFF\xFE".to_vec(), utf16(false)].concat()),
        ("UTF-16BE", [b"\xFE\xFF".to_vec(), utf16(true)].concat()),
        ("UTF-16LE", utf16(false)),
        ("UTF-16BE", utf16(true)),
        ("windows-1252", windows),
    ] {
        assert_eq!(reader(&octets).encoding(), name);
        assert_eq!(read(&octets), expected, "{name}");
    }
}

#[test]
fn lines_are_counted_whatever_ends_them() {
    let text = "\n\nemail,name\n\na@b.org,\"one\ntwo\"\n\n\nbad\n,,\nc@d.org,x\n";
    let expected = "5 a@b.org | one two\n\
        list.csv:5: the name held a line break; taken as `one two` [subscribers/name-cleaned]\n\
        list.csv:9: not an e-mail address: it has no `@` [subscribers/bad-email]\n\
        11 c@d.org | x";
    for ending in ["\n", "\r\n", "\r"] {
        check(&text.replace('\n', ending), expected);
    }
    check("sep=|\nemail|name\na@b.org|A, B\n", "3 a@b.org | A, B");
}

#[test]
fn every_bad_row_is_named_and_the_next_one_read() {
    check(
        "email,name,status\n\
         ,Nobody,\n\
         a@b,,\n\
         a b@example.org,,\n\
         a@example.org;b@example.org,,\n\
         a@example.org,A,active,more\n\
         a@example.org,A,,\n\
         short@example.org\n\
         p@example.org,,pending\n\
         u@example.org,,Opt-Out\n",
        "list.csv:2: the row has no address [subscribers/missing-email]\n\
         list.csv:3: not an e-mail address: its domain has no ending such as `.org` [subscribers/bad-email]\n\
         list.csv:4: not an e-mail address: it holds a space [subscribers/bad-email]\n\
         list.csv:5: not an e-mail address: one cell holds one address [subscribers/bad-email]\n\
         list.csv:6: the row has 4 cells, the header has 3 [subscribers/too-many-cells]\n\
         7 a@example.org | A\n\
         8 short@example.org\n\
         list.csv:9: `pending` is no status we know [subscribers/unknown-status]\n\
         10 u@example.org | left",
    );
}

#[test]
fn languages_are_tags_or_names() {
    check(
        "email,locale\na@b.org,zh_hans\nb@b.org,Español\nc@b.org,Klingonese\n",
        "2 a@b.org | zh-Hans\n3 b@b.org | es\n4 c@b.org\n\
         list.csv:4: `Klingonese` is no language we know; the reader gets the newsletter's first language \
         [subscribers/unknown-language]",
    );
}

#[test]
fn an_address_may_carry_its_name() {
    check("mail\n\"Lee, Ann <ann@example.org>\"\n", "2 ann@example.org | Lee, Ann");
    check("mail;name\nX <ann@example.org>;Ann\n", "2 ann@example.org | Ann");
}

#[test]
fn a_late_octet_that_is_no_utf8_costs_one_row() {
    let mut octets = b"email,name\n".to_vec();
    for number in 0..9_000 {
        octets.extend_from_slice(format!("reader{number}@example.org,Name\n").as_bytes());
    }
    octets.extend_from_slice(b"late@example.org,M\xFCller\nlast@example.org,Last\n");
    let rows: Vec<_> = reader(&octets).collect();
    assert_eq!(rows.len(), 9_002);
    let problem = rows[9_000].as_ref().expect_err("broken");
    assert_eq!(
        (problem.code, problem.place.as_ref().map(|p| p.line)),
        ("subscribers/broken-text", Some(9_002))
    );
    assert!(rows[9_001].is_ok());
}

#[test]
fn an_open_quotation_mark_is_found_out() {
    let message = "a quotation mark is opened here and never closed; nothing from here on was read [subscribers/unclosed-quote]";
    check(
        "email,name\na@b.org,A\nb@b.org,\"open\nc@b.org,C\n",
        &format!("2 a@b.org | A\nlist.csv:3: {message}"),
    );
    // Also when megabytes follow: they are not collected.
    let mut octets = b"email,name\na@b.org,\"open\n".to_vec();
    octets.extend(b"reader@example.org,Name\n".repeat(200_000));
    let rows: Vec<_> = reader(&octets).collect();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].as_ref().expect_err("open").code, "subscribers/unclosed-quote");
}

/// Gives a list of any length without ever holding it.
struct Endless {
    row: u64,
    rows: u64,
    left: Vec<u8>,
}

impl Read for Endless {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if self.left.is_empty() && self.row <= self.rows {
            self.left = match self.row {
                0 => b"email,name\n".to_vec(),
                row => format!("reader{row}@example.org,Reader {row}\n").into_bytes(),
            };
            self.row += 1;
        }
        let count = self.left.len().min(into.len());
        into[..count].copy_from_slice(&self.left[..count]);
        self.left.drain(..count);
        Ok(count)
    }
}

#[test]
fn a_stream_in_small_pieces_is_read_to_its_end() {
    let source = Endless { row: 0, rows: 20_000, left: Vec::new() };
    let rows = SubscriberReader::new(source, "stream", &BTreeMap::new()).expect("a list");
    let lines: Vec<u32> = rows.map(|row| row.expect("good").line).collect();
    assert_eq!((lines.len(), lines.first(), lines.last()), (20_000, Some(&2), Some(&20_001)));
}

#[test]
fn what_is_written_reads_back_unchanged() {
    let text = "email,name,language,topics,status,First Name,Ünïcode,note\n\
        Anna.X@example.org,\"O'Neil, \"\"Bo\"\"\",fr,\"b,a\",,Bo,=1+1,\"line one\nline two\"\n\
        почта@пример.рф,مالي,ar,,unsubscribed,,,\n";
    let rows: Vec<Subscriber> = reader(text.as_bytes()).map(|row| row.expect("good").subscriber).collect();
    let fields = ["first_name", "ünïcode", "note"].map(str::to_owned);
    let mut out = Vec::new();
    let mut writer = SubscriberWriter::new(&mut out, fields);
    writer.write_header().expect("written");
    for row in &rows {
        writer.write_row(row).expect("written");
    }
    writer.finish().expect("written");
    let again: Vec<Subscriber> = reader(&out).map(|row| row.expect("good").subscriber).collect();
    assert_eq!(again, rows);
    assert_eq!(rows[0].fields["note"], "line one\nline two");
}

#[test]
fn a_header_alone_is_a_list_of_nobody() {
    check("email,name\n", "");
    check("email", "");
}

#[test]
fn a_name_that_turns_or_fills_the_mail_is_tamed() {
    check(
        "email,name\na@b.org,\"\u{202e}live\u{202c} one\"\nb@b.org,\u{200f}نور\n",
        "2 a@b.org | live one\n\
        list.csv:2: the name held a mark that turns the text around it; taken as `live one` [subscribers/name-cleaned]\n\
        3 b@b.org | \u{200f}نور",
    );
    let long = "N".repeat(201);
    let short = "N".repeat(200);
    check(
        &format!("email,name\na@b.org,{long}\nb@b.org,{short}\n"),
        &format!(
            "2 a@b.org | {short}\n\
            list.csv:2: the name held more than a name; taken as `{short}` [subscribers/name-cleaned]\n\
            3 b@b.org | {short}"
        ),
    );
}

#[test]
fn many_columns_are_read_soon_and_doubles_are_found() {
    let titles: Vec<String> = (0..20_000).map(|number| format!("c{number}")).collect();
    let header = format!("email,{}", titles.join(","));
    check(&format!("{header}\na@b.org,x\n"), "2 a@b.org | c0=x");
}
