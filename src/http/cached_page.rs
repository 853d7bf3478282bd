//! A public page split into static slices, compressed once, and fragments that are rendered for each visitor.
//!
//! Guests get the whole page, compressed once. For others the compressed slices are joined without compressing again:
//! each slice is a sequence of independent deflate blocks (RFC 1951), and the gzip checksum of the whole is combined
//! from those of the parts (RFC 1952). Fragments that many visitors share are compressed once, too.

use std::io::Write;
use std::sync::{Arc, OnceLock};

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::web::Bytes;
use flate2::{Compress, Compression, FlushCompress};
use jiff::SignedDuration;
use memchr::memmem;
use xxhash_rust::xxh3::xxh3_128;

use super::page_fragments::Subject;
use super::route::Route;
use super::security_headers::ResponseKind;
use crate::db::cache_versions::{CacheTag, CacheVersions};
use crate::error::Result;
use crate::paths::assets;
use crate::support::clock::Utc;
use crate::support::i18n::Locale;
use crate::views::layout::fragments::{Fragment, Viewer};

/// Compression levels for the first request.
const GZIP_LEVEL: u32 = 6;
const BROTLI_LEVEL: u32 = 5;
const BROTLI_WINDOW: u32 = 18;
/// Level for pages that are requested again: about 10 % smaller, for about 6 ms of CPU.
const BROTLI_HIGH_LEVEL: u32 = 10;
/// A gzip header without name, time or system (RFC 1952).
const GZIP_HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
/// An empty final deflate block (RFC 1951).
const LAST_BLOCK: [u8; 2] = [3, 0];
/// Compressed fragments that are kept; one takes about half a kilobyte.
const MAX_FRAGMENTS: usize = 500;

/// Browsers revalidate on each use; shared caches may serve a copy for 60 s.
static PUBLIC_CACHE_CONTROL: HeaderValue =
    HeaderValue::from_static("public, max-age=0, s-maxage=60, stale-while-revalidate=600");
static PRIVATE_CACHE_CONTROL: HeaderValue = HeaderValue::from_static("private, no-cache");
static STYLESHEET_PRELOAD: HeaderValue = HeaderValue::from_static(assets::SITE_CSS_PRELOAD);
static SPECULATION_RULES_URL: HeaderValue = HeaderValue::from_static(assets::AHEAD_JSON_QUOTED);
const SPECULATION_RULES: HeaderName = HeaderName::from_static("speculation-rules");

/// Maximum age of a cached page: "new" badges and tax rates change with time, without a tag.
const MAX_AGE: SignedDuration = SignedDuration::from_mins(10);

enum Slice {
    Text { raw: Bytes, compressed: OnceLock<CompressedSlice> },
    Fragment(Fragment),
}

/// A compressed slice: deflate blocks, and the checksum of the raw bytes.
struct CompressedSlice {
    blocks: Bytes,
    checksum: crc32fast::Hasher,
}

/// Compressed fragments by their text, such as the links of a guest with two items in the cart. The least used are
/// evicted.
pub struct CompressedFragments(quick_cache::sync::Cache<String, Arc<CompressedSlice>>);

impl Default for CompressedFragments {
    fn default() -> CompressedFragments {
        CompressedFragments(quick_cache::sync::Cache::new(MAX_FRAGMENTS))
    }
}

impl CompressedFragments {
    fn compress(&self, text: &str) -> Arc<CompressedSlice> {
        self.0.get(text).unwrap_or_else(|| {
            let compressed = Arc::new(CompressedSlice::of(text.as_bytes()));
            self.0.insert(text.to_owned(), compressed.clone());
            compressed
        })
    }
}

