//! A page with holes: slices of bytes that are the same for everybody, kept packed as browsers take them, and between
//! them the places that are filled for each person.
//!
//! For guests the whole page is packed once. For everybody else the slices are packed one by one, so that a filled page
//! is put together without packing anything anew: each slice is a run of deflate blocks that looks at nothing before
//! it (RFC 1951), and gzip's checksum of a whole follows from those of its parts (RFC 1952).

use std::io::Write;
use std::sync::OnceLock;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::web::Bytes;
use flate2::{Compress, Compression, FlushCompress};
use jiff::SignedDuration;
use memchr::memmem;
use xxhash_rust::xxh3::xxh3_128;

use super::person::Subject;
use super::route::Route;
use super::security_headers::Kind;
use crate::db::epochs::{Epochs, Topic};
use crate::error::Result;
use crate::paths::assets;
use crate::support::clock::Utc;
use crate::views::layout::holes::{Hole, Person};

/// How hard pages are packed: once, for all who come until something changes.
const GZIP: u32 = 6;
const BROTLI: u32 = 5;
const BROTLI_WINDOW: u32 = 18;
/// How hard pages are packed that are asked for again: a tenth shorter, for some six milliseconds.
const TIGHT_BROTLI: u32 = 10;
/// The first ten bytes of a gzip file without a name, a date or a system (RFC 1952).
const GZIP_HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
/// An empty last block of deflate, and the longest that one without packing can be (RFC 1951).
const LAST_BLOCK: [u8; 2] = [3, 0];
const LONGEST_BLOCK: usize = 0xffff;

/// Everybody may keep a copy if they ask again before it is shown, and caches in front for a minute.
static FOR_ALL: HeaderValue = HeaderValue::from_static("public, max-age=0, s-maxage=60, stale-while-revalidate=600");
/// Nobody else may keep a copy.
static FOR_ONE: HeaderValue = HeaderValue::from_static("private, no-cache");
static STYLESHEET: HeaderValue = HeaderValue::from_static(assets::SITE_CSS_PRELOAD);
static RULES: HeaderValue = HeaderValue::from_static(assets::AHEAD_JSON_QUOTED);
const SPECULATION_RULES: HeaderName = HeaderName::from_static("speculation-rules");

/// A page is made anew after so long at the latest: "new in the shop" and tax rates end by themselves.
const LONGEST: SignedDuration = SignedDuration::from_mins(10);

/// A part of a page.
enum Slice {
    /// Bytes for everybody.
    Text { raw: Bytes, packed: OnceLock<Packed> },
    /// A place that is filled for each person.
    Hole(Hole),
}

/// A part of a page as gzip wants it: its deflate blocks, and the checksum of what is in them.
struct Packed {
    deflated: Bytes,
    sum: crc32fast::Hasher,
}

/// A page that can be shown to anybody.
pub struct KeptPage {
    slices: Vec<Slice>,
    digest: String,
    guest: Bytes,
    guest_gzip: OnceLock<Option<Bytes>>,
    guest_brotli: OnceLock<Option<Bytes>>,
    guest_tight_brotli: OnceLock<Option<Bytes>>,
    subject: Subject,
    tags: Vec<Topic>,
    since: u64,
    until: Utc,
    route: OnceLock<Route>,
}

/// What a page shows, and as of when.
pub struct Shown {
    /// What it is about.
    pub subject: Subject,
    /// What it shows.
    pub tags: Vec<Topic>,
    /// The tick before it was read.
    pub since: u64,
    /// When that was.
    pub now: Utc,
}

/// In which form the bytes travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// As they are.
    Identity,
    /// RFC 1952.
    Gzip,
    /// RFC 7932.
    Brotli,
}

