//! Test pictures, valid and malicious.

use std::io::Cursor;

use image::codecs::gif::GifEncoder;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, Frame, ImageEncoder, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use moxcms::ColorProfile;

/// A photograph, more or less.
pub fn png(width: u32, height: u32) -> Vec<u8> {
    let picture = RgbImage::from_fn(width, height, |x, y| Rgb([x.to_le_bytes()[0], y.to_le_bytes()[0], 90]));
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// A picture so detailed that AVIF is smaller than WebP.
pub fn detailed_png(width: u32, height: u32) -> Vec<u8> {
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
pub fn png_claiming_size(width: u32, height: u32) -> Vec<u8> {
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

/// A JPEG of one colour, with a colour profile if one is given.
pub fn jpeg(width: u32, height: u32, colour: [u8; 3], profile: Option<&ColorProfile>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 95);
    if let Some(profile) = profile {
        encoder.set_icc_profile(profile.encode().unwrap()).unwrap();
    }
    let picture = RgbImage::from_pixel(width, height, Rgb(colour));
    encoder.write_image(picture.as_raw(), width, height, ExtendedColorType::Rgb8).unwrap();
    bytes
}

/// A PNG of one colour with a colour profile.
pub fn png_with_profile(width: u32, height: u32, colour: [u8; 4], profile: &ColorProfile) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = PngEncoder::new(&mut bytes);
    encoder.set_icc_profile(profile.encode().unwrap()).unwrap();
    let picture = RgbaImage::from_pixel(width, height, Rgba(colour));
    encoder.write_image(picture.as_raw(), width, height, ExtendedColorType::Rgba8).unwrap();
    bytes
}

/// A GIF with as many frames, each of another colour.
pub fn gif(frames: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    for frame in 0..frames {
        let picture = RgbaImage::from_pixel(20, 20, Rgba([frame.wrapping_mul(40), 90, 30, 255]));
        encoder.encode_frame(Frame::new(picture)).unwrap();
    }
    drop(encoder);
    bytes
}

/// A JPEG, red on the left and blue on the right, whose EXIF says that it has to be turned to the right.
pub fn rotated_jpeg(width: u32, height: u32) -> Vec<u8> {
    // A TIFF head, little-endian, and one entry: orientation (0x0112), a short, 6.
    let exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0".to_vec();
    let picture =
        RgbImage::from_fn(width, height, |x, _| Rgb(if x < width / 2 { [200, 40, 40] } else { [40, 40, 200] }));
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 95);
    encoder.set_exif_metadata(exif).unwrap();
    encoder.write_image(picture.as_raw(), width, height, ExtendedColorType::Rgb8).unwrap();
    bytes
}