/// A rendered public page in all encodings, with what it depends on.
pub struct CachedPage {
    slices: Vec<Slice>,
    digest: String,
    guest: Bytes,
    guest_gzip: OnceLock<Option<Bytes>>,
    guest_brotli: OnceLock<Option<Bytes>>,
    guest_brotli_high: OnceLock<Option<Bytes>>,
    locale: Locale,
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
    /// Language of the page and its fragments.
    pub locale: Locale,
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
    /// The best encoding that the client accepts: brotli, gzip, identity (RFC 9110 §12.5.3).
    pub fn negotiate(headers: &HeaderMap) -> ContentEncoding {
        let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or("");
        let accepts = |encoding: &str| {
            accepted.split(',').any(|part| {
                let (name, weight) = part.split_once(';').unwrap_or((part, ""));
                let is_excluded =
                    weight.trim().strip_prefix("q=").is_some_and(|q| q.trim_matches(['0', '.']).is_empty());
                name.trim() == encoding && !is_excluded
            })
        };
        if accepts("br") {
            ContentEncoding::Brotli
        } else if accepts("gzip") {
            ContentEncoding::Gzip
        } else {
            ContentEncoding::Identity
        }
    }

    /// The `Content-Encoding` value; `None` for identity.
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
    pub fn from_html(html: &str, secret: &str, dependencies: PageDependencies) -> Result<CachedPage> {
        let guest = Viewer::default();
        let start = format!("<!--{secret}");
        let mut placeholders = Vec::new();
        for offset in memmem::find_iter(html.as_bytes(), &start) {
            let rest = html.get(offset..).unwrap_or_default();
            if let Some(fragment) =
                Fragment::ALL.into_iter().find(|fragment| rest.starts_with(&fragment.placeholder(secret)))
            {
                placeholders.push((offset, fragment));
            }
        }
        let (mut page, mut parts) = (Vec::with_capacity(html.len() + 1024), Vec::with_capacity(placeholders.len()));
        let mut from = 0;
        for (offset, fragment) in placeholders {
            let start = page.len();
            page.extend_from_slice(html.get(from..offset).unwrap_or_default().as_bytes());
            parts.push((start..page.len(), fragment));
            page.extend_from_slice(fragment.render(&guest, dependencies.locale)?.as_bytes());
            from = offset + fragment.placeholder(secret).len();
        }
        let tail_start = page.len();
        page.extend_from_slice(html.get(from..).unwrap_or_default().as_bytes());
        // The slices share the memory of the guest page; boxing it drops the spare capacity.
        let page = Bytes::from(page.into_boxed_slice());
        let mut slices = Vec::with_capacity(parts.len() * 2 + 1);
        for (part, fragment) in parts {
            slices.push(Slice::text(page.slice(part)));
            slices.push(Slice::Fragment(fragment));
        }
        slices.push(Slice::text(page.slice(tail_start..)));
        Ok(CachedPage {
            digest: digest(&page),
            guest: page,
            guest_gzip: OnceLock::new(),
            guest_brotli: OnceLock::new(),
            guest_brotli_high: OnceLock::new(),
            slices,
            locale: dependencies.locale,
            subject: dependencies.subject,
            tags: dependencies.tags,
            since: dependencies.version,
            until: dependencies.now.plus(MAX_AGE),
            route: OnceLock::new(),
        })
    }

    /// Whether the page is not too old and its data has not changed.
    pub fn is_fresh(&self, versions: &CacheVersions, now: Utc) -> bool {
        now < self.until && self.is_unchanged(versions)
    }

