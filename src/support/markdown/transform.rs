//! Transforms parser events to the events that are rendered. Each event is handled in one place, whatever contains it:
//! raw HTML becomes text or, if it is a comment, is dropped.

use std::collections::{HashMap, HashSet};
use std::mem;

use pulldown_cmark::{CodeBlockKind, CowStr, Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd};

use super::code::highlight;
use super::limits::{Budget, LimitExceeded, MAX_NESTING};
use super::typography::{LITERAL_MARK, Segment, split_segments, strip_literal_marks};
use super::{Heading, PLACE, PicturePolicy, Warnings};
use crate::support::html_text::escape;
use crate::support::{slug, xml};

/// Ids that templates use. A test fails if a template uses one that is missing here.
const TAKEN: &[&str] = &[
    "main",
    "flash",
    "menu",
    "cart-link",
    "related",
    "description",
    "facts",
    "choices",
    "buy",
    "added",
    "quantity",
    "in-stock",
    "problems",
    "problems-title",
    "foot-shop",
    "foot-help",
    "foot-more",
    "cats",
    "sort",
    "featured",
    "story",
    "latest",
    "q",
    "email-link",
    "gallery",
];
/// Prefixes of ids that templates or footnotes generate.
const TAKEN_BEGINNINGS: &[&str] = &["fn-", "fnref-", "quantity-", "option-", "variant-", "picture-"];

pub struct ParsedText<'a> {
    events: Vec<Event<'a>>,
    /// Paragraphs that contain nothing but pictures, by the index of their start event.
    figures: HashSet<usize>,
    /// Footnotes by label, numbered from 1 in the order of their references; unreferenced ones follow.
    numbers: HashMap<String, usize>,
    /// Byte offset of the first comment without an end.
    open_comment: Option<usize>,
}

pub struct TransformedText<'a> {
    pub events: Vec<Event<'a>>,
    pub text: String,
    pub lead: String,
    pub headings: Vec<Heading>,
    pub pictures: Vec<String>,
    pub warnings: Warnings,
}

pub fn parser_options() -> Options {
    Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS
}

/// Labels of footnotes are case-insensitive.
fn label(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

pub fn parse_media_id(address: &str) -> Option<&str> {
    let id = address.strip_prefix("media:")?;
    (!id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')).then_some(id)
}

pub fn parse<'a>(source: &'a str, budget: &mut Budget) -> Result<ParsedText<'a>, LimitExceeded> {
    let mut reading =
        ParsedText { events: Vec::new(), figures: HashSet::new(), numbers: HashMap::new(), open_comment: None };
    let mut outline = Outline::default();
    for (event, range) in Parser::new_ext(source, parser_options()).into_offset_iter() {
        budget.count_event()?;
        let line = || source.as_bytes().iter().take(range.start).filter(|byte| **byte == b'\n').count() + 1;
        match &event {
            Event::Start(tag) if nests(tag) => {
                outline.depth += 1;
                if outline.depth > MAX_NESTING {
                    return Err(LimitExceeded::NestedTooDeeply(line()));
                }
            }
            Event::End(tag) if is_nest(*tag) => outline.depth = outline.depth.saturating_sub(1),
            _ => {}
        }
        outline.note(&event, reading.events.len(), &mut reading.figures);
        match event {
            Event::Text(part) => {
                let written = source.get(range.clone()).unwrap_or_default();
                let is_escaped = range.start > 0 && source.as_bytes().get(range.start - 1) == Some(&b'\\');
                let is_marked = !outline.in_code && (is_escaped || written != &*part);
                let last = reading.events.last_mut();
                if let (Some(Event::Text(text)), false) = (last, outline.in_code && is_marked) {
                    let mut whole = mem::replace(text, CowStr::Borrowed("")).into_string();
                    if is_marked {
                        whole.push(LITERAL_MARK);
                    }
                    whole.push_str(&part);
                    *text = whole.into();
                } else if is_marked {
                    reading.events.push(Event::Text(format!("{LITERAL_MARK}{part}").into()));
                } else {
                    reading.events.push(Event::Text(part));
                }
            }
            Event::Html(part) => {
                if let Some(Event::Html(text)) = reading.events.last_mut() {
                    *text = format!("{text}{part}").into();
                } else {
                    if part.trim_start().starts_with("<!--") {
                        outline.comment = Some(range.start);
                    }
                    reading.events.push(Event::Html(part));
                }
            }
            Event::End(TagEnd::HtmlBlock) => {
                if let (Some(at), Some(Event::Html(text))) = (outline.comment.take(), reading.events.last())
                    && !text.contains("-->")
                {
                    reading.open_comment.get_or_insert(at);
                }
                reading.events.push(event);
            }
            event => reading.events.push(event),
        }
    }
    reading.numbers = outline.numbers();
    Ok(reading)
}

