//! Reads uploaded pictures, makes them harmless and small, and keeps them on disk by their content: whatever comes
//! in, what is kept is WebP drawn anew, so EXIF, GPS and anything hidden behind the picture are gone. Smaller sizes
//! and AVIF are made later, from what was kept.

mod avif;
mod decode;
mod process;

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use fast_image_resize::images::Image;
use fast_image_resize::{PixelType, ResizeOptions, Resizer};
use image::{DynamicImage, ImageFormat};
use tokio::sync::{Semaphore, oneshot};

use self::process::Prepared;
pub use self::process::prepare_from_stdin;
use crate::error::{Error, Result};
use crate::support::picture::{self, Format};
use crate::support::token;

/// Pictures worked on at once.
const AT_ONCE: usize = 2;
/// How much detail WebP keeps, of 100.
const QUALITY: f32 = 80.0;
/// Most pixels of the largest size for AVIF, some ten seconds of work: a slow machine has to be done with it within a
/// job's lease.
const AVIF_MOST_PIXELS: u64 = 8_000_000;
/// How far those who make sizes stand back behind those who answer.
const NICENESS: i32 = 10;

/// A picture that has been kept in its largest size.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Hash of the file: its name.
    pub sha256: String,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Bytes.
    pub bytes: u64,
    /// The file was an animation, of which the first frame is kept.
    pub was_animated: bool,
}

/// What became of a picture's AVIF files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Avif {
    /// One more width is there, and others are to come.
    MoreToCome {
        /// How many widths are there by now.
        made: usize,
    },
    /// All widths are there: bytes of all of them.
    Whole(u64),
    /// It would not be smaller than WebP, or take too long: there is none.
    None,
}

/// Where pictures are kept.
#[derive(Clone, Debug)]
pub struct PictureStore {
    folder: PathBuf,
    program: PathBuf,
    turns: Arc<Semaphore>,
}

/// Says in words why a file cannot be taken.
fn refused(message: impl Into<String>) -> Error {
    Error::invalid("picture", message)
}

impl PictureStore {
    /// Whether the folder is there.
    pub fn is_there(&self) -> bool {
        self.folder.is_dir()
    }

    /// Keeps pictures in a folder. `program` is Tradepost itself, which decodes each upload in a process of its own.
    pub fn new(folder: PathBuf, program: PathBuf) -> PictureStore {
        PictureStore { folder, program, turns: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// Where a picture of a name lies, if the name is one of ours.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        picture::is_name(name).then(|| self.folder.join(name))
    }

    /// Does something with pictures that somebody waits for, when there is a turn.
    ///
    /// # Errors
    /// Those of the work.
    pub async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce(&PictureStore) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (store, turn) = (self.clone(), self.turns.clone().acquire_owned().await.map_err(Error::internal)?);
        let in_turn = move || {
            let _turn = turn;
            work(&store)
        };
        tokio::task::spawn_blocking(in_turn).await?
    }