impl Coding {
    /// The best that a browser takes (RFC 9110, 12.5.3).
    pub fn accepted(headers: &HeaderMap) -> Coding {
        let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or("");
        let takes = |coding: &str| {
            accepted.split(',').any(|part| {
                let (name, weight) = part.split_once(';').unwrap_or((part, ""));
                let refused = weight.trim().strip_prefix("q=").is_some_and(|q| q.trim_matches(['0', '.']).is_empty());
                name.trim() == coding && !refused
            })
        };
        if takes("br") {
            Coding::Brotli
        } else if takes("gzip") {
            Coding::Gzip
        } else {
            Coding::Identity
        }
    }

    /// What answers call it; nothing for bytes as they are.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Coding::Identity => None,
            Coding::Gzip => Some("gzip"),
            Coding::Brotli => Some("br"),
        }
    }
}

impl KeptPage {
    /// Cuts a rendered page at its marks. It is right for ten minutes from now at the most.
    ///
    /// # Errors
    /// When a hole cannot be drawn.
    pub fn cut(html: &str, secret: &str, shown: Shown) -> Result<KeptPage> {
        let guest = Person::default();
        let begin = format!("<!--{secret}");
        let mut places = Vec::new();
        for at in memmem::find_iter(html.as_bytes(), &begin) {
            let rest = html.get(at..).unwrap_or_default();
            if let Some(hole) = Hole::ALL.into_iter().find(|hole| rest.starts_with(&hole.mark(secret))) {
                places.push((at, hole));
            }
        }
        let (mut whole, mut parts) = (Vec::with_capacity(html.len() + 1024), Vec::with_capacity(places.len()));
        let mut from = 0;
        for (at, hole) in places {
            let begin = whole.len();
            whole.extend_from_slice(html.get(from..at).unwrap_or_default().as_bytes());
            parts.push((begin..whole.len(), hole));
            whole.extend_from_slice(hole.fill(&guest)?.as_bytes());
            from = at + hole.mark(secret).len();
        }
        let last = whole.len();
        whole.extend_from_slice(html.get(from..).unwrap_or_default().as_bytes());
        // The parts share the memory of the page as guests get it, which holds nothing beyond its end.
        let whole = Bytes::from(whole.into_boxed_slice());
        let mut slices = Vec::with_capacity(parts.len() * 2 + 1);
        for (part, hole) in parts {
            slices.push(Slice::text(whole.slice(part)));
            slices.push(Slice::Hole(hole));
        }
        slices.push(Slice::text(whole.slice(last..)));
        Ok(KeptPage {
            digest: digest(&whole),
            guest: whole,
            guest_gzip: OnceLock::new(),
            guest_brotli: OnceLock::new(),
            guest_tight_brotli: OnceLock::new(),
            slices,
            subject: shown.subject,
            tags: shown.tags,
            since: shown.since,
            until: shown.now.plus(LONGEST),
            route: OnceLock::new(),
        })
    }

    /// Whether nothing has changed that it shows, and its time is not over.
    pub fn is_right(&self, epochs: &Epochs, now: Utc) -> bool {
        now < self.until && self.is_unchanged(epochs)
    }

    /// Whether nothing has changed that it shows, however long ago it was made.
    pub fn is_unchanged(&self, epochs: &Epochs) -> bool {
        epochs.unchanged(&self.tags, self.since)
    }

    /// What it is about.
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// Notes the route that has made it.
    pub fn is_made_by(&self, route: Route) {
        self.route.get_or_init(|| route);
    }

    /// The route that has made it.
    pub fn route(&self) -> Option<Route> {
        self.route.get().copied()
    }

    /// Bytes it takes, all forms together, about.
    pub fn weight(&self) -> usize {
        self.guest.len() * 2
    }

    /// The answer to a guest.
    pub fn for_guest(&self, coding: Coding, known: Option<&HeaderValue>) -> HttpResponse {
        let (coding, mark, bytes) = self.packed(coding);
        answer(&format!("\"{}{mark}\"", self.digest), coding, &FOR_ALL, known, || bytes.clone())
    }

