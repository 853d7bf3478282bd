//! Markdown to clean HTML: headings with anchors, code with colours, places for pictures, footnotes, tables, task
//! lists. Whatever comes in, what goes out has passed the sanitiser, and costs no more than [`limits`] allow.

mod code;
mod limits;
mod translating;
mod typing;

use std::sync::LazyLock;

use ammonia::UrlRelative;
use pulldown_cmark::html;
use url::Url;

pub use self::limits::TooMuch;
use self::limits::{Budget, check_nesting};
use self::translating::{Translation, read, translate, with_closed_comments};
use super::html_text::{escaped, unescaped};
use super::xml;

/// How the place of a picture begins in a rendered text. Text never looks so: quotes are escaped in attributes, and the
/// bracket everywhere else.
const PLACE: &str = "<img data-media=\"";

/// A heading of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// Its anchor.
    pub id: String,
    /// Its words.
    pub text: String,
    /// 2 or 3.
    pub level: u8,
}

/// Which pictures a text can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pictures {
    /// Those of the library: `![…](media:ID)`.
    Library,
    /// None: of each only its words are shown.
    None,
}

/// What the writer of a text should know about it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    /// Comments, which nobody sees.
    pub comments: usize,
    /// Comments that do not end: each hides the rest of its paragraph.
    pub open_comments: usize,
    /// Pieces of markup typed by hand, which are shown as text.
    pub raw_html: usize,
    /// Pictures that are not in the library, of which only the words are shown.
    pub foreign_pictures: usize,
}

impl Notes {
    /// The same in sentences.
    pub fn sentences(&self) -> Vec<String> {
        let count = |number: usize, one: &str, many: &str| match number {
            0 => None,
            1 => Some(format!("1 {one}")),
            _ => Some(format!("{number} {many}")),
        };
        let all = [
            count(self.comments, "comment is not shown.", "comments are not shown."),
            count(
                self.open_comments,
                "comment has no end (-->) and hides the rest of its paragraph.",
                "comments have no end (-->) and hide the rest of their paragraphs.",
            ),
            (self.raw_html > 0).then(|| "Raw HTML is shown as text.".to_owned()),
            count(
                self.foreign_pictures,
                "picture is not in the library: only its words are shown.",
                "pictures are not in the library: only their words are shown.",
            ),
        ];
        all.into_iter().flatten().collect()
    }
}

/// A text, rendered.
#[derive(Clone, Debug, Default)]
pub struct Rendered {
    /// Clean HTML with places for pictures: [`filled`] puts them there.
    pub html: String,
    /// The words alone.
    pub text: String,
    /// The words of its first paragraph; of the whole text when it has none.
    pub lead: String,
    /// Its headings.
    pub headings: Vec<Heading>,
    /// The library's pictures it shows, by public id.
    pub pictures: Vec<String>,
    /// What its writer should know.
    pub notes: Notes,
}

/// A text as it was written, together with what it looks like.
#[derive(Clone, Debug, Default)]
pub struct Text {
    source: String,
    rendered: Rendered,
}

impl Text {
    /// Renders a text. This may keep a core busy for seconds, so it never belongs into a transaction or onto the event
    /// loop.
    ///
    /// # Errors
    /// When the text is past the limits.
    pub fn render(source: String, pictures: Pictures) -> Result<Text, TooMuch> {
        let rendered = render(&source, pictures)?;
        Ok(Text { source, rendered })
    }

    /// As it was written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// What it looks like.
    pub fn rendered(&self) -> &Rendered {
        &self.rendered
    }
}

impl Rendered {
    /// Minutes to read at 220 words a minute, or 500 characters where words are not spaced.
    pub fn reading_minutes(&self) -> i64 {
        let words = self.text.split_whitespace().count();
        let dense = self
            .text
            .chars()
            .filter(|c| matches!(u32::from(*c), 0x3040..=0x30ff | 0x3400..=0x9fff | 0xac00..=0xd7af))
            .count();
        i64::try_from((words / 220).max(dense / 500)).unwrap_or(0) + 1
    }

    /// The beginning of its first paragraph, cut at a word.
    pub fn beginning(&self, most: usize) -> String {
        beginning_of(&self.lead, most)
    }
}

/// The first words of a text, at most so many characters.
pub fn beginning_of(text: &str, most: usize) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= most {
        return text;
    }
    let cut: String = text.chars().take(most).collect();
    let cut = cut.rsplit_once(' ').map_or(cut.as_str(), |(start, _)| start);
    format!("{}…", cut.trim_end_matches([',', '.', ';', ':']))
}