fn nests(tag: &Tag<'_>) -> bool {
    is_nest(tag.to_end())
}

fn is_nest(tag: TagEnd) -> bool {
    matches!(
        tag,
        TagEnd::BlockQuote(_)
            | TagEnd::Item
            | TagEnd::FootnoteDefinition
            | TagEnd::Emphasis
            | TagEnd::Strong
            | TagEnd::Strikethrough
            | TagEnd::Link
            | TagEnd::Image
    )
}

#[derive(Default)]
struct Outline {
    depth: usize,
    in_code: bool,
    /// Depth of images around the current event.
    images: usize,
    /// Current paragraph: index of its start event, whether it has a picture of the library, and whether it has nothing
    /// else.
    paragraph: Option<(usize, bool, bool)>,
    comment: Option<usize>,
    within: Vec<String>,
    defined: Vec<String>,
    /// Labels that each footnote refers to; those of the main text are under the empty label.
    references: HashMap<String, Vec<String>>,
}

impl Outline {
    fn note(&mut self, event: &Event<'_>, at: usize, figures: &mut HashSet<usize>) {
        if self.images == 0
            && let Some((_, has_picture, alone)) = &mut self.paragraph
        {
            match event {
                Event::Start(Tag::Image { dest_url, .. }) if parse_media_id(dest_url).is_some() => *has_picture = true,
                Event::Start(Tag::Link { .. })
                | Event::End(TagEnd::Link | TagEnd::Image | TagEnd::Paragraph)
                | Event::SoftBreak
                | Event::HardBreak => {}
                Event::Text(text) if text.trim().is_empty() => {}
                _ => *alone = false,
            }
        }
        match event {
            Event::Start(Tag::Paragraph) => self.paragraph = Some((at, false, true)),
            Event::End(TagEnd::Paragraph) => {
                if let Some((start, true, true)) = self.paragraph.take() {
                    figures.insert(start);
                }
            }
            Event::Start(Tag::Image { .. }) => self.images += 1,
            Event::End(TagEnd::Image) => self.images = self.images.saturating_sub(1),
            Event::Start(Tag::CodeBlock(_)) => self.in_code = true,
            Event::End(TagEnd::CodeBlock) => self.in_code = false,
            Event::Start(Tag::FootnoteDefinition(name)) => {
                let name = label(name);
                self.within.push(name.clone());
                self.defined.push(name);
            }
            Event::End(TagEnd::FootnoteDefinition) => drop(self.within.pop()),
            Event::FootnoteReference(name) => {
                let around = self.within.last().cloned().unwrap_or_default();
                self.references.entry(around).or_default().push(label(name));
            }
            _ => {}
        }
    }

    fn numbers(&self) -> HashMap<String, usize> {
        let defined: HashSet<&String> = self.defined.iter().collect();
        let mut numbers: HashMap<String, usize> = HashMap::new();
        let mut order: Vec<&str> = vec![""];
        let mut next = 0;
        while let Some(around) = order.get(next).copied() {
            for name in self.references.get(around).into_iter().flatten() {
                if defined.contains(name) && !numbers.contains_key(name) {
                    numbers.insert(name.clone(), numbers.len() + 1);
                    order.push(name);
                }
            }
            next += 1;
        }
        for name in &self.defined {
            let number = numbers.len() + 1;
            numbers.entry(name.clone()).or_insert(number);
        }
        numbers
    }
}

