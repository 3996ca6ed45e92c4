//! Against a small server on this machine that answers by path.

use super::*;
use std::{
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener},
    thread,
};

/// Serves until the test's process ends.
fn server() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            thread::spawn(move || answer(stream.unwrap()));
        }
    });
    address
}

fn answer(mut stream: std::net::TcpStream) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut request = String::new();
    if reader.read_line(&mut request).is_err() {
        return;
    }
    let mut line = String::new();
    while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
        line.clear();
    }
    let (method, path) = request.split_once(' ').unwrap();
    let path = path.split(' ').next().unwrap();
    let forward = |to: &str| format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n");
    let page = |status: &str, kind: &str, octets: usize| {
        format!("HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {octets}\r\n")
    };
    let (head, body) = match path {
        "/page" => (page("200 OK", "text/html; charset=utf-8", 5), "words"),
        "/gone" => (page("410 Gone", "text/html", 0), ""),
        "/no-head" if method == "HEAD" => (page("405 No", "text/html", 0), ""),
        "/no-head" => (page("200 OK", "text/html", 5), "words"),
        "/once" => (forward("/page"), ""),
        "/thrice" => (forward("/twice"), ""),
        "/twice" => (forward("/once"), ""),
        "/circle" => (forward("/circle"), ""),
        "/endless.png" => ("HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n".to_owned(), ""),
        "/picture.png" => ("HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n".to_owned(), "\u{89}PNG"),
        _ => (page("404 Not Found", "text/html", 0), ""),
    };
    let body = if method == "HEAD" { "" } else { body };
    let mut sent = write!(stream, "{head}Connection: close\r\n\r\n{body}");
    // More than anybody would wait for: it ends when the other side has had enough.
    while path == "/endless.png" && sent.is_ok() {
        sent = stream.write_all(&[b'x'; 8_192]);
    }
}

fn ask(machines: Machines, url: &str, kind: Kind) -> Answer {
    Fetcher::new(machines).ask(url, kind)
}

#[test]
fn a_server_is_asked_and_followed() {
    let address = server();
    let status = |path: &str| match ask(Machines::Any, &format!("http://{address}{path}"), Kind::Link) {
        Answer::Reached { status, redirects, .. } => (status, redirects),
        other => panic!("{path}: {other:?}"),
    };
    assert_eq!(status("/page"), (200, 0));
    assert_eq!(status("/gone"), (410, 0));
    assert_eq!(status("/nowhere"), (404, 0));
    assert_eq!(status("/no-head"), (200, 0));
    assert_eq!(status("/thrice"), (200, 3));
    assert!(status("/circle").1 > 2);
}

#[test]
fn a_picture_is_weighed_even_when_the_server_names_no_length() {
    let url = format!("http://{}/picture.png", server());
    let answer = ask(Machines::Any, &url, Kind::Picture);
    let media_type = Some("image/png".to_owned());
    assert_eq!(answer, Answer::Reached { status: 200, redirects: 0, media_type, octets: Some(5) });
}

#[test]
fn a_picture_without_end_is_as_heavy_as_we_count() {
    let answer = ask(Machines::Any, &format!("http://{}/endless.png", server()), Kind::Picture);
    assert!(matches!(answer, Answer::Reached { octets: Some(OCTETS_MAX), .. }), "{answer:?}");
}

#[test]
fn private_addresses_are_not_asked() {
    let address = server();
    for host in [address.to_string(), format!("localhost:{}", address.port()), "10.0.0.1".to_owned()] {
        assert_eq!(
            ask(Machines::Public, &format!("http://{host}/page"), Kind::Link),
            Answer::NotAsked,
            "{host}"
        );
    }
}

#[test]
fn nobody_at_home_is_broken() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let answer = ask(Machines::Any, &format!("http://{address}/"), Kind::Link);
    assert!(matches!(answer, Answer::Broken(_)), "{answer:?}");
}

#[test]
fn a_server_that_does_not_speak_tls_is_not_trusted_or_broken() {
    let answer = ask(Machines::Any, &format!("https://{}/page", server()), Kind::Link);
    assert!(matches!(answer, Answer::Untrusted(_) | Answer::Broken(_)), "{answer:?}");
}

#[test]
fn only_the_public_internet_is_public() {
    let public = |text: &str| is_public(text.parse().unwrap());
    for private in [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "192.0.0.8",
        "203.0.113.7",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2001:db8::1",
        "2002:a00:1::",
        "2001::1",
    ] {
        assert!(!public(private), "{private}");
    }
    for open in ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"] {
        assert!(public(open), "{open}");
    }
}
