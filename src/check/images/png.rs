//! Reads small PNG pictures as far as their outline is concerned.

use png::{BitDepth, ColorType, Decoder, Limits, Transformations};
use std::io::Cursor;

/// Pixels of a picture that is looked at; logos and icons are smaller, and unpacking takes time.
const PIXELS_MAX: usize = 300_000;

/// Octets that unpacking may hold.
const MEMORY_MAX: usize = 8_000_000;

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

fn read(octets: &[u8]) -> Option<Pixels> {
    let mut decoder = Decoder::new_with_limits(Cursor::new(octets), Limits { bytes: MEMORY_MAX });
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    decoder.set_transformations(Transformations::normalize_to_color8() | Transformations::ALPHA);
    let mut reader = decoder.read_info().ok()?;
    let info = reader.info();
    let has_alpha = matches!(info.color_type, ColorType::GrayscaleAlpha | ColorType::Rgba);
    let (width, height) = (usize::try_from(info.width).ok()?, usize::try_from(info.height).ok()?);
    let count = width.checked_mul(height).filter(|count| (1..=PIXELS_MAX).contains(count))?;
    if !has_alpha && info.trns.is_none() {
        return None;
    }
    let mut data = vec![0; reader.output_buffer_size()?];
    let frame = reader.next_frame(&mut data).ok()?;
    let pixels = data.get(..frame.buffer_size())?;
    let all: Vec<_> = match (frame.color_type, frame.bit_depth) {
        (ColorType::GrayscaleAlpha, BitDepth::Eight) => {
            pixels.as_chunks().0.iter().map(|[grey, alpha]| (*alpha, *grey)).collect()
        }
        (ColorType::Rgba, BitDepth::Eight) => pixels
            .as_chunks()
            .0
            .iter()
            .map(|[red, green, blue, alpha]| (*alpha, light([*red, *green, *blue])))
            .collect(),
        _ => return None,
    };
    (all.len() == count).then_some(Pixels { width, all })
}

fn light(colour: [u8; 3]) -> u8 {
    let [red, green, blue] = colour.map(u32::from);
    u8::try_from((2_126 * red + 7_152 * green + 722 * blue) / 10_000).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A square of one colour with a transparent frame around it.
    fn square(side: u32, colour: [u8; 4]) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, side, side);
        encoder.set_color(ColorType::Rgba);
        let mut writer = encoder.write_header().unwrap();
        let is_inside = |at: u32| (side / 4..side - side / 4).contains(&at);
        let pixels: Vec<u8> = (0..side * side)
            .flat_map(|at| if is_inside(at % side) && is_inside(at / side) { colour } else { [0; 4] })
            .collect();
        writer.write_image_data(&pixels).unwrap();
        writer.finish().unwrap();
        file
    }

    #[test]
    fn dark_shapes_on_nothing_are_told_from_light_ones() {
        assert!(is_dark_on_nothing(&square(40, [20, 20, 20, 255])));
        assert!(!is_dark_on_nothing(&square(40, [240, 240, 240, 255])));
        assert!(!is_dark_on_nothing(&square(40, [20, 20, 20, 0])));
    }

    #[test]
    fn large_broken_and_foreign_files_are_let_be() {
        let sound = square(40, [20, 20, 20, 255]);
        assert!(!is_dark_on_nothing(&square(600, [20, 20, 20, 255])), "too large to be looked at");
        assert!(!is_dark_on_nothing(&sound[..sound.len() / 2]));
        assert!(!is_dark_on_nothing(b"GIF89a"));
        assert!(!is_dark_on_nothing(b""));
    }
}