    /// Does something with pictures that nobody waits for, when there is a turn: on a thread of its own, behind all
    /// others, and a process that stops does not wait for it.
    ///
    /// # Errors
    /// Those of the work.
    pub async fn aside<T: Send + 'static>(
        &self,
        work: impl FnOnce(&PictureStore) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (store, turn) = (self.clone(), self.turns.clone().acquire_owned().await.map_err(Error::internal)?);
        let (done, answer) = oneshot::channel();
        std::thread::Builder::new().name("pictures".to_owned()).spawn(move || {
            let _turn = turn;
            stand_back();
            // Whoever asked may have gone.
            let _gone = done.send(work(&store));
        })?;
        answer.await.map_err(Error::internal)?
    }

    /// Decodes, cleans and keeps a picture in its largest size. Takes a second for a large one: never on the event loop.
    ///
    /// # Errors
    /// `Invalid` on `picture` when the file is not a picture we take, is too large, or is broken.
    pub fn keep(&self, file: Vec<u8>) -> Result<Kept> {
        if file.is_empty() {
            return Err(refused("This file is empty."));
        }
        let Prepared { width, height, was_animated, webp } = process::prepare(&self.program, file)?;
        let sha256 = token::hash(&webp);
        let name = picture::name(&sha256, width, Format::Webp);
        self.write(&name, &webp)?;
        // The name is only the beginning of the hash.
        if std::fs::read(self.folder.join(&name))? != webp {
            return Err(Error::broken("two pictures of one name"));
        }
        Ok(Kept { sha256, width, height, bytes: size(webp.len()), was_animated })
    }

    /// Makes the smaller widths of a kept picture, as far as they are missing; the bytes of all widths. Takes seconds.
    ///
    /// # Errors
    /// When the picture is not there, or there is no room.
    pub fn make_widths(&self, sha256: &str, largest: u32) -> Result<u64> {
        let (mut picture, mut bytes) = (None, 0);
        for width in picture::widths(largest) {
            let name = picture::name(sha256, width, Format::Webp);
            if !self.folder.join(&name).exists() {
                let whole = match picture.take() {
                    Some(whole) => whole,
                    None => self.kept(sha256, largest)?,
                };
                self.write(&name, &webp(&resized(&whole, width)?))?;
                picture = Some(whole);
            }
            bytes += self.bytes_of(&name)?;
        }
        Ok(bytes)
    }

    /// Makes the AVIF of one more width of a picture that has all widths, the smallest first. Takes up to ten seconds,
    /// and more on a slow machine.
    ///
    /// # Errors
    /// When a picture is not there, or there is no room.
    pub fn make_avif(&self, sha256: &str, largest: u32) -> Result<Avif> {
        let (mut bytes, mut is_made) = (0, false);
        for (width, made) in picture::widths(largest).into_iter().zip(0..) {
            let name = picture::name(sha256, width, Format::Avif);
            if !self.folder.join(&name).exists() {
                if is_made {
                    return Ok(Avif::MoreToCome { made });
                }
                let whole = self.kept(sha256, largest)?;
                if u64::from(whole.width()) * u64::from(whole.height()) > AVIF_MOST_PIXELS {
                    return Ok(Avif::None);
                }
                let avif =
                    if width == largest { avif::packed(&whole)? } else { avif::packed(&resized(&whole, width)?)? };
                if size(avif.len()) >= self.bytes_of(&picture::name(sha256, width, Format::Webp))? {
                    self.forget_avif(sha256, largest)?;
                    return Ok(Avif::None);
                }
                self.write(&name, &avif)?;
                is_made = true;
            }
            bytes += self.bytes_of(&name)?;
        }
        Ok(Avif::Whole(bytes))
    }

    /// One `srcset` says which widths there are: all of them, or none.
    fn forget_avif(&self, sha256: &str, largest: u32) -> Result<()> {
        for width in picture::widths(largest) {
            let place = self.folder.join(picture::name(sha256, width, Format::Avif));
            if place.exists() {
                std::fs::remove_file(place)?;
            }
        }
        Ok(())
    }

    /// The largest size of a kept picture.
    fn kept(&self, sha256: &str, largest: u32) -> Result<Image<'static>> {
        let file = std::fs::read(self.folder.join(picture::name(sha256, largest, Format::Webp)))?;
        pixels(image::load_from_memory_with_format(&file, ImageFormat::WebP).map_err(Error::internal)?)
    }

    fn bytes_of(&self, name: &str) -> Result<u64> {
        Ok(std::fs::metadata(self.folder.join(name))?.len())
    }

    /// Whole or not at all: written beside its place, made durable, then moved. What is there stays.
    fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let place = self.folder.join(name);
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

/// Lets the threads that answer requests go first. Linux alone knows this of single threads.
fn stand_back() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(NICENESS) {
        tracing::debug!(%error, "sizes of pictures are made as hastily as everything else");
    }
}

fn size(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

/// The picture as the resizer takes it.
fn pixels(picture: DynamicImage) -> Result<Image<'static>> {
    let picture = picture.into_rgba8();
    let (width, height) = picture.dimensions();
    Image::from_vec_u8(width, height, picture.into_raw(), PixelType::U8x4).map_err(Error::internal)
}

fn resized(picture: &Image<'_>, width: u32) -> Result<Image<'static>> {
    let height = u64::from(picture.height()) * u64::from(width) / u64::from(picture.width()).max(1);
    scaled(picture, width, u32::try_from(height.max(1)).unwrap_or(1))
}

fn scaled(picture: &Image<'_>, width: u32, height: u32) -> Result<Image<'static>> {
    let mut scaled = Image::new(width, height, PixelType::U8x4);
    Resizer::new().resize(picture, &mut scaled, &ResizeOptions::default()).map_err(Error::internal)?;
    Ok(scaled)
}

fn webp(picture: &Image<'_>) -> Vec<u8> {
    webp::Encoder::from_rgba(picture.buffer(), picture.width(), picture.height()).encode(QUALITY).to_vec()
}
