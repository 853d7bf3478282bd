//! A public page split into static slices, compressed once, and fragments that are rendered for each visitor.
//!
//! Guests get the whole page, compressed once. For others the compressed slices are joined without compressing again:
//! each slice is a sequence of independent deflate blocks (RFC 1951), and the gzip checksum of the whole is combined
//! from those of the parts (RFC 1952).

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

use super::route::Route;
use super::security_headers::ResponseKind;
use super::viewer::Subject;
use crate::db::cache_versions::{CacheTag, CacheVersions};
use crate::error::Result;
use crate::paths::assets;
use crate::support::clock::Utc;
use crate::views::layout::fragments::{Fragment, Viewer};

/// Compression levels for the first request.
const GZIP: u32 = 6;
const BROTLI: u32 = 5;
const BROTLI_WINDOW: u32 = 18;
/// Level for pages that are requested again: about 10 % smaller, for about 6 ms of CPU.
const TIGHT_BROTLI: u32 = 10;
/// A gzip header without name, time or system (RFC 1952).
const GZIP_HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
/// An empty final deflate block, and the maximum length of a stored block (RFC 1951).
const LAST_BLOCK: [u8; 2] = [3, 0];
const LONGEST_BLOCK: usize = 0xffff;

/// Browsers revalidate on each use; shared caches may serve a copy for 60 s.
static FOR_ALL: HeaderValue = HeaderValue::from_static("public, max-age=0, s-maxage=60, stale-while-revalidate=600");
static FOR_ONE: HeaderValue = HeaderValue::from_static("private, no-cache");
static STYLESHEET: HeaderValue = HeaderValue::from_static(assets::SITE_CSS_PRELOAD);
static RULES: HeaderValue = HeaderValue::from_static(assets::AHEAD_JSON_QUOTED);
const SPECULATION_RULES: HeaderName = HeaderName::from_static("speculation-rules");

/// Maximum age of a cached page: "new" badges and tax rates change with time, without a tag.
const LONGEST: SignedDuration = SignedDuration::from_mins(10);

enum Slice {
    Text { raw: Bytes, packed: OnceLock<Packed> },
    Fragment(Fragment),
}

/// A compressed slice: deflate blocks, and the checksum of the raw bytes.
struct Packed {
    deflated: Bytes,
    sum: crc32fast::Hasher,
}

/// A rendered public page in all encodings, with what it depends on.
pub struct CachedPage {
    slices: Vec<Slice>,
    digest: String,
    guest: Bytes,
    guest_gzip: OnceLock<Option<Bytes>>,
    guest_brotli: OnceLock<Option<Bytes>>,
    guest_tight_brotli: OnceLock<Option<Bytes>>,
    subject: Subject,
    tags: Vec<CacheTag>,
    since: u64,
    until: Utc,
    route: OnceLock<Route>,
}

/// What a page depends on, to invalidate it.
pub struct PageDependencies {
    /// What the staff bar's edit link leads to.
    pub subject: Subject,
    /// Tags of the data that the page contains.
    pub tags: Vec<CacheTag>,
    /// Cache version before the first read.
    pub version: u64,
    /// Time of rendering (UTC).
    pub now: Utc,
}

/// Content codings for pages and assets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentEncoding {
    /// Not compressed.
    Identity,
    /// gzip (RFC 1952).
    Gzip,
    /// Brotli (RFC 7932).
    Brotli,
}

impl ContentEncoding {
    /// The best coding that the client accepts: brotli, gzip, identity (RFC 9110 §12.5.3).
    pub fn negotiate(headers: &HeaderMap) -> ContentEncoding {
        let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or("");
        let takes = |coding: &str| {
            accepted.split(',').any(|part| {
                let (name, weight) = part.split_once(';').unwrap_or((part, ""));
                let refused = weight.trim().strip_prefix("q=").is_some_and(|q| q.trim_matches(['0', '.']).is_empty());
                name.trim() == coding && !refused
            })
        };
        if takes("br") {
            ContentEncoding::Brotli
        } else if takes("gzip") {
            ContentEncoding::Gzip
        } else {
            ContentEncoding::Identity
        }
    }

