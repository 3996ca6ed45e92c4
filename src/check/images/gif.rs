//! Reads animated GIFs as far as their movement is concerned.

/// Flashes in a second that are still harmless (WCAG 2.2, 2.3.1).
pub(super) const FLASHES_MAX: u32 = 3;

/// What moves in a picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Motion {
    /// Pictures in a row.
    pub(super) frames: u32,
    /// Most changes between light and dark and back within a second.
    pub(super) flashes: u32,
    /// Whether the first frame is of one colour.
    pub(super) begins_blank: bool,
}

/// A frame: how long it stands, in hundredths of a second, and how light it is on average, 0 to 255.
struct Frame {
    hundredths: u32,
    light: u32,
    is_blank: bool,
}

/// Changes of average light, of 255, that count for half a flash: a tenth (WCAG 2.2, 2.3.1).
const CHANGE_MIN: u32 = 26;

/// Frames that are looked at.
const FRAMES_MAX: usize = 1_000;

/// Entries of a dictionary: codes have 12 bits at most.
const CODES_MAX: usize = 4_096;

/// Returns what moves in a GIF; `None` for anything else and for what is cut off.
pub(super) fn motion(octets: &[u8]) -> Option<Motion> {
    let frames = frames(octets)?;
    Some(Motion {
        frames: u32::try_from(frames.len()).unwrap_or(u32::MAX),
        flashes: flashes(&frames),
        begins_blank: frames.first().is_some_and(|frame| frame.is_blank),
    })
}

/// Counts pairs of opposite changes of light within each second.
fn flashes(frames: &[Frame]) -> u32 {
    let Some(first) = frames.first() else { return 0 };
    let (mut now, mut turns, mut extreme, mut rises) = (0_u32, Vec::new(), first.light, None);
    for frame in frames {
        match rises {
            Some(true) if frame.light >= extreme => extreme = frame.light,
            Some(false) if frame.light <= extreme => extreme = frame.light,
            _ if frame.light.abs_diff(extreme) >= CHANGE_MIN => {
                rises = Some(frame.light > extreme);
                extreme = frame.light;
                turns.push(now);
            }
            _ => {}
        }
        now = now.saturating_add(frame.hundredths);
    }
    let within =
        |start: &u32| turns.iter().filter(|turn| (*start..start.saturating_add(100)).contains(*turn)).count();
    // Two turns make one flash.
    u32::try_from(turns.iter().map(within).max().unwrap_or(0) / 2).unwrap_or(u32::MAX)
}

/// Reads one octet after the other.
struct Reader<'a> {
    octets: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn octet(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let taken = self.octets.get(self.at..self.at.checked_add(count)?)?;
        self.at += count;
        Some(taken)
    }

    /// Returns the colours of a table whose size stands in three bits.
    fn colours(&mut self, flags: u8) -> Option<&'a [u8]> {
        self.take(3 << ((flags & 7) + 1))
    }

    /// Returns the contents of blocks up to the empty one that ends them.
    fn blocks(&mut self) -> Option<Vec<u8>> {
        let mut data = Vec::new();
        loop {
            match self.octet()? {
                0 => return Some(data),
                count => data.extend_from_slice(self.take(usize::from(count))?),
            }
        }
    }
}

fn frames(octets: &[u8]) -> Option<Vec<Frame>> {
    let mut reader = Reader { octets, at: 0 };
    if !matches!(reader.take(6)?, b"GIF87a" | b"GIF89a") {
        return None;
    }
    reader.take(4)?;
    let flags = reader.octet()?;
    reader.take(2)?;
    let common = if flags & 0x80 == 0 { &[][..] } else { reader.colours(flags)? };
    let (mut frames, mut hundredths) = (Vec::new(), 0);
    while frames.len() < FRAMES_MAX {
        match reader.octet()? {
            // An extension; only the one that says how long a frame stands matters.
            0x21 => {
                let label = reader.octet()?;
                let data = reader.blocks()?;
                if let (0xf9, [_, low, high, ..]) = (label, data.as_slice()) {
                    hundredths = u32::from(*low) | u32::from(*high) << 8;
                }
            }
            0x2c => {
                reader.take(8)?;
                let flags = reader.octet()?;
                let own = if flags & 0x80 == 0 { common } else { reader.colours(flags)? };
                let (light, is_blank) = light(&mut reader, own)?;
                // Players take no delay, or next to none, for a tenth of a second.
                let hundredths = if hundredths < 2 { 10 } else { hundredths };
                frames.push(Frame { hundredths, light, is_blank });
            }
            _ => break,
        }
    }
    Some(frames)
}

