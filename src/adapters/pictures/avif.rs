//! Encodes AVIF with 10 bits per channel, which is smaller than 8 bits at the same quality. Passes 10-bit planes
//! instead of pixels, so that the encoder's 8-bit code is not compiled in.

use fast_image_resize::images::Image;
use ravif::{Encoder, MatrixCoefficients, PixelRange};

use crate::error::{Error, Result};

/// Encoder quality of 100; comparable to WebP at 80 (docs/decisions/0019-pictures.md).
const QUALITY: f32 = 70.0;
/// Encoder speed from 1 (slowest) to 10.
const SPEED: u8 = 6;

/// Fixed-point 1.0 in [`channel`].
const ONE: i32 = 1 << 16;
/// Coefficients of luma (BT.601), scaled from 8 to 10 bits.
const Y: [i32; 3] = [78_612, 154_331, 29_972];
const CB: [i32; 3] = [-44_363, -87_094, 131_457];
const CR: [i32; 3] = [131_457, -110_079, -21_378];
const GREY: i32 = 512;

/// Encodes a picture as AVIF; takes one to two seconds per megapixel.
pub fn encode(picture: &Image<'_>) -> Result<Vec<u8>> {
    let to_usize = |pixels: u32| usize::try_from(pixels).map_err(Error::internal);
    let (pixels, _) = picture.buffer().as_chunks::<4>();
    let planes = pixels.iter().map(|[red, green, blue, _]| {
        let rgb = [red, green, blue].map(|part| i32::from(*part));
        [channel(rgb, Y, 0), channel(rgb, CB, GREY), channel(rgb, CR, GREY)]
    });
    let has_alpha = pixels.iter().any(|[.., alpha]| *alpha < u8::MAX);
    let alpha = has_alpha.then(|| pixels.iter().map(|[.., alpha]| (u16::from(*alpha) << 2) | (u16::from(*alpha) >> 6)));
    let encoder = Encoder::new().with_quality(QUALITY).with_alpha_quality(QUALITY).with_speed(SPEED);
    let file = encoder.encode_raw_planes_10_bit(
        to_usize(picture.width())?,
        to_usize(picture.height())?,
        planes,
        alpha,
        PixelRange::Full,
        MatrixCoefficients::BT601,
    );
    Ok(file.map_err(Error::internal)?.avif_file)
}

/// A 10-bit sample from an 8-bit RGB pixel.
fn channel(rgb: [i32; 3], coefficients: [i32; 3], base: i32) -> u16 {
    let sum: i32 = rgb.iter().zip(coefficients).map(|(part, coefficient)| part * coefficient).sum();
    u16::try_from((base + (sum + ONE / 2).div_euclid(ONE)).clamp(0, 1023)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planes(rgb: [i32; 3]) -> [u16; 3] {
        [channel(rgb, Y, 0), channel(rgb, CB, GREY), channel(rgb, CR, GREY)]
    }

    #[test]
    fn greys_have_no_colour_and_use_the_whole_range() {
        assert_eq!(planes([0, 0, 0]), [0, 512, 512]);
        assert_eq!(planes([128, 128, 128]), [514, 512, 512]);
        assert_eq!(planes([255, 255, 255]), [1023, 512, 512]);
    }

    #[test]
    fn colours_stay_within_ten_bits() {
        assert_eq!(planes([255, 0, 0]), [306, 339, 1023]);
        assert_eq!(planes([0, 255, 0]), [601, 173, 84]);
        assert_eq!(planes([0, 0, 255]), [117, 1023, 429]);
    }
}
