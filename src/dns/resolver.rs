//! Asks a name server: over UDP, and over TCP when the answer does not fit.

use crate::dns::{
    Answer, DnsFault, Kind, Names,
    packet::{self, Said},
};
use aws_lc_rs::rand;
use std::{
    fs,
    io::{Read, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket},
    time::Duration,
};

/// Where the system says whom to ask.
const SYSTEM: &str = "/etc/resolv.conf";

/// The port of name servers.
const PORT: u16 = 53;

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// How often each server is asked before the next one is.
const TRIES: usize = 2;

/// Answers to other questions that are passed over before a try counts as lost.
const STRAY_MAX: usize = 16;

/// Name servers that do the walking.
#[derive(Clone, Debug)]
pub struct Resolver {
    servers: Vec<SocketAddr>,
}

impl Resolver {
    /// Returns the name servers that this system asks.
    ///
    /// # Errors
    /// When it names none.
    pub fn system() -> Result<Self, DnsFault> {
        let servers = servers_in(&fs::read_to_string(SYSTEM).unwrap_or_default());
        if servers.is_empty() { Err(DnsFault::NoServer) } else { Ok(Self { servers }) }
    }

    /// Returns one that asks this server only.
    pub fn at(server: SocketAddr) -> Self {
        Self { servers: vec![server] }
    }

    /// Reads `HOST`, `HOST:PORT` or `[HOST]:PORT`, with the host as an IP address.
    pub fn parse(text: &str) -> Option<Self> {
        let alone = || text.parse::<IpAddr>().ok().map(|host| SocketAddr::new(host, PORT));
        text.parse().ok().or_else(alone).map(Self::at)
    }
}

impl Names for Resolver {
    fn ask(&self, name: &str, kind: Kind) -> Result<Answer, DnsFault> {
        let mut fault = DnsFault::NoServer;
        for server in &self.servers {
            for _ in 0..TRIES {
                match ask_one(*server, name, kind) {
                    Ok(answer) => return Ok(answer),
                    Err(bad @ DnsFault::BadName(_)) => return Err(bad),
                    Err(other) => fault = other,
                }
            }
        }
        Err(fault)
    }
}

fn ask_one(server: SocketAddr, name: &str, kind: Kind) -> Result<Answer, DnsFault> {
    let mut id = [0; 2];
    rand::fill(&mut id).expect("the system gives random numbers");
    let question = packet::question(u16::from_be_bytes(id), name, kind)
        .ok_or_else(|| DnsFault::BadName(name.to_owned()))?;
    let said = match over_udp(server, &question, kind)? {
        Said::CutShort => over_tcp(server, &question, kind)?,
        said => said,
    };
    match said {
        Said::Answered(answer) => Ok(answer),
        Said::Failed(code) => Err(DnsFault::Failed(server.ip().to_string(), code)),
        Said::CutShort => Err(DnsFault::Garbled(server.ip().to_string())),
    }
}

fn over_udp(server: SocketAddr, question: &[u8], kind: Kind) -> Result<Said, DnsFault> {
    let no_answer = |_| DnsFault::NoAnswer(server.to_string());
    let here: IpAddr =
        if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    // The system chooses the port; only what this server sends to it is heard.
    let socket = UdpSocket::bind((here, 0)).map_err(no_answer)?;
    socket.connect(server).map_err(no_answer)?;
    socket.set_read_timeout(Some(PATIENCE)).map_err(no_answer)?;
    socket.send(question).map_err(no_answer)?;
    let mut room = [0; 4_096];
    for _ in 0..STRAY_MAX {
        let length = socket.recv(&mut room).map_err(no_answer)?;
        if let Some(said) = packet::read(&room[..length], question, kind) {
            return Ok(said);
        }
    }
    Err(DnsFault::Garbled(server.ip().to_string()))
}

fn over_tcp(server: SocketAddr, question: &[u8], kind: Kind) -> Result<Said, DnsFault> {
    let no_answer = |_| DnsFault::NoAnswer(server.to_string());
    let mut stream = TcpStream::connect_timeout(&server, PATIENCE).map_err(no_answer)?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(no_answer)?;
    stream.set_write_timeout(Some(PATIENCE)).map_err(no_answer)?;
    // RFC 1035, 4.2.2: two octets of length go before.
    let mut framed = u16::try_from(question.len()).unwrap_or_default().to_be_bytes().to_vec();
    framed.extend(question);
    stream.write_all(&framed).map_err(no_answer)?;
    let mut length = [0; 2];
    stream.read_exact(&mut length).map_err(no_answer)?;
    let mut octets = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut octets).map_err(no_answer)?;
    packet::read(&octets, question, kind).ok_or_else(|| DnsFault::Garbled(server.ip().to_string()))
}

/// Returns the servers that a `resolv.conf` names; an address with a zone is passed over.
fn servers_in(text: &str) -> Vec<SocketAddr> {
    let lines = text.lines().map(str::trim);
    let hosts = lines.filter_map(|line| line.strip_prefix("nameserver")?.trim().parse::<IpAddr>().ok());
    hosts.map(|host| SocketAddr::new(host, PORT)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_read_from_what_the_system_says() {
        let text = "# made by hand\nsearch example.org\nnameserver 192.0.2.1\n nameserver\t2001:db8::1\nnameserver fe80::1%eth0\n";
        let shown: Vec<_> = servers_in(text).iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["192.0.2.1:53", "[2001:db8::1]:53"]);
    }

    #[test]
    fn a_server_may_be_typed() {
        for (typed, expected) in [
            ("127.0.0.1:5353", Some("127.0.0.1:5353")),
            ("192.0.2.1", Some("192.0.2.1:53")),
            ("2001:db8::1", Some("[2001:db8::1]:53")),
            ("[2001:db8::1]:5353", Some("[2001:db8::1]:5353")),
            ("ns.example.org", None),
            ("", None),
        ] {
            let server = Resolver::parse(typed).map(|resolver| resolver.servers[0].to_string());
            assert_eq!(server.as_deref(), expected, "{typed}");
        }
    }
}
