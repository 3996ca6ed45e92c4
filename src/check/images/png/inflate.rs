//! Unpacks deflated data (RFC 1951).

/// Returns the unpacked octets; `None` when the data is broken or gives more than `limit`.
pub(super) fn inflate(packed: &[u8], limit: usize) -> Option<Vec<u8>> {
    let mut bits = Bits { packed, at: 0, held: 0, count: 0 };
    let mut out = Vec::with_capacity(limit);
    loop {
        let is_last = bits.take(1)? == 1;
        match bits.take(2)? {
            0 => stored(&mut bits, &mut out, limit)?,
            1 => {
                let lengths: Vec<u8> = (0..288)
                    .map(|at| [8, 9, 7, 8][[144, 256, 280].iter().filter(|end| at >= **end).count()])
                    .collect();
                block(&mut bits, &mut out, limit, &Codes::of(&lengths), &Codes::of(&[5; 30]))?;
            }
            2 => {
                let (literals, distances) = tables(&mut bits)?;
                block(&mut bits, &mut out, limit, &literals, &distances)?;
            }
            _ => return None,
        }
        if is_last {
            return Some(out);
        }
    }
}

/// Hands out bits, the lowest of each octet first.
struct Bits<'a> {
    packed: &'a [u8],
    at: usize,
    held: u32,
    count: u32,
}

impl Bits<'_> {
    fn take(&mut self, count: u32) -> Option<u32> {
        while self.count < count {
            self.held |= u32::from(*self.packed.get(self.at)?) << self.count;
            self.at += 1;
            self.count += 8;
        }
        let taken = self.held & ((1 << count) - 1);
        self.held >>= count;
        self.count -= count;
        Some(taken)
    }

    fn index(&mut self, count: u32) -> Option<usize> {
        usize::try_from(self.take(count)?).ok()
    }
}

/// Codes of up to fifteen bits: how many there are of each length, and what they stand for in order.
struct Codes {
    counts: [usize; 16],
    symbols: Vec<usize>,
}

impl Codes {
    /// Returns the codes of symbols by their lengths; length 0 means no code.
    fn of(lengths: &[u8]) -> Self {
        let mut counts = [0; 16];
        for length in lengths {
            counts[usize::from(*length).min(15)] += 1;
        }
        counts[0] = 0;
        let mut symbols: Vec<usize> = (0..lengths.len()).filter(|symbol| lengths[*symbol] > 0).collect();
        symbols.sort_by_key(|symbol| lengths[*symbol]);
        Self { counts, symbols }
    }

    fn read(&self, bits: &mut Bits<'_>) -> Option<usize> {
        let (mut code, mut first, mut index) = (0, 0, 0);
        for count in &self.counts[1..] {
            code |= bits.index(1)?;
            if code < first + count {
                return self.symbols.get(index + code - first).copied();
            }
            index += count;
            first = (first + count) << 1;
            code <<= 1;
        }
        None
    }
}

fn stored(bits: &mut Bits<'_>, out: &mut Vec<u8>, limit: usize) -> Option<()> {
    // It begins on a whole octet.
    bits.take(bits.count % 8)?;
    let length = bits.index(16)?;
    bits.take(16)?;
    for _ in 0..length {
        out.push(u8::try_from(bits.take(8)?).ok()?);
    }
    (out.len() <= limit).then_some(())
}

/// Order in which the lengths of length codes are written.
const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// Reads the codes of a block that brings its own.
fn tables(bits: &mut Bits<'_>) -> Option<(Codes, Codes)> {
    let (literals, distances, count) = (bits.index(5)? + 257, bits.index(5)? + 1, bits.index(4)? + 4);
    let mut own = [0; 19];
    for place in &ORDER[..count.min(ORDER.len())] {
        own[*place] = u8::try_from(bits.take(3)?).ok()?;
    }
    let codes = Codes::of(&own);
    let mut lengths: Vec<u8> = Vec::with_capacity(literals + distances);
    while lengths.len() < literals + distances {
        let (value, times) = match codes.read(bits)? {
            16 => (*lengths.last()?, bits.index(2)? + 3),
            17 => (0, bits.index(3)? + 3),
            18 => (0, bits.index(7)? + 11),
            length => (u8::try_from(length).ok()?, 1),
        };
        lengths.extend(std::iter::repeat_n(value, times));
    }
    Some((Codes::of(&lengths[..literals]), Codes::of(lengths.get(literals..literals + distances)?)))
}

/// Lengths and distances begin at these values and have so many further bits.
const LENGTHS: [usize; 29] = [
    3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195,
    227, 258,
];
const LENGTH_BITS: [u32; 29] =
    [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCES: [usize; 30] = [
    1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1_025, 1_537, 2_049,
    3_073, 4_097, 6_145, 8_193, 12_289, 16_385, 24_577,
];
const DISTANCE_BITS: [u32; 30] =
    [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13];

fn block(
    bits: &mut Bits<'_>,
    out: &mut Vec<u8>,
    limit: usize,
    literals: &Codes,
    distances: &Codes,
) -> Option<()> {
    loop {
        match literals.read(bits)? {
            256 => return Some(()),
            literal @ 0..256 => out.push(u8::try_from(literal).ok()?),
            symbol => {
                let at = symbol - 257;
                let length = LENGTHS.get(at)? + bits.index(LENGTH_BITS[at])?;
                let at = distances.read(bits)?;
                let distance = DISTANCES.get(at)? + bits.index(DISTANCE_BITS[at])?;
                let from = out.len().checked_sub(distance)?;
                for step in 0..length {
                    out.push(out[from + step]);
                }
            }
        }
        if out.len() > limit {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::{Engine as _, engine::general_purpose::STANDARD};

    const DYNAMIC: &str = concat!(
        "JdLJbQAxDEPRVqYEW9ZmpJ9c0/8t39TtwTMECFDr+/v91s/n+2Ff2PZ4GpoYBfM8VkLpxku5UnlIhVIBTQyHmUqdR6UMeSl1",
        "klQrZdDE2DCvUgtKfVEspdblUWXtwiN6w1LZLLjFThhq20ZKZa3gET1hqWwG3GI7DLWNIKWy5vCIfmCpbBrcYm8YamvN41Jb",
        "29hFX7DVNi40sRqm2m7eZgPkZzaA7bPB++6zAcyYEWDMBk4qZwPYNRtAq9kAZs8I74fZoEjd2QDeNRvAs2YDWHtGgHvOZLN9",
        "zJkseNXW3/EcMd/xlNr2O549ZPuIGQHenBHgPw==",
    );

    #[track_caller]
    fn check_inflated(packed: &str, expected: &str) {
        let packed = STANDARD.decode(packed).unwrap();
        let out = inflate(&packed, expected.len()).map(|out| String::from_utf8(out).unwrap());
        assert_eq!(out.as_deref(), Some(expected));
        assert_eq!(inflate(&packed, expected.len() - 1), None, "the limit holds");
        assert_eq!(inflate(&packed[..packed.len() - 2], expected.len()), None, "what is cut off is refused");
    }

    #[test]
    fn all_kinds_of_blocks_are_unpacked() {
        check_inflated("AQ8A8P9zdG9yZWQgYXMgaXQgaXM=", "stored as it is");
        check_inflated("K8hJzFMowCQA", "plan plan plan plan plan");
        let numbers = (0..60).map(|n| format!("{} of {}; ", n * 7_919 % 101, n * 104_729 % 977));
        check_inflated(DYNAMIC, &numbers.collect::<String>());
    }
}
