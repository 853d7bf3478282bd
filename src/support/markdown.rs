//! Markdown to clean HTML: headings with anchors, code with colours, places for pictures, footnotes, tables, task
//! lists. Whatever comes in, what goes out has passed the sanitiser.

use std::collections::HashMap;
use std::sync::LazyLock;

use pulldown_cmark::{CodeBlockKind, CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};
use syntect::html::{ClassStyle, ClassedHTMLGenerator};
use syntect::parsing::SyntaxSet;
use syntect::util::LinesWithEndings;

use super::slug;

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

/// A text, rendered.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// Clean HTML with places for pictures: [`filled`] puts them there.
    pub html: String,
    /// The words alone.
    pub text: String,
    /// Its headings.
    pub headings: Vec<Heading>,
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

    /// The beginning of the text, cut at a word.
    pub fn beginning(&self, most: usize) -> String {
        beginning_of(&self.text, most)
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

fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_SMART_PUNCTUATION
}

/// The public ids of the library's pictures that a text shows: `![…](media:ID)`.
pub fn pictures(source: &str) -> Vec<String> {
    Parser::new_ext(source, options())
        .filter_map(|event| match event {
            Event::Start(Tag::Image { dest_url, .. }) => dest_url.strip_prefix("media:").map(str::to_owned),
            _ => None,
        })
        .collect()
}

/// Renders a text; `is_ours` knows the public ids of the library's pictures.
pub fn render(source: &str, is_ours: &dyn Fn(&str) -> bool) -> Rendered {
    let mut out: Vec<Event<'_>> = Vec::new();
    let mut text = String::new();
    let mut headings: Vec<Heading> = Vec::new();
    let mut ids: HashMap<String, usize> = HashMap::new();
    let mut events = Parser::new_ext(source, options()).peekable();
    while let Some(event) = events.next() {
        match event {
            // Markup typed by hand is shown, not obeyed.
            Event::Html(html) | Event::InlineHtml(html) => out.push(Event::Text(html)),
            Event::Start(Tag::CodeBlock(kind)) => {
                let language = match kind {
                    CodeBlockKind::Fenced(name) => name.split([',', ' ']).next().unwrap_or("").to_owned(),
                    CodeBlockKind::Indented => String::new(),
                };
                let mut code = String::new();
                for event in events.by_ref() {
                    match event {
                        Event::Text(part) => code.push_str(&part),
                        Event::End(TagEnd::CodeBlock) => break,
                        _ => {}
                    }
                }
                out.push(Event::Html(highlighted(&code, &language).into()));
            }
            Event::Start(Tag::Heading { level, .. }) => {
                let mut inner = Vec::new();
                let mut words = String::new();
                for event in events.by_ref() {
                    match event {
                        Event::End(TagEnd::Heading(_)) => break,
                        Event::Text(ref part) | Event::Code(ref part) => {
                            words.push_str(part);
                            inner.push(event);
                        }
                        other => inner.push(other),
                    }
                }
                text.push_str(&words);
                text.push('\n');
                // The page's own title is the only first-level heading.
                let level = match level {
                    HeadingLevel::H1 | HeadingLevel::H2 => 2,
                    HeadingLevel::H3 => 3,
                    _ => 4,
                };
                let base = slug::from_title(&words).unwrap_or_else(|| "section".to_owned());
                let seen = ids.entry(base.clone()).or_insert(0);
                *seen += 1;
                let id = if *seen == 1 { base } else { format!("{base}-{seen}") };
                out.push(Event::Html(format!("<h{level} id=\"{id}\">").into()));
                out.extend(inner);
                out.push(Event::Html(format!("</h{level}>\n").into()));
                if level <= 3 {
                    headings.push(Heading { id, text: words, level });
                }
            }
            Event::Start(Tag::Image { dest_url, title, .. }) => {
                let mut alt = String::new();
                for event in events.by_ref() {
                    match event {
                        Event::Text(part) | Event::Code(part) => alt.push_str(&part),
                        Event::End(TagEnd::Image) => break,
                        _ => {}
                    }
                }
                out.push(image(&dest_url, &title, alt, is_ours));
            }
            Event::Text(part) => {
                text.push_str(&part);
                out.push(Event::Text(part));
            }
            Event::Code(part) => {
                text.push_str(&part);
                out.push(Event::Code(part));
            }
            Event::SoftBreak | Event::HardBreak | Event::End(TagEnd::Paragraph | TagEnd::Item | TagEnd::TableCell) => {
                text.push('\n');
                out.push(event);
            }
            other => out.push(other),
        }
    }
    let mut raw = String::new();
    html::push_html(&mut raw, out.into_iter());
    // A figure is a block: a paragraph around it alone would be closed by the browser at the wrong place.
    let raw = raw.replace("<p><figure>", "<figure>").replace("</figure></p>", "</figure>");
    // The page's policy forbids style attributes. Text that looks like one is escaped by now.
    let raw = ALIGNED.iter().fold(raw, |raw, (style, class)| raw.replace(style, class));
    Rendered { html: CLEANER.clean(&raw).to_string(), text, headings }
}