/// Returns the average light of a frame, and whether it has one colour only.
fn light(reader: &mut Reader<'_>, colours: &[u8]) -> Option<(u32, bool)> {
    let bits = reader.octet()?;
    let counts = pixels_by_colour(&reader.blocks()?, bits)?;
    let (mut sum, mut all, mut used) = (0_u64, 0_u64, 0);
    for (index, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        let [red, green, blue] = colours.get(index * 3..index * 3 + 3)? else { return None };
        let tone = 2_126 * u64::from(*red) + 7_152 * u64::from(*green) + 722 * u64::from(*blue);
        sum += tone / 10_000 * count;
        all += count;
        used += 1;
    }
    let light = u32::try_from(sum.checked_div(all).unwrap_or(0)).unwrap_or(255);
    Some((light, used <= 1))
}

/// Unpacks a frame (LZW with codes of growing width) and counts its pixels by colour.
fn pixels_by_colour(data: &[u8], bits: u8) -> Option<[u64; 256]> {
    if !(1..=8).contains(&bits) {
        return None;
    }
    let (clear, end) = (1_usize << bits, (1_usize << bits) + 1);
    let mut counts = [0_u64; 256];
    // Of every entry: the entry that it continues, the colour it adds, and the colour it begins with.
    let mut entries: Vec<(usize, usize, usize)> = Vec::with_capacity(CODES_MAX);
    let reset = |entries: &mut Vec<(usize, usize, usize)>| {
        entries.clear();
        entries.extend((0..clear + 2).map(|colour| (usize::MAX, colour, colour)));
    };
    reset(&mut entries);
    let (mut width, mut before, mut held, mut store) = (u32::from(bits) + 1, None, 0_u32, 0_usize);
    for octet in data {
        store |= usize::from(*octet) << held;
        held += 8;
        while held >= width {
            let code = store & ((1 << width) - 1);
            store >>= width;
            held -= width;
            if code == clear {
                reset(&mut entries);
                (width, before) = (u32::from(bits) + 1, None);
                continue;
            }
            if code == end {
                return Some(counts);
            }
            if let Some(previous) = before.filter(|_| entries.len() < CODES_MAX) {
                let (_, _, own_first): (usize, usize, usize) = entries[previous];
                let added = if code == entries.len() { own_first } else { entries.get(code)?.2 };
                entries.push((previous, added, own_first));
                if entries.len() == 1 << width && width < 12 {
                    width += 1;
                }
            }
            let mut entry = code;
            while let Some((around, colour, _)) = entries.get(entry).copied() {
                *counts.get_mut(colour)? += 1;
                entry = around;
            }
            before = Some(code).filter(|code| *code < entries.len());
        }
    }
    Some(counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A GIF of black and white frames, each standing so many hundredths of a second; 2×1 pixels without packing.
    fn animated(frames: &[(u8, [u8; 2])]) -> Vec<u8> {
        let mut gif = b"GIF89a\x02\0\x01\0\x80\0\0\0\0\0\xff\xff\xff".to_vec();
        for (hundredths, [one, two]) in frames {
            gif.extend([0x21, 0xf9, 4, 0, *hundredths, 0, 0, 0, 0x2c, 0, 0, 0, 0, 2, 0, 1, 0, 0, 2]);
            // Codes of three bits: clear (4), one, two, end (5).
            let codes = 4 | u16::from(*one) << 3 | u16::from(*two) << 6 | 5 << 9;
            let [low, high] = codes.to_le_bytes();
            gif.extend([2, low, high, 0]);
        }
        gif.push(0x3b);
        gif
    }

    #[test]
    fn frames_are_counted_and_an_empty_beginning_is_seen() {
        let still = motion(&animated(&[(10, [0, 1])])).unwrap();
        assert_eq!((still.frames, still.flashes, still.begins_blank), (1, 0, false));
        let blank = motion(&animated(&[(50, [1, 1]), (50, [0, 1])])).unwrap();
        assert_eq!((blank.frames, blank.begins_blank), (2, true));
        assert_eq!(motion(b"\x89PNG"), None);
        assert_eq!(motion(&animated(&[(10, [0, 1])])[..20]), None);
    }

    #[test]
    fn flashes_are_counted_by_the_second() {
        let flicker: Vec<_> = (0..20).map(|n| (10, [n % 2, n % 2])).collect();
        assert_eq!(motion(&animated(&flicker)).unwrap().flashes, 5);
        let slow: Vec<_> = (0..20).map(|n| (100, [n % 2, n % 2])).collect();
        assert_eq!(motion(&animated(&slow)).unwrap().flashes, 0);
    }
}
