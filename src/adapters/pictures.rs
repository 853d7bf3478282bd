//! Reads uploaded pictures, makes them harmless and small, and keeps them on disk by their content: whatever comes
//! in, what is kept is WebP drawn anew, so EXIF, GPS and anything hidden behind the picture are gone.

use std::io::{BufRead, Read, Seek, Write};
use std::path::{Path, PathBuf};

use fast_image_resize::images::Image;
use fast_image_resize::{PixelType, ResizeOptions, Resizer};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

use crate::error::{Error, Result};
use crate::support::token;

/// Longest side taken, in pixels.
const LONGEST: u32 = 12_000;
/// Most pixels taken.
const MOST_PIXELS: u64 = 40_000_000;
/// Most memory a decoder may take.
const MEMORY: u64 = 192 * 1024 * 1024;
/// Widths kept, as far as the picture is that wide.
const WIDTHS: [u32; 5] = [320, 640, 960, 1280, 1920];
/// How much detail is kept, of 100.
const QUALITY: f32 = 80.0;

/// A picture that has been kept in all its sizes.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Hash of the largest size: its name.
    pub sha256: String,
    /// Widths kept, ascending.
    pub widths: Vec<u32>,
    /// Pixels of the largest.
    pub width: u32,
    /// Pixels of the largest.
    pub height: u32,
    /// Bytes of all sizes.
    pub bytes: u64,
}

/// Where pictures are kept.
#[derive(Clone, Debug)]
pub struct PictureStore {
    folder: PathBuf,
}

/// Says in words why a file cannot be taken.
fn refused(message: impl Into<String>) -> Error {
    Error::invalid("picture", message)
}

impl PictureStore {
    /// Keeps pictures in a folder.
    pub fn in_folder(folder: PathBuf) -> PictureStore {
        PictureStore { folder }
    }

    /// Where a picture of a name lies, if the name is one of ours.
    pub fn path(&self, key: &str) -> Option<PathBuf> {
        let (stem, ending) = key.rsplit_once('.')?;
        let ours = ending == "webp" && !stem.is_empty() && stem.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
        ours.then(|| self.folder.join(key))
    }

    /// Reads, cleans, resizes and keeps a picture. Takes a second for a large one: never on the event loop.
    ///
    /// # Errors
    /// `Invalid` on `picture` when the file is not a picture we take, is too large, or is broken.
    pub fn keep(&self, file: impl BufRead + Seek) -> Result<Kept> {
        let picture = pixels(decode(file)?)?;
        let mut widths: Vec<u32> = WIDTHS.iter().copied().filter(|width| *width < picture.width()).collect();
        if widths.len() < WIDTHS.len() {
            widths.push(picture.width());
        }
        let mut sizes = Vec::new();
        for width in widths.iter().rev() {
            let (height, bytes) = match *width == picture.width() {
                true => (picture.height(), packed(&picture)),
                false => {
                    let sized = resized(&picture, *width)?;
                    (sized.height(), packed(&sized))
                }
            };
            sizes.push((*width, height, bytes));
        }
        let Some((width, height, largest)) = sizes.first() else {
            return Err(Error::broken("a picture without sizes"));
        };
        let sha256 = token::hash(largest);
        let mut total = 0;
        for (width, _, bytes) in &sizes {
            total += u64::try_from(bytes.len()).unwrap_or(0);
            self.write(&format!("{sha256}-{width}.webp"), bytes)?;
        }
        Ok(Kept { sha256, width: *width, height: *height, widths, bytes: total })
    }

    /// Whole or not at all: written beside its place, made durable, then moved.
    fn write(&self, key: &str, bytes: &[u8]) -> Result<()> {
        let place = self.folder.join(key);
        if place.exists() {
            return Ok(());
        }
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(&place).map_err(|error| Error::internal(error.error))?;
        Ok(())
    }
}

fn decode(file: impl BufRead + Seek) -> Result<DynamicImage> {
    const NOT_ONE: &str = "This file is not a picture. Please choose a JPEG, PNG, WebP or GIF file.";
    let mut reader = ImageReader::new(file).with_guessed_format()?;
    let known =
        matches!(reader.format(), Some(ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP | ImageFormat::Gif));
    if !known {
        return Err(refused(NOT_ONE));
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST);
    limits.max_image_height = Some(LONGEST);
    limits.max_alloc = Some(MEMORY);
    reader.limits(limits);
    let mut decoder = match reader.into_decoder() {
        Err(image::ImageError::Limits(_)) => return Err(too_large()),
        Err(_) => return Err(refused(NOT_ONE)),
        Ok(decoder) => decoder,
    };
    let (width, height) = decoder.dimensions();
    if width > LONGEST
        || height > LONGEST
        || u64::from(width) * u64::from(height) > MOST_PIXELS
        || width == 0
        || height == 0
    {
        return Err(too_large());
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = match DynamicImage::from_decoder(decoder) {
        Err(image::ImageError::Limits(_)) => return Err(too_large()),
        Err(_) => return Err(refused("This picture is broken and cannot be read. Please save it anew.")),
        Ok(picture) => picture,
    };
    picture.apply_orientation(orientation);
    Ok(picture)
}

fn too_large() -> Error {
    refused("This picture has too many pixels. Please make it at most 12,000 pixels on a side and 40 megapixels.")
}

/// The picture as the resizer takes it.
fn pixels(picture: DynamicImage) -> Result<Image<'static>> {
    let picture = picture.into_rgba8();
    let (width, height) = picture.dimensions();
    Image::from_vec_u8(width, height, picture.into_raw(), PixelType::U8x4).map_err(Error::internal)
}

fn resized(picture: &Image<'_>, width: u32) -> Result<Image<'static>> {
    let height = u64::from(picture.height()) * u64::from(width) / u64::from(picture.width()).max(1);
    let height = u32::try_from(height.max(1)).unwrap_or(1);
    let mut sized = Image::new(width, height, PixelType::U8x4);
    Resizer::new().resize(picture, &mut sized, &ResizeOptions::default()).map_err(Error::internal)?;
    Ok(sized)
}

fn packed(picture: &Image<'_>) -> Vec<u8> {
    webp::Encoder::from_rgba(picture.buffer(), picture.width(), picture.height()).encode(QUALITY).to_vec()
}

/// Opens an uploaded file for reading.
///
/// # Errors
/// When it cannot be read.
pub fn open(path: &Path) -> Result<std::io::BufReader<std::fs::File>> {
    Ok(std::io::BufReader::new(std::fs::File::open(path)?))
}

/// Whether a file begins like something at all: an empty one is told apart from a broken one.
///
/// # Errors
/// When it cannot be read.
pub fn is_empty(path: &Path) -> Result<bool> {
    let mut first = [0; 1];
    Ok(std::fs::File::open(path)?.read(&mut first)? == 0)
}