impl ParsedText<'_> {
    /// Byte offset of the first comment that has no end and would swallow the rest of the text.
    pub fn open_comment(&self) -> Option<usize> {
        self.open_comment
    }
}

/// Ends each unclosed comment after `from` with its paragraph; returns the new source and the number of comments.
/// `None` when the comment is inside a quotation or a list, with which it ends.
pub fn close_comments(source: &str, from: usize) -> Option<(String, usize)> {
    let (before, after) = source.split_at_checked(from)?;
    let line = before.rsplit('\n').next().unwrap_or_default();
    if !line.trim().is_empty() {
        return None;
    }
    let mut closed = before.to_owned();
    let (mut is_open, mut count) = (false, 0);
    for line in after.split_inclusive('\n') {
        if line.trim().is_empty() && is_open {
            closed.push_str("-->\n");
            is_open = false;
        }
        if !is_open && line.trim_start().starts_with("<!--") {
            (is_open, count) = (true, count + 1);
        }
        closed.push_str(line);
    }
    if is_open {
        closed.push_str("\n-->");
    }
    Some((closed, count))
}

struct HeadingSoFar {
    level: HeadingLevel,
    /// Index of its start event.
    at: usize,
    words: String,
    has_picture: bool,
}

struct Footnote<'a> {
    number: usize,
    events: Vec<Event<'a>>,
}

struct Translator<'a, 'b> {
    pictures_allowed: PicturePolicy,
    budget: &'b mut Budget,
    numbers: HashMap<String, usize>,
    out: Vec<Event<'a>>,
    /// Output that was interrupted by a footnote, and the number of that footnote.
    outside: Vec<(Vec<Event<'a>>, usize)>,
    footnotes: Vec<Footnote<'a>>,
    /// Ids of the references to each footnote, by its number.
    references: HashMap<usize, Vec<String>>,
    taken: HashSet<String>,
    /// Next suffix to try for an id that is taken.
    counters: HashMap<String, usize>,
    heading: Option<HeadingSoFar>,
    /// In a paragraph of pictures: the link around the current one, if any.
    figure: Option<Option<Tag<'a>>>,
    /// Depth of links around the current event.
    links: usize,
    /// Inside a comment without an end, which hides the rest of its block.
    is_hidden: bool,
    /// Open tags that began inside that comment.
    hidden_tags: usize,
    /// `containers` counts blocks around the current event; `paragraph` is where the current one starts in `text`.
    containers: usize,
    paragraph: Option<usize>,
    /// Last character before the current event in its block, for typography.
    before: Option<char>,
    text: String,
    lead: String,
    headings: Vec<Heading>,
    pictures: Vec<String>,
    notes: Warnings,
}

pub fn transform<'a>(
    reading: ParsedText<'a>,
    pictures: PicturePolicy,
    budget: &mut Budget,
) -> Result<TransformedText<'a>, LimitExceeded> {
    let ParsedText { events, figures, numbers, .. } = reading;
    let mut translator = Translator {
        pictures_allowed: pictures,
        budget,
        numbers,
        out: Vec::with_capacity(events.len()),
        outside: Vec::new(),
        footnotes: Vec::new(),
        references: HashMap::new(),
        taken: TAKEN.iter().map(|id| (*id).to_owned()).collect(),
        counters: HashMap::new(),
        heading: None,
        figure: None,
        links: 0,
        is_hidden: false,
        hidden_tags: 0,
        containers: 0,
        paragraph: None,
        before: None,
        text: String::new(),
        lead: String::new(),
        headings: Vec::new(),
        pictures: Vec::new(),
        notes: Warnings::default(),
    };
    let mut events = events.into_iter().enumerate().peekable();
    while let Some((at, event)) = events.next() {
        if at.is_multiple_of(256) {
            translator.budget.check_time()?;
        }
        match event {
            Event::Start(Tag::Image { dest_url, title, .. }) => {
                let mut depth = 1;
                let mut alt = String::new();
                for (_, event) in events.by_ref() {
                    match event {
                        Event::Start(Tag::Image { .. }) => depth += 1,
                        Event::End(TagEnd::Image) => {
                            depth -= 1;
                            if depth == 0 {
                                break;
                            }
                        }
                        Event::Text(part) => alt.push_str(&strip_literal_marks(&part)),
                        Event::Code(part) => alt.push_str(&part),
                        Event::Html(part) | Event::InlineHtml(part) => match is_comment(&part) {
                            true => translator.notes.comments += 1,
                            false => alt.push_str(&part),
                        },
                        Event::SoftBreak | Event::HardBreak => alt.push(' '),
                        _ => {}
                    }
                }
                translator.picture(&dest_url, &strip_literal_marks(&title), alt);
            }
            Event::Start(Tag::CodeBlock(kind)) => {
                let mut code = String::new();
                for (_, event) in events.by_ref() {
                    match event {
                        Event::Text(part) => code.push_str(&part),
                        Event::End(TagEnd::CodeBlock) => break,
                        _ => {}
                    }
                }
                translator.code(&kind, &code);
            }
            Event::Start(Tag::Paragraph) if figures.contains(&at) && pictures == PicturePolicy::Library => {
                translator.figure = Some(None);
            }
            event => {
                let next = match events.peek() {
                    None | Some((_, Event::SoftBreak | Event::HardBreak)) => None,
                    Some((_, Event::End(tag))) if !is_nest(*tag) || *tag == TagEnd::Item => None,
                    Some(_) => Some('x'),
                };
                translator.take(event, next);
            }
        }
    }
    translator.add_footnotes();
    let Translator { out, text, lead, headings, pictures, notes, .. } = translator;
    Ok(TransformedText { events: out, text, lead, headings, pictures, warnings: notes })
}