    /// The page packed for guests, and what its entity tag ends with.
    fn packed(&self, coding: Coding) -> (Coding, &'static str, &Bytes) {
        let tight = self.guest_tight_brotli.get().and_then(Option::as_ref);
        let (mark, packed) = match (coding, tight) {
            (Coding::Identity, _) => ("", None),
            (Coding::Gzip, _) => ("-gzip", self.guest_gzip.get_or_init(|| gzip(&self.guest).ok()).as_ref()),
            (Coding::Brotli, Some(tight)) => ("-br-tight", Some(tight)),
            (Coding::Brotli, None) => {
                ("-br", self.guest_brotli.get_or_init(|| brotli(&self.guest, BROTLI).ok()).as_ref())
            }
        };
        packed.map_or((Coding::Identity, "", &self.guest), |packed| (coding, mark, packed))
    }

    /// Whether it travels packed, and could be packed more tightly.
    pub fn is_loose(&self) -> bool {
        self.guest_brotli.get().is_some() && self.guest_tight_brotli.get().is_none()
    }

    /// Packs it more tightly: work for a thread that nobody waits for.
    pub fn tighten(&self) {
        self.guest_tight_brotli.get_or_init(|| brotli(&self.guest, TIGHT_BROTLI).ok());
    }

    /// The answer to somebody who is known: nobody else may keep it.
    ///
    /// # Errors
    /// When a hole cannot be drawn.
    pub fn for_person(&self, person: &Person, coding: Coding, known: Option<&HeaderValue>) -> Result<HttpResponse> {
        let mut filled = Vec::with_capacity(Hole::ALL.len());
        for hole in Hole::ALL {
            filled.push((hole, hole.fill(person)?));
        }
        let mut all = self.digest.clone();
        for (_, text) in &filled {
            all.push('\n');
            all.push_str(text);
        }
        let digest = digest(all.as_bytes());
        // Brotli's parts cannot be put side by side, gzip's can.
        let coding = if coding == Coding::Brotli { Coding::Gzip } else { coding };
        let text = |wanted: Hole| filled.iter().find(|(hole, _)| *hole == wanted).map_or("", |(_, text)| text);
        let mark = if coding == Coding::Gzip { "-gzip" } else { "" };
        Ok(answer(&format!("\"{digest}{mark}\""), coding, &FOR_ONE, known, || match coding {
            Coding::Identity => self.joined(text),
            Coding::Gzip | Coding::Brotli => self.joined_gzip(text),
        }))
    }

    fn joined<'a>(&self, filled: impl Fn(Hole) -> &'a str) -> Bytes {
        let mut whole = Vec::with_capacity(self.guest.len() + 1024);
        for slice in &self.slices {
            match slice {
                Slice::Text { raw, .. } => whole.extend_from_slice(raw),
                Slice::Hole(hole) => whole.extend_from_slice(filled(*hole).as_bytes()),
            }
        }
        Bytes::from(whole)
    }

    fn joined_gzip<'a>(&self, filled: impl Fn(Hole) -> &'a str) -> Bytes {
        let mut whole = Vec::with_capacity(self.guest.len() / 2);
        whole.extend_from_slice(&GZIP_HEAD);
        let mut sum = crc32fast::Hasher::new();
        let mut length = 0_usize;
        for slice in &self.slices {
            match slice {
                Slice::Text { raw, packed } => {
                    let packed = packed.get_or_init(|| Packed::of(raw));
                    whole.extend_from_slice(&packed.deflated);
                    sum.combine(&packed.sum);
                    length += raw.len();
                }
                Slice::Hole(hole) => {
                    let text = filled(*hole).as_bytes();
                    for block in text.chunks(LONGEST_BLOCK) {
                        let long = u16::try_from(block.len()).unwrap_or(u16::MAX);
                        whole.push(0);
                        whole.extend_from_slice(&long.to_le_bytes());
                        whole.extend_from_slice(&(!long).to_le_bytes());
                        whole.extend_from_slice(block);
                    }
                    sum.update(text);
                    length += text.len();
                }
            }
        }
        whole.extend_from_slice(&LAST_BLOCK);
        whole.extend_from_slice(&sum.finalize().to_le_bytes());
        whole.extend_from_slice(&u32::try_from(length & 0xffff_ffff).unwrap_or_default().to_le_bytes());
        Bytes::from(whole)
    }
}

