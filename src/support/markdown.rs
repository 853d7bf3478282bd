//! Renders Markdown to sanitised HTML, with placeholders for pictures. The cost is bounded by `limits`.

mod code;
mod limits;
mod transform;
mod typography;

use std::sync::LazyLock;

use ammonia::UrlRelative;
use pulldown_cmark::html;
use url::Url;

pub use self::limits::LimitExceeded;
use self::limits::{Budget, check_nesting};
use self::transform::{TransformedText, close_comments, parse, transform};
use super::html_text::{escape, unescape};
use super::i18n::Message;
use super::xml;

/// Start of a picture placeholder in rendered HTML. User text cannot contain it: quotes are escaped in attributes, and
/// angle brackets everywhere else.
const PLACE: &str = "<img data-media=\"";

/// A heading, for tables of contents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// Anchor, unique on the page.
    pub id: String,
    /// Plain text.
    pub text: String,
    /// 2 or 3.
    pub level: u8,
}

/// Which pictures a text may show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PicturePolicy {
    /// Those of the media library: `![…](media:ID)`.
    Library,
    /// None: the alternative text replaces each picture.
    None,
}

/// Warnings about the rendered text, for its author.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Warnings {
    /// Comments, which are not rendered.
    pub comments: usize,
    /// Comments without an end: each hides the rest of its paragraph.
    pub open_comments: usize,
    /// Occurrences of raw HTML, which is rendered as text.
    pub raw_html: usize,
    /// Pictures that are not in the media library; their alternative text replaces them.
    pub foreign_pictures: usize,
}

impl Warnings {
    /// A message for each kind of warning.
    pub fn messages(&self) -> Vec<Message> {
        let all = [
            (self.comments, Message::CommentsHidden { count: Message::count(self.comments) }),
            (self.open_comments, Message::CommentsOpen { count: Message::count(self.open_comments) }),
            (self.raw_html, Message::RawHtmlShown),
            (self.foreign_pictures, Message::PicturesForeign { count: Message::count(self.foreign_pictures) }),
        ];
        all.into_iter().filter(|(number, _)| *number > 0).map(|(_, message)| message).collect()
    }
}

/// A rendered text.
#[derive(Clone, Debug, Default)]
pub struct RenderedMarkdown {
    /// Sanitised HTML with picture placeholders; see [`insert_pictures`].
    pub html: String,
    /// Plain text.
    pub text: String,
    /// Plain text of the first paragraph; of the whole text when it has none.
    pub lead: String,
    /// Headings of levels 2 and 3.
    pub headings: Vec<Heading>,
    /// Public ids of the pictures, each once.
    pub pictures: Vec<String>,
    /// Warnings for the author.
    pub warnings: Warnings,
}

/// Markdown source with its rendering.
#[derive(Clone, Debug, Default)]
pub struct MarkdownText {
    source: String,
    rendered: RenderedMarkdown,
}

impl MarkdownText {
    /// Renders a text. May keep a core busy for seconds: not for transactions or the event loop.
    pub fn render(source: String, pictures: PicturePolicy) -> Result<MarkdownText, LimitExceeded> {
        let rendered = render(&source, pictures)?;
        Ok(MarkdownText { source, rendered })
    }

    /// The Markdown source.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The rendering of the source.
    pub fn rendered(&self) -> &RenderedMarkdown {
        &self.rendered
    }
}

impl RenderedMarkdown {
    /// Minutes to read, at 220 words a minute, or 500 characters in scripts without spaces; at least 1.
    pub fn reading_minutes(&self) -> i64 {
        let words = self.text.split_whitespace().count();
        let dense = self
            .text
            .chars()
            .filter(|c| matches!(u32::from(*c), 0x3040..=0x30ff | 0x3400..=0x9fff | 0xac00..=0xd7af))
            .count();
        i64::try_from((words / 220).max(dense / 500)).unwrap_or(0) + 1
    }

    /// Start of the first paragraph, at most `most` characters, cut at a word.
    pub fn excerpt(&self, most: usize) -> String {
        truncate_at_word(&self.lead, most)
    }
}

/// Cuts a text at a word to at most `most` characters, and appends an ellipsis if something is cut.
pub fn truncate_at_word(text: &str, most: usize) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= most {
        return text;
    }
    let cut: String = text.chars().take(most).collect();
    let cut = cut.rsplit_once(' ').map_or(cut.as_str(), |(start, _)| start);
    format!("{}…", cut.trim_end_matches([',', '.', ';', ':']))
}

/// Renders a text; see [`MarkdownText::render`].
pub fn render(source: &str, pictures: PicturePolicy) -> Result<RenderedMarkdown, LimitExceeded> {
    let mut budget = Budget::new();
    let source: String = source
        .chars()
        .filter(|character| xml::is_allowed_char(*character) && *character != typography::LITERAL_MARK)
        .collect();
    check_nesting(&source)?;
    let mut reading = parse(&source, &mut budget)?;
    let closed = reading.open_comment().and_then(|at| close_comments(&source, at));
    let mut open_comments = 0;
    if let Some((source, count)) = &closed {
        reading = parse(source, &mut budget)?;
        open_comments = *count;
    }
    let TransformedText { events, text, lead, headings, pictures, mut warnings } =
        transform(reading, pictures, &mut budget)?;
    warnings.open_comments += open_comments;
    warnings.comments = warnings.comments.saturating_sub(open_comments);
    let mut raw = String::with_capacity(source.len() * 2);
    html::push_html(&mut raw, events.into_iter());
    budget.check_time()?;
    let raw = xml::remove_forbidden(raw);
    // User text that looks like this markup has been escaped by now.
    let raw = MARKUP.iter().fold(raw, |raw, (plain, ours)| raw.replace(plain, ours));
    budget.check_time()?;
    let lead = if lead.trim().is_empty() { text.clone() } else { lead };
    Ok(RenderedMarkdown { html: CLEANER.clean(&raw).to_string(), text, lead, headings, pictures, warnings })
}

/// Resolves relative URLs in sanitised HTML against `base`, the page's URL, for feeds.
pub fn make_urls_absolute(html: &str, base: &Url) -> String {
    let mut cleaner = cleaner();
    cleaner.url_relative(UrlRelative::RewriteWithBase(base.clone()));
    cleaner.clean(html).to_string()
}

/// Replaces picture placeholders with what `picture` renders by public id and alternative text, or else with that text.
pub fn insert_pictures<E>(
    html: String,
    picture: impl Fn(&str, &str) -> Result<Option<String>, E>,
) -> Result<String, E> {
    let mut parts = html.split(PLACE);
    let mut filled = String::with_capacity(html.len());
    filled.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let (id, rest) = part.split_once('"').unwrap_or((part, ""));
        let (alt, rest) = rest.strip_prefix(" alt=\"").and_then(|rest| rest.split_once("\">")).unwrap_or(("", rest));
        match picture(id, &unescape(alt))? {
            Some(drawn) => filled.push_str(&drawn),
            None => filled.push_str(&escape(&unescape(alt))),
        }
        filled.push_str(rest);
    }
    Ok(filled)
}

/// What the parser's renderer writes, and its replacement: each cell and caption gets its own text direction, and the
/// Content-Security-Policy forbids style attributes.
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
