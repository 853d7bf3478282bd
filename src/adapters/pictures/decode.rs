//! Decodes uploaded JPEG, PNG, WebP and GIF files within limits, upright and in sRGB.

use std::io::Cursor;

use fast_image_resize::images::Image;
use image::codecs::gif::GifDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::metadata::Orientation;
use image::{DynamicImage, GrayImage, ImageDecoder, ImageFormat, Limits, RgbImage};
use jpeg_decoder::PixelFormat;
use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};

use super::{invalid_picture, resize_to, to_pixels};
use crate::error::{Error, Result};
use crate::support::i18n::Message;
use crate::support::picture;

const MAX_SIDE: u32 = 30_000;
/// Maximum number of pixels of a PNG, WebP or GIF, which is decoded in full.
const MAX_PIXELS: u64 = 40_000_000;
/// Maximum number of pixels of a JPEG, which is scaled down while decoding. Phone sensors have up to 200 megapixels.
const MAX_JPEG_PIXELS: u64 = 210_000_000;
/// Maximum memory of a decoder in bytes.
const MAX_MEMORY: u64 = 256 * 1024 * 1024;

pub struct DecodedPicture {
    pub pixels: Image<'static>,
    pub was_animated: bool,
}

/// Decodes an upload to its largest rendition; `Invalid` on `picture` when the format is not supported, or the file is
/// too large or broken.
pub fn decode(file: &[u8]) -> Result<DecodedPicture> {
    let cursor = || Cursor::new(file);
    match image::guess_format(file) {
        Ok(ImageFormat::Jpeg) => Ok(DecodedPicture { pixels: decode_jpeg(file)?, was_animated: false }),
        Ok(ImageFormat::Png) => {
            let decoder = PngDecoder::with_limits(cursor(), limits()).map_err(unreadable)?;
            let was_animated = decoder.is_apng().unwrap_or(false);
            Ok(DecodedPicture { pixels: decode_largest(decoder)?, was_animated })
        }
        Ok(ImageFormat::WebP) => {
            let decoder = WebPDecoder::new(cursor()).map_err(unreadable)?;
            let was_animated = decoder.has_animation();
            Ok(DecodedPicture { pixels: decode_largest(decoder)?, was_animated })
        }
        Ok(ImageFormat::Gif) => {
            let pixels = decode_largest(GifDecoder::new(cursor()).map_err(unreadable)?)?;
            Ok(DecodedPicture { pixels, was_animated: has_second_frame(file) })
        }
        _ => Err(invalid_picture(advice(file))),
    }
}

/// The error message for a file in another format.
fn advice(file: &[u8]) -> Message {
    let starts = |with: &[u8]| file.starts_with(with);
    // ISO 14496-12, 4.3: the brand identifies the format in the container.
    let brand = match file.get(4..12) {
        Some([b'f', b't', b'y', b'p', brand @ ..]) => brand,
        _ => &[],
    };
    match brand {
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1" => Message::FileHeic,
        b"avif" | b"avis" => Message::FileAvif,
        [_, ..] => Message::FileVideo,
        [] if starts(b"II*\0") || starts(b"MM\0*") => Message::FileTiff,
        [] if starts(b"%PDF") => Message::FilePdf,
        [] if starts(b"<svg") || starts(b"<?xml") => Message::FileSvg,
        [] => Message::FileNoPicture,
    }
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_MEMORY);
    limits
}

fn decode_largest(mut decoder: impl ImageDecoder) -> Result<Image<'static>> {
    let (width, height) = decoder.dimensions();
    check_size(width, height, MAX_PIXELS)?;
    decoder.set_limits(limits()).map_err(unreadable)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let profile = decoder.icc_profile().ok().flatten();
    let picture = DynamicImage::from_decoder(decoder).map_err(unreadable)?;
    finish(picture, orientation, profile.as_deref())
}

