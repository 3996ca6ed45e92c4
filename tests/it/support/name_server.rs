//! A small name server on this machine: real octets over UDP and TCP, records that a test chooses.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, UdpSocket},
    sync::Arc,
    thread,
};

/// What the server answers: `(name, kind, data)`, the kind as its number, the data as it travels.
pub(crate) type Records = Vec<(&'static str, u16, Vec<u8>)>;

/// The kinds of records that tests publish.
pub(crate) const MX: u16 = 15;
/// Text.
pub(crate) const TXT: u16 = 16;

/// A server; it ends with the process of the test.
pub(crate) struct NameServer {
    pub(crate) address: SocketAddr,
}

/// Returns a text as a TXT record has it.
pub(crate) fn text(words: &str) -> Vec<u8> {
    words
        .as_bytes()
        .chunks(255)
        .flat_map(|part| [&[u8::try_from(part.len()).unwrap()], part].concat())
        .collect()
}

/// Returns a host as an MX record has it.
pub(crate) fn exchange(host: &str) -> Vec<u8> {
    [&[0, 10], name(host).as_slice()].concat()
}

fn name(text: &str) -> Vec<u8> {
    let labels = text.split('.').filter(|label| !label.is_empty());
    let mut octets: Vec<u8> =
        labels.flat_map(|label| [&[u8::try_from(label.len()).unwrap()], label.as_bytes()].concat()).collect();
    octets.push(0);
    octets
}

impl NameServer {
    /// Publishes these records; names below `broken.` of anything can't be told.
    pub(crate) fn publish(records: Records) -> Self {
        // Both ports are the same, as clients expect; a free one of TCP is nearly always free for UDP too.
        let (tcp, udp) = loop {
            let tcp = TcpListener::bind("127.0.0.1:0").expect("a free port");
            if let Ok(udp) = UdpSocket::bind(tcp.local_addr().expect("an address")) {
                break (tcp, udp);
            }
        };
        let address = tcp.local_addr().expect("an address");
        let records = Arc::new(records);
        let known = Arc::clone(&records);
        thread::spawn(move || {
            let mut room = [0; 1_024];
            while let Ok((length, from)) = udp.recv_from(&mut room) {
                let whole = answer(&known, &room[..length]);
                // What does not fit is cut, and said to be.
                let answer = if whole.len() > 512 { cut(&whole) } else { whole };
                let _asker_may_be_gone = udp.send_to(&answer, from);
            }
        });
        thread::spawn(move || {
            for stream in tcp.incoming().flatten() {
                let (mut stream, mut length) = (stream, [0; 2]);
                if stream.read_exact(&mut length).is_ok() {
                    let mut question = vec![0; usize::from(u16::from_be_bytes(length))];
                    stream.read_exact(&mut question).expect("a whole question");
                    let answer = answer(&records, &question);
                    let length = u16::try_from(answer.len()).expect("an answer that fits").to_be_bytes();
                    stream.write_all(&[&length, answer.as_slice()].concat()).expect("an asker");
                }
            }
        });
        Self { address }
    }
}

fn cut(whole: &[u8]) -> Vec<u8> {
    let end = question_end(whole);
    let mut octets = whole[..end].to_vec();
    octets[2] |= 0x02;
    octets[6..12].fill(0);
    octets
}

/// Returns where the question ends: behind its name, kind and class.
fn question_end(octets: &[u8]) -> usize {
    let length = octets[12..].iter().position(|octet| *octet == 0).expect("a name that ends");
    12 + length + 1 + 4
}

fn answer(records: &Records, question: &[u8]) -> Vec<u8> {
    let end = question_end(question);
    let asked = &question[12..end - 4];
    let kind = u16::from_be_bytes([question[end - 4], question[end - 3]]);
    let is_asked = |known: &str| name(known).eq_ignore_ascii_case(asked);
    let of_name: Vec<_> = records.iter().filter(|(known, ..)| is_asked(known)).collect();
    let is_broken = asked.starts_with(b"\x06broken");
    let code = if is_broken {
        2
    } else if of_name.is_empty() {
        3
    } else {
        0
    };
    let of_kind: Vec<_> = of_name.iter().filter(|(_, known, _)| *known == kind).collect();
    let mut octets = question[..2].to_vec();
    octets.extend([0x81, 0x80 | code, 0, 1]);
    octets.extend(u16::try_from(of_kind.len()).unwrap().to_be_bytes());
    octets.extend([0; 4]);
    octets.extend(&question[12..end]);
    for (_, kind, data) in of_kind {
        octets.extend([0xc0, 12]);
        octets.extend(kind.to_be_bytes());
        octets.extend([0, 1, 0, 0, 0, 60]);
        octets.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        octets.extend(data);
    }
    octets
}