    /// The `Content-Encoding` value; none for identity.
    pub fn name(self) -> Option<&'static str> {
        match self {
            ContentEncoding::Identity => None,
            ContentEncoding::Gzip => Some("gzip"),
            ContentEncoding::Brotli => Some("br"),
        }
    }
}

impl CachedPage {
    /// Splits a rendered page at its placeholders, which contain `secret`. It is fresh for at most ten minutes.
    pub fn from_html(html: &str, secret: &str, shown: PageDependencies) -> Result<CachedPage> {
        let guest = Viewer::default();
        let begin = format!("<!--{secret}");
        let mut places = Vec::new();
        for at in memmem::find_iter(html.as_bytes(), &begin) {
            let rest = html.get(at..).unwrap_or_default();
            if let Some(hole) = Fragment::ALL.into_iter().find(|hole| rest.starts_with(&hole.placeholder(secret))) {
                places.push((at, hole));
            }
        }
        let (mut whole, mut parts) = (Vec::with_capacity(html.len() + 1024), Vec::with_capacity(places.len()));
        let mut from = 0;
        for (at, hole) in places {
            let begin = whole.len();
            whole.extend_from_slice(html.get(from..at).unwrap_or_default().as_bytes());
            parts.push((begin..whole.len(), hole));
            whole.extend_from_slice(hole.render(&guest)?.as_bytes());
            from = at + hole.placeholder(secret).len();
        }
        let last = whole.len();
        whole.extend_from_slice(html.get(from..).unwrap_or_default().as_bytes());
        // The slices share the memory of the guest page; boxing it drops the spare capacity.
        let whole = Bytes::from(whole.into_boxed_slice());
        let mut slices = Vec::with_capacity(parts.len() * 2 + 1);
        for (part, hole) in parts {
            slices.push(Slice::text(whole.slice(part)));
            slices.push(Slice::Fragment(hole));
        }
        slices.push(Slice::text(whole.slice(last..)));
        Ok(CachedPage {
            digest: digest(&whole),
            guest: whole,
            guest_gzip: OnceLock::new(),
            guest_brotli: OnceLock::new(),
            guest_tight_brotli: OnceLock::new(),
            slices,
            subject: shown.subject,
            tags: shown.tags,
            since: shown.version,
            until: shown.now.plus(LONGEST),
            route: OnceLock::new(),
        })
    }

    /// Whether the page is not too old and its data has not changed.
    pub fn is_fresh(&self, epochs: &CacheVersions, now: Utc) -> bool {
        now < self.until && self.is_unchanged(epochs)
    }

    /// Whether the page's data has not changed, regardless of its age.
    pub fn is_unchanged(&self, epochs: &CacheVersions) -> bool {
        epochs.is_unchanged(&self.tags, self.since)
    }

    /// What the staff bar's edit link leads to.
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// Records the route that rendered the page, for the log lines of cache hits.
    pub fn set_route(&self, route: Route) {
        self.route.get_or_init(|| route);
    }

    /// The route that rendered the page, if recorded.
    pub fn route(&self) -> Option<Route> {
        self.route.get().copied()
    }

    /// Estimated memory of all encodings, in bytes.
    pub fn weight(&self) -> usize {
        self.guest.len() * 2
    }

    /// The response for a guest; 304 if `known` (`If-None-Match`) contains its ETag.
    pub fn respond_to_guest(&self, coding: ContentEncoding, known: Option<&HeaderValue>) -> HttpResponse {
        let (coding, mark, bytes) = self.packed(coding);
        answer(&format!("\"{}{mark}\"", self.digest), coding, &FOR_ALL, known, || bytes.clone())
    }

