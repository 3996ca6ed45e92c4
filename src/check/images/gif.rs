//! Reads animated GIFs as far as their movement is concerned.

use gif::{ColorOutput, DecodeOptions, MemoryLimit};
use std::num::NonZeroU64;

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

/// Pixels of a frame that is unpacked.
const FRAME_PIXELS_MAX: NonZeroU64 = NonZeroU64::new(8_000_000).expect("more than none");

/// Pixels that are unpacked of all frames together: a small file can hold very many.
const PIXELS_MAX: u64 = 64_000_000;

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

/// Reads the frames; where one is too large or no budget is left, it counts and stands as light as the one before.
fn frames(octets: &[u8]) -> Option<Vec<Frame>> {
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::Indexed);
    options.set_memory_limit(MemoryLimit::Bytes(FRAME_PIXELS_MAX));
    let mut decoder = options.read_info(octets).ok()?;
    let (mut frames, mut pixels) = (Vec::<Frame>::new(), Vec::new());
    let mut budget = PIXELS_MAX;
    while frames.len() < FRAMES_MAX {
        let Some(frame) = decoder.next_frame_info().ok()? else { break };
        // Players take no delay, or next to none, for a tenth of a second.
        let hundredths = if frame.delay < 2 { 10 } else { u32::from(frame.delay) };
        let size = u64::from(frame.width) * u64::from(frame.height);
        let (light, is_blank) = if size > FRAME_PIXELS_MAX.get() || size > budget {
            (frames.last().map_or(0, |before| before.light), false)
        } else {
            budget -= size;
            pixels.resize(decoder.buffer_size(), 0);
            decoder.read_into_buffer(&mut pixels).ok()?;
            light(&pixels, decoder.palette().ok()?)?
        };
        frames.push(Frame { hundredths, light, is_blank });
    }
    Some(frames)
}

/// Returns the average light of a frame, and whether it has one colour only.
fn light(pixels: &[u8], colours: &[u8]) -> Option<(u32, bool)> {
    let mut counts = [0_u64; 256];
    for pixel in pixels {
        counts[usize::from(*pixel)] += 1;
    }
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
    fn a_frame_of_giant_size_is_counted_and_not_unpacked() {
        let mut gif = animated(&[(10, [0, 1]), (10, [1, 1])]);
        let first = gif.iter().position(|octet| *octet == 0x2c).unwrap();
        gif[first + 5..first + 9].copy_from_slice(&[0xff, 0xff, 0xff, 0xff]);
        let motion = motion(&gif).unwrap();
        assert_eq!((motion.frames, motion.begins_blank), (2, false));
    }

    #[test]
    fn flashes_are_counted_by_the_second() {
        let flicker: Vec<_> = (0..20).map(|n| (10, [n % 2, n % 2])).collect();
        assert_eq!(motion(&animated(&flicker)).unwrap().flashes, 5);
        let slow: Vec<_> = (0..20).map(|n| (100, [n % 2, n % 2])).collect();
        assert_eq!(motion(&animated(&slow)).unwrap().flashes, 0);
    }
}
