//! Stores uploaded pictures by the hash of their content. Every upload is re-encoded as WebP, which removes EXIF data,
//! GPS positions and hidden payloads. Smaller widths and AVIF are made later from the stored file.

mod avif;
mod decode;
mod decoder_process;

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use fast_image_resize::images::Image;
use fast_image_resize::{PixelType, ResizeOptions, Resizer};
use image::{DynamicImage, ImageFormat};
use tokio::sync::{Semaphore, oneshot};

use self::decoder_process::EncodedPicture;
pub use self::decoder_process::decode_from_stdin;
use crate::error::{Error, Result};
use crate::support::i18n::Message;
use crate::support::picture::{self, Format};
use crate::support::token;

/// Maximum number of pictures processed at once.
const CONCURRENCY: usize = 2;
/// WebP quality of 100.
const QUALITY: f32 = 80.0;
/// Largest rendition encoded as AVIF, in pixels: about ten seconds of work, so that a slow machine stays within the
/// job's lease.
const MAX_AVIF_PIXELS: u64 = 8_000_000;
/// `nice` value of the threads that make renditions, so that requests go first.
const NICE_VALUE: i32 = 10;

#[derive(Clone, Debug)]
pub struct StoredPicture {
    /// SHA-256 of the file in hex, from which its name is made.
    pub sha256: String,
    pub width: u32,
    pub height: u32,
    pub bytes: u64,
    /// The file was an animation; only its first frame is kept.
    pub was_animated: bool,
}

/// The progress of a picture's AVIF renditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AvifProgress {
    /// Another width was made, and more remain.
    InProgress {
        /// The number of widths made so far.
        made: usize,
    },
    /// All widths are made; their total size in bytes.
    Complete(u64),
    /// AVIF would not be smaller than WebP, or would take too long.
    Skipped,
}

#[derive(Clone, Debug)]
pub struct PictureStore {
    folder: PathBuf,
    program: PathBuf,
    permits: Arc<Semaphore>,
}

fn invalid_picture(message: Message) -> Error {
    Error::invalid("picture", message)
}

impl PictureStore {
    pub fn is_available(&self) -> bool {
        self.folder.is_dir()
    }

    /// Stores pictures in a folder. `program` is this executable, which decodes each upload in a subprocess.
    pub fn new(folder: PathBuf, program: PathBuf) -> PictureStore {
        PictureStore { folder, program, permits: Arc::new(Semaphore::new(CONCURRENCY)) }
    }