/// Renders a text.
///
/// # Errors
/// When the text is past the limits.
pub fn render(source: &str, pictures: Pictures) -> Result<Rendered, TooMuch> {
    let mut budget = Budget::new();
    let source: String = source.chars().filter(|letter| xml::allows(*letter) && *letter != typing::LITERAL).collect();
    check_nesting(&source)?;
    let mut reading = read(&source, &mut budget)?;
    let closed = reading.open_comment().and_then(|at| with_closed_comments(&source, at));
    let mut open_comments = 0;
    if let Some((source, count)) = &closed {
        reading = read(source, &mut budget)?;
        open_comments = *count;
    }
    let Translation { events, text, lead, headings, pictures, mut notes } = translate(reading, pictures, &mut budget)?;
    notes.open_comments += open_comments;
    notes.comments = notes.comments.saturating_sub(open_comments);
    let mut raw = String::with_capacity(source.len() * 2);
    html::push_html(&mut raw, events.into_iter());
    budget.check_time()?;
    let raw = xml::without_forbidden(raw);
    // Text that looks like markup is escaped by now.
    let raw = MARKUP.iter().fold(raw, |raw, (plain, ours)| raw.replace(plain, ours));
    budget.check_time()?;
    let lead = if lead.trim().is_empty() { text.clone() } else { lead };
    Ok(Rendered { html: CLEANER.clean(&raw).to_string(), text, lead, headings, pictures, notes })
}

/// Cleaned HTML with whole addresses, for readers that do not know where it comes from: `base` is the address of its
/// page. Only attributes that are addresses change.
pub fn with_whole_addresses(html: &str, base: &Url) -> String {
    let mut cleaner = cleaner();
    cleaner.url_relative(UrlRelative::RewriteWithBase(base.clone()));
    cleaner.clean(html).to_string()
}

/// A rendered text with its pictures. `picture` draws one by its public id and the words that the text has for it,
/// which may be none; where it cannot, the words stand alone.
///
/// # Errors
/// Those of `picture`.
pub fn filled<E>(html: String, picture: impl Fn(&str, &str) -> Result<Option<String>, E>) -> Result<String, E> {
    let mut parts = html.split(PLACE);
    let mut filled = String::with_capacity(html.len());
    filled.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let (id, rest) = part.split_once('"').unwrap_or((part, ""));
        let (alt, rest) = rest.strip_prefix(" alt=\"").and_then(|rest| rest.split_once("\">")).unwrap_or(("", rest));
        match picture(id, &unescaped(alt))? {
            Some(drawn) => filled.push_str(&drawn),
            None => filled.push_str(&escaped(&unescaped(alt))),
        }
        filled.push_str(rest);
    }
    Ok(filled)
}

/// What the parser's renderer writes, and what we write: words go the way of their own script, and the page's policy
/// forbids style attributes.
const MARKUP: [(&str, &str); 8] = [
    (" style=\"text-align: left\">", ">"),
    (" style=\"text-align: center\">", " class=\"center\">"),
    (" style=\"text-align: right\">", " class=\"right\">"),
    ("<figcaption>", "<figcaption dir=\"auto\">"),
    ("<td>", "<td dir=\"auto\">"),
    ("<td class", "<td dir=\"auto\" class"),
    ("<th>", "<th dir=\"auto\">"),
    ("<th class", "<th dir=\"auto\" class"),
];

static CLEANER: LazyLock<ammonia::Builder<'static>> = LazyLock::new(cleaner);

fn cleaner() -> ammonia::Builder<'static> {
    let mut cleaner = ammonia::Builder::default();
    cleaner
        .add_tags(["figure", "figcaption", "input", "section"])
        .rm_tags(["map", "area"])
        .add_generic_attributes(["id", "dir"])
        .add_tag_attributes("a", ["aria-label"])
        .add_tag_attributes("section", ["aria-label"])
        .add_tag_attributes("img", ["data-media"])
        .add_tag_attributes("pre", ["tabindex"])
        .add_tag_attributes("input", ["type", "disabled", "checked"])
        .add_tag_attribute_values("input", "type", ["checkbox"])
        .add_allowed_classes("th", ["center", "right"])
        .add_allowed_classes("td", ["center", "right"])
        .add_allowed_classes("sup", ["footnote-reference"])
        .add_allowed_classes("section", ["footnotes"])
        .url_schemes(["http", "https", "mailto", "tel"].into())
        .url_relative(UrlRelative::PassThrough)
        .link_rel(Some("noopener"))
        .attribute_filter(|element, attribute, value| match (element, attribute) {
            ("span", "class") => value.split(' ').all(|class| class.starts_with("hl-")).then(|| value.into()),
            _ => Some(value.into()),
        })
        .add_tag_attributes("span", ["class"]);
    cleaner
}

#[cfg(test)]
mod tests;
