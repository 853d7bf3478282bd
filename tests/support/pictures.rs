//! Pictures, and what only says it is one.

use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};

/// A photograph, more or less.
pub fn png(width: u32, height: u32) -> Vec<u8> {
    let picture = RgbImage::from_fn(width, height, |x, y| Rgb([x.to_le_bytes()[0], y.to_le_bytes()[0], 90]));
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// A picture with so much in it that AVIF is smaller than WebP.
pub fn photograph(width: u32, height: u32) -> Vec<u8> {
    let wave = |at: u32, length: u32| (at % length).abs_diff(length / 2) * 255 / length;
    let picture = RgbImage::from_fn(width, height, |x, y| {
        let light = wave(x + y, 97) + wave(x * 3 + y * 2, 41) / 2 + wave(x * y / 16, 23) / 4;
        Rgb([light, light * 3 / 4 + wave(x, 61) / 4, wave(y, 53)].map(|part| part.to_le_bytes()[0]))
    });
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// A small file that claims to be a huge picture.
pub fn png_that_claims(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = png(8, 8);
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    let checksum = crc32(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&checksum.to_be_bytes());
    bytes
}

/// The checksum of PNG chunks.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |mut crc, byte| {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
        }
        crc
    })
}
