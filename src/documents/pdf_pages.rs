//! Pages of a PDF. Drawing is recorded per page and rendered at the end, so a footer can contain the page count.

use std::io::Read;
use std::sync::LazyLock;

use flate2::read::GzDecoder;
use krilla::Document;
use krilla::color::rgb;
use krilla::geom::{PathBuilder, Point};
use krilla::metadata::Metadata;
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::{Fill, Stroke};
use krilla::surface::Surface;
use krilla::text::{Font, GlyphId, KrillaGlyph};
use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider};

/// A4 in points.
const WIDTH: f32 = 595.28;
const HEIGHT: f32 = 841.89;

static PLAIN: Typeface = LazyLock::new(|| unpacked(include_bytes!(concat!(env!("OUT_DIR"), "/Inter-Regular.otf.gz"))));
static BOLD: Typeface = LazyLock::new(|| unpacked(include_bytes!(concat!(env!("OUT_DIR"), "/Inter-SemiBold.otf.gz"))));

type Typeface = LazyLock<Result<Vec<u8>, String>>;

fn unpacked(packed: &[u8]) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    GzDecoder::new(packed).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    Ok(bytes)
}

#[derive(Clone, Copy)]
pub(super) struct TextStyle {
    size: f32,
    bold: bool,
    pale: bool,
}

impl TextStyle {
    pub(super) fn regular(size: f32) -> TextStyle {
        TextStyle { size, bold: false, pale: false }
    }

    pub(super) fn bold(size: f32) -> TextStyle {
        TextStyle { size, bold: true, pale: false }
    }

    /// Grey, for labels and notes.
    pub(super) fn muted(size: f32) -> TextStyle {
        TextStyle { size, bold: false, pale: true }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
}

enum Mark {
    Words { x: f32, y: f32, ink: TextStyle, text: String },
    Rule { from: f32, to: f32, y: f32, width: f32 },
}

struct Face {
    measured: FontRef<'static>,
    drawn: Font,
    units: f32,
}

impl Face {
    fn load(typeface: &'static Typeface) -> Result<Face, String> {
        let bytes = typeface.as_ref().map_err(String::clone)?.as_slice();
        let measured = FontRef::new(bytes).map_err(|error| error.to_string())?;
        let drawn = Font::new(bytes.into(), 0).ok_or("the typeface cannot be read")?;
        Ok(Face { units: drawn.units_per_em(), measured, drawn })
    }

    fn advance(&self, letter: char) -> (u32, f32) {
        let glyph = self.measured.charmap().map(letter).unwrap_or_default();
        let metrics = self.measured.glyph_metrics(Size::unscaled(), LocationRef::default());
        (glyph.to_u32(), metrics.advance_width(glyph).unwrap_or(0.0) / self.units)
    }

    /// The glyphs of a text. All digits are as wide as a zero, so that amounts align.
    fn glyphs(&self, text: &str) -> Vec<KrillaGlyph> {
        let zero = self.advance('0').1;
        let glyph = |(at, letter): (usize, char)| {
            let (id, own) = self.advance(letter);
            let advance = if letter.is_ascii_digit() { zero } else { own };
            let range = at..at + letter.len_utf8();
            KrillaGlyph::new(GlyphId::new(id), advance, (advance - own) / 2.0, 0.0, 0.0, range, None)
        };
        text.char_indices().map(glyph).collect()
    }

    fn width(&self, text: &str, size: f32) -> f32 {
        self.glyphs(text).iter().map(|glyph| glyph.x_advance).sum::<f32>() * size
    }
}

pub(super) struct PdfPages {
    pages: Vec<Vec<Mark>>,
    open: usize,
    plain: Face,
    bold: Face,
}

impl PdfPages {
    pub(super) fn new() -> Result<PdfPages, String> {
        Ok(PdfPages { pages: vec![Vec::new()], open: 0, plain: Face::load(&PLAIN)?, bold: Face::load(&BOLD)? })
    }

    pub(super) fn page_count(&self) -> usize {
        self.pages.len()
    }