    /// Whether the page's data has not changed, regardless of its age.
    pub fn is_unchanged(&self, versions: &CacheVersions) -> bool {
        versions.is_unchanged(&self.tags, self.since)
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
    pub fn respond_to_guest(&self, encoding: ContentEncoding, if_none_match: Option<&HeaderValue>) -> HttpResponse {
        let (encoding, suffix, bytes) = self.compressed(encoding);
        build_response(&format!("\"{}{suffix}\"", self.digest), encoding, &PUBLIC_CACHE_CONTROL, if_none_match, || {
            bytes.clone()
        })
    }

    /// The guest page in a coding, with the suffix of its ETag; identity if compression fails.
    fn compressed(&self, encoding: ContentEncoding) -> (ContentEncoding, &'static str, &Bytes) {
        let high_level = self.guest_brotli_high.get().and_then(Option::as_ref);
        let (suffix, compressed) = match (encoding, high_level) {
            (ContentEncoding::Identity, _) => ("", None),
            (ContentEncoding::Gzip, _) => ("-gzip", self.guest_gzip.get_or_init(|| gzip(&self.guest).ok()).as_ref()),
            (ContentEncoding::Brotli, Some(high_level)) => ("-br-tight", Some(high_level)),
            (ContentEncoding::Brotli, None) => {
                ("-br", self.guest_brotli.get_or_init(|| brotli(&self.guest, BROTLI_LEVEL).ok()).as_ref())
            }
        };
        compressed.map_or((ContentEncoding::Identity, "", &self.guest), |compressed| (encoding, suffix, compressed))
    }

    /// Whether brotli is in use and only the faster level exists.
    pub fn needs_recompress(&self) -> bool {
        self.guest_brotli.get().is_some() && self.guest_brotli_high.get().is_none()
    }

    /// Compresses at the higher level; takes milliseconds of CPU, so it belongs on a blocking thread.
    pub fn recompress(&self) {
        self.guest_brotli_high.get_or_init(|| brotli(&self.guest, BROTLI_HIGH_LEVEL).ok());
    }

    /// The response for a visitor with fragments: private, with an ETag over page and fragments.
    pub fn respond_to_viewer(
        &self,
        viewer: &Viewer,
        fragments: &CompressedFragments,
        encoding: ContentEncoding,
        if_none_match: Option<&HeaderValue>,
    ) -> Result<HttpResponse> {
        let mut rendered = Vec::with_capacity(Fragment::ALL.len());
        for fragment in Fragment::ALL {
            rendered.push((fragment, fragment.render(viewer, self.locale)?));
        }
        let mut etag_input = self.digest.clone();
        for (_, text) in &rendered {
            etag_input.push('\n');
            etag_input.push_str(text);
        }
        let digest = digest(etag_input.as_bytes());
        // Brotli streams cannot be concatenated, deflate blocks can.
        let encoding = if encoding == ContentEncoding::Brotli { ContentEncoding::Gzip } else { encoding };
        let text =
            |wanted: Fragment| rendered.iter().find(|(fragment, _)| *fragment == wanted).map_or("", |(_, text)| text);
        let suffix = if encoding == ContentEncoding::Gzip { "-gzip" } else { "" };
        Ok(build_response(&format!("\"{digest}{suffix}\""), encoding, &PRIVATE_CACHE_CONTROL, if_none_match, || {
            match encoding {
                ContentEncoding::Identity => self.join(text),
                ContentEncoding::Gzip | ContentEncoding::Brotli => self.join_gzip(text, fragments),
            }
        }))
    }

    fn join<'a>(&self, rendered: impl Fn(Fragment) -> &'a str) -> Bytes {
        let mut page = Vec::with_capacity(self.guest.len() + 1024);
        for slice in &self.slices {
            match slice {
                Slice::Text { raw, .. } => page.extend_from_slice(raw),
                Slice::Fragment(fragment) => page.extend_from_slice(rendered(*fragment).as_bytes()),
            }
        }
        Bytes::from(page)
    }

    fn join_gzip<'a>(&self, rendered: impl Fn(Fragment) -> &'a str, fragments: &CompressedFragments) -> Bytes {
        let mut page = Vec::with_capacity(self.guest.len() / 2);
        page.extend_from_slice(&GZIP_HEADER);
        let mut checksum = crc32fast::Hasher::new();
        let mut length = 0_usize;
        let mut append = |raw: &[u8], compressed: &CompressedSlice| {
            page.extend_from_slice(&compressed.blocks);
            checksum.combine(&compressed.checksum);
            length += raw.len();
        };
        for slice in &self.slices {
            match slice {
                Slice::Text { raw, compressed } => append(raw, compressed.get_or_init(|| CompressedSlice::of(raw))),
                Slice::Fragment(fragment) => match rendered(*fragment) {
                    "" => {}
                    text => append(text.as_bytes(), &fragments.compress(text)),
                },
            }
        }
        page.extend_from_slice(&LAST_BLOCK);
        page.extend_from_slice(&checksum.finalize().to_le_bytes());
        page.extend_from_slice(&u32::try_from(length & 0xffff_ffff).unwrap_or_default().to_le_bytes());
        Bytes::from(page)
    }
}

