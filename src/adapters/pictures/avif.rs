//! Packs a picture as AVIF, 10 bits a channel: smaller than with 8 at the same look. The encoder is asked for planes
//! of 10 bits, and not for pixels, since it would then bring the same code for planes of 8 bits too.

use fast_image_resize::images::Image;
use ravif::{Encoder, MatrixCoefficients, PixelRange};

use crate::error::{Error, Result};

/// How much detail is kept, of 100: as much as WebP keeps at 80 (docs/decisions/0019-pictures.md).
const QUALITY: f32 = 70.0;
/// How much the encoder hurries, from 1 to 10.
const SPEED: u8 = 6;

/// One, for [`channel`].
const ONE: i32 = 1 << 16;
/// Brightness from red, green and blue (BT.601), and from 8 bits to 10.
const Y: [i32; 3] = [78_612, 154_331, 29_972];
/// How much bluer than grey, likewise.
const CB: [i32; 3] = [-44_363, -87_094, 131_457];
/// How much redder than grey, likewise.
const CR: [i32; 3] = [131_457, -110_079, -21_378];
/// Neither bluer nor redder than grey.
const GREY: i32 = 512;

/// The picture as an AVIF file. Takes a second or two for each megapixel.
///
/// # Errors
/// When the encoder gives up.
pub fn packed(picture: &Image<'_>) -> Result<Vec<u8>> {
    let side = |pixels: u32| usize::try_from(pixels).map_err(Error::internal);
    let (pixels, _) = picture.buffer().as_chunks::<4>();
    let planes = pixels.iter().map(|[red, green, blue, _]| {
        let rgb = [red, green, blue].map(|part| i32::from(*part));
        [channel(rgb, Y, 0), channel(rgb, CB, GREY), channel(rgb, CR, GREY)]
    });
    let is_clear = pixels.iter().any(|[.., alpha]| *alpha < u8::MAX);
    let alpha = is_clear.then(|| pixels.iter().map(|[.., alpha]| (u16::from(*alpha) << 2) | (u16::from(*alpha) >> 6)));
    let encoder = Encoder::new().with_quality(QUALITY).with_alpha_quality(QUALITY).with_speed(SPEED);
    let file = encoder.encode_raw_planes_10_bit(
        side(picture.width())?,
        side(picture.height())?,
        planes,
        alpha,
        PixelRange::Full,
        MatrixCoefficients::BT601,
    );
    Ok(file.map_err(Error::internal)?.avif_file)
}

/// A channel of 10 bits.
fn channel(rgb: [i32; 3], shares: [i32; 3], base: i32) -> u16 {
    let sum: i32 = rgb.iter().zip(shares).map(|(part, share)| part * share).sum();
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
