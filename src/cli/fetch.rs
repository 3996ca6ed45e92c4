//! Asks the web for an address, for `check --online` alone: bounded in time and octets, never at private addresses.

use crate::check::online::{Answer, Kind};
use rustls::crypto::aws_lc_rs;
use std::{
    error::Error as StdError,
    fmt,
    io::{self, Read},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::Arc,
    time::Duration,
};
use ureq::{
    Agent, Body, Error, ResponseExt,
    config::Config,
    http::{Response, Uri},
    tls::{RootCerts, TlsConfig, TlsProvider},
    unversioned::{
        resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver},
        transport::{DefaultConnector, NextTimeout},
    },
};

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Forwardings that are followed.
const REDIRECTS_FOLLOWED: u32 = 6;

/// Octets of a picture that are fetched to be counted.
const OCTETS_MAX: u64 = 4_000_000;

/// Which machines may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Machines {
    /// Those on the public internet.
    Public,
    /// Any, this one too: for tests.
    #[cfg(test)]
    Any,
}

/// Asks for addresses.
pub(crate) struct Fetcher(Agent);

impl Fetcher {
    pub(crate) fn new(machines: Machines) -> Self {
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .root_certs(RootCerts::PlatformVerifier)
            .unversioned_rustls_crypto_provider(Arc::new(aws_lc_rs::default_provider()))
            .build();
        let config = Config::builder()
            .tls_config(tls)
            // A proxy would look names up for us, and private addresses with them.
            .proxy(None)
            .http_status_as_error(false)
            .max_redirects(REDIRECTS_FOLLOWED)
            .max_redirects_will_error(false)
            .save_redirect_history(true)
            .timeout_global(Some(PATIENCE))
            .user_agent("masthead-check")
            .build();
        let resolver = Guarded { machines, inner: DefaultResolver::default() };
        Self(Agent::with_parts(config, DefaultConnector::default(), resolver))
    }

    /// Asks for an address.
    pub(crate) fn ask(&self, url: &str, kind: Kind) -> Answer {
        if kind == Kind::Link {
            // Some servers answer a mere HEAD with a refusal, so only a good answer counts.
            match self.0.head(url).call() {
                Ok(response) if response.status().as_u16() < 400 => return reached(response, kind),
                Err(error) if is_final(&error) => return failed(&error),
                _ => {}
            }
        }
        self.0.get(url).call().map_or_else(|error| failed(&error), |response| reached(response, kind))
    }
}

fn reached(mut response: Response<Body>, kind: Kind) -> Answer {
    let redirects = response.get_redirect_history().map_or(0, |history| history.len().saturating_sub(1));
    let media_type = response.body().mime_type().map(str::to_ascii_lowercase);
    let octets = response.body().content_length().or_else(|| {
        // A page is not read, and a picture without a length only to be counted.
        // One octet beyond what is counted: at its own limit the reader would fail instead of ending.
        let reader = response.body_mut().with_config().limit(OCTETS_MAX + 1).reader();
        let mut reader = reader.take(OCTETS_MAX);
        (kind == Kind::Picture).then(|| io::copy(&mut reader, &mut io::sink()).ok()).flatten()
    });
    Answer::Reached { status: response.status().as_u16(), redirects, media_type, octets }
}

/// Returns whether asking once more could only give the same.
fn is_final(error: &Error) -> bool {
    !matches!(failed(error), Answer::Broken(_))
}

fn failed(error: &Error) -> Answer {
    match error {
        Error::HostNotFound => Answer::NoHost,
        Error::Timeout(_) => Answer::Slow,
        Error::Tls(cause) => Answer::Untrusted((*cause).to_owned()),
        Error::Rustls(cause) => Answer::Untrusted(cause.to_string()),
        Error::Io(error) => match error.get_ref() {
            Some(cause) if cause.is::<NotPublic>() => Answer::NotAsked,
            Some(cause) if cause.is::<rustls::Error>() => Answer::Untrusted(cause.to_string()),
            _ if error.kind() == io::ErrorKind::TimedOut => Answer::Slow,
            _ => Answer::Broken(error.to_string()),
        },
        other => Answer::Broken(other.to_string()),
    }
}

/// Looks names up and keeps only addresses that may be asked, for every forwarding anew.
#[derive(Debug)]
struct Guarded {
    machines: Machines,
    inner: DefaultResolver,
}

impl Resolver for Guarded {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let found = self.inner.resolve(uri, config, timeout).map_err(|error| match error {
            Error::Io(_) => Error::HostNotFound,
            other => other,
        })?;
        let mut allowed = self.empty();
        for address in found.iter().filter(|address| self.allows(address.ip())) {
            allowed.push(*address);
        }
        if allowed.is_empty() { Err(Error::Io(io::Error::other(NotPublic))) } else { Ok(allowed) }
    }
}

impl Guarded {
    fn allows(&self, address: IpAddr) -> bool {
        match self.machines {
            Machines::Public => is_public(address),
            #[cfg(test)]
            Machines::Any => true,
        }
    }
}

/// The name leads to a machine that is none of the public internet.
#[derive(Debug)]
struct NotPublic;

impl fmt::Display for NotPublic {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a private address is not asked")
    }
}

impl StdError for NotPublic {}

/// Returns whether an address belongs to the public internet (RFC 6890 and its registries).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(inner) => is_public_v4(inner),
            None => is_public_v6(address),
        },
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || matches!((a, b, c), (0 | 224..=255, ..) | (100, 64..=127, _) | (198, 18 | 19, _) | (192, 0, 0));
    !is_special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        // RFC 6052: an IPv4 address behind a translator.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            let [a, b] = high.to_be_bytes();
            let [c, d] = low.to_be_bytes();
            is_public_v4(Ipv4Addr::new(a, b, c, d))
        }
        // 2000::/3 is all that is given out; 2001:db8::/32 is for examples, 2002::/16 hides IPv4 addresses.
        [first, second, ..] => {
            first & 0xe000 == 0x2000
                && first != 0x2002
                && (first, second) != (0x2001, 0xdb8)
                && (first, second) != (0x2001, 0)
        }
    }
}

#[cfg(test)]
mod tests;