/// What an entity tag is made of. Whoever finds two pages of one digest wins nothing but that a browser which has the one
/// is not sent the other.
fn digest(bytes: &[u8]) -> String {
    format!("{:032x}", xxh3_128(bytes))
}

impl Slice {
    fn text(raw: Bytes) -> Slice {
        Slice::Text { raw, packed: OnceLock::new() }
    }
}

impl Packed {
    fn of(raw: &[u8]) -> Packed {
        let mut sum = crc32fast::Hasher::new();
        sum.update(raw);
        Packed { deflated: deflated(raw), sum }
    }
}

/// Deflate blocks that end at a whole byte and are not the last ones.
fn deflated(text: &[u8]) -> Bytes {
    let mut packer = Compress::new(Compression::new(GZIP), false);
    let mut out = Vec::with_capacity(text.len() / 2 + 64);
    loop {
        let taken = usize::try_from(packer.total_in()).unwrap_or(usize::MAX);
        let rest = text.get(taken..).unwrap_or_default();
        // Fails for a packer that has ended only; this one never does.
        let _going_on = packer.compress_vec(rest, &mut out, FlushCompress::Sync);
        let all_taken = usize::try_from(packer.total_in()).unwrap_or(usize::MAX) >= text.len();
        if all_taken && out.len() < out.capacity() {
            return Bytes::from(out.into_boxed_slice());
        }
        out.reserve(text.len() / 2 + 64);
    }
}

fn gzip(bytes: &[u8]) -> std::io::Result<Bytes> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), Compression::new(GZIP));
    packer.write_all(bytes)?;
    Ok(Bytes::from(packer.finish()?.into_boxed_slice()))
}

fn brotli(bytes: &[u8], quality: u32) -> std::io::Result<Bytes> {
    let mut packer = brotli::CompressorWriter::new(Vec::new(), 4096, quality, BROTLI_WINDOW);
    packer.write_all(bytes)?;
    packer.flush()?;
    Ok(Bytes::from(packer.into_inner().into_boxed_slice()))
}

/// Whole, or 304 for a browser that has it (RFC 9110, 13.1.2).
fn answer(
    tag: &str,
    coding: Coding,
    cache: &HeaderValue,
    known: Option<&HeaderValue>,
    body: impl FnOnce() -> Bytes,
) -> HttpResponse {
    let has_it = known.and_then(|known| known.to_str().ok()).is_some_and(|known| {
        known.split(',').map(|part| part.trim().trim_start_matches("W/")).any(|part| part == tag || part == "*")
    });
    let status = if has_it { StatusCode::NOT_MODIFIED } else { StatusCode::OK };
    let mut answer = HttpResponse::build(status);
    answer
        .insert_header((header::ETAG, tag))
        .insert_header((header::CACHE_CONTROL, cache.clone()))
        .insert_header((header::VARY, HeaderValue::from_static("accept-encoding")))
        .insert_header((header::LINK, STYLESHEET.clone()))
        .insert_header((SPECULATION_RULES, RULES.clone()));
    if !has_it {
        answer.insert_header((header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")));
        if let Some(name) = coding.name() {
            answer.insert_header((header::CONTENT_ENCODING, HeaderValue::from_static(name)));
        }
    }
    let mut answer = if has_it { answer.finish() } else { answer.body(body()) };
    answer.extensions_mut().insert(Kind::Public);
    answer
}