/// ETag digest. Not cryptographic: a collision would only cause one wrong 304.
fn digest(bytes: &[u8]) -> String {
    format!("{:032x}", xxh3_128(bytes))
}

impl Slice {
    fn text(raw: Bytes) -> Slice {
        Slice::Text { raw, compressed: OnceLock::new() }
    }
}

impl CompressedSlice {
    fn of(raw: &[u8]) -> CompressedSlice {
        let mut checksum = crc32fast::Hasher::new();
        checksum.update(raw);
        CompressedSlice { blocks: deflate_blocks(raw), checksum }
    }
}

/// Deflate blocks that end on a byte boundary, without a final block.
fn deflate_blocks(text: &[u8]) -> Bytes {
    let mut compressor = Compress::new(Compression::new(GZIP_LEVEL), false);
    let mut blocks = Vec::with_capacity(text.len() / 2 + 64);
    loop {
        let consumed = usize::try_from(compressor.total_in()).unwrap_or(usize::MAX);
        let rest = text.get(consumed..).unwrap_or_default();
        // Returns an error only after a finished stream, and `Sync` never finishes it.
        let _status = compressor.compress_vec(rest, &mut blocks, FlushCompress::Sync);
        let is_consumed = usize::try_from(compressor.total_in()).unwrap_or(usize::MAX) >= text.len();
        if is_consumed && blocks.len() < blocks.capacity() {
            return Bytes::from(blocks.into_boxed_slice());
        }
        blocks.reserve(text.len() / 2 + 64);
    }
}

fn gzip(bytes: &[u8]) -> std::io::Result<Bytes> {
    let mut compressor = flate2::write::GzEncoder::new(Vec::new(), Compression::new(GZIP_LEVEL));
    compressor.write_all(bytes)?;
    Ok(Bytes::from(compressor.finish()?.into_boxed_slice()))
}

fn brotli(bytes: &[u8], quality: u32) -> std::io::Result<Bytes> {
    let mut compressor = brotli::CompressorWriter::new(Vec::new(), 4096, quality, BROTLI_WINDOW);
    compressor.write_all(bytes)?;
    compressor.flush()?;
    Ok(Bytes::from(compressor.into_inner().into_boxed_slice()))
}

/// 200 with the body, or 304 if the client has it (RFC 9110 §13.1.2).
fn build_response(
    tag: &str,
    encoding: ContentEncoding,
    cache: &HeaderValue,
    if_none_match: Option<&HeaderValue>,
    body: impl FnOnce() -> Bytes,
) -> HttpResponse {
    let is_unchanged =
        if_none_match.and_then(|if_none_match| if_none_match.to_str().ok()).is_some_and(|if_none_match| {
            if_none_match
                .split(',')
                .map(|part| part.trim().trim_start_matches("W/"))
                .any(|part| part == tag || part == "*")
        });
    let status = if is_unchanged { StatusCode::NOT_MODIFIED } else { StatusCode::OK };
    let mut response = HttpResponse::build(status);
    response
        .insert_header((header::ETAG, tag))
        .insert_header((header::CACHE_CONTROL, cache.clone()))
        .insert_header((header::VARY, HeaderValue::from_static("accept-encoding")))
        .insert_header((header::LINK, STYLESHEET_PRELOAD.clone()))
        .insert_header((SPECULATION_RULES, SPECULATION_RULES_URL.clone()));
    if !is_unchanged {
        response.insert_header((header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")));
        if let Some(name) = encoding.name() {
            response.insert_header((header::CONTENT_ENCODING, HeaderValue::from_static(name)));
        }
    }
    let mut response = if is_unchanged { response.finish() } else { response.body(body()) };
    response.extensions_mut().insert(ResponseKind::Public);
    response
}