    pub(super) fn select_page(&mut self, page: usize) {
        self.open = page;
    }

    pub(super) fn add_page(&mut self) {
        self.pages.push(Vec::new());
        self.open = self.pages.len() - 1;
    }

    pub(super) fn draw_text(&mut self, x: f32, y: f32, ink: TextStyle, text: &str) {
        self.draw_aligned_text(x, y, ink, text, Align::Left);
    }

    pub(super) fn draw_aligned_text(&mut self, x: f32, y: f32, ink: TextStyle, text: &str, align: Align) {
        let x = if align == Align::Right { x - self.face(ink).width(text, ink.size) } else { x };
        self.mark(Mark::Words { x, y, ink, text: text.to_owned() });
    }

    pub(super) fn draw_rule(&mut self, from: f32, to: f32, y: f32, width: f32) {
        self.mark(Mark::Rule { from, to, y, width });
    }

    fn mark(&mut self, mark: Mark) {
        if let Some(page) = self.pages.get_mut(self.open) {
            page.push(mark);
        }
    }

    fn face(&self, ink: TextStyle) -> &Face {
        if ink.bold { &self.bold } else { &self.plain }
    }

    /// Breaks a text into lines of at most `width` points; a longer word is split.
    pub(super) fn wrap_text(&self, text: &str, ink: TextStyle, width: f32) -> Vec<String> {
        let fits = |line: &str| self.face(ink).width(line, ink.size) <= width;
        let mut lines = Vec::new();
        let mut line = String::new();
        for word in text.split_whitespace() {
            let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
            if fits(&longer) {
                line = longer;
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            for letter in word.chars() {
                line.push(letter);
                if !fits(&line) {
                    line.pop();
                    lines.push(std::mem::replace(&mut line, letter.to_string()));
                }
            }
        }
        lines.push(line);
        lines
    }

    /// The first line of a text, with `…` if there is more.
    pub(super) fn truncate_text(&self, text: &str, ink: TextStyle, width: f32) -> String {
        match self.wrap_text(text, ink, width).split_first() {
            Some((first, [])) => first.clone(),
            Some((first, _)) => format!("{first} …"),
            None => String::new(),
        }
    }

    pub(super) fn to_pdf(&self, title: &str, author: &str, language: &str) -> Result<Vec<u8>, String> {
        let mut document = Document::new();
        let about = Metadata::new().title(title.to_owned()).authors(vec![author.to_owned()]);
        document.set_metadata(about.language(language.to_owned()));
        for marks in &self.pages {
            let format = PageSettings::from_wh(WIDTH, HEIGHT).ok_or("a page without a size")?;
            let mut page = document.start_page_with(format);
            let mut surface = page.surface();
            for mark in marks {
                self.draw(&mut surface, mark);
            }
            surface.finish();
            page.finish();
        }
        document.finish().map_err(|error| format!("{error:?}"))
    }

    fn draw(&self, surface: &mut Surface<'_>, mark: &Mark) {
        match mark {
            Mark::Words { x, y, ink, text } => {
                let shade = if ink.pale { 105 } else { 28 };
                let paint = rgb::Color::new(shade, shade, shade).into();
                surface.set_stroke(None);
                surface.set_fill(Some(Fill { paint, opacity: NormalizedF32::ONE, rule: Default::default() }));
                let face = self.face(*ink);
                let glyphs = face.glyphs(text);
                surface.draw_glyphs(Point::from_xy(*x, *y), &glyphs, face.drawn.clone(), text, ink.size, false);
            }
            Mark::Rule { from, to, y, width } => {
                let mut line = PathBuilder::new();
                line.move_to(*from, *y);
                line.line_to(*to, *y);
                let paint = rgb::Color::new(190, 190, 190).into();
                surface.set_fill(None);
                surface.set_stroke(Some(Stroke { paint, width: *width, ..Stroke::default() }));
                if let Some(line) = line.finish() {
                    surface.draw_path(&line);
                }
            }
        }
    }
}