fn is_comment(html: &str) -> bool {
    let html = html.trim();
    html.starts_with("<!--") && (html.ends_with("-->") || html.ends_with("<!-->"))
}

fn html<'a>(text: impl Into<String>) -> Event<'a> {
    Event::InlineHtml(CowStr::from(text.into()))
}

impl<'a> Translator<'a, '_> {
    /// Handles every event but images and code blocks. `next` is the character that follows, if any.
    fn take(&mut self, event: Event<'a>, next: Option<char>) {
        match event {
            Event::Text(text) => self.words(&text, next),
            Event::Code(code) => {
                if self.is_hidden {
                    return;
                }
                let code = xml::remove_forbidden(code.into_string());
                self.say(&code);
                self.before = Some('x');
                self.out.push(Event::Code(code.into()));
            }
            Event::Html(text) => self.html_block(&text),
            Event::InlineHtml(text) => {
                if is_comment(&text) {
                    self.notes.comments += 1;
                } else if !self.is_hidden {
                    self.notes.raw_html += 1;
                    let text = xml::remove_forbidden(text.into_string());
                    self.say(&text);
                    self.before = text.chars().next_back();
                    self.out.push(Event::Text(text.into()));
                }
            }
            Event::SoftBreak | Event::HardBreak => {
                self.before = None;
                if self.figure.is_none() && !self.is_hidden {
                    self.say("\n");
                    self.out.push(event);
                }
            }
            Event::FootnoteReference(name) => self.reference(&name),
            Event::TaskListMarker(_) | Event::Rule => self.out.push(event),
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            // The parser option for mathematics is off.
            Event::InlineMath(text) | Event::DisplayMath(text) => self.words(&text, next),
        }
    }

    fn say(&mut self, words: &str) {
        self.text.push_str(words);
        if let Some(heading) = &mut self.heading {
            heading.words.push_str(if words == "\n" { " " } else { words });
        }
    }

    fn words(&mut self, text: &str, next: Option<char>) {
        if self.is_hidden || self.figure.is_some() {
            return;
        }
        let mut text = text;
        let mut shown = String::new();
        // The parser recognises comments that end. A `<!--` in a text event has no end, and hides the rest of its
        // block.
        let mut from = 0;
        while let Some(at) = text.get(from..).and_then(|rest| rest.find("<!--")).map(|at| from + at) {
            if text.get(..at).is_some_and(|before| before.ends_with(LITERAL_MARK)) {
                from = at + 4;
                continue;
            }
            shown.push_str(text.get(..at).unwrap_or_default().trim_end());
            text = &shown;
            self.is_hidden = true;
            self.notes.open_comments += 1;
            break;
        }
        let next = if self.is_hidden { None } else { next };
        for stretch in split_segments(text, self.before, next) {
            match stretch {
                Segment::Words(words) => {
                    let words = xml::remove_forbidden(words);
                    self.say(&words);
                    self.out.push(Event::Text(words.into()));
                }
                Segment::Link(shown, target) => {
                    let (shown, target) = (xml::remove_forbidden(shown), xml::remove_forbidden(target));
                    self.say(&shown);
                    if self.links == 0 {
                        let (title, id) = (CowStr::Borrowed(""), CowStr::Borrowed(""));
                        let link = Tag::Link { link_type: LinkType::Inline, dest_url: target.into(), title, id };
                        self.out.push(Event::Start(link));
                        self.out.push(Event::Text(shown.into()));
                        self.out.push(Event::End(TagEnd::Link));
                    } else {
                        self.out.push(Event::Text(shown.into()));
                    }
                }
            }
        }
        self.before = text.chars().next_back().or(self.before);
    }

    /// Renders a block of raw HTML as text, line by line, without its comments.
    fn html_block(&mut self, block: &str) {
        let mut shown = String::with_capacity(block.len());
        let mut rest = block;
        while let Some((before, after)) = rest.split_once("<!--") {
            shown.push_str(before);
            // `<!-->` and `<!--->` are complete comments (HTML Living Standard §13.2.5.43).
            let short = after.strip_prefix('>').or_else(|| after.strip_prefix("->"));
            rest = match short.or_else(|| after.split_once("-->").map(|(_, after)| after)) {
                Some(after) => {
                    self.notes.comments += 1;
                    after
                }
                None => {
                    self.notes.open_comments += 1;
                    ""
                }
            };
        }
        shown.push_str(rest);
        let shown = xml::remove_forbidden(shown);
        let shown = shown.trim_matches(['\n', '\r']).trim_end();
        if shown.trim().is_empty() {
            return;
        }
        self.notes.raw_html += 1;
        self.text.push_str(shown);
        self.text.push('\n');
        let start = self.start_of(Tag::Paragraph);
        self.out.push(start);
        for (line, number) in shown.lines().zip(0..) {
            if number > 0 {
                self.out.push(Event::HardBreak);
            }
            self.out.push(Event::Text(line.trim().to_owned().into()));
        }
        self.out.push(Event::End(TagEnd::Paragraph));
    }

    fn code(&mut self, kind: &CodeBlockKind<'_>, code: &str) {
        self.begin_block();
        let language = match kind {
            CodeBlockKind::Fenced(name) => name.split([',', ' ']).next().unwrap_or(""),
            CodeBlockKind::Indented => "",
        };
        let code = xml::remove_forbidden(code.to_owned());
        self.out.push(Event::Html(highlight(&code, language, self.budget).into()));
    }

    fn picture(&mut self, address: &str, title: &str, alt: String) {
        if self.is_hidden {
            return;
        }
        let alt = xml::remove_forbidden(alt);
        let alt = alt.trim();
        let id = parse_media_id(address).filter(|_| self.pictures_allowed == PicturePolicy::Library);
        let Some(id) = id else {
            // Privacy: a picture of another site would tell it who reads this page.
            self.notes.foreign_pictures += 1;
            self.say(alt);
            self.before = Some('x');
            return self.out.push(Event::Text(alt.to_owned().into()));
        };
        if !self.pictures.iter().any(|known| known == id) {
            self.pictures.push(id.to_owned());
        }
        let place = format!("{PLACE}{}\" alt=\"{}\">", escape(id), escape(alt));
        let title = xml::remove_forbidden(title.to_owned());
        match &mut self.figure {
            Some(link) => {
                let link = link.clone();
                self.out.push(html("<figure>"));
                let is_linked = link.is_some();
                self.out.extend(link.map(Event::Start));
                self.out.push(html(place));
                if is_linked {
                    self.out.push(Event::End(TagEnd::Link));
                }
                if !title.is_empty() {
                    self.out.push(html(format!("<figcaption>{}</figcaption>", escape(&title))));
                }
                self.out.push(html("</figure>\n"));
            }
            None => {
                self.before = Some('x');
                if let Some(heading) = &mut self.heading {
                    heading.has_picture = true;
                    heading.words.push_str(alt);
                }
                self.out.push(html(place));
                if !title.is_empty() {
                    self.out.push(Event::Text(format!(" ({title})").into()));
                }
            }
        }
    }

    fn reference(&mut self, name: &str) {
        if self.is_hidden {
            return;
        }
        let Some(number) = self.numbers.get(&label(name)).copied() else {
            return self.words(&format!("[^{name}]"), Some('x'));
        };
        let ids = self.references.entry(number).or_default();
        let id = match ids.len() {
            0 => format!("fnref-{number}"),
            several => format!("fnref-{number}-{}", several + 1),
        };
        ids.push(id.clone());
        self.before = Some('x');
        let link = format!("<a href=\"#fn-{number}\">{number}</a>");
        self.out.push(html(format!("<sup class=\"footnote-reference\" id=\"{id}\">{link}</sup>")));
    }

    fn start(&mut self, tag: Tag<'a>) {
        if !matches!(tag, Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Link { .. }) {
            self.begin_block();
        }
        match &tag {
            Tag::FootnoteDefinition(name) => {
                let number = self.numbers.get(&label(name)).copied().unwrap_or(0);
                self.outside.push((mem::take(&mut self.out), number));
                self.containers += 1;
                return;
            }
            Tag::Heading { level, .. } => {
                self.heading =
                    Some(HeadingSoFar { level: *level, at: self.out.len(), words: String::new(), has_picture: false });
                return self.out.push(html(""));
            }
            Tag::Link { .. } => {
                if let Some(link) = &mut self.figure {
                    *link = Some(tag);
                    return;
                }
                self.links += 1;
            }
            Tag::Paragraph if self.containers == 0 => self.paragraph = Some(self.text.len()),
            Tag::BlockQuote(_) | Tag::List(_) | Tag::Table(_) => self.containers += 1,
            _ => {}
        }
        if self.is_hidden {
            self.hidden_tags += 1;
        } else {
            let start = self.start_of(tag);
            self.out.push(start);
        }
    }

    /// Start of an element. Outermost blocks get `dir="auto"`; inner ones must not have it, because browsers skip
    /// elements with their own direction when they resolve that of the parent.
    fn start_of(&self, tag: Tag<'a>) -> Event<'a> {
        let is_outermost = match tag {
            Tag::Paragraph => self.containers == 0,
            // `containers` includes this block.
            Tag::BlockQuote(_) | Tag::List(_) => self.containers == 1,
            _ => false,
        };
        if !is_outermost {
            return Event::Start(tag);
        }
        Event::Html(match tag {
            Tag::Paragraph => "\n<p dir=\"auto\">".into(),
            Tag::BlockQuote(_) => "\n<blockquote dir=\"auto\">\n".into(),
            Tag::List(None) => "\n<ul dir=\"auto\">\n".into(),
            Tag::List(Some(1)) => "\n<ol dir=\"auto\">\n".into(),
            Tag::List(Some(first)) => format!("\n<ol dir=\"auto\" start=\"{first}\">\n").into(),
            other => return Event::Start(other),
        })
    }

    fn begin_block(&mut self) {
        self.is_hidden = false;
        self.hidden_tags = 0;
        self.before = None;
    }

    fn end(&mut self, tag: TagEnd) {
        if self.is_hidden && self.hidden_tags > 0 {
            self.hidden_tags -= 1;
            if tag == TagEnd::Link {
                self.links = self.links.saturating_sub(1);
            }
            return;
        }
        match tag {
            TagEnd::Heading(_) => {
                self.is_hidden = false;
                return self.end_heading();
            }
            TagEnd::FootnoteDefinition => {
                self.containers = self.containers.saturating_sub(1);
                let Some((outside, number)) = self.outside.pop() else { return };
                let events = mem::replace(&mut self.out, outside);
                self.text.push('\n');
                return self.footnotes.push(Footnote { number, events });
            }
            TagEnd::Paragraph if self.figure.is_some() => {
                self.figure = None;
                return self.text.push('\n');
            }
            TagEnd::Link => {
                if let Some(link) = &mut self.figure {
                    *link = None;
                    return;
                }
                self.links = self.links.saturating_sub(1);
            }
            TagEnd::Paragraph => {
                if let Some(start) = self.paragraph.take()
                    && self.lead.trim().is_empty()
                {
                    self.lead = self.text.get(start..).unwrap_or_default().to_owned();
                }
                self.close_block();
            }
            TagEnd::Item | TagEnd::TableCell => self.close_block(),
            TagEnd::BlockQuote(_) | TagEnd::List(_) | TagEnd::Table => {
                self.containers = self.containers.saturating_sub(1);
            }
            _ => {}
        }
        self.out.push(Event::End(tag));
    }

    fn close_block(&mut self) {
        self.is_hidden = false;
        self.text.push('\n');
    }

    fn end_heading(&mut self) {
        let Some(HeadingSoFar { level, at, words, has_picture }) = self.heading.take() else { return };
        self.text.push('\n');
        let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
        if words.is_empty() && !has_picture && self.out.len() == at + 1 {
            // The heading is empty, or contains nothing but a comment.
            return self.out.truncate(at);
        }
        // The page's title is the only `<h1>`.
        let level = match level {
            HeadingLevel::H1 | HeadingLevel::H2 => 2,
            HeadingLevel::H3 => 3,
            _ => 4,
        };
        let id = self.new_id(&words);
        if let Some(start) = self.out.get_mut(at) {
            *start = html(format!("\n<h{level} id=\"{id}\" dir=\"auto\">"));
        }
        self.out.push(html(format!("</h{level}>\n")));
        if level <= 3 {
            self.headings.push(Heading { id, text: words, level });
        }
    }

    fn new_id(&mut self, words: &str) -> String {
        let mut base = slug::from_title(words).unwrap_or_else(|| "section".to_owned());
        if TAKEN.contains(&base.as_str()) || TAKEN_BEGINNINGS.iter().any(|start| base.starts_with(start)) {
            base = format!("section-{base}");
        }
        let mut number = self.counters.get(&base).copied().unwrap_or(1);
        let id = loop {
            let id = if number == 1 { base.clone() } else { format!("{base}-{number}") };
            number += 1;
            if self.taken.insert(id.clone()) {
                break id;
            }
        };
        self.counters.insert(base, number);
        id
    }

    fn add_footnotes(&mut self) {
        let mut footnotes = mem::take(&mut self.footnotes);
        if footnotes.is_empty() {
            return;
        }
        footnotes.sort_by_key(|footnote| footnote.number);
        self.out.push(Event::Html("<section class=\"footnotes\" aria-label=\"Footnotes\">\n<ol>\n".into()));
        let mut last = 0;
        for Footnote { number, mut events } in footnotes {
            // Duplicate labels share one number; the later footnotes get no id.
            let id = if number == last { String::new() } else { format!(" id=\"fn-{number}\"") };
            let mut back = String::new();
            if number != last {
                for (reference, count) in self.references.get(&number).into_iter().flatten().zip(1..) {
                    let (words, sign) = match count {
                        1 => (format!("Back to note {number} in the text"), String::new()),
                        _ => (format!("Back to mention {count} of note {number}"), format!("<sup>{count}</sup>")),
                    };
                    back.push_str(&format!(" <a href=\"#{reference}\" aria-label=\"{words}\">↩{sign}</a>"));
                }
            }
            last = number;
            self.out.push(Event::Html(format!("<li{id} dir=\"auto\">").into()));
            let end = match events.last() {
                Some(Event::End(TagEnd::Paragraph)) => events.pop(),
                _ => None,
            };
            self.out.append(&mut events);
            self.out.push(html(back));
            self.out.extend(end);
            self.out.push(Event::Html("</li>\n".into()));
        }
        self.out.push(Event::Html("</ol>\n</section>\n".into()));
    }
}
