//! How many RSA-2048 signatures this machine makes: `cargo bench --bench signatures -- [SECONDS]`.
//!
//! A bare loop of aws-lc-rs on every core, over as many octets as the signed header of a message has. Sending signed
//! mail can't be faster than that, for each message has one.

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::RSA_PKCS1_SHA256,
};
use std::{
    error::Error,
    fs,
    hint::black_box,
    thread,
    time::{Duration, Instant},
};

/// Octets that are signed: what the header of a digest comes to.
const SIGNED: usize = 1_500;

fn main() -> Result<(), Box<dyn Error>> {
    let seconds = std::env::args().skip(1).find_map(|text| text.parse().ok()).unwrap_or(3);
    let pair = KeyPair::generate(KeySize::Rsa2048)?;
    let cores = thread::available_parallelism()?.get();
    let (began, ticks) = (now(), cpu_ticks());
    let made: u32 = thread::scope(|scope| {
        let loops: Vec<_> =
            (0..cores).map(|_| scope.spawn(|| sign(&pair, began, Duration::from_secs(seconds)))).collect();
        loops.into_iter().map(|one| one.join().unwrap_or_default()).sum()
    });
    tell(made, cores, began.elapsed(), cpu_ticks() - ticks);
    Ok(())
}

/// Signs until the time is up; returns how often.
fn sign(pair: &KeyPair, began: Instant, time: Duration) -> u32 {
    let (random, header) = (SystemRandom::new(), vec![b'x'; SIGNED]);
    let mut signature = vec![0; pair.public_modulus_len()];
    let mut made = 0;
    while began.elapsed() < time {
        pair.sign(&RSA_PKCS1_SHA256, &random, black_box(&header), &mut signature)
            .expect("a key that was made can sign");
        black_box(&signature);
        made += 1;
    }
    made
}

#[expect(clippy::disallowed_methods, reason = "a measurement needs the real clock")]
fn now() -> Instant {
    Instant::now()
}

/// User and system time of the process so far, in ticks of 10 ms.
fn cpu_ticks() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    stat.split(' ').skip(13).take(2).filter_map(|text| text.parse::<f64>().ok()).sum()
}

#[expect(clippy::print_stdout, reason = "a measurement is for people")]
fn tell(made: u32, cores: usize, time: Duration, ticks: f64) {
    let (rate, cpu) = (f64::from(made) / time.as_secs_f64(), ticks * 10_000.0 / f64::from(made));
    println!("{made} signatures on {cores} cores {rate:>9.0} /s {cpu:>7.1} us CPU each");
}