    /// The path of a rendition, if the name is well-formed.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        picture::is_file_name(name).then(|| self.folder.join(name))
    }

    /// Runs work that a request waits for on the blocking pool, when the semaphore permits.
    pub async fn run_blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&PictureStore) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (store, permit) = (self.clone(), self.permits.clone().acquire_owned().await.map_err(Error::internal)?);
        let with_permit = move || {
            let _permit = permit;
            work(&store)
        };
        tokio::task::spawn_blocking(with_permit).await?
    }

    /// Runs work that no request waits for on a low-priority thread, when the semaphore permits. Shutdown does not wait
    /// for it.
    pub async fn run_in_background<T: Send + 'static>(
        &self,
        work: impl FnOnce(&PictureStore) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (store, permit) = (self.clone(), self.permits.clone().acquire_owned().await.map_err(Error::internal)?);
        let (sender, receiver) = oneshot::channel();
        std::thread::Builder::new().name("pictures".to_owned()).spawn(move || {
            let _permit = permit;
            lower_priority();
            // The receiver may have been dropped.
            let _dropped = sender.send(work(&store));
        })?;
        receiver.await.map_err(Error::internal)?
    }

    /// Decodes, cleans and stores a picture in its largest rendition; `Invalid` on `picture` when the format is not
    /// supported, or the file is too large or broken. Blocks for up to some seconds.
    pub fn save(&self, file: Vec<u8>) -> Result<StoredPicture> {
        if file.is_empty() {
            return Err(invalid_picture(Message::FileEmpty));
        }
        let EncodedPicture { width, height, was_animated, webp } =
            decoder_process::decode_in_subprocess(&self.program, file)?;
        let sha256 = token::sha256_hex(&webp);
        let name = picture::file_name(&sha256, width, Format::Webp);
        self.write(&name, &webp)?;
        // File names contain only a prefix of the hash, so a collision is possible in theory.
        if std::fs::read(self.folder.join(&name))? != webp {
            return Err(Error::bug("two pictures have the same file name"));
        }
        Ok(StoredPicture { sha256, width, height, bytes: to_u64(webp.len()), was_animated })
    }

    /// Makes the missing smaller widths of a stored picture. Returns the bytes of all widths. Blocks for seconds.
    pub fn make_widths(&self, sha256: &str, largest: u32) -> Result<u64> {
        let (mut picture, mut bytes) = (None, 0);
        for width in picture::widths(largest) {
            let name = picture::file_name(sha256, width, Format::Webp);
            if !self.folder.join(&name).exists() {
                let original = match picture.take() {
                    Some(original) => original,
                    None => self.load_largest(sha256, largest)?,
                };
                self.write(&name, &encode_webp(&resize_to_width(&original, width)?))?;
                picture = Some(original);
            }
            bytes += self.file_size(&name)?;
        }
        Ok(bytes)
    }

    /// Makes the AVIF of the smallest width that is missing, after all WebP widths. Blocks for ten seconds or more.
    pub fn make_avif(&self, sha256: &str, largest: u32) -> Result<AvifProgress> {
        let (mut bytes, mut is_made) = (0, false);
        for (width, made) in picture::widths(largest).into_iter().zip(0..) {
            let name = picture::file_name(sha256, width, Format::Avif);
            if !self.folder.join(&name).exists() {
                if is_made {
                    return Ok(AvifProgress::InProgress { made });
                }
                let original = self.load_largest(sha256, largest)?;
                if u64::from(original.width()) * u64::from(original.height()) > MAX_AVIF_PIXELS {
                    return Ok(AvifProgress::Skipped);
                }
                let avif = if width == largest {
                    avif::encode(&original)?
                } else {
                    avif::encode(&resize_to_width(&original, width)?)?
                };
                if to_u64(avif.len()) >= self.file_size(&picture::file_name(sha256, width, Format::Webp))? {
                    self.delete_avif(sha256, largest)?;
                    return Ok(AvifProgress::Skipped);
                }
                self.write(&name, &avif)?;
                is_made = true;
            }
            bytes += self.file_size(&name)?;
        }
        Ok(AvifProgress::Complete(bytes))
    }

    /// Deletes all AVIF files: a `srcset` lists all widths, so a format needs all of them or none.
    fn delete_avif(&self, sha256: &str, largest: u32) -> Result<()> {
        for width in picture::widths(largest) {
            let path = self.folder.join(picture::file_name(sha256, width, Format::Avif));
            if path.exists() {
                std::fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    fn load_largest(&self, sha256: &str, largest: u32) -> Result<Image<'static>> {
        let file = std::fs::read(self.folder.join(picture::file_name(sha256, largest, Format::Webp)))?;
        to_pixels(image::load_from_memory_with_format(&file, ImageFormat::WebP).map_err(Error::internal)?)
    }

    fn file_size(&self, name: &str) -> Result<u64> {
        Ok(std::fs::metadata(self.folder.join(name))?.len())
    }

    /// Writes a file atomically: to a temporary file, synced, then renamed. An existing file is kept.
    fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.folder.join(name);
        if path.exists() {
            return Ok(());
        }
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(&path).map_err(|error| Error::internal(error.error))?;
        Ok(())
    }
}

/// Lowers the priority of the current thread, which only Linux supports.
fn lower_priority() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(NICE_VALUE) {
        tracing::debug!(%error, "cannot lower the priority of picture processing");
    }
}

fn to_u64(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

fn to_pixels(picture: DynamicImage) -> Result<Image<'static>> {
    let picture = picture.into_rgba8();
    let (width, height) = picture.dimensions();
    Image::from_vec_u8(width, height, picture.into_raw(), PixelType::U8x4).map_err(Error::internal)
}

fn resize_to_width(picture: &Image<'_>, width: u32) -> Result<Image<'static>> {
    let height = u64::from(picture.height()) * u64::from(width) / u64::from(picture.width()).max(1);
    resize_to(picture, width, u32::try_from(height.max(1)).unwrap_or(1))
}

fn resize_to(picture: &Image<'_>, width: u32, height: u32) -> Result<Image<'static>> {
    let mut scaled = Image::new(width, height, PixelType::U8x4);
    Resizer::new().resize(picture, &mut scaled, &ResizeOptions::default()).map_err(Error::internal)?;
    Ok(scaled)
}

fn encode_webp(picture: &Image<'_>) -> Vec<u8> {
    webp::Encoder::from_rgba(picture.buffer(), picture.width(), picture.height()).encode(QUALITY).to_vec()
}