fn decode_jpeg(file: &[u8]) -> Result<Image<'static>> {
    if !is_complete_jpeg(file) {
        return Err(invalid_picture(Message::PictureIncomplete));
    }
    let mut decoder = jpeg_decoder::Decoder::new(file);
    decoder.set_max_decoding_buffer_size(usize::try_from(MAX_MEMORY).unwrap_or(usize::MAX));
    decoder.read_info().map_err(broken)?;
    let size = decoder.info().ok_or_else(|| broken(""))?;
    check_size(size.width.into(), size.height.into(), MAX_JPEG_PIXELS)?;
    let orientation = decoder.exif_data().and_then(Orientation::from_exif_chunk).unwrap_or(Orientation::NoTransforms);
    // Decoded at 1/2, 1/4 or 1/8 of its size, but never smaller than the rendition.
    let upright_width = u32::from(if swaps_sides(orientation) { size.height } else { size.width });
    let scaled = |side: u16| {
        let side = u64::from(side) * u64::from(picture::largest_width(upright_width)) / u64::from(upright_width.max(1));
        u16::try_from(side.max(1)).unwrap_or(u16::MAX)
    };
    decoder.scale(scaled(size.width), scaled(size.height)).map_err(broken)?;
    let bytes = decoder.decode().map_err(broken)?;
    let info = decoder.info().ok_or_else(|| broken(""))?;
    let (width, height) = (u32::from(info.width), u32::from(info.height));
    let profile = decoder.icc_profile();
    let picture = match info.pixel_format {
        PixelFormat::L8 => GrayImage::from_raw(width, height, bytes).map(DynamicImage::ImageLuma8),
        PixelFormat::RGB24 => RgbImage::from_raw(width, height, bytes).map(DynamicImage::ImageRgb8),
        PixelFormat::CMYK32 => {
            let rgb = rgb_from_cmyk(&bytes, profile.as_deref());
            return finish(
                DynamicImage::ImageRgb8(RgbImage::from_raw(width, height, rgb).ok_or_else(|| broken(""))?),
                orientation,
                None,
            );
        }
        // Lossless 16-bit greyscale, used for medical images.
        PixelFormat::L16 => None,
    };
    finish(picture.ok_or_else(|| broken(""))?, orientation, profile.as_deref())
}

/// Whether a JPEG ends with its EOI marker (ITU T.81, B.1.1.3). A decoder fills missing data with grey.
fn is_complete_jpeg(file: &[u8]) -> bool {
    const MARK: u8 = 0xFF;
    const END: u8 = 0xD9;
    const SCAN: u8 = 0xDA;
    let mut rest = file.get(2..).unwrap_or_default();
    let mut in_scan = false;
    loop {
        let Some(at) = memchr::memchr(MARK, rest) else { return false };
        rest = rest.get(at + 1..).unwrap_or_default();
        match rest {
            [END, ..] => return true,
            // Stuffed zeros, fill bytes and restart markers have no length.
            [0 | MARK | 0x01 | 0xD0..=0xD8, ..] => {}
            [mark, high, low, ..] if !in_scan || *mark >= 0xC0 => {
                in_scan = *mark == SCAN;
                let length = usize::from(u16::from_be_bytes([*high, *low]));
                rest = rest.get(1 + length..).unwrap_or_default();
            }
            _ => return false,
        }
    }
}

/// Converts CMYK to RGB by the ICC profile or, without one, by the naive formula.
fn rgb_from_cmyk(cmyk: &[u8], profile: Option<&[u8]>) -> Vec<u8> {
    let mut rgb = vec![0; cmyk.len() / 4 * 3];
    let profile = profile.and_then(|profile| ColorProfile::new_from_slice(profile).ok());
    if let Some(profile) = profile.filter(|profile| profile.color_space == DataColorSpace::Cmyk)
        && let Ok(transform) = profile.create_transform_8bit(
            Layout::Rgba,
            &ColorProfile::new_srgb(),
            Layout::Rgb,
            TransformOptions::default(),
        )
        && transform.transform(cmyk, &mut rgb).is_ok()
    {
        return rgb;
    }
    let (cmyk_pixels, _) = cmyk.as_chunks::<4>();
    for ([cyan, magenta, yellow, black], rgb) in cmyk_pixels.iter().zip(rgb.chunks_exact_mut(3)) {
        let to_rgb = |component: &u8| u16::from(u8::MAX - component) * u16::from(u8::MAX - black) / u16::from(u8::MAX);
        for (component, part) in [cyan, magenta, yellow].into_iter().zip(rgb) {
            *part = u8::try_from(to_rgb(component)).unwrap_or(u8::MAX);
        }
    }
    rgb
}

