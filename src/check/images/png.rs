//! Reads small PNG pictures as far as their outline is concerned.

mod inflate;

use inflate::inflate;

/// Pixels of a picture that is looked at; logos and icons are smaller, and unpacking takes time.
const PIXELS_MAX: usize = 300_000;

/// Opacity from which on a pixel is seen.
const SEEN: u8 = 128;

/// Lightness, of 255, below which a pixel can't be told from a dark page.
const DARK: u32 = 90;

/// A picture's pixels: how opaque and how light each is.
struct Pixels {
    width: usize,
    all: Vec<(u8, u8)>,
}

/// Returns whether a picture has a transparent ground and an outline that is mostly dark, so that a dark page
/// swallows it. Whatever can't be read, or needn't, is not.
pub(super) fn is_dark_on_nothing(octets: &[u8]) -> bool {
    read(octets).is_some_and(|pixels| has_dark_outline(&pixels))
}

fn has_dark_outline(pixels: &Pixels) -> bool {
    let height = pixels.all.len() / pixels.width;
    let seen = |x: usize, y: usize| pixels.all[y * pixels.width + x].0 >= SEEN;
    let (mut outline, mut dark) = (0_usize, 0_usize);
    for y in 0..height {
        for x in 0..pixels.width {
            let beside = [(x.wrapping_sub(1), y), (x + 1, y), (x, y.wrapping_sub(1)), (x, y + 1)];
            let is_bare = |(x, y): &(usize, usize)| *x < pixels.width && *y < height && !seen(*x, *y);
            if seen(x, y) && beside.iter().any(is_bare) {
                outline += 1;
                dark += usize::from(u32::from(pixels.all[y * pixels.width + x].1) < DARK);
            }
        }
    }
    // A handful of bare pixels are rounded corners, not a ground.
    let bare = pixels.all.iter().filter(|(alpha, _)| *alpha < SEEN).count();
    bare * 10 > pixels.all.len() && dark * 2 > outline
}

/// What the header says, with palette and packed pixels.
#[derive(Default)]
struct Parts {
    width: usize,
    height: usize,
    depth: usize,
    kind: u8,
    palette: Vec<u8>,
    alphas: Vec<u8>,
    packed: Vec<u8>,
}

fn read(octets: &[u8]) -> Option<Pixels> {
    let parts = parts(octets)?;
    // Samples per pixel: palette, grey with alpha, colours with alpha. Others have no transparent ground.
    let samples = match (parts.kind, parts.depth) {
        (3, 1 | 2 | 4 | 8) if !parts.alphas.is_empty() => 1,
        (4, 8) => 2,
        (6, 8) => 4,
        _ => return None,
    };
    let count = parts.width.checked_mul(parts.height).filter(|count| (1..=PIXELS_MAX).contains(count))?;
    let line = (parts.width * samples * parts.depth).div_ceil(8);
    // Two octets of frame stand before the packed data (RFC 1950).
    let data = inflate(parts.packed.get(2..)?, (line + 1) * parts.height)?;
    let lines = unfiltered(&data, line, samples.max(samples * parts.depth / 8))?;
    let mut all = Vec::with_capacity(count);
    for row in lines.chunks(line).take(parts.height) {
        for x in 0..parts.width {
            all.push(pixel(&parts, row, x)?);
        }
    }
    (all.len() == count).then_some(Pixels { width: parts.width, all })
}

/// Returns opacity and lightness of a pixel.
fn pixel(parts: &Parts, row: &[u8], x: usize) -> Option<(u8, u8)> {
    match parts.kind {
        3 => {
            let at = x * parts.depth;
            let shift = 8 - parts.depth - at % 8;
            let index = usize::from(*row.get(at / 8)? >> shift) & ((1 << parts.depth) - 1);
            let colour = parts.palette.get(index * 3..index * 3 + 3)?;
            Some((parts.alphas.get(index).copied().unwrap_or(255), light(colour)))
        }
        4 => Some((*row.get(x * 2 + 1)?, *row.get(x * 2)?)),
        _ => Some((*row.get(x * 4 + 3)?, light(row.get(x * 4..x * 4 + 3)?))),
    }
}

fn light(colour: &[u8]) -> u8 {
    let [red, green, blue] = [0, 1, 2].map(|at| u32::from(colour.get(at).copied().unwrap_or_default()));
    u8::try_from((2_126 * red + 7_152 * green + 722 * blue) / 10_000).unwrap_or(u8::MAX)
}

/// Takes a file apart; `None` when it is no PNG or its lines are interlaced.
fn parts(octets: &[u8]) -> Option<Parts> {
    let mut rest = octets.strip_prefix(b"\x89PNG\r\n\x1a\n")?;
    let mut parts = Parts::default();
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (name, data) = (after.get(..4)?, after.get(4..length.checked_add(4)?)?);
        match name {
            b"IHDR" => {
                let side = |at: usize| -> Option<usize> {
                    usize::try_from(u32::from_be_bytes(data.get(at..at + 4)?.try_into().ok()?)).ok()
                };
                (parts.width, parts.height) = (side(0)?, side(4)?);
                (parts.depth, parts.kind) = (usize::from(*data.get(8)?), *data.get(9)?);
                if *data.get(12)? != 0 {
                    return None;
                }
            }
            b"PLTE" => parts.palette = data.to_vec(),
            b"tRNS" => parts.alphas = data.to_vec(),
            b"IDAT" => parts.packed.extend_from_slice(data),
            b"IEND" => break,
            _ => {}
        }
        // A checksum follows.
        rest = after.get(length + 8..)?;
    }
    Some(parts)
}

/// Undoes what was done to each line so that it packs well.
fn unfiltered(data: &[u8], line: usize, step: usize) -> Option<Vec<u8>> {
    let mut lines: Vec<u8> = Vec::with_capacity(data.len());
    for row in data.chunks_exact(line + 1) {
        let start = lines.len();
        for (at, octet) in row[1..].iter().enumerate() {
            let left = if at >= step { lines[start + at - step] } else { 0 };
            let above = if start > 0 { lines[start - line + at] } else { 0 };
            let corner = if start > 0 && at >= step { lines[start - line + at - step] } else { 0 };
            let guess = match row[0] {
                0 => 0,
                1 => left,
                2 => above,
                3 => left.midpoint(above),
                4 => nearest(left, above, corner),
                _ => return None,
            };
            lines.push(octet.wrapping_add(guess));
        }
    }
    Some(lines)
}

/// Returns which of three neighbours is nearest to what their slope promises.
fn nearest(left: u8, above: u8, corner: u8) -> u8 {
    let promised = i16::from(left) + i16::from(above) - i16::from(corner);
    let [to_left, to_above, to_corner] = [left, above, corner].map(|one| promised.abs_diff(i16::from(one)));
    if to_left <= to_above && to_left <= to_corner {
        left
    } else if to_above <= to_corner {
        above
    } else {
        corner
    }
}