    /// The guest page in a coding, with the suffix of its ETag; identity if compression fails.
    fn packed(&self, coding: ContentEncoding) -> (ContentEncoding, &'static str, &Bytes) {
        let tight = self.guest_tight_brotli.get().and_then(Option::as_ref);
        let (mark, packed) = match (coding, tight) {
            (ContentEncoding::Identity, _) => ("", None),
            (ContentEncoding::Gzip, _) => ("-gzip", self.guest_gzip.get_or_init(|| gzip(&self.guest).ok()).as_ref()),
            (ContentEncoding::Brotli, Some(tight)) => ("-br-tight", Some(tight)),
            (ContentEncoding::Brotli, None) => {
                ("-br", self.guest_brotli.get_or_init(|| brotli(&self.guest, BROTLI).ok()).as_ref())
            }
        };
        packed.map_or((ContentEncoding::Identity, "", &self.guest), |packed| (coding, mark, packed))
    }

    /// Whether brotli is in use and only the faster level exists.
    pub fn needs_recompress(&self) -> bool {
        self.guest_brotli.get().is_some() && self.guest_tight_brotli.get().is_none()
    }

    /// Compresses at the higher level; takes milliseconds of CPU, so it belongs on a blocking thread.
    pub fn recompress(&self) {
        self.guest_tight_brotli.get_or_init(|| brotli(&self.guest, TIGHT_BROTLI).ok());
    }

    /// The response for a visitor with fragments: private, with an ETag over page and fragments.
    pub fn respond_to_viewer(
        &self,
        person: &Viewer,
        coding: ContentEncoding,
        known: Option<&HeaderValue>,
    ) -> Result<HttpResponse> {
        let mut filled = Vec::with_capacity(Fragment::ALL.len());
        for hole in Fragment::ALL {
            filled.push((hole, hole.render(person)?));
        }
        let mut all = self.digest.clone();
        for (_, text) in &filled {
            all.push('\n');
            all.push_str(text);
        }
        let digest = digest(all.as_bytes());
        // Brotli streams cannot be concatenated, deflate blocks can.
        let coding = if coding == ContentEncoding::Brotli { ContentEncoding::Gzip } else { coding };
        let text = |wanted: Fragment| filled.iter().find(|(hole, _)| *hole == wanted).map_or("", |(_, text)| text);
        let mark = if coding == ContentEncoding::Gzip { "-gzip" } else { "" };
        Ok(answer(&format!("\"{digest}{mark}\""), coding, &FOR_ONE, known, || match coding {
            ContentEncoding::Identity => self.joined(text),
            ContentEncoding::Gzip | ContentEncoding::Brotli => self.joined_gzip(text),
        }))
    }

    fn joined<'a>(&self, filled: impl Fn(Fragment) -> &'a str) -> Bytes {
        let mut whole = Vec::with_capacity(self.guest.len() + 1024);
        for slice in &self.slices {
            match slice {
                Slice::Text { raw, .. } => whole.extend_from_slice(raw),
                Slice::Fragment(hole) => whole.extend_from_slice(filled(*hole).as_bytes()),
            }
        }
        Bytes::from(whole)
    }

    fn joined_gzip<'a>(&self, filled: impl Fn(Fragment) -> &'a str) -> Bytes {
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
                Slice::Fragment(hole) => {
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

/// ETag digest. Not cryptographic: a collision would only cause one wrong 304.
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

/// Deflate blocks that end on a byte boundary, without a final block.
fn deflated(text: &[u8]) -> Bytes {
    let mut packer = Compress::new(Compression::new(GZIP), false);
    let mut out = Vec::with_capacity(text.len() / 2 + 64);
    loop {
        let taken = usize::try_from(packer.total_in()).unwrap_or(usize::MAX);
        let rest = text.get(taken..).unwrap_or_default();
        // Returns an error only after a finished stream, and `Sync` never finishes it.
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

/// 200 with the body, or 304 if the client has it (RFC 9110 §13.1.2).
fn answer(
    tag: &str,
    coding: ContentEncoding,
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
    answer.extensions_mut().insert(ResponseKind::Public);
    answer
}