/// Rotates to upright, scales to at most 1920 pixels wide and converts to sRGB.
fn finish(mut picture: DynamicImage, orientation: Orientation, profile: Option<&[u8]>) -> Result<Image<'static>> {
    // Scale before rotating, because rotating copies the picture.
    let upright_width = if swaps_sides(orientation) { picture.height() } else { picture.width() };
    let is_grey = !picture.color().has_color();
    if picture::largest_width(upright_width) < upright_width {
        let scaled = |side: u32| {
            let side =
                u64::from(side) * u64::from(picture::largest_width(upright_width)) / u64::from(upright_width.max(1));
            u32::try_from(side.max(1)).unwrap_or(u32::MAX)
        };
        let (width, height) = (scaled(picture.width()), scaled(picture.height()));
        picture = to_dynamic(resize_to(&to_pixels(picture)?, width, height)?)?;
    }
    picture.apply_orientation(orientation);
    let mut picture = to_pixels(picture)?;
    if let Some(profile) = profile {
        convert_to_srgb(&mut picture, profile, is_grey);
    }
    Ok(picture)
}

fn swaps_sides(orientation: Orientation) -> bool {
    use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    matches!(orientation, Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH)
}

fn to_dynamic(picture: Image<'static>) -> Result<DynamicImage> {
    let (width, height) = (picture.width(), picture.height());
    image::RgbaImage::from_raw(width, height, picture.into_vec())
        .map(DynamicImage::ImageRgba8)
        .ok_or_else(|| Error::bug("a resized picture has other bytes than its size says"))
}

/// Converts to sRGB, because renditions have no profile and browsers then assume sRGB. An unreadable profile is
/// ignored, as browsers do.
fn convert_to_srgb(picture: &mut Image<'static>, profile: &[u8], is_grey: bool) {
    let Ok(profile) = ColorProfile::new_from_slice(profile) else { return };
    let srgb = ColorProfile::new_srgb();
    let options = TransformOptions::default();
    match profile.color_space {
        DataColorSpace::Rgb => {
            let Ok(transform) = profile.create_transform_8bit(Layout::Rgba, &srgb, Layout::Rgba, options) else {
                return;
            };
            let mut converted = vec![0; picture.buffer().len()];
            if transform.transform(picture.buffer(), &mut converted).is_ok() {
                picture.buffer_mut().copy_from_slice(&converted);
            }
        }
        DataColorSpace::Gray if is_grey => {
            let Ok(transform) = profile.create_transform_8bit(Layout::GrayAlpha, &srgb, Layout::Rgba, options) else {
                return;
            };
            let (rgba, _) = picture.buffer().as_chunks::<4>();
            let gray: Vec<u8> = rgba.iter().flat_map(|[gray, _, _, alpha]| [*gray, *alpha]).collect();
            let mut converted = vec![0; picture.buffer().len()];
            if transform.transform(&gray, &mut converted).is_ok() {
                picture.buffer_mut().copy_from_slice(&converted);
            }
        }
        _ => {}
    }
}

fn has_second_frame(gif: &[u8]) -> bool {
    let mut options = gif::DecodeOptions::new();
    options.skip_frame_decoding(true);
    let Ok(mut decoder) = options.read_info(gif) else { return false };
    let mut next = || decoder.next_frame_info().is_ok_and(|frame| frame.is_some());
    next() && next()
}

fn check_size(width: u32, height: u32, max_pixels: u64) -> Result<()> {
    let is_accepted = (1..=MAX_SIDE).contains(&width)
        && (1..=MAX_SIDE).contains(&height)
        && u64::from(width) * u64::from(height) <= max_pixels;
    if is_accepted { Ok(()) } else { Err(too_large_error()) }
}

pub fn too_large_error() -> Error {
    invalid_picture(Message::PictureTooLarge)
}

fn unreadable(error: image::ImageError) -> Error {
    match error {
        image::ImageError::Limits(_) => too_large_error(),
        other => broken(other),
    }
}

fn broken(error: impl std::fmt::Display) -> Error {
    tracing::debug!(%error, "cannot decode an uploaded picture");
    invalid_picture(Message::PictureDamaged)
}