fn image<'a>(dest: &str, title: &str, alt: String, is_ours: &dyn Fn(&str) -> bool) -> Event<'a> {
    let Some(id) = dest.strip_prefix("media:").filter(|id| is_ours(id)) else {
        // Pictures of other sites would tell them who reads here: only their words are shown.
        return Event::Text(CowStr::from(alt));
    };
    let caption = if title.is_empty() { String::new() } else { format!("<figcaption>{}</figcaption>", escaped(title)) };
    let html = format!("<figure>{PLACE}{}\" alt=\"{}\">{caption}</figure>", escaped(id), escaped(&alt));
    Event::InlineHtml(html.into())
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
        match picture(id, &plain(alt))? {
            Some(drawn) => filled.push_str(&drawn),
            None => filled.push_str(&escaped(&plain(alt))),
        }
        filled.push_str(rest);
    }
    Ok(filled)
}

/// The text of an attribute as the sanitiser writes it.
fn plain(attribute: &str) -> String {
    let text = attribute.replace("&quot;", "\"").replace("&nbsp;", "\u{a0}");
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

static SYNTAXES: LazyLock<SyntaxSet> = LazyLock::new(SyntaxSet::load_defaults_newlines);

/// Code with classes for its colours, `hl-…`; plain when the language is unknown.
fn highlighted(code: &str, language: &str) -> String {
    let known = match language {
        "" => None,
        // syntect's own set has no TOML; its ini-like look comes closest to Makefile-free shell settings.
        "toml" => SYNTAXES.find_syntax_by_token("yaml"),
        name => SYNTAXES.find_syntax_by_token(name),
    };
    let body = known
        .and_then(|syntax| {
            let style = ClassStyle::SpacedPrefixed { prefix: "hl-" };
            let mut generator = ClassedHTMLGenerator::new_with_class_style(syntax, &SYNTAXES, style);
            for line in LinesWithEndings::from(code) {
                generator.parse_html_for_line_which_includes_newline(line).ok()?;
            }
            Some(generator.finalize())
        })
        .unwrap_or_else(|| escaped(code));
    format!("<pre tabindex=\"0\"><code>{body}</code></pre>\n")
}

/// How the renderer aligns a table's cells, and how we do.
const ALIGNED: [(&str, &str); 3] = [
    (" style=\"text-align: left\">", ">"),
    (" style=\"text-align: center\">", " class=\"center\">"),
    (" style=\"text-align: right\">", " class=\"right\">"),
];

static CLEANER: LazyLock<ammonia::Builder<'static>> = LazyLock::new(|| {
    let mut cleaner = ammonia::Builder::default();
    cleaner
        .add_tags(["figure", "figcaption", "input", "section"])
        .rm_tags(["map", "area"])
        .add_generic_attributes(["id"])
        .add_tag_attributes("img", ["data-media"])
        .add_tag_attributes("pre", ["tabindex"])
        .add_tag_attributes("input", ["type", "disabled", "checked"])
        .add_tag_attribute_values("input", "type", ["checkbox"])
        .add_allowed_classes("th", ["center", "right"])
        .add_allowed_classes("td", ["center", "right"])
        .add_allowed_classes("sup", ["footnote-reference", "footnote-definition-label"])
        .add_allowed_classes("div", ["footnote-definition"])
        .url_schemes(["http", "https", "mailto", "tel"].into())
        .url_relative(ammonia::UrlRelative::PassThrough)
        .link_rel(Some("noopener"))
        .attribute_filter(|element, attribute, value| match (element, attribute) {
            ("span", "class") => value.split(' ').all(|class| class.starts_with("hl-")).then(|| value.into()),
            _ => Some(value.into()),
        })
        .add_tag_attributes("span", ["class"]);
    cleaner
});

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn html(source: &str) -> String {
        render(source, &|_| false).html
    }

    #[test]
    fn markup_typed_by_hand_does_nothing() {
        for source in [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "[x](javascript:alert(1))",
            "<a href=\"javascript:1\">x</a>",
        ] {
            let html = html(source);
            assert!(
                !html.contains("<script") && !html.contains("<img") && !html.contains("<a href=\"javascript"),
                "{html}"
            );
        }
    }

    #[test]
    fn everything_a_post_can_hold_comes_through() {
        let html = html(
            "# A\n\n## A\n\n| x | y |\n|---|---|\n| 1 | 2 |\n\n- [x] done\n\n~~old~~ note[^1]\n\n[^1]: there\n\n```rust\nfn main() {}\n```\n",
        );
        for part in
            ["<h2 id=\"a\">", "<h2 id=\"a-2\">", "<table>", "type=\"checkbox\"", "<del>old</del>", "footnote", "hl-"]
        {
            assert!(html.contains(part), "{part} in {html}");
        }
    }

    #[test]
    fn columns_of_tables_keep_their_alignment_without_a_style() {
        let html = html("| a | b | c |\n|:--|:-:|--:|\n| 1 | 2 | ` style=\"text-align: right\">` |\n");
        for part in ["<th>a</th>", "<th class=\"center\">b</th>", "<th class=\"right\">c</th>", "<td>1</td>"] {
            assert!(html.contains(part), "{part} in {html}");
        }
        assert!(html.contains("<td class=\"right\"><code> style=\"text-align: right\"&gt;</code></td>"), "{html}");
    }

    #[test]
    fn pictures_of_the_library_get_their_places() {
        let source = "![A \\\"bag\\\" & 1 < 2](media:1 \"Fresh\") ![](media:1) ![other](media:2)";
        let html = render(source, &|id| id == "1").html;
        assert!(html.contains("<figcaption>Fresh</figcaption>") && html.contains(" other<"), "{html}");
        let draw = |id: &str, alt: &str| Ok::<_, ()>(Some(format!("[{id}|{alt}]")));
        let shown = filled(html.clone(), draw).unwrap();
        assert!(shown.contains("<figure>[1|A \"bag\" & 1 < 2]<figcaption>"), "{shown}");
        assert!(shown.contains("<figure>[1|]</figure>"), "{shown}");
        let gone = filled(html, |_, _| Ok::<_, ()>(None)).unwrap();
        assert!(gone.contains("<figure>A &quot;bag&quot; &amp; 1 &lt; 2<figcaption>"), "{gone}");
        assert_eq!(pictures("![a](media:1) ![b](http://x/y.png)"), ["1"]);
    }

    #[test]
    fn a_place_cannot_be_typed() {
        for source in [
            "<img data-media=\"1\" alt=\"x\">",
            "`<img data-media=\"1\" alt=\"x\">`",
            "![<img data-media=\"1\" alt=\"x\">](media:2)",
            "[x](/y \"<img data-media='1'>\")",
        ] {
            let html = render(source, &|id| id == "2").html;
            let draw = |id: &str, _: &str| if id == "2" { Ok(None) } else { Err(id.to_owned()) };
            assert!(filled(html.clone(), draw).is_ok(), "{html}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_written_the_result_is_clean(source in ".{0,400}") {
            let once = html(&source);
            prop_assert_eq!(CLEANER.clean(&once).to_string(), once);
        }
    }
}
